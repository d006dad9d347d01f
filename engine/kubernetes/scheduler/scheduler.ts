/**
 * The scheduler as a logical process: one Pod at a time, searched for in a cycle, bound asynchronously.
 *
 *   watch ─▶ queue ─▶ cycle (filters, scores) ─▶ assumed on the node ─▶ binding written
 *              ▲          └── no node: parked until something changes
 *
 * Source: pkg/scheduler/schedule_one.go.
 * Differs: no preemption
 */
import { assert } from "../../kernel/assert.ts";
import type { LpId } from "../../kernel/event.ts";
import type { LogicalProcess } from "../../kernel/logical-process.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import {
  AGENDA_SLOT,
  Client,
  isActive,
  isTerminal,
  type ApiResponse,
  type ApiResponseMessage,
  type ClientHost,
  type WatchChange,
  type WatchMessage,
} from "../api-server/client.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { NodeRecord } from "../objects/node.ts";
import type { GivenPlacement } from "./given-placement.ts";
import type { Placement } from "./placement.ts";
import { Rejection } from "./plugins/index.ts";
import { SchedulingQueue, type QueuedPod } from "./scheduling-queue.ts";

/** Its newer recorder names a binary and a host of its own; here, the component alone. */
const EVENT_SOURCE = { component: "default-scheduler", host: "" } as const;

export interface SchedulerOptions {
  readonly host: ClientHost;
  readonly mailbox: { take(slot: number): { readonly kind: string } };
  readonly definitions: Definitions;
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
  private readonly client: Client;
  private readonly queue: SchedulingQueue;
  /** Node that each Pod takes room on, assumed or bound; undefined: none. */
  private readonly nodeOf: (number | undefined)[] = [];
  private readonly templateOf: TemplateId[] = [];
  private readonly messages = new Map<PodId, string>();
  private readonly given: GivenPlacement | null;
  private isTrying = false;
  private isFlushArmed = false;

  constructor(options: SchedulerOptions) {
    const { host } = options;
    this.id = host.lp;
    this.host = host;
    this.mailbox = options.mailbox;
    this.definitions = options.definitions;
    this.placement = options.placement;
    this.given = options.given ?? null;
    this.client = new Client(host, "scheduler", host.settings.schedulerQps, host.settings.schedulerBurst);
    this.queue = new SchedulingQueue(host.settings);
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

  /** Why Pods have no node, by Pod: the message of FailedScheduling. */
  get unschedulable(): ReadonlyMap<PodId, string> {
    return this.messages;
  }

  /** A Pod that was there before the run. Its node is charged already if the placement put it there. */
  adopt(pod: PodRecord, isCharged: boolean): void {
    if (pod.node < 0) this.enqueue(pod);
    else {
      this.nodeOf[pod.id] = pod.node;
      this.templateOf[pod.id] = pod.template;
      if (!isCharged) this.placement.add(pod.node, pod.template);
    }
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
      default:
        assert(false, `the scheduler doesn't watch ${change.type}`);
    }
  }

  private takePod(id: PodId, pod: PodRecord | null): void {
    if (pod === null || isTerminal(pod) || (pod.node < 0 && !isActive(pod))) {
      this.recordSkipped(id, pod);
      this.queue.delete(id);
      this.messages.delete(id);
      this.release(id);
      return;
    }
    if (pod.node < 0) {
      if (this.queue.get(id) === undefined) this.enqueue(pod);
      return;
    }
    this.queue.delete(id);
    this.messages.delete(id);
    if (this.nodeOf[id] === pod.node) return;
    this.release(id);
    this.occupy(pod, pod.node);
  }

  private takeNode(node: NodeRecord): void {
    this.placement.updateNode(node.index, node.taints, node.unschedulable);
    this.queue.wake(Rejection.taints | Rejection.unschedulable, this.host.now);
  }

  private enqueue(pod: PodRecord): void {
    this.given?.seen(pod);
    this.queue.add(pod, this.definitions.template(pod.template).spec.priority, this.host.causes.current, this.host.now);
  }

  private startCycle(): void {
    if (this.isTrying) return;
    const entry = this.queue.pop(this.host.now);
    if (entry === undefined) return;
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
    const given = this.given?.nodeOf(pod.id) ?? -1;
    const node =
      given >= 0 && this.placement.admits(given, pod.template)
        ? given
        : this.placement.place(pod.workload, pod.ordinal, pod.template, entry.attempts);
    if (node < 0) {
      this.park(entry);
      return;
    }
    this.occupy(pod, node);
    this.client.call({ kind: "bindPod", pod: pod.id, node }, (response) => this.bound(entry, response));
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
    const message = this.placement.explain(pod.template);
    this.queue.park(entry, this.placement.rejectedBy, this.host.now);
    if (this.messages.get(pod.id) !== message) {
      this.messages.set(pod.id, message);
      this.client.queueEvent();
      this.client.call({ kind: "patchPodScheduled", pod: pod.id, message }, () => {});
    }
    this.host.events?.recordPod(
      this.host.now,
      EVENT_SOURCE,
      pod,
      "",
      "Warning",
      "FailedScheduling",
      `${message}${this.placement.preemptionText(pod.template)}`,
    );
    this.armFlush();
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
    this.templateOf[pod.id] = pod.template;
    this.placement.add(node, pod.template);
  }

  /** Room becomes free, and those that lacked it are looked at again. */
  private release(id: PodId): void {
    const node = this.nodeOf[id];
    const template = this.templateOf[id];
    if (node === undefined || template === undefined) return;
    this.nodeOf[id] = undefined;
    this.placement.remove(node, template);
    this.queue.wake(Rejection.resources, this.host.now);
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
