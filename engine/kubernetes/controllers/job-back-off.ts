/**
 * How long a Job waits before it makes up for failed Pods (pure): 10 s · 2ⁿ⁻¹ after the n-th failure since the
 * last success, counted from when that Pod ended. Source: pkg/controller/job/backoff_utils.go.
 */
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { isDeleting, isReady } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { PodCondition, type ContainerStatus } from "../objects/pod.ts";

export interface BackOffRecord {
  readonly failures: number;
  /** Whole seconds; meaningless without failures. */
  readonly lastFailure: number;
}

export const noFailures: BackOffRecord = Object.freeze({ failures: 0, lastFailure: 0 });

/** Takes in Pods that have ended since: whole seconds of each end. */
export function recordEnds(before: BackOffRecord, succeeded: readonly number[], failed: readonly number[]): BackOffRecord {
  if (succeeded.length === 0) {
    if (failed.length === 0) return before;
    return { failures: before.failures + failed.length, lastFailure: Math.max(...failed) };
  }
  const lastSuccess = Math.max(...succeeded);
  const since = failed.filter((at) => at > lastSuccess);
  return since.length === 0 ? noFailures : { failures: since.length, lastFailure: Math.max(...since) };
}

/** 0: at once. */
export function remainingBackOff({ failures, lastFailure }: BackOffRecord, now: VirtualTime, initial: Duration, max: Duration): Duration {
  if (failures === 0) return 0;
  return Math.max(0, doubled(initial, failures - 1, max) - (now - lastFailure * SECOND));
}

/** initial · 2^times, at most max. */
export function doubled(initial: Duration, times: number, max: Duration): Duration {
  let delay = initial;
  for (let count = 0; count < times && delay < max; count++) delay *= 2;
  return Math.min(delay, max);
}

/** When a Pod ended, in whole seconds: by its containers, else by its readiness, its deletion, its creation. */
export function finishedAt(pod: PodRecord): number {
  const { containers, conditions, readySince } = pod.status;
  const ends = containers.map(endOf);
  if (ends.length > 0 && ends.every((end) => end !== -1)) return Math.max(...ends);
  if ((conditions & PodCondition.PodScheduled) !== 0 && !isReady(pod) && readySince !== -1) return readySince;
  return isDeleting(pod) ? pod.deletionTimestamp - Math.max(0, pod.deletionGracePeriodSeconds) : pod.createdAt;
}

/** -1: it hasn't. */
function endOf({ state }: ContainerStatus): number {
  return state.type === "terminated" ? state.finishedAt : -1;
}
