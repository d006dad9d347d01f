/**
 * What a Pod asks for, whether a node has it left, and the score of nodes by what stays free (pure).
 * Source: pkg/scheduler/framework/plugins/noderesources/{fit,least_allocated}.go.
 */
import { podRequest, requestWith, type ResourceTotals } from "../../objects/pod-request.ts";
import type { PodSpec } from "../../objects/pod.ts";

export { podRequest, type ResourceTotals };

/** Stand-ins for containers that ask for nothing, in scores only: 100m and 200 MiB. Source: util/pod_resources.go. */
const NON_ZERO_CPU = 100;
const NON_ZERO_MEMORY = 200 * 1024 * 1024;

/** The same with the stand-ins; an explicit 0 stays 0. */
export function nonZeroRequest(spec: Pick<PodSpec, "containers" | "initContainers" | "overhead">): ResourceTotals {
  return requestWith(spec, ({ resources: { requests } }) => ({
    cpu: requests.cpu ?? NON_ZERO_CPU,
    memory: requests.memory ?? NON_ZERO_MEMORY,
  }));
}

/** Reasons why a Pod doesn't fit into what is free; empty: it fits. A request of zero always does. */
export function misfits(request: ResourceTotals, free: ResourceTotals & { readonly pods: number }): string[] {
  const reasons: string[] = [];
  if (free.pods < 1) reasons.push("Too many pods");
  if (request.cpu > 0 && request.cpu > free.cpu) reasons.push("Insufficient cpu");
  if (request.memory > 0 && request.memory > free.memory) reasons.push("Insufficient memory");
  for (const [name, amount] of Object.entries(request.other))
    if (amount > 0 && amount > (free.other[name] ?? 0)) reasons.push(`Insufficient ${name}`);
  return reasons;
}

/** 0..100: mean of the free shares of CPU and memory, requests with stand-ins and this Pod included. */
export function leastAllocatedScore(cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number): number {
  return Math.floor((freeShare(cpu, cpuAllocatable) + freeShare(memory, memoryAllocatable)) / 2);
}

/** 0..100: mean of the shares in use, for profiles that pack; more than there is counts as none. Source: most_allocated.go. */
export function mostAllocatedScore(cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number): number {
  return Math.floor((usedShare(cpu, cpuAllocatable) + usedShare(memory, memoryAllocatable)) / 2);
}

function usedShare(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor((requested * 100) / allocatable);
}

function freeShare(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}
