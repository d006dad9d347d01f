/** Rings and queue together dispatch exactly what the queue alone does. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventClass, type LpId } from "./event.ts";
import type { LogicalProcess } from "./logical-process.ts";
import { RING_MEMBERS_MIN } from "./periodic.ts";
import { Stream, childKey, streamKey } from "./random.ts";
import { Simulator } from "./simulator.ts";
import type { VirtualTime } from "./time.ts";
import type { TimerId } from "./timer-table.ts";
import { Workspace } from "./workspace.ts";

interface ChurnOptions {
  readonly seed: number;
  readonly timersPerLp: number;
  readonly periods: readonly number[];
  /** How often an event does something to a timer. */
  readonly churn: number;
  /** Largest offset of the first deadlines: small ones crowd a slot. */
  readonly spread: number;
}

const LPS = 3;

/** An LP whose events re-arm, shift, cancel, release and create its own timers at random, and send messages. */
class Churner implements LogicalProcess {
  readonly id: LpId;
  readonly received: string[] = [];
  private readonly simulator: Simulator;
  private readonly options: ChurnOptions;
  private readonly stream: Stream;
  private readonly timers: (TimerId | null)[] = [];

  constructor(id: LpId, simulator: Simulator, options: ChurnOptions) {
    this.id = id;
    this.simulator = simulator;
    this.options = options;
    this.stream = new Stream(childKey(streamKey(options.seed, "churn", "lp"), id));
    for (let slot = 0; slot < options.timersPerLp; slot++) {
      this.timers.push(this.create(slot));
      this.arm(slot, 0);
    }
  }

  onMessage(now: VirtualTime, origin: LpId, payload: number): void {
    this.received.push(`${now} from ${origin}: ${payload}`);
    this.act(now);
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    this.received.push(`${now} timer ${slot} (${tag})`);
    this.act(now);
    // One-shots live on.
    if (this.timers[slot] !== null && this.stream.next() < 0.5) this.rearmOneShot(now, slot);
  }

  private rearmOneShot(now: VirtualTime, slot: number): void {
    const timer = this.timers[slot]!;
    if (this.simulator.timers.period[timer] === 0) this.simulator.arm(timer, now + 1 + this.stream.nextBelow(this.options.spread));
  }

  private act(now: VirtualTime): void {
    for (let draws = this.stream.next() < this.options.churn ? 1 + this.stream.nextBelow(3) : 0; draws > 0; draws--) {
      const slot = this.stream.nextBelow(this.timers.length);
      const choice = this.stream.nextBelow(8);
      const timer = this.timers[slot]!;
      if (choice === 0) this.simulator.post(this.stream.nextBelow(LPS), now + 1 + this.stream.nextBelow(2_000), slot);
      else if (timer === null) {
        this.timers[slot] = this.create(slot);
        this.arm(slot, now);
      } else if (choice === 1) this.simulator.cancel(timer);
      else if (choice === 2) {
        this.simulator.timers.release(timer);
        this.timers[slot] = null;
        if (this.stream.next() < 0.5) {
          this.timers[slot] = this.create(slot);
          this.arm(slot, now);
        }
      } else if (choice === 3) this.armAtSamePhase(timer, now);
      else this.arm(slot, now);
    }
  }

  private create(slot: number): TimerId {
    return this.simulator.timers.create(this.id, slot, slot * 3 + this.id, slot % 11 === 0 ? EventClass.observer : EventClass.timer);
  }

  private arm(slot: number, now: VirtualTime): void {
    const { periods, spread } = this.options;
    const choice = this.stream.nextBelow(periods.length + 1);
    const at = now + 1 + this.stream.nextBelow(spread);
    if (choice === periods.length) this.simulator.arm(this.timers[slot]!, at);
    else this.simulator.armPeriodic(this.timers[slot]!, at, periods[choice]!);
  }

  private armAtSamePhase(timer: TimerId, now: VirtualTime): void {
    const { deadline, period } = this.simulator.timers;
    if (period[timer] === 0 || deadline[timer]! <= now) return;
    const same = deadline[timer]!;
    const own = period[timer]!;
    const at = same + own * (this.stream.nextBelow(3) - 1);
    if (this.stream.next() < 0.5) this.simulator.cancel(timer);
    this.simulator.armPeriodic(timer, at > now ? at : same, own);
  }
}

function receivedBy(
  options: ChurnOptions,
  rings: boolean,
  end: VirtualTime,
  workspace = new Workspace(),
): { readonly received: string[][]; readonly fingerprints: unknown } {
  const simulator = new Simulator({ lpCount: LPS, shard: 0, shardOf: new Uint8Array(LPS), outbox: null, rings, workspace });
  const lps = Array.from({ length: LPS }, (_, id) => new Churner(id, simulator, options));
  for (const lp of lps) simulator.add(lp);
  // In windows, as a sharded run does.
  for (let bound = end / 10; bound <= end; bound += end / 10) simulator.runUntil(bound);
  return { received: lps.map((lp) => lp.received), fingerprints: simulator.fingerprints() };
}

describe("period classes", () => {
  it("are dispatched as if every timer were queued, under any churn", () => {
    const options = fc.record({
      seed: fc.integer({ min: 0, max: 1_000_000 }),
      timersPerLp: fc.constantFrom(100, RING_MEMBERS_MIN, 700),
      periods: fc.constantFrom<readonly number[]>([1_000], [997, 5_000], [10_000, 1_000, 633], [1, 2_000], [3_000]),
      churn: fc.constantFrom(0, 0.05, 0.5, 1),
      spread: fc.constantFrom(1, 20, 3_000, 60_000),
    });
    fc.assert(
      fc.property(options, (each) => {
        const end = each.periods.includes(1) ? 60 : 3_500;
        const queued = receivedBy(each, false, end);
        const ringed = receivedBy(each, true, end);
        expect(ringed.received.map((lines) => lines.join("\n"))).toEqual(queued.received.map((lines) => lines.join("\n")));
        expect(ringed.fingerprints).toEqual(queued.fingerprints);
      }),
      { numRuns: 40 },
    );
  });

  it("are really walked in rings when they are large: nothing is queued for them", () => {
    const workspace = new Workspace();
    receivedBy({ seed: 1, timersPerLp: 1_000, periods: [10_000], churn: 0, spread: 10_000 }, true, 50_000, workspace);
    let ringed = 0;
    for (let timer = 0; timer < 3_000; timer++) ringed += workspace.timers.isRinged[timer] ?? 0;
    expect(ringed).toBeGreaterThan(1_200);
    expect(workspace.queue.size).toBeLessThan(1_800);
  });

  it("stay small when every timer is shifted again and again", () => {
    const workspace = new Workspace();
    const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null, workspace });
    let fired = 0;
    const timers: TimerId[] = [];
    simulator.add({
      id: 0,
      onMessage: () => {},
      onTimer: (now) => {
        fired++;
        for (let shift = 0; shift < 20; shift++) simulator.armPeriodic(timers[(fired * 7 + shift) % 400]!, now + 5_000 + shift, 10_000);
      },
    });
    for (let slot = 0; slot < 400; slot++) {
      timers.push(simulator.timers.create(0, slot, 0));
      simulator.armPeriodic(timers[slot]!, 1 + slot * 25, 10_000);
    }
    simulator.runUntil(2_000_000);
    expect(fired).toBeGreaterThan(1_000);
    expect(workspace.queue.size).toBeLessThan(1_000);
  });
});

describe("a workspace", () => {
  it("gives each run the fingerprints of a fresh one, whatever ran in it before", () => {
    const workspace = new Workspace();
    for (let seed = 0; seed < 60; seed++) {
      const options = {
        seed,
        timersPerLp: [20, 300, 700][seed % 3]!,
        periods: [[1_000], [5_000, 300]][seed % 2]!,
        churn: (seed % 4) / 4,
        spread: [20, 5_000][seed % 2]!,
      };
      const end = 1_000 + (seed % 7) * 1_000;
      expect(receivedBy(options, true, end, workspace).fingerprints).toEqual(receivedBy(options, true, end).fingerprints);
    }
  });
});
