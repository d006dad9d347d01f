import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import { Simulator } from "../../kernel/simulator.ts";
import { Agenda } from "./agenda.ts";

function start(): { readonly simulator: Simulator; readonly agenda: Agenda } {
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null });
  const agenda = new Agenda(simulator, 0, 0);
  const process: LogicalProcess = { id: 0, onMessage: () => {}, onTimer: (now) => agenda.run(now) };
  simulator.add(process);
  return { simulator, agenda };
}

test("entries run in the order of time, those of one instant in the order in which they were noted", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.boolean()), { maxLength: 50 }), (plan) => {
      const { simulator, agenda } = start();
      const ran: string[] = [];
      const entries = plan.map(([time], index) => agenda.at(time, () => ran.push(`${time}/${index}`)));
      plan.forEach(([, isCancelled], index) => {
        const entry = entries[index];
        if (isCancelled && entry !== undefined) agenda.cancel(entry);
      });
      simulator.runUntil(100);
      const expected = plan.map(([time, isCancelled], index) => ({ time, index, isCancelled })).filter(({ isCancelled }) => !isCancelled);
      expected.sort((a, b) => a.time - b.time || a.index - b.index);
      expect(ran).toEqual(expected.map(({ time, index }) => `${time}/${index}`));
    }),
  );
});

test("what an entry notes down runs later, and all of one instant in one event", () => {
  const { simulator, agenda } = start();
  const ran: number[] = [];
  agenda.at(5, () => {
    ran.push(simulator.now);
    agenda.at(7, () => ran.push(simulator.now));
    agenda.at(6, () => ran.push(simulator.now));
  });
  agenda.at(5, () => ran.push(-simulator.now));
  simulator.runUntil(100);
  expect(ran).toEqual([5, -5, 6, 7]);
  expect(simulator.events).toBe(3);
});

test("an earlier entry overtakes the one that is armed", () => {
  const { simulator, agenda } = start();
  const ran: number[] = [];
  agenda.at(9, () => ran.push(9));
  agenda.at(3, () => ran.push(3));
  simulator.runUntil(4);
  expect(ran).toEqual([3]);
  simulator.runUntil(100);
  expect(ran).toEqual([3, 9]);
});
