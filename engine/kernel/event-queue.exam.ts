/** What any future event list must satisfy. The oracle is a stable sort by the key. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FutureEventList } from "./event-queue.ts";
import { NEVER } from "./time.ts";

interface Entry {
  readonly time: number;
  readonly classAndOrigin: number;
  readonly number: number;
  readonly receiver: number;
  readonly payload: number;
}

function inOrder(a: Entry, b: Entry): number {
  return a.time - b.time || a.classAndOrigin - b.classAndOrigin || a.number - b.number;
}

/** Queue and oracle side by side; every step compares sizes and heads. */
class Examined {
  readonly queue: FutureEventList;
  private readonly pending: Entry[] = [];
  now = 0;
  private count = 0;

  constructor(queue: FutureEventList) {
    this.queue = queue;
  }

  push(time: number, classAndOrigin: number, number: number): void {
    // Keys are unique among pending events.
    if (this.pending.some((other) => other.time === time && other.classAndOrigin === classAndOrigin && other.number === number)) return;
    const entry = { time, classAndOrigin, number, receiver: this.count * 7919, payload: this.count++ };
    this.queue.push(time, classAndOrigin, number, entry.receiver, entry.payload);
    const at = this.pending.findIndex((other) => inOrder(entry, other) < 0);
    this.pending.splice(at < 0 ? this.pending.length : at, 0, entry);
    this.compareHead();
  }

  pop(): void {
    const entry = this.pending.shift();
    if (entry === undefined) return;
    this.queue.pop();
    this.now = entry.time;
    expect(shown(this.queue)).toEqual(entry);
    this.compareHead();
  }

  drain(): void {
    while (this.pending.length > 0) this.pop();
  }

  private compareHead(): void {
    const queue = this.queue;
    const head = this.pending[0];
    if (queue.size !== this.pending.length) expect(queue.size).toBe(this.pending.length);
    if (head === undefined) expect(queue.headTime).toBe(NEVER);
    else if (queue.headTime !== head.time || queue.headClassAndOrigin !== head.classAndOrigin || queue.headNumber !== head.number) {
      expect([queue.headTime, queue.headClassAndOrigin, queue.headNumber]).toEqual([head.time, head.classAndOrigin, head.number]);
    }
  }
}

function shown(queue: FutureEventList): Entry {
  const { time, classAndOrigin, number, receiver, payload } = queue;
  return { time, classAndOrigin, number, receiver, payload };
}

/** Increments that tie, crowd, scatter and reach beyond every ring. */
const increment = fc.oneof(
  fc.constant(1),
  fc.integer({ min: 1, max: 4 }),
  fc.integer({ min: 1, max: 5_000 }),
  fc.integer({ min: 1, max: 3_000_000 }),
  fc.integer({ min: 1, max: 40_000_000_000 }),
  fc.integer({ min: 1, max: 2 ** 50 }),
);
const word = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(0xffffffff, 0x80000000, 0x40000000, 0x7fffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ push: increment, classAndOrigin: word, number: word }) },
  { weight: 2, arbitrary: fc.record({ pops: fc.integer({ min: 1, max: 4 }) }) },
);

/** A generator of its own: the exam must not depend on the code beside it. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967296;
  };
}

type Draw = (uniform: () => number) => number;
const increments: Readonly<Record<string, Draw>> = {
  exponential: (uniform) => 100_000 - Math.log(1 - uniform()) * 1_000_000,
  bimodal: (uniform) => (uniform() < 0.9 ? -Math.log(1 - uniform()) * 1_000 : -Math.log(1 - uniform()) * 100_000_000),
  "all equal": () => 1_000_000,
  "heavy-tailed": (uniform) => 100 * (1 - uniform()) ** -1.5,
  "one microsecond or a day": (uniform) => (uniform() < 0.5 ? 1 : 86_400_000_000),
  crowded: (uniform) => 1 + uniform() * 50,
};

/** Pops and pushes `holds` times over `pending` events, then pops the rest: where the order first differs from a sort's, or null. */
function firstDisorder(queue: FutureEventList, pending: number, holds: number, draw: Draw): string | null {
  const uniform = generator(pending + holds);
  const pushed: Entry[] = [];
  const popped: Entry[] = [];
  const push = (now: number): void => {
    const count = pushed.length;
    const entry = {
      time: now + Math.max(1, Math.round(draw(uniform))),
      classAndOrigin: Math.floor(uniform() * 2 ** 32),
      number: count,
      receiver: count ^ 5,
      payload: count,
    };
    pushed.push(entry);
    queue.push(entry.time, entry.classAndOrigin, entry.number, entry.receiver, entry.payload);
  };
  for (let count = 0; count < pending; count++) push(0);
  for (let count = 0; count < holds; count++) {
    queue.pop();
    if (!Number.isFinite(queue.time)) return `pop ${count} shows no time`;
    popped.push(shown(queue));
    push(queue.time);
  }
  while (queue.size > 0) {
    queue.pop();
    popped.push(shown(queue));
  }
  const expected = pushed.toSorted(inOrder);
  const wrong = popped.findIndex(
    (entry, at) =>
      entry.payload !== expected[at]!.payload || entry.receiver !== expected[at]!.receiver || entry.time !== expected[at]!.time,
  );
  return wrong < 0 && popped.length === expected.length ? null : `${popped.length} of ${expected.length} popped, wrong at ${wrong}`;
}

export function examineFutureEventList(name: string, create: () => FutureEventList): void {
  describe(`${name} as a future event list`, () => {
    it("pops in the order of the keys under any interleaving of pushes and pops", () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
          const examined = new Examined(create());
          for (const each of steps) {
            if ("pops" in each) for (let count = 0; count < each.pops; count++) examined.pop();
            else examined.push(examined.now + each.push, each.classAndOrigin, each.number);
          }
          examined.drain();
        }),
        { numRuns: 300 },
      );
    });

    it("is empty, at time NEVER, before the first push, after the last pop and when it is cleared", () => {
      const queue = create();
      expect([queue.size, queue.headTime]).toEqual([0, NEVER]);
      queue.push(5, 1, 2, 3, 4);
      queue.pop();
      expect([queue.size, queue.headTime]).toEqual([0, NEVER]);
      for (let time = 1; time < 5_000; time++) queue.push(time * 1_000_003, 1, 2, 3, 4);
      queue.pop();
      queue.clear();
      expect([queue.size, queue.headTime]).toEqual([0, NEVER]);
      queue.push(7, 1, 2, 3, 4);
      expect(queue.headTime).toBe(7);
    });

    it.each(Object.keys(increments))("keeps the order of a sort over many events with %s increments", (kind) => {
      const queue = create();
      for (const pending of [10, 600, 9_000]) expect(firstDisorder(queue, pending, 30_000, increments[kind]!)).toBeNull();
    });

    it("takes events pushed in falling order of time, and far before all others", () => {
      const queue = create();
      queue.push(3_600_000_000, 1, 0, 0, 0);
      for (let count = 20_000; count > 0; count--) queue.push(count * 37, 1, count, 0, count);
      let last = 0;
      for (let count = 0; count < 20_000; count++) {
        queue.pop();
        expect(queue.time > last).toBe(true);
        last = queue.time;
      }
      queue.pop();
      expect([queue.time, queue.size]).toEqual([3_600_000_000, 0]);
    });

    it("still shows what was popped when that made it load, tune or place everything anew", () => {
      for (const pending of [1, 2, 3, 5])
        expect(firstDisorder(create(), pending, 6_000, (next) => 1_000_000 + next() * 50_000_000)).toBeNull();
    });

    it("takes bursts within one bucket after a long calm", () => {
      const queue = create();
      const uniform = generator(3);
      expect(firstDisorder(queue, 3_000, 20_000, (next) => (next() < 0.5 ? 10_000_000 : 10_000_000 + next() * 100))).toBeNull();
      for (let round = 0; round < 3; round++) {
        expect(firstDisorder(queue, 2_000, 10_000, () => (uniform() < 0.001 ? 60_000_000 : 1 + uniform() * 30))).toBeNull();
      }
    });
  });
}
