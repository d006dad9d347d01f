/**
 * Which Pods without a node are looked at again when something happens. Source: EventsToRegister and the queueing
 * hints of plugins/**. Until 1.21 any occurrence wakes all, until 1.31 those rejected by a filter that it concerns,
 * since then those that it may have helped.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { Versions } from "../versions.ts";
import type { Placement } from "./placement.ts";
import { Rejection, hostPortsOf } from "./plugins/index.ts";
import type { PodClass } from "./pod-classes.ts";
import type { QueuedPod, SchedulingQueue } from "./scheduling-queue.ts";

const RELATIONS: number = Rejection.spread | Rejection.affinity;
/** What a node says by itself, whoever else is there. */
const OF_THE_NODE: number = Rejection.taints | Rejection.unschedulable | Rejection.nodeSelector | Rejection.nodeName | Rejection.resources;
const NODE: number = Rejection.taints | Rejection.unschedulable;

export class Occurrences {
  private readonly placement: Placement;
  private readonly queue: SchedulingQueue;
  private readonly facts: Versions;

  constructor(placement: Placement, queue: SchedulingQueue, facts: Versions) {
    this.placement = placement;
    this.queue = queue;
    this.facts = facts;
  }

  /** A Pod takes no room any more. */
  podLeft(pod: PodRecord, now: VirtualTime): void {
    if (!this.queue.hasUnschedulable) return;
    const left = this.classOf(pod);
    this.queue.wake((entry) => this.caresForEnd(entry, left), now);
  }

  /** A Pod was bound: it may be one that others wait for. */
  podCame(pod: PodRecord, now: VirtualTime): void {
    if (!this.queue.hasUnschedulable) return;
    const came = this.classOf(pod);
    this.queue.wake((entry) => (entry.rejectedBy & RELATIONS) !== 0 && this.placement.concerns(this.classOf(entry.pod), came), now);
  }

  /** A new node: every filter over nodes cares, and since the hints, if it isn't itself one that would say no. */
  nodeCame(node: number, now: VirtualTime): void {
    if (!this.queue.hasUnschedulable) return;
    const { queueingHints } = this.facts;
    this.queue.wake((entry) => !queueingHints || this.isWilling(node, entry, OF_THE_NODE), now);
  }

  nodeChanged(node: number, isRelabelled: boolean, now: VirtualTime): void {
    if (!this.queue.hasUnschedulable) return;
    const { wakesByFilter, queueingHints } = this.facts;
    this.queue.wake((entry) => {
      if (!wakesByFilter || (isRelabelled && (entry.rejectedBy & RELATIONS) !== 0)) return true;
      const asked = isRelabelled ? NODE | Rejection.nodeSelector : NODE;
      if ((entry.rejectedBy & asked) === 0) return false;
      return !queueingHints || this.isWilling(node, entry, asked);
    }, now);
  }

  /** None of the filters that were asked (bits) keeps the Pod from the node. */
  private isWilling(node: number, { pod }: QueuedPod, asked: number): boolean {
    const target = pod.traits?.targetNode ?? -1;
    return (target < 0 || target === node) && (this.placement.verdict(node, this.classOf(pod), pod.id).by & asked) === 0;
  }

  private caresForEnd({ rejectedBy, pod }: QueuedPod, left: PodClass): boolean {
    const { wakesByFilter, queueingHints } = this.facts;
    if (!wakesByFilter || (rejectedBy & Rejection.resources) !== 0) return true;
    if ((rejectedBy & (Rejection.ports | RELATIONS)) === 0) return false;
    if (!queueingHints) return true;
    const own = this.classOf(pod);
    if ((rejectedBy & RELATIONS) !== 0 && this.placement.concerns(own, left)) return true;
    const freed = hostPortsOf(left.spec);
    return (rejectedBy & Rejection.ports) !== 0 && hostPortsOf(own.spec).some((port) => freed.includes(port));
  }

  private classOf({ workload, template, traits }: PodRecord): PodClass {
    return this.placement.classOf(workload, template, traits);
  }
}
