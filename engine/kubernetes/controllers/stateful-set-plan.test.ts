/** What a sync of a StatefulSet creates and deletes, beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { describe, expect, test } from "vitest";
import { planStatefulSet, type StatefulPod, type StatefulSetInput } from "./stateful-set-plan.ts";

const healthy: Omit<StatefulPod, "ordinal"> = { phase: "Running", isReady: true, isAvailable: true, isTerminating: false, revision: "old" };

/** A healthy Pod of the old revision, with changes. */
function pod(ordinal: number, change: Partial<StatefulPod> = {}): StatefulPod {
  return { ...healthy, ordinal, ...change };
}

const unready = { isReady: false, isAvailable: false };
const pending = { phase: "Pending", ...unready } as const;
const leaving = { isTerminating: true };
const renewed = { revision: "new" };

/** A set of three that is to have the new revision throughout. */
function input(pods: readonly StatefulPod[], change: Partial<StatefulSetInput> = {}): StatefulSetInput {
  return {
    replicas: 3,
    start: 0,
    isOrdered: true,
    strategy: "RollingUpdate",
    partition: 0,
    currentRevision: "old",
    updateRevision: "new",
    pods,
    recreatesFailedAtOnce: false,
    ...change,
  };
}

const rest = { currentRevision: "old", updateRevision: "old" } as const;
const parallel = { isOrdered: false } as const;

type Case = readonly [
  name: string,
  pods: readonly StatefulPod[],
  change: Partial<StatefulSetInput>,
  creates: readonly number[],
  deletes: readonly number[],
];

function check([, pods, change, creates, deletes]: Case): void {
  const plan = planStatefulSet(input(pods, change));
  expect([plan.creates.map(({ ordinal }) => ordinal), plan.deletes]).toEqual([creates, deletes]);
}

describe("the Pods wanted", () => {
  test.each<Case>([
    ["come one after the other", [], rest, [0], []],
    ["come when the one before is available", [pod(0)], rest, [1], []],
    ["wait for one that isn't ready", [pod(0, unready)], rest, [], []],
    ["wait for one that isn't available yet", [pod(0, { isAvailable: false })], rest, [], []],
    ["wait for one that doesn't run, ready as it may look", [pod(0, { phase: "Pending" })], rest, [], []],
    ["wait for one that leaves", [pod(0, leaving)], rest, [], []],
    ["come where one is missing", [pod(0), pod(2)], rest, [1], []],
    ["are all there: nothing to do", [pod(2), pod(1), pod(0)], rest, [], []],
    ["all come at once in parallel", [pod(1, unready)], { ...rest, ...parallel }, [0, 2], []],
    ["count from the first ordinal", [pod(5), pod(7)], { ...rest, start: 5 }, [6], []],
    ["none: nothing is made", [], { ...rest, replicas: 0 }, [], []],
  ])("%s", (...row) => check(row));
});

describe("a Pod that is over", () => {
  const failed = { phase: "Failed", ...unready } as const;
  const succeeded = { phase: "Succeeded", ...unready } as const;
  const atOnce = { ...rest, recreatesFailedAtOnce: true } as const;

  test.each<Case>([
    ["goes, and ends the pass", [pod(0), pod(1, failed)], rest, [], [1]],
    ["ends the pass in parallel too", [pod(0), pod(1, failed)], { ...rest, ...parallel }, [], [1]],
    ["goes when it ended well as well", [pod(0), pod(1, succeeded)], rest, [], [1]],
    ["goes once", [pod(0), pod(1, { ...failed, ...leaving })], rest, [], []],
    ["ends the pass while it leaves", [pod(0, { ...failed, ...leaving })], { ...rest, ...parallel }, [], []],
    ["is made anew in the same sync (1.20)", [pod(0), pod(1, failed)], atOnce, [1], [1]],
    ["is deleted once more while it leaves (1.20)", [pod(0), pod(1, { ...failed, ...leaving })], atOnce, [1], [1]],
    ["keeps its place when it ended well (1.20)", [pod(0), pod(1, succeeded)], atOnce, [], []],
    ["doesn't keep the others from coming in parallel (1.20)", [pod(0, failed), pod(1)], { ...atOnce, ...parallel }, [0, 2], [0]],
  ])("%s", (...row) => check(row));

  test("comes back with the revision of its place (1.20)", () => {
    const { creates } = planStatefulSet(input([pod(0, { ...failed, revision: "older" })], { recreatesFailedAtOnce: true, partition: 1 }));
    expect(creates).toEqual([{ ordinal: 0, revision: "old" }]);
  });
});

describe("Pods that are too many", () => {
  const whole = [pod(0), pod(1), pod(2)];

  test.each<Case>([
    ["go one after the other, the last first", [...whole, pod(3), pod(4)], rest, [], [4]],
    ["wait for one that leaves", [...whole, pod(3), pod(4, leaving)], rest, [], []],
    ["all go at once in parallel", [...whole, pod(3), pod(5), pod(4, leaving)], { ...rest, ...parallel }, [], [5, 3]],
    ["wait for one below that isn't healthy", [...whole, pod(3, unready), pod(4, unready)], rest, [], []],
    ["wait for a Pod of the set that leaves", [pod(0, leaving), pod(1), pod(2), pod(3)], rest, [], []],
    ["go although unhealthy when none below is", [...whole, pod(3), pod(4, unready)], rest, [], [4]],
    ["go healthy although one below isn't", [...whole, pod(3, unready), pod(4)], rest, [], [4]],
    ["go although unhealthy in parallel", [...whole, pod(3, unready), pod(4, pending)], { ...rest, ...parallel }, [], [4, 3]],
    ["wait for one below that leaves, if unhealthy", [...whole, pod(3, leaving), pod(4, unready)], rest, [], []],
    ["count the unhealthy with the lowest ordinal first, wherever it stands", [...whole, pod(4, unready), pod(3, unready)], rest, [], []],
    ["are those below the first ordinal as well", [pod(0), pod(3), pod(4), pod(5)], { ...rest, start: 3 }, [], [0]],
    ["are those from the end of the range on", [pod(3), pod(4), pod(5), pod(6)], { ...rest, start: 3 }, [], [6]],
    ["go before anything is updated", [...whole, pod(3)], {}, [], [3]],
    ["go before anything is updated in parallel as well", [...whole, pod(3)], parallel, [], [3, 2]],
  ])("%s", (...row) => check(row));
});

describe("an update", () => {
  test.each<Case>([
    ["begins with the last", [pod(0), pod(1), pod(2)], {}, [], [2]],
    ["goes on below those that are done", [pod(0), pod(1), pod(2, renewed)], {}, [], [1]],
    ["leaves places below the partition", [pod(0), pod(1), pod(2, renewed)], { partition: 2 }, [], []],
    ["takes the place of the partition itself", [pod(0), pod(1), pod(2)], { partition: 2 }, [], [2]],
    ["counts places, not ordinals, for the partition", [pod(5), pod(6), pod(7, renewed)], { start: 5, partition: 1 }, [], [6]],
    ["is up to the user with OnDelete", [pod(0), pod(1), pod(2)], { strategy: "OnDelete" }, [], []],
    ["waits for one that leaves", [pod(0), pod(1), pod(2, leaving)], parallel, [], []],
    ["waits for a new one that leaves", [pod(0), pod(1), pod(2, { ...renewed, ...leaving })], parallel, [], []],
    ["waits for a new one that isn't ready", [pod(0), pod(1), pod(2, { ...renewed, ...unready })], parallel, [], []],
    ["waits for a new one that doesn't run", [pod(0), pod(1), pod(2, { ...renewed, phase: "Pending" })], parallel, [], []],
    ["waits for a new one that isn't available", [pod(0), pod(1), pod(2, { ...renewed, isAvailable: false })], parallel, [], []],
    ["waits for one that is made now", [pod(0), pod(1)], parallel, [2], []],
    ["waits for one that is made now, with the old revision", [pod(0), pod(1)], { ...parallel, updateRevision: "old" }, [2], []],
    ["takes an old one although it isn't ready", [pod(0), pod(1), pod(2, unready)], parallel, [], [2]],
    ["is over", [pod(0, renewed), pod(1, renewed), pod(2, renewed)], {}, [], []],
  ])("%s", (...row) => check(row));
});

test.each([
  ["RollingUpdate", 0, 0, ["new", "new", "new"]],
  ["RollingUpdate", 2, 0, ["old", "old", "new"]],
  ["RollingUpdate", 2, 7, ["old", "old", "new"]],
  ["OnDelete", 2, 0, ["new", "new", "new"]],
] as const)(
  "with %s and partition %i new Pods from ordinal %i on have the revisions of their places",
  (strategy, partition, start, wanted) => {
    const { creates } = planStatefulSet(input([], { isOrdered: false, strategy, partition, start }));
    expect(creates).toEqual(wanted.map((revision, place) => ({ ordinal: start + place, revision })));
  },
);
