/** What the eviction subresource says: a table of Pods and budgets. */
import { describe, expect, it, test } from "vitest";
import { PodCondition, PodPhase, pendingPodStatus } from "../objects/pod.ts";
import {
  emptyPodDisruptionBudgetStatus,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
} from "../objects/pod-disruption-budget.ts";
import { newestVersions, versionsOf } from "../versions.ts";
import { decideEviction, spentStatus } from "./eviction.ts";
import type { ObjectRecord } from "./object-record.ts";
import type { PodRecord } from "./pod-record.ts";

const old = versionsOf("1.20")!;

function pod(phase: PodPhase, isReady: boolean, deletionTimestamp = -1): PodRecord {
  return {
    id: 7,
    resourceVersion: 1,
    owner: 1,
    workload: 0,
    ordinal: 0,
    template: 0,
    node: 0,
    createdAt: 0,
    deletionTimestamp,
    deletionGracePeriodSeconds: -1,
    status: { ...pendingPodStatus, phase, conditions: isReady ? PodCondition.Ready : 0 },
    traits: null,
    cause: 0,
  };
}

function budget(
  status: Partial<PodDisruptionBudgetStatus>,
  policy: PodDisruptionBudgetSpec["unhealthyPodEvictionPolicy"] = "IfHealthyBudget",
): ObjectRecord<"PodDisruptionBudget"> {
  return {
    id: 3,
    kind: "PodDisruptionBudget",
    resourceVersion: 5,
    generation: 1,
    namespace: "default",
    name: "web",
    labels: {},
    annotations: {},
    workload: -1,
    ownerReferences: [],
    finalizers: [],
    createdAt: 0,
    deletionTimestamp: -1,
    spec: {
      minAvailable: 2,
      maxUnavailable: null,
      selector: { matchLabels: {}, matchExpressions: [] },
      unhealthyPodEvictionPolicy: policy,
    },
    status: { ...emptyPodDisruptionBudgetStatus, observedGeneration: 1, ...status },
    cause: 0,
  };
}

const { Running, Pending, Succeeded, Failed } = PodPhase;
const ready = pod(Running, true);
const unready = pod(Running, false);
const full = { currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 };
const tight = { currentHealthy: 2, desiredHealthy: 2 };
const short = { currentHealthy: 1, desiredHealthy: 2 };

describe("an eviction", () => {
  test.each([
    ["nobody's budget", ready, [], "delete"],
    ["a budget that allows it", ready, [budget(full)], "spend"],
    ["a budget that doesn't", ready, [budget(tight)], "tooManyRequests"],
    ["a budget that nobody has looked at yet", ready, [budget({ ...full, observedGeneration: 0 })], "tooManyRequests"],
    ["two budgets", ready, [budget(full), budget(full)], "internalError"],
    ["a pending Pod, whatever its budgets", pod(Pending, false), [budget(short), budget(short)], "delete"],
    ["an ended Pod", pod(Succeeded, false), [budget(short)], "delete"],
    ["a failed Pod", pod(Failed, false), [budget(short)], "delete"],
    ["a Pod that is being deleted", pod(Running, true, 10), [budget(tight)], "delete"],
    ["an unready Pod, while enough are healthy", unready, [budget(tight)], "delete"],
    ["an unready Pod, while too few are healthy", unready, [budget(short)], "tooManyRequests"],
    ["an unready Pod of a budget that asks for none", unready, [budget({})], "tooManyRequests"],
    ["an unready Pod that may always go", unready, [budget(short, "AlwaysAllow")], "delete"],
  ])("%s", (_, candidate, budgets, expected) => {
    const decision = decideEviction(candidate, budgets, newestVersions);
    expect(decision.type === "refuse" ? decision.status : decision.type).toBe(expected);
  });

  it("of an unready Pod asked the budget all the same in 1.20", () => {
    expect(decideEviction(unready, [budget(tight)], old).type).toBe("refuse");
    expect(decideEviction(unready, [budget(short, "AlwaysAllow")], old).type).toBe("refuse");
    expect(decideEviction(unready, [budget(full)], old).type).toBe("spend");
  });

  it("is refused once too many are on record", () => {
    const disruptedPods = Array.from({ length: 2001 }, (_, id) => ({ pod: id, at: 0 }));
    expect(decideEviction(ready, [budget({ ...full, disruptedPods })], newestVersions)).toMatchObject({
      type: "refuse",
      status: "forbidden",
    });
  });

  it("says that no other is allowed once it took the last one, and since when", () => {
    const allowed = { reason: "SufficientPods", message: "", observedGeneration: 1, since: 5 } as const;
    const status = { ...emptyPodDisruptionBudgetStatus, disruptionsAllowed: 2, observedGeneration: 1, allowed };
    const first = spentStatus(status, 7, 100);
    expect(first.allowed).toEqual(allowed);
    expect(spentStatus(first, 4, 101).allowed).toEqual({ ...allowed, reason: "InsufficientPods", since: 101 });
    expect(spentStatus({ ...emptyPodDisruptionBudgetStatus, disruptionsAllowed: 1 }, 7, 100)).not.toHaveProperty("allowed");
  });

  it("takes one disruption and is remembered, once for each Pod", () => {
    const first = spentStatus({ ...emptyPodDisruptionBudgetStatus, disruptionsAllowed: 2 }, 7, 100);
    expect(first).toMatchObject({ disruptionsAllowed: 1, disruptedPods: [{ pod: 7, at: 100 }] });
    expect(spentStatus(spentStatus(first, 4, 101), 7, 102).disruptedPods).toEqual([
      { pod: 4, at: 101 },
      { pod: 7, at: 102 },
    ]);
  });
});
