import { fc, test as property } from "@fast-check/vitest";
import { expect } from "vitest";
import { Simulator } from "../kernel/simulator.ts";
import { ClientDesk } from "./retry.ts";

property.prop([
  fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 })), { maxLength: 40 }),
])("waiting clients are woken at their instant, in order of arrival at the desk", (plan) => {
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null });
  const desk = new ClientDesk(simulator, 0, 9, 0);
  const due: number[] = [];
  const woken: string[] = [];
  const wait = (at: number): void => {
    desk.wait(at, due.length);
    due.push(at);
  };
  simulator.add({
    id: 0,
    onMessage: () => {},
    onTimer: (now) => {
      for (let word = desk.next(now); word !== -1; word = desk.next(now)) {
        expect(due[word]).toBe(now);
        woken.push(`${now} ${String(word).padStart(4)}`);
        // Some clients wait again.
        for (const more of word < plan.length ? plan[word]![1] : []) wait(now + more);
      }
    },
  });
  for (const [at] of plan) wait(at);
  simulator.runUntil(1000);
  expect(woken.length).toBe(due.length);
  const instants = woken.map((line) => Number(line.split(" ")[0]));
  expect(instants).toEqual([...instants].sort((a, b) => a - b));
  woken.forEach((line, index) => {
    if (index > 0 && instants[index] === instants[index - 1]) expect(line > woken[index - 1]!).toBe(true);
  });
});
