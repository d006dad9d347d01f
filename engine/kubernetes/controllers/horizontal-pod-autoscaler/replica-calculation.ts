/**
 * How many replicas a metric asks for. Source: pkg/controller/podautoscaler/replica_calculator.go and
 * metrics/utilization.go; all quotients that Go makes of integers are rounded towards zero here as well.
 */
import type { Duration, VirtualTime } from "../../../kernel/time.ts";

/** What the autoscaler knows of a Pod that its target selects. */
export interface MetricPod {
  readonly name: string;
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  readonly isDeleting: boolean;
  /** Its Ready condition; null: it has none yet. */
  readonly ready: { readonly isTrue: boolean; readonly since: VirtualTime } | null;
  /** status.startTime; null: not seen by a kubelet yet. */
  readonly startedAt: VirtualTime | null;
  /** Request of the resource, by container, in milli-units; null: not set. */
  readonly requests: readonly { readonly container: string; readonly milli: number | null }[];
}

export interface MetricSample {
  readonly milli: number;
  /** End and length of the window that it is the mean of. */
  readonly at: VirtualTime;
  readonly window: Duration;
}

/** By name of the Pod, also of Pods that aren't there any more. */
export type MetricSamples = ReadonlyMap<string, MetricSample>;

export interface Tolerance {
  readonly up: number;
  readonly down: number;
}

export interface CalculationContext {
  readonly now: VirtualTime;
  readonly currentReplicas: number;
  readonly pods: readonly MetricPod[];
  readonly tolerance: Tolerance;
  /** --horizontal-pod-autoscaler-cpu-initialization-period */
  readonly initialisationPeriod: Duration;
  /** --horizontal-pod-autoscaler-initial-readiness-delay */
  readonly readinessDelay: Duration;
}

/** `null`: the metric can't be had, which is upstream's error. */
export type Calculation = {
  readonly replicas: number;
  /** Percent of the request; -1: the metric has no requests. */
  readonly utilization: number;
  /** Mean over the Pods that count, or the total of a metric that isn't the Pods'. */
  readonly usageMilli: number;
} | null;

interface Groups {
  readonly readyCount: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  /** Samples of the Pods that count; others' are gone from it. */
  readonly counted: Map<string, number>;
}

/** Utilisation of requests; `container` null: all containers of a Pod together. */
export function replicasByUtilization(
  context: CalculationContext,
  resource: string,
  container: string | null,
  samples: MetricSamples,
  targetPercent: number,
): Calculation {
  const { currentReplicas, pods, tolerance } = context;
  if (pods.length === 0) return null;
  const { readyCount, unready, missing, counted } = groupPods(context, resource, samples);
  if (counted.size === 0) return null;
  const requests = requestsOf(pods, container);
  if (requests === null) return null;
  const usage = utilizationOf(counted, requests, targetPercent);
  if (usage === null) return null;
  const { ratio, utilization, meanMilli } = usage;
  const answer = (replicas: number): Calculation => ({ replicas, utilization, usageMilli: meanMilli });
  const isUpWithUnready = unready.length > 0 && ratio > 1;
  if (!isUpWithUnready && missing.length === 0) {
    return answer(isWithin(ratio, tolerance) ? currentReplicas : Math.ceil(ratio * readyCount));
  }
  // Whoever isn't seen is taken to speak against the change.
  if (ratio < 1) {
    const fallback = Math.max(100, targetPercent);
    for (const name of missing) counted.set(name, Math.trunc(((requests.get(name) ?? 0) * fallback) / 100));
  } else if (ratio > 1) {
    for (const name of missing) counted.set(name, 0);
  }
  if (isUpWithUnready) for (const name of unready) counted.set(name, 0);
  const again = utilizationOf(counted, requests, targetPercent);
  if (again === null) return null;
  if (isWithin(again.ratio, tolerance) || turnsRound(ratio, again.ratio)) return answer(currentReplicas);
  const replicas = Math.ceil(again.ratio * counted.size);
  const isAgainst = (again.ratio < 1 && replicas > currentReplicas) || (again.ratio > 1 && replicas < currentReplicas);
  return answer(isAgainst ? currentReplicas : replicas);
}

/** Mean of the Pods' own values against an AverageValue. `resource` is "" for a metric of type Pods. */
export function replicasByAverage(context: CalculationContext, resource: string, samples: MetricSamples, targetMilli: number): Calculation {
  const { currentReplicas, pods, tolerance } = context;
  if (pods.length === 0) return null;
  const { readyCount, unready, missing, counted } = groupPods(context, resource, samples);
  if (counted.size === 0) return null;
  const usageMilli = meanOf(counted);
  const ratio = usageMilli / targetMilli;
  const answer = (replicas: number): Calculation => ({ replicas, utilization: -1, usageMilli });
  const isUpWithUnready = unready.length > 0 && ratio > 1;
  if (!isUpWithUnready && missing.length === 0) {
    return answer(isWithin(ratio, tolerance) ? currentReplicas : Math.ceil(ratio * readyCount));
  }
  for (const name of missing) counted.set(name, ratio < 1 ? targetMilli : 0);
  if (isUpWithUnready) for (const name of unready) counted.set(name, 0);
  const again = meanOf(counted) / targetMilli;
  if (isWithin(again, tolerance) || turnsRound(ratio, again)) return answer(currentReplicas);
  return answer(Math.ceil(again * counted.size));
}

/** A value of something else (an object, an external queue) against a target for all Pods together. */
export function replicasByValue(context: CalculationContext, totalMilli: number, targetMilli: number): Calculation {
  const { currentReplicas, pods, tolerance } = context;
  const ratio = totalMilli / targetMilli;
  const answer = (replicas: number): Calculation => ({ replicas, utilization: -1, usageMilli: totalMilli });
  if (currentReplicas === 0) return answer(Math.ceil(ratio));
  if (isWithin(ratio, tolerance)) return answer(currentReplicas);
  const ready = pods.filter(({ phase, ready: condition }) => phase === "Running" && condition?.isTrue === true).length;
  return answer(Math.ceil(ratio * ready));
}

/** The same against a target for each Pod. */
export function replicasByValuePerPod(context: CalculationContext, totalMilli: number, targetMilli: number): Calculation {
  const { currentReplicas, tolerance } = context;
  const isKept = isWithin(totalMilli / (targetMilli * currentReplicas), tolerance);
  const replicas = isKept ? currentReplicas : Math.ceil(totalMilli / targetMilli);
  return { replicas, utilization: -1, usageMilli: Math.ceil(totalMilli / currentReplicas) };
}

/** Whether some Pod counts: without one there is no calculation. */
export function hasCountedSamples(context: CalculationContext, resource: string, samples: MetricSamples): boolean {
  return groupPods(context, resource, samples).counted.size > 0;
}

function isWithin(ratio: number, { up, down }: Tolerance): boolean {
  return 1 - down <= ratio && ratio <= 1 + up;
}

function turnsRound(before: number, after: number): boolean {
  return (before < 1 && after > 1) || (before > 1 && after < 1);
}

function groupPods(context: CalculationContext, resource: string, samples: MetricSamples): Groups {
  const unready: string[] = [];
  const missing: string[] = [];
  const counted = new Map<string, number>();
  for (const [name, { milli }] of samples) counted.set(name, milli);
  let readyCount = 0;
  for (const pod of context.pods) {
    const sample = samples.get(pod.name);
    if (pod.isDeleting || pod.phase === "Failed") counted.delete(pod.name);
    else if (pod.phase === "Pending") unready.push(pod.name);
    else if (sample === undefined) missing.push(pod.name);
    else if (resource === "cpu" && isUnready(context, pod, sample)) unready.push(pod.name);
    else readyCount++;
  }
  for (const name of unready) counted.delete(name);
  return { readyCount, unready, missing, counted };
}

/** A Pod that starts burns CPU which says nothing about its load. */
function isUnready({ now, initialisationPeriod, readinessDelay }: CalculationContext, pod: MetricPod, sample: MetricSample): boolean {
  const { ready, startedAt } = pod;
  if (ready === null || startedAt === null) return true;
  if (startedAt + initialisationPeriod > now) return !ready.isTrue || sample.at < ready.since + sample.window;
  // It has never been ready.
  return !ready.isTrue && startedAt + readinessDelay > ready.since;
}

/** By Pod, in milli-units; null: a container that counts has no request. */
function requestsOf(pods: readonly MetricPod[], container: string | null): Map<string, number> | null {
  const requests = new Map<string, number>();
  for (const pod of pods) {
    let sum = 0;
    for (const { container: name, milli } of pod.requests) {
      if (container !== null && name !== container) continue;
      if (milli === null) return null;
      sum += milli;
    }
    requests.set(pod.name, sum);
  }
  return requests;
}

function utilizationOf(
  counted: ReadonlyMap<string, number>,
  requests: ReadonlyMap<string, number>,
  targetPercent: number,
): { readonly ratio: number; readonly utilization: number; readonly meanMilli: number } | null {
  let usage = 0;
  let requested = 0;
  let entries = 0;
  for (const [name, milli] of counted) {
    const request = requests.get(name);
    if (request === undefined) continue;
    usage += milli;
    requested += request;
    entries++;
  }
  if (requested === 0) return null;
  const utilization = Math.trunc((usage * 100) / requested);
  return { ratio: utilization / targetPercent, utilization, meanMilli: Math.trunc(usage / entries) };
}

function meanOf(counted: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const milli of counted.values()) total += milli;
  return Math.trunc(total / counted.size);
}
