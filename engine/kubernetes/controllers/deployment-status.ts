/**
 * A Deployment's status and its condition Progressing (pure). Source: pkg/controller/deployment/
 * {sync,progress}.go, util/deployment_util.go.
 */
import { assert } from "../../kernel/assert.ts";
import { SECOND, wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import type { DeploymentCondition, DeploymentRecord, DeploymentStatus, ReplicaSetRecord } from "../api-server/client.ts";
import { maxUnavailableOf } from "./rolling-update.ts";

/** The most that an int32 holds means: no deadline. */
const NO_DEADLINE = 2_147_483_647;

export function hasProgressDeadline(seconds: number | null): seconds is number {
  return seconds !== null && seconds !== NO_DEADLINE;
}

/** Counts only; the conditions are those of before. */
export function deploymentCounts(
  deployment: DeploymentRecord,
  all: readonly ReplicaSetRecord[],
  current: ReplicaSetRecord | null,
  nowSeconds: number,
): DeploymentStatus {
  const { spec, status, generation } = deployment;
  const availableReplicas = total(all, (set) => set.status.availableReplicas);
  const isAvailable = availableReplicas >= spec.replicas - maxUnavailableOf(spec.strategy, spec.replicas);
  return {
    observedGeneration: generation,
    replicas: total(all, (set) => set.status.replicas),
    updatedReplicas: current?.status.replicas ?? 0,
    readyReplicas: total(all, (set) => set.status.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, total(all, (set) => set.replicas) - availableReplicas),
    terminatingReplicas: total(all, (set) => set.status.terminatingReplicas),
    progressing: status.progressing,
    available: withCondition(
      status.available,
      isAvailable ? "True" : "False",
      isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      nowSeconds,
    ),
    ...(status.replicaFailure === undefined ? {} : { replicaFailure: status.replicaFailure }),
  };
}

/** With the condition ReplicaFailure of the new ReplicaSet, or else of an old one. Source: getReplicaFailures. */
export function withReplicaFailure(
  status: DeploymentStatus,
  all: readonly ReplicaSetRecord[],
  current: ReplicaSetRecord | null,
): DeploymentStatus {
  const failure = current?.status.replicaFailure ?? all.find((set) => set.status.replicaFailure !== undefined)?.status.replicaFailure;
  if (failure !== undefined) return { ...status, replicaFailure: failure };
  return status.replicaFailure === undefined ? status : withoutFailure(status);
}

function withoutFailure(status: DeploymentStatus): DeploymentStatus {
  const { replicaFailure, ...others } = status;
  assert(replicaFailure !== undefined, "a failure to take away");
  return others;
}

/** Unchanged while status and reason are; the transition time moves with the status alone. Source: SetDeploymentCondition. */
export function withCondition(
  before: DeploymentCondition | null,
  status: DeploymentCondition["status"],
  reason: string,
  nowSeconds: number,
): DeploymentCondition {
  if (before !== null && before.status === status && before.reason === reason) return before;
  return {
    status,
    reason,
    lastUpdateTime: nowSeconds,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : nowSeconds,
  };
}

type Counts = Pick<DeploymentStatus, "replicas" | "updatedReplicas" | "readyReplicas" | "availableReplicas">;

export function isComplete(replicas: number, generation: number, status: Counts & Pick<DeploymentStatus, "observedGeneration">): boolean {
  return (
    status.updatedReplicas === replicas &&
    status.replicas === replicas &&
    status.availableReplicas === replicas &&
    status.observedGeneration >= generation
  );
}

/** A change of counts that is progress: more new ones, fewer old ones, more ready or available ones. */
export function isProgress(before: Counts, after: Counts): boolean {
  return (
    after.updatedReplicas > before.updatedReplicas ||
    after.replicas - after.updatedReplicas < before.replicas - before.updatedReplicas ||
    after.readyReplicas > before.readyReplicas ||
    after.availableReplicas > before.availableReplicas
  );
}

export function hasTimedOut(condition: DeploymentCondition | null, deadlineSeconds: number | null, now: VirtualTime): boolean {
  if (!hasProgressDeadline(deadlineSeconds) || condition === null) return false;
  if (condition.reason === "NewReplicaSetAvailable") return false;
  if (condition.reason === "ProgressDeadlineExceeded") return true;
  return (condition.lastUpdateTime + deadlineSeconds) * SECOND < now;
}

/** The condition Progressing after one status sync; first match wins (syncRolloutStatus). */
export function progressingAfter(
  before: DeploymentStatus,
  after: DeploymentStatus,
  replicas: number,
  generation: number,
  deadlineSeconds: number | null,
  now: VirtualTime,
): DeploymentCondition | null {
  const condition = before.progressing;
  if (!hasProgressDeadline(deadlineSeconds)) return null;
  if (condition?.reason === "NewReplicaSetAvailable" && after.replicas === after.updatedReplicas) return condition;
  const seconds = wholeSeconds(now);
  if (isComplete(replicas, generation, after)) return withCondition(condition, "True", "NewReplicaSetAvailable", seconds);
  if (isProgress(before, after)) {
    const lastTransitionTime = condition?.status === "True" ? condition.lastTransitionTime : seconds;
    return { status: "True", reason: "ReplicaSetUpdated", lastUpdateTime: seconds, lastTransitionTime };
  }
  return hasTimedOut(condition, deadlineSeconds, now) ? withCondition(condition, "False", "ProgressDeadlineExceeded", seconds) : condition;
}

/**
 * Time left until the deadline of a rollout that may be stuck, in µs; null: nothing to wait for. Less
 * than a second counts as none. The re-check comes progressRecheck later. Source: requeueStuckDeployment.
 */
export function timeToDeadline(
  condition: DeploymentCondition | null,
  after: DeploymentStatus,
  replicas: number,
  generation: number,
  deadlineSeconds: number | null,
  now: VirtualTime,
): number | null {
  if (!hasProgressDeadline(deadlineSeconds) || condition === null) return null;
  if (isComplete(replicas, generation, after) || condition.reason === "ProgressDeadlineExceeded") return null;
  const left = (condition.lastUpdateTime + deadlineSeconds) * SECOND - now;
  return left < SECOND ? 0 : left;
}

export function isSameDeploymentStatus(a: DeploymentStatus, b: DeploymentStatus): boolean {
  return (
    a.observedGeneration === b.observedGeneration &&
    a.replicas === b.replicas &&
    a.updatedReplicas === b.updatedReplicas &&
    a.readyReplicas === b.readyReplicas &&
    a.availableReplicas === b.availableReplicas &&
    a.unavailableReplicas === b.unavailableReplicas &&
    a.terminatingReplicas === b.terminatingReplicas &&
    a.replicaFailure === b.replicaFailure &&
    isSameCondition(a.progressing, b.progressing) &&
    isSameCondition(a.available, b.available)
  );
}

function isSameCondition(a: DeploymentCondition | null, b: DeploymentCondition | null): boolean {
  if (a === b) return true;
  return (
    a !== null &&
    b !== null &&
    a.status === b.status &&
    a.reason === b.reason &&
    a.lastUpdateTime === b.lastUpdateTime &&
    a.lastTransitionTime === b.lastTransitionTime
  );
}

function total(sets: readonly ReplicaSetRecord[], value: (set: ReplicaSetRecord) => number): number {
  return sets.reduce((sum, set) => sum + value(set), 0);
}
