/**
 * The one way in which a write takes effect: a new resourceVersion, its row of causes, the count of writes, and
 * the change on its way to everyone who watches. The files beside this one decide about writes of their kinds.
 */
import type { PublishedEndpoints } from "./published-endpoints.ts";
import type { CauseKind } from "../../cause-kinds.ts";
import type { CauseId, CauseTable } from "../../kernel/causes.ts";
import type { LpId } from "../../kernel/event.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Settings } from "../../settings.ts";
import type { Versions } from "../versions.ts";
import { Availability } from "./availability.ts";
import type { KubeletNotice } from "./node-messages.ts";
import type { PodId, PodRecord } from "./pod-record.ts";
import type { ApiResponse, WatchChange, WriteKind } from "./requests.ts";
import { Rollouts } from "./rollouts.ts";
import { ServerFaults } from "./server-faults.ts";
import type { Store } from "./store.ts";
import { Watcher, type ControlSender, type WatchListener } from "./watch.ts";

/** Where committed endpoints go: the log that Service proxies read. */
export interface EndpointPublisher {
  /** `changed`: endpoints that differ from the version before. */
  publish(service: number, endpoints: PublishedEndpoints, changed: number, committedAt: VirtualTime, cause: CauseId): void;
  /** Of a Service without endpoints: another cause than before keeps it so. */
  blame?(service: number, now: VirtualTime, cause: CauseId): void;
  /** Something holds up the removal of a Pod from its Service's endpoints. */
  holdUp?(service: number, pod: PodId, now: VirtualTime, cause: CauseId, delay: Duration): void;
  /** Set by the API server: faults that make proxies learn late. */
  faults?: ServerFaults;
}

/** Told of every committed change of a Pod, for those who check rules. */
export interface PodObserver {
  podChanged(before: PodRecord | undefined, after: PodRecord | null, now: VirtualTime): void;
  /** The spec or status of this workload's Deployment was written. */
  deploymentChanged(workload: number, now: VirtualTime): void;
  /** A ReplicaSet's spec was written. */
  replicaSetChanged?(replicaSet: number, now: VirtualTime): void;
  /** After the write of a slice: what proxies are told of its Service. */
  endpointsPublished?(service: number, endpoints: PublishedEndpoints, now: VirtualTime): void;
  /** Any write took effect; of a Pod, before podChanged. */
  committed?(change: WatchChange, kind: WriteKind, now: VirtualTime): void;
}

export interface CommitsOptions {
  readonly lp: LpId;
  readonly scheduler: LpId;
  readonly controllers: LpId;
  readonly firstNode: LpId;
  readonly mailbox: ControlSender;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly settings: Settings;
  readonly store: Store;
  readonly endpoints: EndpointPublisher;
  readonly versions: Versions;
}

export const notFound: ApiResponse = { status: "notFound" };
export const conflict: ApiResponse = { status: "conflict" };

export class Commits {
  readonly store: Store;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly versions: Versions;
  readonly availability: Availability;
  readonly rollouts: Rollouts = new Rollouts();
  readonly endpoints: EndpointPublisher;
  readonly faults: ServerFaults;
  /** Set by whoever checks rules. */
  observer: PodObserver | null = null;
  private readonly options: CommitsOptions;
  private readonly controllers: Watcher;
  private readonly scheduler: Watcher;
  private readonly nodes: (Watcher | undefined)[];
  private readonly writeCounters = new Map<WriteKind, number>();

  constructor(options: CommitsOptions) {
    this.options = options;
    this.store = options.store;
    this.causes = options.causes;
    this.recorder = options.recorder;
    this.versions = options.versions;
    this.endpoints = options.endpoints;
    this.faults = new ServerFaults(options.lp, options.causes);
    this.endpoints.faults = this.faults;
    this.availability = new Availability(options.store, options.recorder, options.causes);
    this.controllers = this.watcher(options.controllers, "controllers");
    this.scheduler = this.watcher(options.scheduler, "scheduler");
    this.nodes = options.store.nodeTemplates.map(() => undefined);
  }

  /** Every committed change of every object, as its watchers will see it. */
  listen(listener: WatchListener): void {
    this.controllers.listener = listener;
  }

  /** Nothing is on its way to a watcher. */
  isQuiet(now: VirtualTime): boolean {
    const isDelivered = (watcher: Watcher | undefined): boolean => watcher === undefined || watcher.lastChange < now;
    return isDelivered(this.controllers) && isDelivered(this.scheduler) && this.nodes.every(isDelivered);
  }

  /** When everything committed so far has reached controllers and scheduler. */
  get knownAt(): VirtualTime {
    return Math.max(this.controllers.lastDelivery, this.scheduler.lastDelivery);
  }

  breakWatches(now: VirtualTime): void {
    this.controllers.tell(true, now);
  }

  /** The control plane's watches were broken: each is there again after its reflector's next try, by `delays`. */
  resumeWatches(now: VirtualTime, delay: () => number): void {
    this.controllers.resumeAt(now + delay());
    this.controllers.tell(false, now);
    this.scheduler.resumeAt(now + delay());
  }

  /** A row of causes by the API server; it becomes the current cause. */
  note(kind: CauseKind, subject: number, now: VirtualTime, parent: CauseId = this.causes.current, value: number = 0): CauseId {
    return this.causes.note(this.options.lp, kind, subject, now, parent, value);
  }

  /** Counts the write and sends the change on its way to the controllers. */
  commit(change: WatchChange, kind: WriteKind, now: VirtualTime): void {
    this.countWrite(kind, now);
    this.controllers.deliver(change, now);
    this.observer?.committed?.(change, kind, now);
  }

  tellScheduler(change: WatchChange, now: VirtualTime): void {
    this.scheduler.deliver(change, now);
  }

  tellNode(node: number, notice: KubeletNotice, now: VirtualTime): void {
    this.nodeWatcher(node).deliverNotice(notice, now);
  }

  /** What changes no object version, for listeners alone. */
  show(change: WatchChange, now: VirtualTime): void {
    this.controllers.listener?.(change, now);
  }

  countWrite(kind: WriteKind, now: VirtualTime): void {
    let counter = this.writeCounters.get(kind);
    if (counter === undefined) {
      counter = this.recorder.counter(seriesName("api_writes", kind));
      this.writeCounters.set(kind, counter);
    }
    this.recorder.count(counter, now);
  }

  private nodeWatcher(node: number): Watcher {
    return (this.nodes[node] ??= this.watcher(this.options.firstNode + node, `node/${this.store.nodeTemplates[node]?.name ?? ""}`));
  }

  private watcher(lp: LpId, name: string): Watcher {
    const watcher = new Watcher(lp, name, this.options.mailbox, this.options.settings, this.store.seed);
    watcher.faults = this.faults;
    return watcher;
  }
}

/** A record as an answer, or that there is none. */
export function found<Field extends "pod" | "replicaSet" | "deployment" | "service" | "object">(
  field: Field,
  record: ApiResponse[Field] | undefined,
): ApiResponse {
  return record === undefined ? notFound : { status: "ok", [field]: record };
}
