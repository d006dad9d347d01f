/** Which nodes a rolling update of a DaemonSet touches, and when. */
import { expect, test } from "vitest";
import { planNode, planUpdate, shouldRunOn, updateBounds, type DaemonPod } from "./daemon-set-plan.ts";

const pod = (id: number, change: Partial<DaemonPod> = {}): DaemonPod => ({
  id,
  createdAt: id,
  isAssigned: true,
  phase: "other",
  isReady: true,
  isAvailable: true,
  isTerminating: false,
  isUpdated: false,
  ...change,
});
const broken = { isReady: false, isAvailable: false } as const;
const wanted = { shouldRun: true, shouldContinue: true };
const rules = { isInBackOff: false, allowsSurge: false, deletesSucceeded: true };

test("as many old Pods go as may be unavailable, and those that are broken anyway", () => {
  const nodes = [[pod(1)], [pod(2, broken)], [pod(3)], [pod(4)]];
  expect(planUpdate(nodes, { maxSurge: 0, maxUnavailable: 1 }).deletes.map(({ id }) => id)).toEqual([2]);
  expect(planUpdate(nodes, { maxSurge: 0, maxUnavailable: 3 }).deletes.map(({ id }) => id)).toEqual([2, 1, 3]);
});

test("a node whose Pod is being deleted, or hasn't come yet, is unavailable", () => {
  const nodes = [[pod(1, { isTerminating: true })], [], [pod(3)]];
  expect(planUpdate(nodes, { maxSurge: 0, maxUnavailable: 2 })).toEqual({ deletes: [], surges: [] });
});

test("with surge a new Pod stands beside the old one until it is available", () => {
  const bounds = { maxSurge: 1, maxUnavailable: 0 };
  expect(planUpdate([[pod(1)], [pod(2)]], bounds)).toEqual({ deletes: [], surges: [0] });
  expect(planUpdate([[pod(1), pod(5, { isUpdated: true, ...broken })], [pod(2)]], bounds)).toEqual({ deletes: [], surges: [] });
  const available = planUpdate([[pod(1), pod(5, { isUpdated: true })], [pod(2)]], bounds);
  expect(available.deletes.map(({ id }) => id)).toEqual([1]);
  expect(available.surges).toEqual([1]);
});

test.each([
  ["1", 0, 1, true, { maxSurge: 0, maxUnavailable: 1 }],
  ["percentages round up", 0, "30%", true, { maxSurge: 0, maxUnavailable: 3 }],
  ["both 0", 0, 0, true, { maxSurge: 0, maxUnavailable: 1 }],
  ["both 0 in 1.20", 0, 0, false, { maxSurge: 0, maxUnavailable: 0 }],
  ["surge", "25%", 0, true, { maxSurge: 2, maxUnavailable: 0 }],
])("bounds over 7 nodes: %s", (_, maxSurge, maxUnavailable, neverStuck, bounds) => {
  expect(updateBounds({ type: "RollingUpdate", maxSurge, maxUnavailable }, 7, neverStuck)).toEqual(bounds);
});

test("a failed Pod is deleted once, and again only when its node's back-off has passed", () => {
  const failed = pod(1, { phase: "Failed", ...broken });
  expect(planNode(wanted, [failed], rules)).toMatchObject({ creates: false, deletes: [failed], waitsForBackOff: false });
  expect(planNode(wanted, [failed], { ...rules, isInBackOff: true })).toMatchObject({ creates: false, deletes: [], waitsForBackOff: true });
});

test("where it shouldn't run any more, all go; where only new ones shouldn't come, it stays", () => {
  expect(
    planNode({ shouldRun: false, shouldContinue: false }, [pod(1), pod(2, { isTerminating: true })], rules).deletes.map(({ id }) => id),
  ).toEqual([1]);
  expect(planNode({ shouldRun: false, shouldContinue: true }, [pod(1)], rules).deletes).toEqual([]);
  expect(planNode({ shouldRun: false, shouldContinue: true }, [], rules).creates).toBe(false);
});

test("a NoSchedule taint keeps new Pods away, a NoExecute taint all", () => {
  const spec = { nodeName: "", nodeSelector: {} };
  const node = { name: "a", labels: {} };
  const on = (effect: "NoSchedule" | "NoExecute"): unknown => shouldRunOn(spec, [], node, [{ key: "k", value: "", effect }]);
  expect(on("NoSchedule")).toEqual({ shouldRun: false, shouldContinue: true });
  expect(on("NoExecute")).toEqual({ shouldRun: false, shouldContinue: false });
});

test("where only an old Pod may go on, it goes like others without surge", () => {
  const nodes = [[pod(1)], [pod(2, { isUpdated: true })]];
  expect(planUpdate(nodes, { maxSurge: 0, maxUnavailable: 1 }, { positions: new Set([0]), desired: 1 }).deletes).toEqual([nodes[0]![0]]);
});

test("with surge it goes without a successor, once enough others are available or it isn't", () => {
  const bounds = { maxSurge: 1, maxUnavailable: 0 };
  const unwanted = { positions: new Set([0]), desired: 1 };
  expect(planUpdate([[pod(1)], [pod(2, { isUpdated: true })]], bounds, unwanted)).toEqual({ deletes: [pod(1)], surges: [] });
  expect(planUpdate([[pod(1)], []], bounds, unwanted)).toEqual({ deletes: [], surges: [] });
  expect(planUpdate([[pod(1, broken)], []], bounds, unwanted)).toEqual({ deletes: [pod(1, broken)], surges: [] });
  // Before 1.34 it is surged onto.
  expect(planUpdate([[pod(1)], [pod(2, { isUpdated: true })]], bounds)).toEqual({ deletes: [], surges: [0] });
});
