/**
 * Which Pods a kubelet ends so that a critical one fits (pkg/kubelet/preemption/preemption.go): the least that
 * will do, those of the lowest quality of service first. Pure.
 */
import type { QosClass } from "./qos.ts";

/** What a critical Pod lacks, in the unit of the resource (millicores, bytes, count). */
export interface Requirement {
  readonly resource: string;
  readonly quantity: number;
}

/** A Pod as it is weighed here. */
export interface PreemptionCandidate {
  readonly isCritical: boolean;
  readonly priority: number;
  readonly qosClass: QosClass;
  /** By resource; "pods" is 1. */
  readonly requests: Readonly<Record<string, number>>;
}

/** kubetypes.Preemptable */
export function isPreemptable(
  preemptor: Pick<PreemptionCandidate, "isCritical" | "priority">,
  pod: Pick<PreemptionCandidate, "isCritical" | "priority">,
): boolean {
  return (preemptor.isCritical && !pod.isCritical) || preemptor.priority > pod.priority;
}

/** getPodsToPreempt: Pods in the order in which they end, or the error that upstream's handler returns. */
export function podsToPreempt<Candidate extends PreemptionCandidate>(
  preemptor: Pick<PreemptionCandidate, "isCritical" | "priority">,
  pods: readonly Candidate[],
  requirements: readonly Requirement[],
): readonly Candidate[] | string {
  const ofClass = (qosClass: QosClass): readonly Candidate[] =>
    pods.filter((pod) => pod.qosClass === qosClass && isPreemptable(preemptor, pod));
  const bestEffort = ofClass("BestEffort");
  const burstable = ofClass("Burstable");
  const guaranteed = ofClass("Guaranteed");
  const unmet = without(requirements, [...bestEffort, ...burstable, ...guaranteed]);
  if (unmet.length > 0) return `no set of running pods found to reclaim resources: ${textOf(unmet)}`;
  // Of each class as little as possible, given all of the classes below it.
  const ofGuaranteed = byDistance(guaranteed, without(requirements, [...bestEffort, ...burstable]));
  const ofBurstable = byDistance(burstable, without(requirements, [...bestEffort, ...ofGuaranteed]));
  const ofBestEffort = byDistance(bestEffort, without(requirements, [...ofBurstable, ...ofGuaranteed]));
  return [...ofBestEffort, ...ofBurstable, ...ofGuaranteed];
}

/** getPodsToPreemptByDistance: whoever brings the requirements nearest to nothing, one after another. */
function byDistance<Candidate extends PreemptionCandidate>(
  pods: readonly Candidate[],
  requirements: readonly Requirement[],
): readonly Candidate[] {
  const left = [...pods];
  const chosen: Candidate[] = [];
  let open = requirements;
  while (open.length > 0 && left.length > 0) {
    let best = 0;
    let least = open.length + 1;
    left.forEach((pod, index) => {
      const apart = distance(open, pod);
      if (apart > least || (apart === least && !asksLess(pod, left[best]!))) return;
      least = apart;
      best = index;
    });
    const pod = left[best]!;
    open = without(open, [pod]);
    chosen.push(pod);
    // As upstream closes the gap: it decides between Pods that are equal.
    left[best] = left.at(-1)!;
    left.pop();
  }
  return chosen;
}

/** Each requirement weighs as much as any other, whatever its unit. */
function distance(requirements: readonly Requirement[], { requests }: PreemptionCandidate): number {
  let sum = 0;
  for (const { resource, quantity } of requirements) {
    const rest = quantity - (requests[resource] ?? 0);
    if (rest > 0) sum += (rest / quantity) * (rest / quantity);
  }
  return sum;
}

/** smallerResourceRequest: also true of equal ones. */
function asksLess(a: PreemptionCandidate, b: PreemptionCandidate): boolean {
  for (const resource of ["memory", "cpu"]) {
    const difference = (a.requests[resource] ?? 0) - (b.requests[resource] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

function without(requirements: readonly Requirement[], pods: readonly PreemptionCandidate[]): readonly Requirement[] {
  return requirements
    .map(({ resource, quantity }) => ({ resource, quantity: pods.reduce((rest, pod) => rest - (pod.requests[resource] ?? 0), quantity) }))
    .filter(({ quantity }) => quantity > 0);
}

function textOf(requirements: readonly Requirement[]): string {
  return `[${requirements.map(({ resource, quantity }) => `(res: ${resource}, q: ${quantity}), `).join("")}]`;
}
