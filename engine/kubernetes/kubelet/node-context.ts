/**
 * What the parts of one node's kubelet share: the simulator, the shard's tables, the settings, the timers and
 * draws of its Pods, and each other. The parts are tied together by kubelet.ts.
 */
import type { CauseId, CauseTable } from "../../kernel/causes.ts";
import type { LpId } from "../../kernel/event.ts";
import { Latency } from "../../kernel/latency.ts";
import { childKey, streamKey, uniform } from "../../kernel/random.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import { HOUR, NEVER, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { TimerId } from "../../kernel/timer-table.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Settings } from "../../settings.ts";
import type { KubeletRequest } from "../api-server/node-messages.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { EventRecorder, EventSource, EventType } from "../events/event-recorder.ts";
import type { Taint } from "../objects/meta.ts";
import type { NodeTemplate } from "../objects/node.ts";
import { isStaticPod } from "../objects/static-pods.ts";
import type { Versions } from "../versions.ts";
import type { ApiConnection } from "./api-connection.ts";
import type { ImageManager } from "./image-manager.ts";
import type { KubeletInput } from "./inputs.ts";
import type { ContainerLifecycle } from "./container-lifecycle.ts";
import type { Eviction } from "./eviction.ts";
import type { NodeStatus } from "./node-status.ts";
import { NodeUsage } from "./node-usage.ts";
import type { Pleg } from "./pleg.ts";
import { containerAt } from "./pod-plan.ts";
import type { PodWorker } from "./pod-worker.ts";
import type { KubeletPort, ProbeRole } from "./ports.ts";
import type { Prober } from "./prober.ts";
import type { StatusManager } from "./status-manager.ts";
import type { KubeletTable } from "./tables.ts";
import type { Termination } from "./termination.ts";
import { ContainerTimer, FIRST_EPHEMERAL_KIND, KINDS_PER_CONTAINER, SLOTS_PER_ADMISSION } from "./timers.ts";

/** What an invariant may see of this node's containers. */
export interface KubeletObserver {
  containerStarted(fact: ContainerStartFact): void;
  /** A sync leaves a container waiting for its back-off. */
  containerWaits?(pod: number, container: number, at: VirtualTime, lastExit: VirtualTime): void;
  /** The kubelet of this node forgot a Pod's back-offs (restart, reboot), or those of one container (another image). */
  backOffForgotten(pod: number, container?: number): void;
  /** Looks over the shoulder of one kubelet; left out: nobody does. */
  watch?(node: NodeContext, port: KubeletPort): KubeletWatch;
}

/** Sees what a kubelet asks for and is told, each before anything comes of it. */
export interface KubeletWatch {
  /** Stands between the kubelet and its port. */
  readonly port: KubeletPort;
  input(now: VirtualTime, input: KubeletInput): void;
  sent(now: VirtualTime, request: KubeletRequest): void;
  /** The kubelet has ended, or started anew: what it did about this Pod is forgotten. */
  workLost(row: number): void;
  /** The node's processes stand still for a while: what is under way comes late. */
  standsStill(row: number): void;
  /** The kubelet evicts a Pod because the node is short. */
  evicted(now: VirtualTime, row: number): void;
  /** A container is killed because its probe failed. */
  probeKill(now: VirtualTime, row: number, container: number, role: ProbeRole, generation: number): void;
}

export interface ContainerStartFact {
  readonly pod: number;
  readonly container: number;
  /** When the start was decided (image pull and creation follow). */
  readonly at: VirtualTime;
  /** End of the newest instance that had exited in the sync's snapshot; null: none. */
  readonly lastExit: VirtualTime | null;
  /** The back-off delay that the kubelet found in force, µs; 0: none. */
  readonly requiredDelay: Duration;
  /** Killed for a failed probe in the same sync. */
  readonly wasProbeKilled: boolean;
}

export interface NodeContextOptions {
  readonly simulator: Simulator;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly settings: Settings;
  readonly seed: number;
  readonly node: number;
  readonly lp: LpId;
  readonly template: NodeTemplate;
  readonly table: KubeletTable;
  readonly version: Versions;
  readonly observer: KubeletObserver | null;
  /** Null: nobody asks for Event objects. */
  readonly events: EventRecorder | null;
  send(request: KubeletRequest, at: VirtualTime): void;
  keptUnready?(pod: PodId, at: VirtualTime): void;
}

export class NodeContext {
  readonly simulator: Simulator;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly settings: Settings;
  readonly seed: number;
  readonly node: number;
  readonly lp: LpId;
  readonly name: string;
  readonly template: NodeTemplate;
  readonly table: KubeletTable;
  readonly version: Versions;
  readonly observer: KubeletObserver | null;
  readonly events: EventRecorder | null;
  private readonly eventSource: EventSource;
  readonly send: (request: KubeletRequest, at: VirtualTime) => void;
  /** Set once the port is made. */
  watch: KubeletWatch | null = null;
  private readonly keptUnready: (pod: PodId, at: VirtualTime) => void;
  readonly write: Latency;
  readonly read: Latency;
  /** Start of the kubelet process: long before the run, or the node's return. */
  startedAt: VirtualTime;
  isLost = false;
  /** Its processes stand still (frozen-node.ts). */
  isFrozen = false;
  /** The API server can't be reached (api-connection.ts). */
  isCutOff = false;
  /** Why clients can't reach its Pods, though the node goes on; 0: they can. */
  isolation: CauseId = 0;
  /** Faults of the network met something here: traffic asks before each attempt. Stays true. */
  isNetworkTroubled = false;
  /** The kubelet doesn't run: its node is lost, or it restarts. */
  isStopped = false;
  /** The node shuts down gracefully: it takes no Pod any more. */
  isShuttingDown = false;
  /** Told when isLost, isFrozen, isolation or isNetworkTroubled begin: whoever counts on the Pods being reached. */
  onOutOfReach: ((now: VirtualTime) => void) | null = null;
  readonly usage: NodeUsage = new NodeUsage();
  /** Told when the last container and the sandbox of a Pod that ends have stopped. */
  onPodStopped: ((now: VirtualTime, row: number) => void) | null = null;
  /** Of the Node as this kubelet last saw it; it stays over a restart, which lists the Node anew. */
  taints: readonly Taint[];
  /** Its Node's, as the kubelet knows them. */
  labels: Readonly<Record<string, string>>;
  isUnschedulable = false;
  /** Rows of this node in the order of admission. */
  rows: number[] = [];
  port!: KubeletPort;
  prober!: Prober;
  pleg!: Pleg;
  status!: StatusManager;
  images!: ImageManager;
  worker!: PodWorker;
  lifecycle!: ContainerLifecycle;
  termination!: Termination;
  eviction!: Eviction;
  heartbeat!: NodeStatus;
  connection!: ApiConnection;
  private readonly timers = new Map<number, TimerId>();

  constructor(options: NodeContextOptions) {
    const { settings, seed, template } = options;
    this.simulator = options.simulator;
    this.causes = options.causes;
    this.recorder = options.recorder;
    this.settings = settings;
    this.seed = seed;
    this.node = options.node;
    this.lp = options.lp;
    this.name = template.name;
    this.template = template;
    this.taints = template.taints;
    this.labels = template.labels;
    this.table = options.table;
    this.version = options.version;
    this.observer = options.observer;
    this.events = options.events;
    this.eventSource = { component: "kubelet", host: template.name };
    const phase = streamKey(seed, "kubelet phase", template.name);
    this.startedAt = -24 * HOUR - Math.floor(SECOND * settings.plegRelistPhase * uniform(phase.hi, phase.lo, 0));
    this.send = (request, at) => {
      if (this.isCutOff) return this.connection.failed(request);
      this.watch?.sent(this.simulator.now, request);
      options.send(request, at);
    };
    this.keptUnready = (pod, at) => options.keptUnready?.(pod, at);
    this.write = new Latency(
      settings.apiWriteLatencyFloor,
      settings.apiWriteLatency,
      settings.apiWriteLatencyP99,
      streamKey(seed, "kubelet write", template.name),
    );
    this.read = new Latency(
      settings.apiReadLatencyFloor,
      settings.apiReadLatency,
      settings.apiReadLatencyP99,
      streamKey(seed, "kubelet read", template.name),
    );
  }

  /** Arms one of a Pod's own timers (not a probe worker's grid) for one firing. */
  arm(row: number, kind: number, at: VirtualTime): void {
    this.armSlot(this.table.firstSlot(row) + kind, row, at);
  }

  cancel(row: number, kind: number): void {
    this.cancelSlot(this.table.firstSlot(row) + kind);
  }

  armNode(kind: number, at: VirtualTime): void {
    this.armSlot(kind, 0, at);
  }

  /** Kind of a container's timer. */
  containerKind(row: number, container: number, timer: number): number {
    const { firstContainerKind, containers } = this.table.plan(row);
    if (container < containers.length) return firstContainerKind + container * KINDS_PER_CONTAINER + timer;
    return FIRST_EPHEMERAL_KIND + (container - containers.length) * 2 + (timer === ContainerTimer.kill ? 0 : 1);
  }

  /** A timer fired: it is armed anew only by `arm`. */
  fired(slot: number): void {
    const timer = this.timers.get(slot);
    if (timer === undefined) return;
    this.timers.delete(slot);
    this.simulator.timers.release(timer);
  }

  isArmed(row: number, kind: number): boolean {
    return this.timers.has(this.table.firstSlot(row) + kind);
  }

  /** Cancels every timer of a Pod but its probe workers'. */
  cancelAll(row: number): void {
    const first = this.table.firstSlot(row);
    const plan = this.table.plan(row);
    const end = plan.admissions * SLOTS_PER_ADMISSION;
    for (let kind = 0; kind < end && this.timers.size > 0; kind++) this.cancelSlot(first + kind);
  }

  /** Its timer fired while nothing ran, and nobody has armed or cancelled it since. */
  isOverdue(slot: number): boolean {
    const timer = this.timers.get(slot);
    return timer !== undefined && this.simulator.timers.deadline[timer] === NEVER;
  }

  isNodeArmed(kind: number): boolean {
    return this.timers.has(kind);
  }

  cancelNodeTimer(kind: number): void {
    this.cancelSlot(kind);
  }

  /** A Pod of the node's own files (kubetypes.IsStaticPod, IsMirrorPod). */
  isStatic(row: number): boolean {
    return isStaticPod(this.table.plan(row).template.annotations);
  }

  cancelNode(): void {
    for (let kind = 0; kind < SLOTS_PER_ADMISSION; kind++) this.cancelSlot(kind);
  }

  /** Uniform [0, 1) of a Pod, by its stable name and its own counter. */
  draw(row: number, purpose: string): number {
    const record = this.table.records[row]!;
    const key = childKey(this.table.workloadKey(purpose, record.workload), record.ordinal);
    return uniform(key.hi, key.lo, this.table.nextDraw(row));
  }

  /** Jitter(duration, factor): uniform on [duration, duration × (1 + factor)). */
  jitter(row: number, purpose: string, duration: Duration, factor: number): Duration {
    return factor === 0 ? duration : Math.round(duration * (1 + factor * this.draw(row, purpose)));
  }

  /** Notes a transition of a Pod under the current cause; it becomes the cause of the Pod's present state. */
  note(row: number, kind: number, now: VirtualTime, detail = 0, parent: CauseId = this.causes.current): CauseId {
    const cause = this.causes.note(this.lp, kind, this.table.records[row]!.id, now, parent, detail);
    this.table.setCause(row, cause);
    return cause;
  }

  /** The current cause is why a Pod isn't ready now, whatever made it so at first. */
  blame(now: VirtualTime, row: number): void {
    this.keptUnready(this.table.records[row]!.id, now + Math.max(1, this.settings.apiWriteLatencyFloor));
  }

  /** Records an Event about a Pod of this node, or about one of its containers (index in the plan). */
  record(now: VirtualTime, row: number, type: EventType, reason: string, message: string, container = -1): void {
    if (this.events === null) return;
    const plan = this.table.plan(row);
    const isEphemeral = container >= plan.containers.length;
    const list = isEphemeral ? "ephemeralContainers" : container < plan.initCount ? "initContainers" : "containers";
    const fieldPath = container === -1 ? "" : `spec.${list}{${containerAt(plan, container).name}}`;
    this.events.recordPod(now, this.eventSource, this.table.records[row]!, fieldPath, type, reason, message);
  }

  /** Records an Event about the node itself. */
  recordNode(now: VirtualTime, type: EventType, reason: string, message: string): void {
    this.events?.record(now, this.eventSource, { kind: "Node", namespace: "", name: this.name }, type, reason, message);
  }

  private armSlot(slot: number, tag: number, at: VirtualTime): void {
    let timer = this.timers.get(slot);
    if (timer === undefined) {
      timer = this.simulator.timers.create(this.lp, slot, tag);
      this.timers.set(slot, timer);
    }
    this.simulator.arm(timer, at);
  }

  private cancelSlot(slot: number): void {
    const timer = this.timers.get(slot);
    if (timer === undefined) return;
    this.timers.delete(slot);
    this.simulator.cancel(timer);
    this.simulator.timers.release(timer);
  }
}

/** First instant of a grid after `now`. */
export function nextOnGrid(anchor: VirtualTime, period: Duration, now: VirtualTime): VirtualTime {
  const step = Math.max(1, period);
  return anchor + (Math.floor((now - anchor) / step) + 1) * step;
}

/** First instant of a grid at or after `at`, and after `now`. */
export function onGridFrom(anchor: VirtualTime, period: Duration, at: VirtualTime, now: VirtualTime): VirtualTime {
  return nextOnGrid(anchor, period, Math.max(at - 1, now));
}
