/**
 * What a Pod asks for, whether a node has it left, and the score of nodes by what stays free (pure).
 * Source: pkg/scheduler/framework/plugins/noderesources/{fit,least_allocated}.go.
 */
import type { Container, PodSpec, ResourceList } from "../../objects/pod.ts";

export interface ResourceTotals {
  readonly cpu: number;
  readonly memory: number;
  readonly other: Readonly<Record<string, number>>;
}

/** Stand-ins for containers that ask for nothing, in scores only: 100m and 200 MiB. Source: util/pod_resources.go. */
const NON_ZERO_CPU = 100;
const NON_ZERO_MEMORY = 200 * 1024 * 1024;

/** The larger of what runs together at the end and what runs while each init container does, plus overhead. */
export function podRequest(spec: Pick<PodSpec, "containers" | "initContainers" | "overhead">): ResourceTotals {
  return requestWith(spec, (container) => container.resources.requests);
}

/** The same with the stand-ins; an explicit 0 stays 0. */
export function nonZeroRequest(spec: Pick<PodSpec, "containers" | "initContainers" | "overhead">): ResourceTotals {
  return requestWith(spec, ({ resources: { requests } }) => ({
    cpu: requests.cpu ?? NON_ZERO_CPU,
    memory: requests.memory ?? NON_ZERO_MEMORY,
  }));
}

function requestWith(
  spec: Pick<PodSpec, "containers" | "initContainers" | "overhead">,
  requestsOf: (container: Container) => ResourceList,
): ResourceTotals {
  let sidecars: ResourceTotals = nothing;
  let initPeak: ResourceTotals = nothing;
  for (const container of spec.initContainers) {
    if (container.restartPolicy === "Always") sidecars = plus(sidecars, requestsOf(container));
    initPeak = larger(initPeak, container.restartPolicy === "Always" ? sidecars : plus(sidecars, requestsOf(container)));
  }
  const running = spec.containers.reduce((sum, container) => plus(sum, requestsOf(container)), sidecars);
  return plus(larger(running, initPeak), spec.overhead);
}

const nothing: ResourceTotals = Object.freeze({ cpu: 0, memory: 0, other: Object.freeze({}) });

function plus(a: ResourceTotals, b: ResourceList): ResourceTotals {
  return { cpu: a.cpu + (b.cpu ?? 0), memory: a.memory + (b.memory ?? 0), other: merged(a.other, b.other ?? {}, (x, y) => x + y) };
}

function larger(a: ResourceTotals, b: ResourceTotals): ResourceTotals {
  return { cpu: Math.max(a.cpu, b.cpu), memory: Math.max(a.memory, b.memory), other: merged(a.other, b.other, Math.max) };
}

function merged(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
  combine: (x: number, y: number) => number,
): Readonly<Record<string, number>> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return names.length === 0 ? nothing.other : Object.fromEntries(names.map((name) => [name, combine(a[name] ?? 0, b[name] ?? 0)]));
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

function freeShare(requested: number, allocatable: number): number {
  return allocatable === 0 || requested > allocatable ? 0 : Math.floor(((allocatable - requested) * 100) / allocatable);
}
