import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { chargePhase, graceOnNode, newKill, stopTimeout } from "./container-kill.ts";

test("a deletion without grace gets the forced grace, any other its own", () => {
  expect([0, 1, 30].map((grace) => graceOnNode(grace, SECOND))).toEqual([1, 1, 30]);
  expect([0, 1, 30].map((grace) => graceOnNode(grace, 5 * SECOND))).toEqual([5, 1, 30]);
});

test.each([
  ["what the hook has left", 30, -1, 12, 18],
  ["at least the minimum", 30, -1, 29, 2],
  ["before 1.22 what the kubelet asked for, whatever is left", 30, 5, 12, 5],
  ["and then also nothing", 30, 0, 12, 0],
])("from SIGTERM to SIGKILL: %s", (_, grace, override, hook, expected) => {
  const kill = newKill(0, grace, 0, 0, override);
  chargePhase(kill, hook * SECOND + SECOND / 2);
  expect(stopTimeout(kill, 2 * SECOND) / SECOND).toBe(expected);
});

test("a kill begins before its hook, with the whole grace, and nothing killed yet", () => {
  const begun = { generation: 3, cause: 7, phase: "begin", grace: 30, phaseBegan: 100, override: -1, wasKilled: false };
  expect(newKill(3, 30, 100, 7)).toEqual(begun);
});
