/**
 * Evictions: the eviction subresource's handler, step by step. It looks at the Pod and its budgets, takes one
 * disruption from the budget's status, and begins again when somebody has written the budget in between; then it
 * deletes the Pod.
 *
 *   check ──(none, or none is needed)──────────────────────▶ DisruptionTarget ─▶ DELETE
 *     │ └──(budget allows it)─▶ status: one less ──(ok)──────────▲
 *     │           ▲                  └──(conflict)─▶ 500 ms, check
 *     └──(429, 500)─▶ refused
 *
 * Source: pkg/registry/core/pod/storage/eviction.go.
 */
import { CauseKind } from "../cause-kinds.ts";
import { streamKey, uniform } from "../kernel/random.ts";
import { wholeSeconds } from "../kernel/time.ts";
import { spentStatus, type ApiResponse } from "../kubernetes/api-server/client.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import type { Evict } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";
import { podsOf } from "./pods-of.ts";

/** Source: EvictionsRetry. */
const CONFLICT_TRIES = 20;

export function* evict(action: Evict, operator: Operator): Steps {
  const pods = yield* podsOf(action.selector, operator);
  const refusals: string[] = [];
  for (const pod of pods) {
    const answer = yield* postEviction(pod, action.gracePeriodSeconds, operator);
    if (answer.status !== "ok") refusals.push(`${labelOf(pod, operator)}: ${answer.message ?? answer.status}${budgetText(answer)}`);
  }
  const text = pods.length === 0 ? "no such Pod" : refusals.length === 0 ? `evicted ${pods.length}` : refusals.join("; ");
  operator.outcomes.set(action, { status: pods.length === 0 || refusals.length > 0 ? "failed" : "done", text });
}

/** "ok": the Pod was told to end. A refusal has the budget, if it was one. */
export function* postEviction(pod: PodRecord, gracePeriodSeconds: number | null, operator: Operator): Steps<ApiResponse> {
  const { host } = operator.client;
  const { evictionRetryConflict, evictionRetryConflictJitter } = host.settings;
  const key = streamKey(host.seed, "eviction retry", labelOf(pod, operator));
  for (let tries = 0; tries < CONFLICT_TRIES; tries++) {
    const jitter = 1 + evictionRetryConflictJitter * uniform(key.hi, key.lo, tries);
    if (tries > 0) yield { kind: "pause", duration: Math.round(evictionRetryConflict * jitter) };
    const checked = yield { kind: "checkEviction", pod: pod.id };
    if (checked.status === "tooManyRequests") noteRefusal(pod, operator);
    if (checked.status !== "ok") return checked;
    const budget = checked.object;
    if (budget?.kind !== "PodDisruptionBudget") return yield* removal(pod, gracePeriodSeconds, operator);
    const status = spentStatus(budget.status, pod.id, wholeSeconds(host.now));
    const spent = yield { kind: "updateObjectStatus", object: budget.id, resourceVersion: budget.resourceVersion, status };
    if (spent.isUnanswered === true) return spent;
    if (spent.status === "ok") return yield* removal(pod, gracePeriodSeconds, operator);
  }
  return { status: "internalError", message: "couldn't update PodDisruptionBudget due to conflicts" };
}

const disruption = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" } as const;

function* removal(pod: PodRecord, gracePeriodSeconds: number | null, operator: Operator): Steps<ApiResponse> {
  if (operator.client.host.versions.disruptionTargetCondition) yield { kind: "markDisruptionTarget", pod: pod.id, ...disruption };
  return yield { kind: "deletePod", pod: pod.id, gracePeriodSeconds };
}

function noteRefusal(pod: PodRecord, { client: { host } }: Operator): void {
  const { current } = host.causes;
  host.causes.note(host.lp, CauseKind.evictionRefused, pod.id, host.now, current);
  host.causes.current = current;
}

export function labelOf(pod: PodRecord, { workloads, podName }: Operator): string {
  return `${workloads.workload(pod.workload).namespace}/${podName(pod)}`;
}

/** Which budget a refusal is about, and what it counts. */
export function budgetText({ object }: ApiResponse): string {
  if (object?.kind !== "PodDisruptionBudget") return "";
  const { currentHealthy, desiredHealthy } = object.status;
  return ` (budget ${object.namespace}/${object.name}: ${currentHealthy} healthy, at least ${desiredHealthy} needed)`;
}
