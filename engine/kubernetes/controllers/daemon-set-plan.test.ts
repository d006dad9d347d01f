/** Which nodes a rolling update of a DaemonSet touches, and when. */
import { describe, expect, test } from "vitest";
import { isUnavailable, planNode, planUpdate, shouldRunOn, updateBounds, type DaemonPod } from "./daemon-set-plan.ts";

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
  expect(planNode({ shouldRun: false, shouldContinue: false }, [pod(1)], rules)).toEqual({
    creates: false,
    deletes: [pod(1)],
    ended: [],
    waitsForBackOff: false,
  });
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

const ids = (pods: readonly DaemonPod[]): number[] => pods.map(({ id }) => id);
const fresh = { isUpdated: true } as const;
const leaving = { isTerminating: true } as const;
const failed = { phase: "Failed", ...broken } as const;
const succeeded = { phase: "Succeeded", ...broken } as const;

describe("on a node that wants a Pod", () => {
  test.each<[string, DaemonPod[], Partial<typeof rules>, number[]]>([
    ["one stays", [pod(1)], {}, []],
    ["the oldest of several stays", [pod(3), pod(1), pod(2)], {}, [2, 3]],
    ["the first made of those that are equally old stays", [pod(3, { createdAt: 7 }), pod(2, { createdAt: 7 })], {}, [3]],
    ["one that is bound stays before an older one that isn't", [pod(1, { isAssigned: false }), pod(2)], {}, [1]],
    ["also when they come the other way round", [pod(2), pod(1, { isAssigned: false })], {}, [1]],
    ["one that leaves counts for nothing", [pod(1, leaving), pod(2)], {}, []],
    ["one that failed goes, and another stays", [pod(1, failed), pod(2)], {}, [1]],
    ["of several that failed, one goes", [pod(1, failed), pod(2, failed)], {}, [1]],
    ["one that ended well goes", [pod(1, succeeded), pod(2, succeeded)], {}, [1, 2]],
    ["in a back-off too", [pod(1, succeeded)], { isInBackOff: true }, [1]],
    ["one that ended well stays, and others go, in older releases", [pod(1, succeeded), pod(2)], { deletesSucceeded: false }, [2]],
    ["one that failed and leaves doesn't go again", [pod(1, { ...failed, ...leaving })], {}, []],
    ["what ended goes before what is too much", [pod(1), pod(2), pod(3, failed)], {}, [3, 2]],
    ["with surge an old one stays until the new one is available", [pod(1), pod(2, { ...fresh, ...broken })], { allowsSurge: true }, []],
    ["with surge an old one goes when the new one is available", [pod(1), pod(2, fresh)], { allowsSurge: true }, [1]],
    ["with surge an old one that isn't ready goes at once", [pod(1, broken), pod(2, { ...fresh, ...broken })], { allowsSurge: true }, [1]],
    [
      "with surge the oldest of each kind stays",
      [pod(1), pod(2), pod(3, { ...fresh, ...broken }), pod(4, fresh)],
      { allowsSurge: true },
      [2, 4],
    ],
    ["with surge one alone stays, old or new", [pod(1, broken)], { allowsSurge: true }, []],
    ["with surge one alone stays, new", [pod(1, fresh)], { allowsSurge: true }, []],
  ])("%s", (_, pods, change, deletes) => {
    const plan = planNode(wanted, pods, { ...rules, ...change });
    expect([plan.creates, ids(plan.deletes)]).toEqual([false, deletes]);
  });

  test("one is made when there is none, and not while one leaves", () => {
    expect(planNode(wanted, [], rules)).toEqual({ creates: true, deletes: [], ended: [], waitsForBackOff: false });
    expect(planNode(wanted, [pod(1, leaving)], rules)).toEqual({ creates: false, deletes: [], ended: [], waitsForBackOff: false });
  });

  test("those that ended are told apart, and failed ones that stay wait for the back-off", () => {
    const pods = [pod(1, failed), pod(2, failed), pod(3, succeeded), pod(4), pod(5)];
    const plan = planNode(wanted, pods, rules);
    expect([ids(plan.deletes), ids(plan.ended), plan.waitsForBackOff]).toEqual([[1, 3, 5], [1, 3], true]);
    const later = planNode(wanted, pods, { ...rules, isInBackOff: true });
    expect([ids(later.deletes), ids(later.ended), later.waitsForBackOff]).toEqual([[3, 5], [3], true]);
    expect(planNode(wanted, [pod(4)], { ...rules, isInBackOff: true }).waitsForBackOff).toBe(false);
  });
});

describe("whether a node should run a Pod", () => {
  const node = { name: "a", labels: { disk: "ssd" } };
  const none = { shouldRun: false, shouldContinue: false };
  const both = { shouldRun: true, shouldContinue: true };

  test.each([
    ["any Pod", { nodeName: "", nodeSelector: {} }, both],
    ["a Pod for this node", { nodeName: "a", nodeSelector: {} }, both],
    ["a Pod for another one", { nodeName: "b", nodeSelector: {} }, none],
    ["a selector that it fits", { nodeName: "", nodeSelector: { disk: "ssd" } }, both],
    ["a selector that it doesn't fit", { nodeName: "", nodeSelector: { disk: "hdd" } }, none],
  ])("%s", (_, spec, verdict) => {
    expect(shouldRunOn(spec, [], node, [])).toEqual(verdict);
  });

  test("taints count that nothing tolerates, but for those that are a wish", () => {
    const any = { nodeName: "", nodeSelector: {} };
    const taint = (effect: "NoSchedule" | "NoExecute" | "PreferNoSchedule", key = "k") => ({ key, value: "", effect });
    const tolerated = { key: "k", operator: "Exists", value: "", effect: "", tolerationSeconds: null } as const;
    expect(shouldRunOn(any, [], node, [taint("PreferNoSchedule")])).toEqual(both);
    expect(shouldRunOn(any, [tolerated], node, [taint("NoSchedule"), taint("NoExecute")])).toEqual(both);
    expect(shouldRunOn(any, [tolerated], node, [taint("NoExecute"), taint("NoSchedule", "other")])).toEqual({
      shouldRun: false,
      shouldContinue: true,
    });
    expect(shouldRunOn(any, [], node, [taint("NoSchedule"), taint("NoExecute")])).toEqual(none);
  });
});

test.each([
  ["OnDelete", 3, 3, 7, { maxSurge: 0, maxUnavailable: 0 }],
  ["RollingUpdate", 0, 0, 0, { maxSurge: 0, maxUnavailable: 0 }],
  ["RollingUpdate", 2, 0, 7, { maxSurge: 2, maxUnavailable: 0 }],
  ["RollingUpdate", 0, 2, 7, { maxSurge: 0, maxUnavailable: 2 }],
  ["RollingUpdate", "some", "some", 7, { maxSurge: 0, maxUnavailable: 1 }],
] as const)("bounds of %s with surge %s and unavailable %s over %i nodes", (type, maxSurge, maxUnavailable, desired, bounds) => {
  expect(updateBounds({ type, maxSurge, maxUnavailable }, desired, true)).toEqual(bounds);
});

test("a node is unavailable without an available Pod that stays", () => {
  const cases = [[], [pod(1, broken)], [pod(1, leaving)], [pod(1)], [pod(1, broken), pod(2)]];
  expect(cases.map((pods) => isUnavailable(pods))).toEqual([true, true, true, false, false]);
});

describe("a replacement", () => {
  const bounds = { maxSurge: 0, maxUnavailable: 1 };
  test.each<[string, DaemonPod[][], number[]]>([
    ["leaves new ones", [[pod(1, fresh)]], []],
    ["leaves an old one beside a new one to the node's own sync", [[pod(1), pod(2, fresh)]], []],
    ["leaves nodes with too many to their own sync", [[pod(1), pod(2)], [pod(3)]], [3]],
    ["and counts them as available", [[pod(1), pod(2)], [pod(3)], [pod(4)]], [3]],
    ["doesn't count one that leaves as too many", [[pod(1), pod(2, leaving)]], [1]],
    ["takes all that are broken, before others", [[pod(3)], [pod(1, broken)], [pod(2, broken)]], [1, 2]],
    ["takes nothing available while a new one isn't", [[pod(1, { ...fresh, ...broken })], [pod(2)]], []],
  ])("%s", (_, nodes, deletes) => {
    const plan = planUpdate(nodes, bounds);
    expect([ids(plan.deletes), plan.surges]).toEqual([deletes, []]);
  });
});

describe("a surge", () => {
  const bounds = { maxSurge: 1, maxUnavailable: 0 };
  test.each<[string, DaemonPod[][], number[], number[]]>([
    ["leaves new ones", [[pod(1, fresh)], []], [], []],
    ["counts nodes with too many as surging", [[pod(1), pod(2)], [pod(3)]], [], []],
    ["counts several new ones as surging too", [[pod(1, fresh), pod(2, fresh)], [pod(3)]], [], []],
    ["goes beside all that are broken, and counts none of them", [[pod(3)], [pod(1, broken)], [pod(2, broken)]], [], [1, 2, 0]],
    ["goes on when the new one is available", [[pod(1), pod(2, fresh)], [pod(3)]], [1], [1]],
    ["waits for the new one", [[pod(1), pod(2, { ...fresh, ...broken })], [pod(3)]], [], []],
  ])("%s", (_, nodes, deletes, surges) => {
    const plan = planUpdate(nodes, bounds);
    expect([ids(plan.deletes), plan.surges]).toEqual([deletes, surges]);
  });

  test("counts no more nodes than it may, however many surge", () => {
    const surging = [pod(1), pod(2, { ...fresh, ...broken })];
    expect(planUpdate([surging, surging, [pod(5)], [pod(6)]], bounds).surges).toEqual([]);
  });

  test.each<[string, DaemonPod[][], number[], number, number[]]>([
    ["as many as are available elsewhere beyond those wanted", [[pod(1)], [pod(2)], [pod(3, fresh)]], [0, 1], 2, [1]],
    ["none where too few are available", [[pod(1)], [pod(3, { ...fresh, ...broken })]], [0], 2, []],
    ["old ones count for their node where both are", [[pod(1)], [pod(2), pod(3, { ...fresh, ...broken })]], [0], 1, [1]],
    ["and new ones don't where the old one isn't available", [[pod(1)], [pod(2, broken), pod(3, { ...fresh, ...broken })]], [0], 1, []],
    ["those that are broken first", [[pod(1)], [pod(2, broken)], [pod(3, fresh)]], [0, 1], 1, [2, 1]],
    ["a new one that is available drives out an old one there as well", [[pod(1), pod(2, fresh)]], [0], 1, [1]],
  ])("of Pods that may only go on there go: %s", (_, nodes, positions, desired, deletes) => {
    expect(ids(planUpdate(nodes, bounds, { positions: new Set(positions), desired }).deletes)).toEqual(deletes);
  });
});
