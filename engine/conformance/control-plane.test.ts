import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { Harness, replicaSet, service } from "../kubernetes/control-plane.exam.ts";
import * as adapters from "./control-plane.ts";

interface VectorCase {
  readonly name: string;
  readonly input: never;
  readonly expect: Record<string, unknown>;
}

const casesOf = (file: string): readonly VectorCase[] =>
  (JSON.parse(readFileSync(new URL(`vectors/${file}.json`, import.meta.url), "utf8")) as { cases: VectorCase[] }).cases;

/** Files whose answers are compared as a whole. */
const exact: Readonly<Record<string, (input: never) => unknown>> = {
  deployment_fenceposts: adapters.deploymentFenceposts,
  deployment_max_unavailable: adapters.deploymentMaxUnavailable,
  deployment_complete: adapters.deploymentComplete,
  deployment_progressing: adapters.deploymentProgressing,
  deployment_timed_out: adapters.deploymentTimedOut,
  deployment_requeue_stuck: adapters.deploymentRequeueStuck,
  deployment_rollout_status: adapters.deploymentRolloutStatus,
  deployment_cleanup_unhealthy: adapters.deploymentCleanUpUnhealthy,
  deployment_scale_down_old: adapters.deploymentScaleDownOld,
  deployment_new_rs_replicas: adapters.deploymentNewReplicas,
  deployment_reconcile_new: adapters.deploymentReconcileNew,
  deployment_reconcile_old: adapters.deploymentReconcileOld,
  deployment_rolling_step: adapters.deploymentRollingStep,
  deployment_rolling_trace: adapters.deploymentRollingTrace,
  deployment_scale_proportional: adapters.deploymentScaleProportional,
  deployment_history_cleanup: adapters.deploymentHistoryCleanup,
  deployment_old_pods_running: adapters.deploymentOldPodsRunning,
  pod_available: adapters.podAvailable,
  replicaset_deletion_pairs_modern: adapters.deletionPair,
  slow_start_batches: adapters.slowStart,
  scheduler_fit: adapters.schedulerFit,
  scheduler_fit_pod_count: adapters.schedulerFit,
  scheduler_least_allocated: adapters.schedulerLeastAllocated,
  scheduler_taint_score: adapters.schedulerTaintScore,
  noexecute_eviction: adapters.noExecuteEviction,
  noexecute_multiple_pods: adapters.noExecuteMultiplePods,
  min_toleration_time: adapters.minTolerationTime,
  node_zone_state: adapters.nodeZoneState,
  endpoints_membership_modern: adapters.endpointsMembership,
  endpointslice_conditions_modern: adapters.endpointSliceConditions,
};

describe.each(Object.entries(exact))("%s", (file, answer) => {
  test.each(casesOf(file))("$name", ({ input, expect: expected }) => {
    expect(answer(input)).toEqual(expected);
  });
});

describe("replicaset_status", () => {
  test.each(casesOf("replicaset_status"))("$name", ({ input, expect: { status } }) => {
    expect(adapters.replicaSetCounts(input)).toEqual({
      replicas: 0,
      fullyLabeledReplicas: 0,
      readyReplicas: 0,
      availableReplicas: 0,
      ...(status as object),
    });
  });
});

describe("replicaset_deletion_order", () => {
  test.each(casesOf("replicaset_deletion_order"))("$name", ({ input, expect: expected }) => {
    const { deleted, order } = adapters.deletionOrder(input);
    expect(deleted).toEqual(expected["deleted"]);
    if (expected["fullOrder"] !== undefined) expect(order).toEqual(expected["fullOrder"]);
  });
});

// The texts of 1.20 name the taint: the verdict alone is compared.
describe.each([
  ["scheduler_taint_filter", adapters.schedulerTaintFilter],
  ["scheduler_unschedulable_filter", adapters.schedulerUnschedulableFilter],
] as const)("%s", (file, answer) => {
  test.each(casesOf(file))("$name", ({ input, expect: { schedulable } }) => {
    expect(answer(input)).toEqual({ schedulable });
  });
});

/** Each change is another Pod's deletion: it reaches the slices as an update and, later, a removal of no effect here. */
describe.each(["endpoints_batching_deletes", "endpoints_batching_updates", "endpoints_batching_adds"])("%s", (file) => {
  test.each(casesOf(file))("$name", ({ input, expect: { writes } }) => {
    const { batchPeriodSeconds, changes, finalWaitSeconds } = input as {
      batchPeriodSeconds: number;
      changes: readonly { delaySeconds: number }[];
      finalWaitSeconds: number;
    };
    let at = 10 * SECOND;
    const actions = changes.map(({ delaySeconds }, index) => {
      at += delaySeconds * SECOND;
      return { type: "scale", at: Math.round(at), namespace: "default", kind: "ReplicaSet", name: "web", replicas: 9 - index } as const;
    });
    const harness = new Harness({
      objects: [replicaSet("web", 10), service("web")],
      start: "settled",
      gone: 60 * SECOND,
      actions,
      settings: { endpointsBatch: batchPeriodSeconds * SECOND, controllerSync: MILLISECOND },
    });
    harness.runUntil(at + finalWaitSeconds * SECOND);
    expect(harness.endpointLog.length - 1).toBe(writes);
  });
});
