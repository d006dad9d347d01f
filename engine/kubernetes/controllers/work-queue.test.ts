import { expect, test } from "vitest";
import { CauseTable } from "../../kernel/causes.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import { Simulator } from "../../kernel/simulator.ts";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { defaultSettings, type Settings } from "../../settings.ts";
import { Agenda } from "../api-server/client.ts";
import { WorkQueue } from "./work-queue.ts";

function start(settings: Partial<Settings> = {}): {
  readonly simulator: Simulator;
  readonly queue: WorkQueue;
  readonly causes: CauseTable;
  readonly ready: number[];
} {
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null });
  const agenda = new Agenda(simulator, 0, 0);
  const process: LogicalProcess = { id: 0, onMessage: () => {}, onTimer: (now) => agenda.run(now) };
  simulator.add(process);
  const causes = new CauseTable();
  const queue = new WorkQueue({
    get now() {
      return simulator.now;
    },
    agenda,
    causes,
    settings: { ...defaultSettings, ...settings },
  });
  const ready: number[] = [];
  queue.onReady = () => ready.push(simulator.now);
  return { simulator, queue, causes, ready };
}

test("a key that waits is not added again", () => {
  const { queue } = start();
  queue.add(1);
  queue.add(2);
  queue.add(1);
  expect([queue.length, queue.take(), queue.take()]).toEqual([2, 1, 2]);
});

test("a key added while it is processed comes back once, when it is done", () => {
  const { queue } = start();
  queue.add(1);
  queue.take();
  queue.add(1);
  queue.add(1);
  expect(queue.length).toBe(0);
  queue.done(1);
  expect(queue.length).toBe(1);
  queue.take();
  queue.done(1);
  expect([queue.length, queue.isQuiet]).toEqual([0, true]);
});

test("a delayed key keeps its earliest time", () => {
  const { simulator, queue, ready } = start();
  queue.addAfter(1, 500);
  queue.addAfter(1, 900);
  queue.addAfter(1, 200);
  simulator.runUntil(SECOND);
  expect(ready).toEqual([200]);
  expect(queue.length).toBe(1);
});

test("a delayed key that is put off once more comes no later for it", () => {
  const { simulator, queue, ready } = start();
  queue.addAfter(1, 500);
  queue.addAfter(1, 900);
  simulator.runUntil(SECOND);
  expect(ready).toEqual([500]);
});

test("failures wait 5, 10, 20 … ms, and start over after a success", () => {
  const { simulator, queue, ready } = start();
  const fail = (): void => {
    queue.addRateLimited(1);
    simulator.runUntil(simulator.now + SECOND);
    queue.take();
    queue.done(1);
  };
  for (let times = 0; times < 4; times++) fail();
  const waits = ready.map((time, index) => time - (index === 0 ? 0 : (ready[index - 1] ?? 0)));
  expect(waits).toEqual([5, 10, 20, 40].map((ms) => ms * MILLISECOND));
  queue.forget(1);
  expect(queue.failuresOf(1)).toBe(0);
});

test("retries of all keys together have a rate of their own", () => {
  const { simulator, queue, ready } = start({ workqueueOverallQps: 2, workqueueOverallBurst: 1 });
  for (const key of [1, 2, 3]) queue.addRateLimited(key);
  simulator.runUntil(5 * SECOND);
  expect(ready).toEqual([5 * MILLISECOND, 500 * MILLISECOND, SECOND]);
});

test("a key carries the cause under which it was added last", () => {
  const { queue, causes } = start();
  causes.current = 11;
  queue.add(1);
  causes.current = 12;
  queue.add(1);
  causes.current = 0;
  queue.take();
  expect(causes.current).toBe(12);
});

test("a delayed key is told until its time has come, a key that failed until it succeeds", () => {
  const { queue, simulator } = start();
  expect([queue.hasDelayed, queue.hasFailures]).toEqual([false, false]);
  queue.addAfter(1, SECOND);
  expect([queue.hasDelayed, queue.hasFailures]).toEqual([true, false]);
  queue.addRateLimited(2);
  expect(queue.hasFailures).toBe(true);
  simulator.runUntil(2 * SECOND);
  expect([queue.length, queue.hasDelayed, queue.hasFailures]).toEqual([2, false, true]);
});

test("a queue is quiet when nothing waits or is worked on", () => {
  const { queue } = start();
  expect(queue.isQuiet).toBe(true);
  queue.add(1);
  expect(queue.isQuiet).toBe(false);
  queue.take();
  expect(queue.isQuiet).toBe(false);
  queue.done(1);
  expect(queue.isQuiet).toBe(true);
  queue.addAfter(1, SECOND);
  expect(queue.isQuiet).toBe(true);
});

test("a controller is told of each key once: when it can be taken", () => {
  const { queue, ready } = start();
  queue.add(1);
  queue.add(1);
  expect(ready.length).toBe(1);
  queue.take();
  queue.add(1);
  expect(ready.length).toBe(1);
  queue.done(1);
  expect(ready.length).toBe(2);
  queue.take();
  queue.done(1);
  expect(ready.length).toBe(2);
});

test.each([0, -5])("a delay of %d µs is none", (delay) => {
  const { queue } = start();
  queue.addAfter(1, delay);
  expect(queue.length).toBe(1);
});

test("a part of a microsecond counts as a whole one", () => {
  const { simulator, queue, ready } = start();
  queue.addAfter(1, 0.25);
  expect(queue.length).toBe(0);
  simulator.runUntil(10);
  expect(ready).toEqual([1]);
});

test("a delayed key that is to come earlier comes only then", () => {
  const { simulator, queue, ready } = start();
  queue.addAfter(1, 500);
  queue.addAfter(1, 200);
  simulator.runUntil(300);
  queue.take();
  queue.done(1);
  simulator.runUntil(SECOND);
  expect(ready).toEqual([200]);
});

test("a key that was delayed and came can be delayed again", () => {
  const { simulator, queue, ready } = start();
  queue.addAfter(1, 300);
  simulator.runUntil(400);
  queue.take();
  queue.done(1);
  queue.addAfter(1, 300);
  simulator.runUntil(SECOND);
  expect(ready).toEqual([300, 600]);
});

test("a delayed key comes with the cause under which it was delayed", () => {
  const { simulator, queue, causes } = start();
  causes.current = 11;
  queue.addAfter(1, 300);
  causes.current = 12;
  queue.addAfter(1, 400);
  causes.current = 0;
  simulator.runUntil(SECOND);
  expect([queue.causeOf(1), queue.causeOf(2)]).toEqual([11, undefined]);
  queue.take();
  expect([causes.current, queue.causeOf(1)]).toEqual([11, undefined]);
});

test("failures are counted for each key until they are forgotten", () => {
  const { queue } = start();
  for (const key of [1, 1, 2]) queue.addRateLimited(key);
  expect([queue.failuresOf(1), queue.failuresOf(2), queue.failuresOf(3), queue.hasFailures]).toEqual([2, 1, 0, true]);
  queue.forget(1);
  expect([queue.failuresOf(1), queue.hasFailures]).toEqual([0, true]);
  queue.forget(2);
  expect(queue.hasFailures).toBe(false);
});

test("the wait after failures stops doubling at the greatest", () => {
  const { simulator, queue, ready } = start({ workqueueBaseDelay: 10, workqueueMaxDelay: 35 });
  for (let times = 0; times < 5; times++) {
    queue.addRateLimited(1);
    simulator.runUntil(simulator.now + SECOND);
    queue.take();
    queue.done(1);
  }
  expect(ready.map((at, index) => at - (ready[index - 1] ?? 0))).toEqual([10, 20, 35, 35, 35]);
});

test("a wait is a microsecond at least", () => {
  const { simulator, queue, ready } = start({ workqueueBaseDelay: 0 });
  queue.addRateLimited(1);
  expect(queue.length).toBe(0);
  simulator.runUntil(SECOND);
  expect(ready).toEqual([1]);
});

test("keys come in their order, however many went before", () => {
  const { queue } = start();
  const taken: number[] = [];
  for (let key = 0; key < 5000; key++) {
    queue.add(key);
    if (key % 3 !== 0) taken.push(queue.take());
  }
  while (queue.length > 0) taken.push(queue.take());
  expect(taken).toEqual(Array.from({ length: 5000 }, (_, key) => key));
});
