/**
 * The scheduler as a logical process: one Pod at a time, searched for in a cycle, bound asynchronously.
 *
 *   watch ─▶ queue ─▶ cycle (filters, scores) ─▶ assumed on the node ─▶ binding written
 *              ▲          └── no node: who of lower priority could go? ─▶ parked until something changes
 *              └── their end, or any other occurrence that the filters which said no care about
 *
 * Source: pkg/scheduler/schedule_one.go.
 */
import { assert } from "../../kernel/assert.ts";
import type { LpId } from "../../kernel/event.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import {
  AGENDA_SLOT,
  Client,
  haveSameLabels,
  isActive,
  isDeleting,
  isTerminal,
  type ApiResponse,
  type ApiResponseMessage,
  type ClientHost,
  type ObjectRecord,
  type WatchChange,
  type WatchMessage,
} from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions } from "../objects/definitions.ts";
import type { NodeRecord } from "../objects/node.ts";
import type { Workloads } from "../objects/workloads.ts";
import type { GivenPlacement } from "./given-placement.ts";
import { Occurrences } from "./occurrences.ts";
import type { Placement } from "./placement.ts";
import { Preemption, type PreemptionBudget, type PreemptionOutcome } from "./preemption.ts";
import { SchedulingQueue, type QueuedPod } from "./scheduling-queue.ts";

/** Its newer recorder names a binary and a host of its own; here, the component alone. */
const EVENT_SOURCE = { component: "default-scheduler", host: "" } as const;
const preemption = {
  reason: "PreemptionByScheduler",
  message: "default-scheduler: preempting to accommodate a higher priority pod",
} as const;

export interface SchedulerOptions {
  readonly host: ClientHost;
  readonly mailbox: { take(slot: number): { readonly kind: string } };
  readonly definitions: Definitions;
  readonly workloads: Workloads;
  readonly placement: Placement;
  /** Nodes chosen by someone else; absent: this scheduler chooses. */
  readonly given?: GivenPlacement | null;
}

export class Scheduler implements LogicalProcess {
  readonly id: LpId;
  readonly placement: Placement;
  private readonly host: ClientHost;
  private readonly mailbox: SchedulerOptions["mailbox"];
  private readonly definitions: Definitions;
  readonly client: Client;
  private readonly queue: SchedulingQueue;
  /** Node that each Pod takes room on, assumed or bound; undefined: none. */
  private readonly nodeOf: (number | undefined)[] = [];
  /** The version of such a Pod that was seen last. */
  private readonly podOf: (PodRecord | undefined)[] = [];
  /** By node, once somebody looked for victims; null before. */
  private podsOn: Map<number, Set<PodId>> | null = null;
  private readonly messages = new Map<PodId, string>();
  private readonly nominated = new Map<PodId, number>();
  /** Who waits until a last victim is seen to leave. */
  private readonly lastVictims = new Map<PodId, readonly QueuedPod[]>();
  private readonly budgets = new Map<number, ObjectRecord<"PodDisruptionBudget">>();
  /** As they were told last, by node. */
  private readonly imagesOf = new Map<number, readonly string[]>();
  private readonly given: GivenPlacement | null;
  private readonly occurrences: Occurrences;
  private readonly preemption: Preemption;
  private isTrying = false;
  private isFlushArmed = false;
  private backOffTimer = Infinity;

  constructor(options: SchedulerOptions) {
    const { host } = options;
    this.id = host.lp;
    this.host = host;
    this.mailbox = options.mailbox;
    this.definitions = options.definitions;
    this.placement = options.placement;
    this.given = options.given ?? null;
    this.client = new Client(host, "scheduler", host.settings.schedulerQps, host.settings.schedulerBurst);
    this.queue = new SchedulingQueue(host.settings, host.versions);
    this.occurrences = new Occurrences(this.placement, this.queue, host.versions);
    this.preemption = new Preemption({
      placement: this.placement,
      seed: host.seed,
      podsOn: (node) => this.podsOnNode(node),
      budgets: () => this.budgetList(),
      label: (workload) => options.workloads.label(workload),
    });
  }

  onMessage(_now: VirtualTime, _origin: LpId, payload: number): void {
    const message = this.mailbox.take(payload) as ApiResponseMessage | WatchMessage;
    if (message.kind === "watch") this.take(message.change);
    else this.host.receive(message);
    this.startCycle();
  }

  onTimer(now: VirtualTime, slot: number): void {
    assert(slot === AGENDA_SLOT, `a timer that isn't the agenda's: ${slot}`);
    this.host.agenda.run(now);
  }

  /** Nobody is tried or could be, no request is open. */
  get isQuiet(): boolean {
    return !this.isTrying && !this.queue.hasNext && this.client.isQuiet;
  }

  /** Why Pods have no node, by Pod: the reasons in the message of FailedScheduling. */
  get unschedulable(): ReadonlyMap<PodId, string> {
    return this.messages;
  }

  /** A Pod that was there before the run. Its node is charged already if the placement put it there. */
  adopt(pod: PodRecord, isCharged: boolean): void {
    if (pod.node < 0) this.enqueue(pod);
    else {
      this.nodeOf[pod.id] = pod.node;
      this.podOf[pod.id] = pod;
      if (!isCharged) this.placement.add(pod.node, pod.workload, pod.template, pod.traits);
    }
  }

  /** The same of a disruption budget. */
  adoptBudget(budget: ObjectRecord<"PodDisruptionBudget">): void {
    this.budgets.set(budget.id, budget);
  }

  /** Takes up what was adopted unbound. */
  start(): void {
    this.startCycle();
  }

  private take(change: WatchChange): void {
    switch (change.type) {
      case "pod":
        this.takePod(change.id, change.record);
        return;
      case "node":
        this.takeNode(change.record);
        return;
      case "object":
        if (change.record === null) this.budgets.delete(change.id);
        else if (change.record.kind === "PodDisruptionBudget") this.budgets.set(change.id, change.record);
        return;
      default:
        assert(false, `the scheduler doesn't watch ${change.type}`);
    }
  }

  private takePod(id: PodId, pod: PodRecord | null): void {
    if (pod === null || isDeleting(pod)) this.lastVictimLeaves(id);
    if (pod === null || isTerminal(pod) || (pod.node < 0 && !isActive(pod))) {
      this.recordSkipped(id, pod);
      this.forgetWaiting(id);
      this.release(id);
      return;
    }
    if (pod.node < 0) {
      this.takeWaiting(pod);
      return;
    }
    this.forgetWaiting(id);
    if (this.nodeOf[id] === pod.node) {
      this.takeUpdate(pod);
      return;
    }
    this.release(id);
    this.occupy(pod, pod.node);
    this.occurrences.podCame(pod, this.host.now);
  }

  private takeWaiting(pod: PodRecord): void {
    const entry = this.queue.get(pod.id);
    if (entry === undefined) {
      if (this.nodeOf[pod.id] === undefined) this.enqueue(pod);
      return;
    }
    const isPromising = !haveSameLabels(entry.pod, pod);
    this.queue.update(pod, this.isGated(pod), isPromising, this.host.now);
  }

  /** Of a Pod on its node: that it is being deleted matters. */
  private takeUpdate(pod: PodRecord): void {
    const before = this.podOf[pod.id]!;
    this.podOf[pod.id] = pod;
    if (!haveSameLabels(before, pod)) {
      this.placement.remove(pod.node, before.workload, before.template, isDeleting(before), before.traits);
      this.placement.add(pod.node, pod.workload, pod.template, pod.traits);
      if (isDeleting(pod)) this.placement.leave(pod.node, pod.workload, pod.template, pod.traits);
    } else if (isDeleting(pod) && !isDeleting(before)) this.placement.leave(pod.node, pod.workload, pod.template, pod.traits);
  }

  private takeNode(node: NodeRecord): void {
    const { images } = node;
    const isNews = images !== undefined && images !== this.imagesOf.get(node.index);
    if (isNews) {
      this.imagesOf.set(node.index, images);
      this.placement.putImages(node.index, images);
    } else if (node.isAbsent === true) this.placement.putImages(node.index, []);
    // Nobody waits for an image.
    if (isNews && !this.placement.isOther(node)) return;
    const hasCome = this.placement.lacks(node.index) && node.isAbsent !== true;
    const isRelabelled = this.placement.relabelNode(node.index, node.labels);
    this.placement.updateNode(node.index, node.taints, node.unschedulable, node.isAbsent === true);
    if (hasCome) this.occurrences.nodeCame(node.index, this.host.now);
    else this.occurrences.nodeChanged(node.index, isRelabelled, this.host.now);
  }

  private forgetWaiting(id: PodId): void {
    this.queue.delete(id);
    this.messages.delete(id);
    this.denominate(id);
  }

  private enqueue(pod: PodRecord): void {
    const { priority, nodeName } = this.definitions.template(pod.template).spec;
    // Assigned to a node that nobody knows: no more the scheduler's than one that is bound.
    if (nodeName !== "") return;
    this.given?.seen(pod);
    this.queue.add(pod, priority, this.host.causes.current, this.host.now, this.isGated(pod));
  }

  private isGated({ template }: PodRecord): boolean {
    const { schedulingGates = [] } = this.definitions.template(template).spec;
    return this.host.versions.schedulingGates && schedulingGates.length > 0;
  }

  private startCycle(): void {
    if (this.isTrying) return;
    const entry = this.queue.pop(this.host.now);
    if (entry === undefined) {
      this.armBackOff();
      return;
    }
    this.isTrying = true;
    this.host.agenda.at(this.host.now + Math.max(1, this.host.settings.schedulerCycle), () => {
      this.isTrying = false;
      this.host.causes.current = entry.cause;
      if (entry.place === "trying") this.tryPod(entry);
      this.startCycle();
    });
  }

  private tryPod(entry: QueuedPod): void {
    const { pod } = entry;
    const node = this.chooseNode(entry);
    if (node < 0) {
      this.park(entry);
      return;
    }
    this.denominate(pod.id);
    this.occupy(pod, node);
    this.client.call({ kind: "bindPod", pod: pod.id, node }, (response) => this.bound(entry, response));
  }

  private chooseNode({ pod, attempts }: QueuedPod): number {
    const { id, workload, ordinal, template, traits } = pod;
    const given = this.given?.nodeOf(id) ?? -1;
    if (given >= 0 && this.placement.admits(given, workload, template, traits)) return given;
    const nominated = this.nominated.get(id) ?? -1;
    if (
      nominated >= 0 &&
      this.host.versions.nominatedNodeFirst &&
      this.placement.fits(nominated, this.placement.classOf(workload, template, traits), id)
    )
      return nominated;
    return this.placement.place(workload, ordinal, template, attempts, { pod: id, only: traits?.targetNode ?? -1, traits });
  }

  private bound(entry: QueuedPod, response: ApiResponse): void {
    if (response.status === "ok") {
      this.queue.delete(entry.pod.id);
      this.messages.delete(entry.pod.id);
      this.client.queueEvent();
      this.recordScheduled(response.pod ?? entry.pod);
      return;
    }
    if (entry.place !== "trying") return;
    this.release(entry.pod.id);
    if (response.status === "notFound") this.queue.delete(entry.pod.id);
    else this.queue.retry(entry, this.host.now);
  }

  private park(entry: QueuedPod): void {
    const { pod } = entry;
    const { now } = this.host;
    const reasons = this.placement.explain(pod.workload, pod.template, pod.id, pod.traits);
    const outcome = this.preemption.find(pod, entry.attempts, this.nominated.get(pod.id) ?? -1, wholeSeconds(now));
    const message = outcome.type === "victims" ? reasons : `${reasons}${outcome.text}`;
    const rejectedBy = this.placement.rejections(this.placement.classOf(pod.workload, pod.template, pod.traits), pod.id, pod.traits);
    this.queue.park(entry, rejectedBy, now);
    this.messages.set(pod.id, reasons);
    const nominated = this.preempt(pod, outcome);
    this.patchUnscheduled(entry, message, nominated);
    // The recorder makes about one Event of each version of the Pod.
    if (entry.recordedVersion !== pod.resourceVersion) this.client.queueEvent();
    entry.recordedVersion = pod.resourceVersion;
    this.host.events?.recordPod(now, EVENT_SOURCE, pod, "", "Warning", "FailedScheduling", message);
    this.armFlush();
  }

  /** Written only if the condition or the nomination changed. */
  private patchUnscheduled({ pod }: QueuedPod, message: string, nominatedNode: number): void {
    const { unscheduled } = pod.status;
    if (unscheduled !== undefined && unscheduled.message === message && unscheduled.nominatedNode === nominatedNode) return;
    this.client.call({ kind: "patchPodScheduled", pod: pod.id, message, nominatedNode }, () => {});
  }

  /** Makes room: returns the node that the Pod is promised, or -1. */
  private preempt(pod: PodRecord, outcome: PreemptionOutcome): number {
    if (outcome.type === "none") {
      if (outcome.keepsNode) return this.nominated.get(pod.id) ?? -1;
      this.denominate(pod.id);
      return -1;
    }
    const { node, victims } = outcome;
    this.evictAll(victims, pod, node);
    this.clearLesserNominations(pod, node);
    this.nominated.set(pod.id, node);
    this.placement.nominate({ pod: pod.id, podClass: this.placement.classOf(pod.workload, pod.template, pod.traits), node });
    return node;
  }

  /** Newer releases do it beside the cycle: the last victim goes when all others have gone, and meanwhile the Pod isn't tried. */
  private evictAll(victims: readonly PodRecord[], by: PodRecord, node: number): void {
    const { preemptionSparesLeaving, preemptionIsAsync, preemptorAwaitsLast } = this.host.versions;
    const staying = preemptionSparesLeaving ? victims.filter((victim) => !isDeleting(victim)) : victims;
    const entry = this.queue.get(by.id);
    if (!preemptionIsAsync || entry === undefined) {
      for (const victim of staying) this.evict(victim, by, node, () => {});
      return;
    }
    const last = staying.at(-1);
    if (last === undefined) return;
    entry.isHeld = true;
    const evictLast = (): void => {
      if (preemptorAwaitsLast) this.lastVictims.set(last.id, [...(this.lastVictims.get(last.id) ?? []), entry]);
      else entry.isHeld = false;
      this.evict(last, by, node, ({ status }) => {
        if (status !== "ok") this.lastVictimLeaves(last.id);
      });
    };
    let open = staying.length - 1;
    if (open === 0) return evictLast();
    for (const victim of staying.slice(0, -1)) {
      this.evict(victim, by, node, () => {
        if (--open === 0) evictLast();
      });
    }
  }

  /** Or has left, or can't be made to. */
  private lastVictimLeaves(victim: PodId): void {
    for (const entry of this.lastVictims.get(victim) ?? []) entry.isHeld = false;
    this.lastVictims.delete(victim);
  }

  private evict(victim: PodRecord, by: PodRecord, node: number, done: (response: ApiResponse) => void): void {
    const remove = (): void => this.client.call({ kind: "deletePod", pod: victim.id, gracePeriodSeconds: null }, done);
    if (this.host.versions.disruptionTargetCondition)
      this.client.call({ kind: "markDisruptionTarget", pod: victim.id, ...preemption }, remove);
    else remove();
    this.client.queueEvent();
    const { events, now, versions } = this.host;
    if (events === null) return;
    const named = versions.preemptorIsUnnamed ? "a pod" : `${events.podNamespace(by)}/${events.podName(by)}`;
    const message = `Preempted by ${versions.preemptedByUid ? `pod ${events.podUid(by)}` : named} on node ${this.placement.nodeName(node)}`;
    events.recordPod(now, EVENT_SOURCE, victim, "", "Normal", "Preempted", message);
  }

  /** Pods of lower priority that were promised this node may not fit any more. */
  private clearLesserNominations(pod: PodRecord, node: number): void {
    const { priority } = this.definitions.template(pod.template).spec;
    for (const other of this.placement.nominatedTo(node)) {
      if (other.pod === pod.id || other.podClass.spec.priority >= priority) continue;
      this.denominate(other.pod);
      const entry = this.queue.get(other.pod);
      if (entry !== undefined) this.patchUnscheduled(entry, entry.pod.status.unscheduled?.message ?? "", -1);
    }
  }

  private denominate(pod: PodId): void {
    if (this.nominated.delete(pod)) this.placement.denominate(pod);
  }

  private budgetList(): PreemptionBudget[] {
    return [...this.budgets.values()].flatMap(({ namespace, spec: { selector }, status }) =>
      selector === null || Object.keys(selector.matchLabels).length + selector.matchExpressions.length === 0
        ? []
        : [
            {
              namespace,
              selector,
              disruptionsAllowed: status.disruptionsAllowed,
              isDisrupted: ({ id }: PodRecord): boolean => status.disruptedPods.some(({ pod }) => pod === id),
            },
          ],
    );
  }

  /** The update that marks a waiting Pod as deleted activates it, and it is skipped: seen once, with the version of that update. */
  private recordSkipped(id: PodId, pod: PodRecord | null): void {
    const { events, now } = this.host;
    const entry = this.queue.get(id);
    if (events === null || entry === undefined || entry.place === "trying") return;
    const record = pod ?? { ...entry.pod, resourceVersion: entry.pod.resourceVersion + 1 };
    const name = `${events.podNamespace(record)}/${events.podName(record)}`;
    events.recordPod(now, EVENT_SOURCE, record, "", "Warning", "FailedScheduling", `skip schedule deleting pod: ${name}`);
  }

  private recordScheduled(pod: PodRecord): void {
    const { events, now } = this.host;
    if (events === null) return;
    const name = `${events.podNamespace(pod)}/${events.podName(pod)}`;
    const message = `Successfully assigned ${name} to ${this.placement.nodeName(pod.node)}`;
    events.recordPod(now, EVENT_SOURCE, pod, "", "Normal", "Scheduled", message);
  }

  private occupy(pod: PodRecord, node: number): void {
    this.nodeOf[pod.id] = node;
    this.podOf[pod.id] = pod;
    this.placement.add(node, pod.workload, pod.template, pod.traits);
    if (isDeleting(pod)) this.placement.leave(node, pod.workload, pod.template, pod.traits);
    if (this.podsOn !== null) this.index(node, pod.id);
  }

  /** Room becomes free, and those that lacked it are looked at again. */
  private release(id: PodId): void {
    const node = this.nodeOf[id];
    const pod = this.podOf[id];
    if (node === undefined || pod === undefined) return;
    this.nodeOf[id] = undefined;
    this.podOf[id] = undefined;
    this.placement.remove(node, pod.workload, pod.template, isDeleting(pod), pod.traits);
    this.podsOn?.get(node)?.delete(id);
    this.occurrences.podLeft(pod, this.host.now);
  }

  /** In the order of their numbers. The index is made when it is asked for first. */
  private podsOnNode(node: number): readonly PodRecord[] {
    if (this.podsOn === null) {
      this.podsOn = new Map();
      this.nodeOf.forEach((at, pod) => {
        if (at !== undefined) this.index(at, pod);
      });
    }
    return [...(this.podsOn.get(node) ?? [])].sort((a, b) => a - b).map((id) => this.podOf[id]!);
  }

  private index(node: number, pod: PodId): void {
    const known = this.podsOn!.get(node);
    if (known === undefined) this.podsOn!.set(node, new Set([pod]));
    else known.add(pod);
  }

  /** Where nobody is popped early, the end of a back-off has to be waited for. */
  private armBackOff(): void {
    const at = this.queue.nextBackOffEnd;
    if (at >= this.backOffTimer) return;
    this.backOffTimer = at;
    this.host.agenda.at(Math.max(at, this.host.now + 1), () => {
      if (this.backOffTimer === at) this.backOffTimer = Infinity;
      this.startCycle();
    });
  }

  /** The grid of looking at those that wait for long; idle while nobody does. */
  private armFlush(): void {
    if (this.isFlushArmed || !this.queue.hasUnschedulable) return;
    this.isFlushArmed = true;
    const period = Math.max(1, this.host.settings.unschedulableFlush);
    this.host.agenda.at((Math.floor(this.host.now / period) + 1) * period, () => {
      this.isFlushArmed = false;
      this.queue.flush(this.host.now);
      this.startCycle();
      this.armFlush();
    });
  }
}
