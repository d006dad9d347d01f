/**
 * Status of a PodDisruptionBudget: how many of its Pods may be evicted now. Source:
 * pkg/controller/disruption/disruption.go (getExpectedPodCount, countHealthyPods, buildDisruptedPodMap).
 */
import { scaledValue } from "../objects/int-or-string.ts";
import type { IntOrString } from "../objects/meta.ts";

/** An eviction that the API server granted counts this long, in seconds, if its Pod stays. Source: DeletionTimeout. */
const EVICTION_REMEMBERED_SECONDS = 120;

export interface BudgetedPod {
  readonly name: string;
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  /** Seconds since its eviction was granted; null: none is on record. */
  readonly evictedSecondsAgo: number | null;
}

export interface BudgetStatus {
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  /** Names of Pods whose granted eviction is still remembered, in the order given. */
  readonly disruptedPods: readonly string[];
}

export interface BudgetRule {
  /** Exactly one of the two is set. */
  readonly minAvailable: IntOrString | null;
  readonly maxUnavailable: IntOrString | null;
}

/** `scale`: sum of spec.replicas over the controllers of the Pods, which are found through the Pods: none without Pods. */
export function budgetStatus(
  { minAvailable, maxUnavailable }: BudgetRule,
  scale: number,
  pods: readonly BudgetedPod[],
  rememberedSeconds: number = EVICTION_REMEMBERED_SECONDS,
): BudgetStatus {
  const isKept = (pod: BudgetedPod): boolean => isRemembered(pod, rememberedSeconds);
  const disrupted = pods.filter(isKept);
  const currentHealthy = pods.filter((pod) => pod.isReady && !pod.isTerminating && !isKept(pod)).length;
  const { expectedPods, desiredHealthy } = expectation(minAvailable, maxUnavailable, pods.length === 0 ? 0 : scale, pods.length);
  const disruptionsAllowed = expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  return { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods, disruptedPods: disrupted.map(({ name }) => name) };
}

function expectation(
  minAvailable: IntOrString | null,
  maxUnavailable: IntOrString | null,
  scale: number,
  podCount: number,
): { readonly expectedPods: number; readonly desiredHealthy: number } {
  if (maxUnavailable !== null) {
    const unavailable = scaledValue(maxUnavailable, scale, true) ?? 0;
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - unavailable) };
  }
  if (typeof minAvailable === "number") return { expectedPods: podCount, desiredHealthy: minAvailable };
  if (minAvailable === null) return { expectedPods: podCount, desiredHealthy: 0 };
  return { expectedPods: scale, desiredHealthy: scaledValue(minAvailable, scale, true) ?? 0 };
}

function isRemembered({ isTerminating, evictedSecondsAgo }: BudgetedPod, rememberedSeconds: number): boolean {
  return !isTerminating && evictedSecondsAgo !== null && evictedSecondsAgo <= rememberedSeconds;
}
