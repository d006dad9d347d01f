/**
 * Where Pods would fit, by what the autoscaler's simulation looks at: requests, number of Pods, node selector and
 * affinity, taints (pure). Differs: simulation of the node autoscaler.
 */
import { shouldRunOn } from "../daemon-set-plan.ts";
import type { Taint } from "../../objects/meta.ts";
import type { NodeTemplate } from "../../objects/node.ts";
import { EPHEMERAL_STORAGE, allocatableOf, podRequest, type ResourceTotals } from "../../objects/pod-request.ts";
import type { PodSpec } from "../../objects/pod.ts";

/** What is left on one node; taking room changes it. */
export interface Room {
  readonly template: NodeTemplate;
  readonly taints: readonly Taint[];
  cpu: number;
  memory: number;
  pods: number;
  readonly other: Map<string, number>;
}

export function emptyRoom(template: NodeTemplate, taints: readonly Taint[] = template.taints): Room {
  const { cpu, memory, pods, other = {} } = template;
  const others = new Map(Object.entries(other)).set(EPHEMERAL_STORAGE, allocatableOf(template, EPHEMERAL_STORAGE));
  return { template, taints, cpu, memory, pods, other: others };
}

/** Takes the room of a Pod that is there already, whether it fits or not; `sign` -1 gives it back. */
export function occupy(room: Room, request: ResourceTotals, sign: 1 | -1 = 1): void {
  room.cpu -= sign * request.cpu;
  room.memory -= sign * request.memory;
  room.pods -= sign;
  for (const [name, amount] of Object.entries(request.other)) room.other.set(name, (room.other.get(name) ?? 0) - sign * amount);
}

/** Whether all of them fit together; leaves the rooms as they were. */
export function haveRoom(rooms: readonly Room[], specs: readonly PodSpec[]): boolean {
  const taken: (readonly [Room, PodSpec])[] = [];
  const fits = specs.every((spec) => {
    const room = placeIn(rooms, spec);
    if (room !== undefined) taken.push([room, spec]);
    return room !== undefined;
  });
  for (const [room, spec] of taken) occupy(room, podRequest(spec), -1);
  return fits;
}

/** Why a Pod can't go there, as the scheduler says it; null: it can. */
export function obstacle(room: Room, spec: PodSpec): string | null {
  const { template, taints } = room;
  if (!shouldRunOn(spec, spec.tolerations, template, []).shouldRun) return "node(s) didn't match Pod's node affinity/selector";
  if (!shouldRunOn(spec, spec.tolerations, template, taints).shouldRun) return "node(s) had untolerated taint(s)";
  if (room.pods < 1) return "Too many pods";
  const request = podRequest(spec);
  if (request.cpu > room.cpu) return "Insufficient cpu";
  if (request.memory > room.memory) return "Insufficient memory";
  const short = Object.entries(request.other).find(([name, amount]) => amount > (room.other.get(name) ?? 0));
  return short === undefined ? null : `Insufficient ${short[0]}`;
}

/** The first room that takes the Pod, with its room taken; undefined: none. */
export function placeIn(rooms: readonly Room[], spec: PodSpec): Room | undefined {
  const room = rooms.find((candidate) => obstacle(candidate, spec) === null);
  if (room !== undefined) occupy(room, podRequest(spec));
  return room;
}

/**
 * How many new nodes of a template take these Pods, and which of them; the largest come first, as in upstream's
 * binpacking estimator. At most `most` nodes.
 */
export function estimateNodes<Pod extends { readonly spec: PodSpec }>(
  pods: readonly Pod[],
  template: NodeTemplate,
  most: number,
): { readonly nodes: number; readonly placed: readonly Pod[] } {
  const rooms: Room[] = [];
  const placed: Pod[] = [];
  const share = ({ spec }: Pod): number => {
    const { cpu, memory } = podRequest(spec);
    return cpu / Math.max(1, template.cpu) + memory / Math.max(1, template.memory);
  };
  const bySize = pods.map((pod) => ({ pod, size: share(pod) })).sort((a, b) => b.size - a.size);
  for (const { pod } of bySize) {
    if (placeIn(rooms, pod.spec) !== undefined) placed.push(pod);
    else if (rooms.length < most && obstacle(emptyRoom(template), pod.spec) === null) {
      const room = emptyRoom(template);
      occupy(room, podRequest(pod.spec));
      rooms.push(room);
      placed.push(pod);
    }
  }
  return { nodes: rooms.length, placed };
}

/** Of CPU or memory, whichever is greater. */
export function utilization(template: NodeTemplate, requests: readonly ResourceTotals[]): number {
  let cpu = 0;
  let memory = 0;
  for (const request of requests) {
    cpu += request.cpu;
    memory += request.memory;
  }
  return Math.max(cpu / Math.max(1, template.cpu), memory / Math.max(1, template.memory));
}
