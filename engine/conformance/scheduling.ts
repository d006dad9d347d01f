/** Vectors of the scheduler: what fits a node and how it scores. */
import type { Taint } from "../kubernetes/objects/meta.ts";
import { toleratesAny } from "../kubernetes/objects/toleration.ts";
import { taintText } from "../kubernetes/scheduler/node-filters.ts";
import {
  UNSCHEDULABLE_TAINT,
  admitsByTaints,
  differenceScore,
  dislikedTaints,
  leastAllocatedScore,
  misfits,
  mostAllocatedScore,
  nonZeroRequest,
  podRequest,
  rejectionTexts,
  taintScores,
  type ResourceTotals,
} from "../kubernetes/scheduler/plugins/index.ts";
import { versionsOfMinor } from "../kubernetes/versions.ts";
import { podSpecOf, resourcesOf, type WrittenPodSpec, type WrittenResources, tolerationsOf, taintsOf } from "./pod-specs.ts";

function sumOf(totals: readonly ResourceTotals[]): ResourceTotals {
  const other: Record<string, number> = {};
  for (const total of totals) for (const [name, amount] of Object.entries(total.other)) other[name] = (other[name] ?? 0) + amount;
  return { cpu: totals.reduce((sum, { cpu }) => sum + cpu, 0), memory: totals.reduce((sum, { memory }) => sum + memory, 0), other };
}

interface WrittenNode {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean };
  readonly status: { readonly allocatable?: WrittenResources };
}

export function schedulerFit(input: {
  readonly node: WrittenNode;
  readonly podsOnNode: readonly { readonly spec: WrittenPodSpec }[];
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
}): unknown {
  const allocatable = resourcesOf(input.node.status.allocatable);
  const used = sumOf(input.podsOnNode.map(({ spec }) => podRequest(podSpecOf(spec))));
  const names = Object.keys(allocatable.other ?? {});
  const free = {
    cpu: (allocatable.cpu ?? 0) - used.cpu,
    memory: (allocatable.memory ?? 0) - used.memory,
    other: Object.fromEntries(names.map((name) => [name, (allocatable.other?.[name] ?? 0) - (used.other[name] ?? 0)])),
    pods: Number(input.node.status.allocatable?.["pods"] ?? 0) - input.podsOnNode.length,
  };
  const request = podRequest(podSpecOf(input.pod.spec));
  const isIgnored = (name: string): boolean =>
    (input.ignoredResources ?? []).includes(name) || (input.ignoredResourceGroups ?? []).includes(name.split("/")[0] ?? "");
  const other = Object.fromEntries(Object.entries(request.other).filter(([name]) => !isIgnored(name)));
  const reasons = misfits({ ...request, other }, free);
  return { fits: reasons.length === 0, reasons };
}

interface AllocationInput {
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly podsOnNodes: readonly { readonly spec: WrittenPodSpec }[];
  readonly nodes: readonly WrittenNode[];
  readonly resourceWeights?: { readonly cpu: number; readonly memory: number };
}

/** By the formula of 1.20. */
export function schedulerBalancedAllocation(input: AllocationInput): unknown {
  return scoresOf(input, differenceScore);
}

export function schedulerLeastAllocated(input: AllocationInput): unknown {
  return scoresOf(input, leastAllocatedScore);
}

type Score = (cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number) => number;

export function schedulerMostAllocated(input: AllocationInput): unknown {
  return scoresOf(input, mostAllocatedScore);
}

/** Requests with their stand-ins, the Pod's own among them. */
function scoresOf(input: AllocationInput, score: Score): unknown {
  const scores = input.nodes.map((node): [string, number] => {
    const name = node.metadata?.name ?? "";
    const here = input.podsOnNodes.filter(({ spec }) => spec.nodeName === name);
    const total = sumOf([...here, input.pod].map(({ spec }) => nonZeroRequest(podSpecOf(spec))));
    const allocatable = resourcesOf(node.status.allocatable);
    return [name, score(total.cpu, total.memory, allocatable.cpu ?? 0, allocatable.memory ?? 0)];
  });
  return { scores: Object.fromEntries(scores) };
}

export function schedulerTaintFilter(input: { readonly pod: { readonly spec: WrittenPodSpec }; readonly node: WrittenNode }): unknown {
  const taints = taintsOf(input.node.spec?.taints);
  const tolerations = tolerationsOf(input.pod.spec.tolerations);
  const schedulable = admitsByTaints(taints, tolerations);
  return { schedulable, reasons: schedulable ? [] : [taintText(taints, tolerations, versionsOfMinor(20))] };
}

export function schedulerUnschedulableFilter(input: {
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly node: WrittenNode;
}): unknown {
  const schedulable =
    input.node.spec?.unschedulable !== true || toleratesAny(tolerationsOf(input.pod.spec.tolerations), UNSCHEDULABLE_TAINT);
  return { schedulable, reasons: schedulable ? [] : [rejectionTexts.unschedulable] };
}

export function schedulerTaintScore(input: {
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly nodes: readonly WrittenNode[];
}): unknown {
  const scores = taintScores(
    input.nodes.map(({ spec }) => dislikedTaints(taintsOf(spec?.taints), tolerationsOf(input.pod.spec.tolerations))),
  );
  return { scores: Object.fromEntries(input.nodes.map(({ metadata }, index) => [metadata?.name ?? "", scores[index]])) };
}

export function otherWeights({ resourceWeights }: AllocationInput): string | null {
  const { cpu, memory } = resourceWeights ?? { cpu: 1, memory: 1 };
  return cpu === 1 && memory === 1 ? null : "outside of the model: weights of resources are the scheduler's defaults";
}
