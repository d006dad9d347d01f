/**
 * What a Pod as a whole asks a node for: the scheduler fits it in, the kubelet checks again and ranks by it (pure).
 * Source: k8s.io/component-helpers/resource/helpers.go PodRequests.
 */
import type { NodeTemplate } from "./node.ts";
import type { Container, PodSpec, ResourceList } from "./pod.ts";

export const EPHEMERAL_STORAGE = "ephemeral-storage";

export interface ResourceTotals {
  readonly cpu: number;
  readonly memory: number;
  /** Any other resource name, in its own unit: ephemeral-storage in bytes among them. */
  readonly other: Readonly<Record<string, number>>;
}

/** What a node has in all of a resource other than CPU and memory; Infinity: nobody counts it there. */
export function allocatableOf({ storage, other }: Pick<NodeTemplate, "storage" | "other">, name: string): number {
  return name === EPHEMERAL_STORAGE ? (storage ?? Infinity) : (other?.[name] ?? 0);
}

/** The larger of what runs together at the end and what runs while each init container does, plus overhead. */
export function podRequest(spec: Pick<PodSpec, "containers" | "initContainers" | "overhead">): ResourceTotals {
  return requestWith(spec, (container) => container.resources.requests);
}

/** The same with another request of each container. */
export function requestWith(
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
  return { cpu: a.cpu + (b.cpu ?? 0), memory: a.memory + (b.memory ?? 0), other: merged(a.other, othersOf(b), (x, y) => x + y) };
}

function othersOf({ storage, other = nothing.other }: ResourceList): Readonly<Record<string, number>> {
  return storage === undefined ? other : { ...other, [EPHEMERAL_STORAGE]: storage };
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
