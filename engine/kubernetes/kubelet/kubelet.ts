/**
 * The kubelet of one node: routing only. Notices of the API server, answers of the port, faults and timers
 * go to the machine that decides (pod-worker, container-lifecycle, prober, termination, image-manager,
 * status-manager, pleg, node-status). It is part of the node's logical process (cluster.ts composes that).
 * Hot: bench/kubelet.bench.ts.
 *
 *   running ─loseNode─▶ lost (nothing happens; the latest notice of each Pod is kept) ─returnNode─▶ running, rebooted
 */
import type { DisturbContainer } from "../../application/disturbance.ts";
import { unreachable } from "../../kernel/assert.ts";
import { NO_CAUSE } from "../../kernel/causes.ts";
import type { CauseId, CauseTable } from "../../kernel/causes.ts";
import type { LpId } from "../../kernel/event.ts";
import { childKey, uniform } from "../../kernel/random.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { CauseKind } from "../../cause-kinds.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Settings } from "../../settings.ts";
import type { KubeletNotice, KubeletRequest, PodNotice } from "../api-server/node-messages.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import type { NodeTemplate } from "../objects/node.ts";
import { PodCondition } from "../objects/pod.ts";
import { newestVersions, type Versions } from "../versions.ts";
import { isTerminalPhase } from "./pod-status.ts";
import { recordHookFailure, recordHttpFallback, recordStart } from "./container-events.ts";
import { ContainerLifecycle } from "./container-lifecycle.ts";
import { ImageManager } from "./image-manager.ts";
import type { KubeletInput } from "./inputs.ts";
import { NodeContext, type KubeletObserver } from "./node-context.ts";
import { Eviction } from "./eviction.ts";
import { NodeMemory } from "./node-memory.ts";
import { MirrorPods } from "./mirror-pods.ts";
import { NodePower } from "./node-power.ts";
import { NodeStatus } from "./node-status.ts";
import { PodAdmission } from "./admission.ts";
import { Preemption } from "./preemption.ts";
import { endPod } from "./pod-verdict.ts";
import { addEphemeral, detailOf, newDetail, nextGeneration, type ContainerDetail, type PodDetail } from "./pod-detail.ts";
import type { PodPlan } from "./pod-plan.ts";
import { ApiConnection } from "./api-connection.ts";
import { Pleg } from "./pleg.ts";
import { PodWorker } from "./pod-worker.ts";
import { probeRoleNames, type KubeletPort, type ProbeRole } from "./ports.ts";
import { Prober } from "./prober.ts";
import { StatusManager } from "./status-manager.ts";
import type { TokenBucket } from "../api-server/token-bucket.ts";
import { CellFlag, PodFlag, type KubeletTable } from "./tables.ts";
import { Termination } from "./termination.ts";
import { UsageReport } from "./usage-report.ts";
import {
  ContainerTimer,
  FIRST_EPHEMERAL_KIND,
  FIRST_PROBE_KIND,
  KINDS_PER_CONTAINER,
  NodeTimer,
  PodTimer,
  SLOTS_PER_ADMISSION,
} from "./timers.ts";

/** What a fault does to this node (chaos/fault-messages.ts has the same shapes). `fault` tells those apart that overlap; left out: there is one. */
export type KubeletFault =
  | { readonly kind: "loseNode"; readonly fault?: number }
  | { readonly kind: "returnNode"; readonly fault?: number; readonly recordsLost?: true }
  | { readonly kind: "shutdownNode"; readonly fault?: number }
  | { readonly kind: "cutOff"; readonly fault: number; readonly isSilent: boolean }
  | { readonly kind: "reconnect"; readonly fault: number }
  | { readonly kind: "isolate"; readonly fault: number }
  | { readonly kind: "join"; readonly fault: number }
  | { readonly kind: "part"; readonly fault: number; readonly nodes: readonly number[] }
  | { readonly kind: "rejoin"; readonly fault: number }
  | { readonly kind: "stopKubelet"; readonly fault?: number }
  | { readonly kind: "startKubelet"; readonly fault?: number }
  | {
      readonly kind: "failProbes";
      readonly pod: number;
      readonly probe: "startup" | "readiness" | "liveness" | "all";
      readonly rate: number;
      readonly until: VirtualTime;
    }
  | {
      readonly kind: "disturbPulls";
      readonly image: string | null;
      readonly rate: number;
      readonly slowdown: number;
      readonly until: VirtualTime;
    }
  | DisturbContainer
  | { readonly kind: "killForMemory"; readonly pod: number; readonly container: string | null };

export interface KubeletOptions {
  readonly simulator: Simulator;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly settings: Settings;
  readonly seed: number;
  readonly node: number;
  readonly lp: LpId;
  readonly template: NodeTemplate;
  /** One per shard. */
  readonly table: KubeletTable;
  readonly version?: Versions;
  readonly observer?: KubeletObserver | null;
  /** Asked for Event objects. */
  readonly events?: EventRecorder | null;
  /** To the API server: arrives at `at`, at least half the write floor after now. */
  send(request: KubeletRequest, at: VirtualTime): void;
  /** Tells the API server, under the current cause, why a Pod that would be ready isn't; left out: nobody asks. */
  keptUnready?(pod: PodId, at: VirtualTime): void;
  /** Workloads whose Pods' usage somebody reads; left out: none. */
  readonly isMeasured?: ((workload: number) => boolean) | null;
  createPort(kubelet: Kubelet): KubeletPort;
}

/** Probes of a Pod that isn't here yet are to fail. */
interface ExpectedFailure {
  readonly pod: PodId;
  /** Null: all. */
  readonly role: ProbeRole | null;
  readonly rate: number;
  readonly until: VirtualTime;
  readonly cause: CauseId;
}

export class Kubelet {
  readonly table: KubeletTable;
  readonly node: NodeContext;
  private readonly causes: CauseTable;
  private readonly prober: Prober;
  private readonly pleg: Pleg;
  private readonly status: StatusManager;
  private readonly images: ImageManager;
  private readonly worker: PodWorker;
  private readonly lifecycle: ContainerLifecycle;
  private readonly termination: Termination;
  private readonly heartbeat: NodeStatus;
  private readonly eviction: Eviction;
  private readonly memory: NodeMemory;
  private readonly port: KubeletPort;
  private admissions = 1;
  private expected: readonly ExpectedFailure[] = [];
  private readonly admission: PodAdmission;
  private readonly preemption: Preemption;
  private readonly power: NodePower;
  private readonly mirrors: MirrorPods;
  private readonly usageReport: UsageReport | null;

  constructor(options: KubeletOptions) {
    const node = new NodeContext({
      ...options,
      version: options.version ?? newestVersions,
      observer: options.observer ?? null,
      events: options.events ?? null,
      send: (request, at) => options.send(request, at),
    });
    this.table = options.table;
    this.node = node;
    this.causes = options.causes;
    this.prober = node.prober = new Prober(node);
    this.pleg = node.pleg = new Pleg(node);
    this.status = node.status = new StatusManager(node);
    this.images = node.images = new ImageManager(node);
    this.worker = node.worker = new PodWorker(node);
    this.lifecycle = node.lifecycle = new ContainerLifecycle(node);
    this.termination = node.termination = new Termination(node);
    this.heartbeat = node.heartbeat = new NodeStatus(node);
    this.eviction = node.eviction = new Eviction(node);
    node.connection = new ApiConnection(node, (now, notice) => this.notice(now, notice));
    this.memory = new NodeMemory(node);
    node.usage.onBegin = () => {
      this.memory.watch(node.simulator.now);
      this.eviction.watch(node.simulator.now);
    };
    this.admission = new PodAdmission(node);
    this.preemption = new Preemption(
      node,
      (now, row) => this.admitted(now, row),
      (now, notice) => this.take(now, notice),
    );
    node.onPodStopped = (now, row) => {
      this.preemption.stopped(now, row);
      this.eviction.stopped(now, row);
    };
    this.mirrors = new MirrorPods(node);
    const isMeasured = options.isMeasured ?? null;
    this.usageReport = isMeasured === null ? null : new UsageReport(node, isMeasured);
    this.power = new NodePower({
      node,
      notice: (now, notice) => this.notice(now, notice),
      removePod: (now, row) => this.removePod(now, row),
      admits: (now, row, others) => this.admits(now, row, others),
      abandoned: () => this.preemption.abandon(),
    });
    const port = options.createPort(this);
    node.watch = node.observer?.watch?.(node, port) ?? null;
    this.port = node.port = node.watch?.port ?? port;
    this.prober.port = this.port;
  }

  /** Somebody reads what its Pods use. */
  get isMeasured(): boolean {
    return this.usageReport !== null;
  }

  /** What its client may send, Events apart. */
  get tokens(): TokenBucket {
    return this.status.tokens;
  }

  /** Before the first event: the kubelet has been up for long. */
  start(now: VirtualTime): void {
    if (this.node.template.isAbsent === true) this.power.beginAbsent();
    else this.heartbeat.start(now);
    this.usageReport?.start(now);
  }

  /**
   * Before the first event: a Pod whose containers have all been running (and are ready) since `startedAt`,
   * with the status that its record has. Init containers have ended.
   */
  adopt(now: VirtualTime, record: PodRecord, startedAt: VirtualTime): void {
    const { table, settings } = this.node;
    const row = this.admit(record);
    const plan = table.plan(row);
    plan.containers.forEach((container, index) => {
      const isEnded = index < plan.initCount && !plan.isSidecar[index]!;
      const entry = index < plan.initCount ? record.status.initContainers[index] : record.status.containers[index - plan.initCount];
      const at = table.cellAt(row, index);
      table.words[at] =
        ((entry?.restartCount ?? 0) << 8) |
        CellFlag.hasInstance |
        (isEnded ? CellFlag.exited : CellFlag.running | CellFlag.started | CellFlag.ready);
      table.times[(at + 2) >> 1] = startedAt;
      this.images.addPresent(container.image);
    });
    // The first manual trigger finds the instance or not; the second one comes with the next relist.
    const key = childKey(table.workloadKey("adopted trigger", record.workload), record.ordinal);
    const found = uniform(key.hi, key.lo, 0) < settings.readinessFirstTrigger;
    const afterStart = startedAt + Math.max(1, settings.plegRelistCost);
    const lastTrigger = found
      ? afterStart
      : afterStart + Math.floor((settings.plegRelistPeriod + settings.plegRelistCost) * uniform(key.hi, key.lo, 1));
    const firstSync = startedAt - settings.sandboxCreate - settings.containerCreate - settings.containerStart;
    this.port.adopt?.(now, row, startedAt);
    this.prober.adopt(now, row, firstSync, lastTrigger);
    this.worker.armDeadline(now, row, record.status.startTime);
  }

  /** A message of the API server's watch. */
  notice(now: VirtualTime, notice: KubeletNotice): void {
    if (notice.kind === "nodeChanged") return this.heartbeat.nodeChanged(now, notice.unschedulable, notice.taints, notice.labels);
    const pod = notice.kind === "podRemoved" ? notice.pod : notice.record.id;
    if (this.node.connection.misses(pod, notice) || this.power.misses(pod, notice) || this.preemption.holdsBack(notice)) return;
    this.take(now, notice);
  }

  /** The sync loop's turn (syncLoopIteration). */
  private take(now: VirtualTime, notice: PodNotice): void {
    const row = this.table.rowOf(notice.kind === "podRemoved" ? notice.pod : notice.record.id);
    switch (notice.kind) {
      case "podAdded":
      case "podUpdated":
        if (row === -1) this.addPod(now, notice.record);
        else this.updatePod(now, row, notice.record);
        return;
      case "podRemoved":
        if (row !== -1) this.removePod(now, row);
        return;
      default:
        return unreachable(notice);
    }
  }

  /** An answer of the port. What belongs to an instance that is gone is dropped here, and only here. */
  input(now: VirtualTime, input: KubeletInput): void {
    const { table } = this.node;
    if (this.node.isLost || table.records[input.row] === undefined) return;
    this.node.watch?.input(now, input);
    const { row } = input;
    // Containers go on without their kubelet; nobody waits for anything else.
    const isOfRuntime =
      input.kind !== "hookFinished" && input.kind !== "probeFinished" && input.kind !== "imageReady" && input.kind !== "imageFailed";
    if (this.node.isStopped && !isOfRuntime) return;
    switch (input.kind) {
      case "sandboxReady":
        return this.sandboxReady(now, row);
      case "sandboxStopped":
        return this.sandboxStopped(now, row);
      case "imageReady":
        this.images.ended(now, row, input.container, null, input.size ?? 0);
        return this.lifecycle.imageEnded(now, row, input.container, true);
      case "imageFailed":
        this.images.ended(now, row, input.container, input.error ?? "", 0);
        return this.lifecycle.imageEnded(now, row, input.container, false);
      case "containerStarted":
        return this.containerStarted(now, row, input.container, input.generation);
      case "containerExited":
        return this.containerExited(now, row, input.container, input.generation, input.exitCode, input.oomKilled);
      case "hookFinished":
        if (!input.succeeded) recordHookFailure(this.node, now, row, input.container, input.hook, input.error ?? "");
        else if (input.plainHost !== undefined) recordHttpFallback(this.node, now, row, input.plainHost);
        if (input.hook === "preStop") return this.termination.hookFinished(now, row, input.container, input.generation);
        return this.lifecycle.postStartFinished(now, row, input.container, input.succeeded, input.error ?? "");
      case "probeFinished": {
        const position = table.plan(row).probeOf[input.container * 3 + input.role]!;
        if (position !== -1) this.prober.finish(now, row, position, input.generation, input.result, input.latency, input.answer);
        return;
      }
      default:
        return unreachable(input);
    }
  }

  /** Why clients on that node can't reach this one; none: they can. */
  partedFrom(now: VirtualTime, node: number): CauseId {
    return this.power.partedFrom(now, node);
  }

  fault(now: VirtualTime, fault: KubeletFault): void {
    switch (fault.kind) {
      case "loseNode":
        return this.power.lose(now, fault.fault);
      case "returnNode":
        return this.power.return(now, fault.recordsLost !== true, fault.fault);
      case "cutOff":
        return this.node.connection.cut(now, fault.fault, fault.isSilent);
      case "reconnect":
        return this.node.connection.mend(now, fault.fault);
      case "isolate":
        return this.power.isolate(now, fault.fault);
      case "join":
        return this.power.join(now, fault.fault);
      case "part":
        return this.power.part(fault.fault, fault.nodes);
      case "rejoin":
        return this.power.rejoin(fault.fault);
      case "shutdownNode":
        return this.power.shutDown(now, fault.fault);
      case "stopKubelet":
        return this.power.stopKubelet(now, fault.fault);
      case "startKubelet":
        return this.power.startKubelet(now, fault.fault);
      case "failProbes": {
        const row = this.table.rowOf(fault.pod);
        const role = fault.probe === "all" ? null : (probeRoleNames.indexOf(fault.probe) as ProbeRole);
        if (row !== -1) this.port.failProbes?.(now, row, role, fault.rate, fault.until);
        else this.expected = [...this.expected, { pod: fault.pod, role, rate: fault.rate, until: fault.until, cause: this.causes.current }];
        return;
      }
      case "disturbPulls":
        return this.port.disturbPulls?.(now, fault);
      case "disturbContainer":
        return this.disturb(now, fault);
      case "killForMemory":
        return this.killForMemory(now, fault.pod, fault.container);
      default:
        return unreachable(fault);
    }
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    if (slot < SLOTS_PER_ADMISSION) return this.onNodeTimer(now, slot);
    const row = tag;
    const { table } = this;
    const kind = slot - table.firstSlot(row);
    const plan = table.plan(row);
    const isProbe = kind >= FIRST_PROBE_KIND && kind < plan.firstContainerKind;
    if (isProbe && table.steadyProbes !== null && table.steadyProbes.tick(now, row, plan, kind - FIRST_PROBE_KIND)) return;
    this.causes.current = table.cause(row);
    if (isProbe) return this.prober.tick(now, row, kind - FIRST_PROBE_KIND);
    this.node.fired(slot);
    if (kind < FIRST_PROBE_KIND) return this.onPodTimer(now, row, kind);
    this.onContainerTimer(now, row, kind, plan);
  }

  /**
   * After a standstill: the sync loop finds its overdue tick and the watch's changes, and takes first what chance says, as
   * Go's select does. Resyncs come first for most Pods (model choice: 7 in 8), so that a change waits for the next relist.
   */
  catchUp(now: VirtualTime, standstill: Duration): void {
    const { node, table } = this;
    const { syncFrequency, syncFrequencyJitter } = node.settings;
    node.pleg.resume(now);
    if (node.isStopped || standstill < syncFrequency * (1 + syncFrequencyJitter)) return;
    for (const row of node.rows) {
      node.causes.current = table.cause(row);
      if (node.draw(row, "overdue resync") >= 1 / 8) node.worker.requestSync(now, row);
      else if (node.isArmed(row, PodTimer.sync)) node.arm(row, PodTimer.sync, now + 1);
    }
  }

  /** A timer fired while the node stood still: what it is for comes now, unless something before it has made it void. */
  overdue(now: VirtualTime, slot: number, tag: number): void {
    const { table, node } = this;
    if (slot >= SLOTS_PER_ADMISSION) {
      if (table.records[tag] === undefined) return;
      const { firstContainerKind } = table.plan(tag);
      const kind = slot - table.firstSlot(tag);
      const isProbe = kind >= FIRST_PROBE_KIND && kind < firstContainerKind;
      if (isProbe ? !this.prober.isAlive(tag, kind - FIRST_PROBE_KIND) : !node.isOverdue(slot)) return;
    } else if (!node.isOverdue(slot)) return;
    this.onTimer(now, slot, tag);
  }

  /** Facts of a row, for ports: what its Pod is. */
  recordOf(row: number): PodRecord {
    return this.table.records[row]!;
  }

  planOf(row: number): PodPlan {
    return this.table.plan(row);
  }

  /** For the port: a timer of its own, in the Pod's slots (timers.ts). */
  armPortTimer(row: number, kind: number, at: VirtualTime): void {
    this.node.arm(row, kind, at);
  }

  cancelPortTimer(row: number, kind: number): void {
    this.node.cancel(row, kind);
  }

  /** For the virtual port: see Prober.absorb. */
  absorbProbe(now: VirtualTime, row: number, position: number, latency: number): boolean {
    return this.prober.absorb(now, row, position, latency);
  }

  probeAttempts(row: number, position: number): number {
    return this.prober.attempts(row, position);
  }

  probeFailedLast(row: number, position: number): boolean {
    return this.prober.lastFailed(row, position);
  }

  /** For the virtual port: how it answers probes of this Pod has changed. */
  reviewProbes(now: VirtualTime, row: number): void {
    this.prober.review(now, row);
  }

  hasImage(image: string): boolean {
    return this.images.isPresent(image);
  }

  private addPod(now: VirtualTime, record: PodRecord): void {
    if (this.mirrors.added(now, record)) return;
    const row = this.admit(record);
    const detail = newDetail(this.table.plan(row).containers.length);
    addEphemeral(detail, this.table.plan(row));
    this.table.details.set(row, detail);
    if (record.deletionTimestamp !== -1) return this.worker.deleted(now, row);
    if (isTerminalPhase(record.status.phase)) return this.worker.terminate(now, row, -1);
    if (this.admits(now, row, this.node.rows)) this.admitted(now, row);
  }

  private admitted(now: VirtualTime, row: number): void {
    const record = this.table.records[row];
    this.worker.requestSync(now, row);
    if (this.node.version.probesStartOnAdmission && this.table.records[row] === record) this.prober.addPod(now, row);
  }

  /** False: the node doesn't take the Pod, and says so in its status, or takes it later, when others have made room. */
  private admits(now: VirtualTime, row: number, others: readonly number[]): boolean {
    const refusal = this.admission.refusalOf(row, others);
    if (refusal === null) return true;
    const { node } = this;
    if (!("reason" in refusal)) {
      this.preemption.begin(now, row, refusal);
      return false;
    }
    const { reason, message } = refusal;
    node.note(row, CauseKind.podRefused, now);
    node.record(now, row, "Warning", reason, message);
    const told = node.version.rejectionSaysSo ? `Pod was rejected: ${message}` : `Pod ${message}`;
    // Nothing of it runs, unless an earlier kubelet had started it.
    endPod(
      node,
      now,
      row,
      { reason, message: told, keepsSuccess: false, isDisruption: false, isRefusal: true },
      Math.floor(node.settings.orphanGrace / SECOND),
    );
    return false;
  }

  private admit(record: PodRecord): number {
    const plan = this.table.planOf(record.template);
    const row = this.table.add(record, this.admissions * SLOTS_PER_ADMISSION);
    this.admissions += plan.admissions;
    this.node.rows.push(row);
    this.table.setCause(row, this.node.causes.current);
    this.meetExpected(row);
    return row;
  }

  /** Faults on this Pod that came before it did. */
  private meetExpected(row: number): void {
    if (this.expected.length === 0) return;
    const { now } = this.node.simulator;
    const { current } = this.causes;
    const pod = this.table.records[row]!.id;
    for (const { pod: target, role, rate, until, cause } of this.expected) {
      if (target !== pod || until <= now) continue;
      this.causes.current = cause;
      this.port.failProbes?.(now, row, role, rate, until);
    }
    this.causes.current = current;
    this.expected = this.expected.filter(({ pod: target, until }) => target !== pod && until > now);
  }

  private updatePod(now: VirtualTime, row: number, record: PodRecord): void {
    const before = this.table.records[row]!;
    this.table.records[row] = record;
    if (record.template !== before.template) this.lifecycle.templateChanged(now, row, record);
    this.status.adoptGates(now, row);
    if (record.deletionTimestamp === -1) return this.status.reconcile(now, row);
    if (this.node.isStatic(row)) return this.mirrors.deleted(now, row);
    this.worker.deleted(now, row);
  }

  private removePod(now: VirtualTime, row: number): void {
    if (this.node.isStatic(row)) return this.mirrors.removed(now, row);
    this.table.setFlag(row, PodFlag.removed);
    if (this.table.has(row, PodFlag.finished)) return this.worker.forget(row);
    this.termination.removedWhileKilling(now, row);
    // The least grace of SIGTERM still holds.
    this.worker.terminate(now, row, Math.floor(this.node.settings.orphanGrace / SECOND));
  }

  private sandboxReady(now: VirtualTime, row: number): void {
    const detail = detailOf(this.table, row);
    const step = detail.sync?.steps[detail.sync.position];
    detail.sandbox = { isReady: true, attempt: step?.type === "sandbox" ? step.attempt : 0 };
    if (this.node.isStopped) return;
    this.pleg.markDirty(now, row, detail);
    this.lifecycle.sandboxReady(now, row);
  }

  private sandboxStopped(now: VirtualTime, row: number): void {
    const detail = detailOf(this.table, row);
    if (detail.sandbox?.isReady !== true) return;
    detail.sandbox = { isReady: false, attempt: detail.sandbox.attempt };
    this.node.note(row, CauseKind.sandboxStopped, now);
    if (this.node.isStopped) return;
    this.pleg.markDirty(now, row, detail);
    if (detail.termination === null) this.lifecycle.sandboxStopped(now, row);
    else this.termination.sandboxStopped(now, row);
  }

  private containerStarted(now: VirtualTime, row: number, container: number, generation: number): void {
    const detail = detailOf(this.table, row);
    const target = detail.containers[container]!;
    if (generation !== nextGeneration(target)) return;
    const newest = { generation, isRunning: true, startedAt: now, finishedAt: -1, exitCode: 0, oomKilled: false };
    target.truth = { newest, before: target.truth.newest };
    target.isOutdated = false;
    target.removed = -1;
    if (!this.node.isStopped) recordStart(this.node, now, row, container);
    this.node.note(row, CauseKind.containerStarted, now, container);
    if (generation > 0) this.countRestart(now, row, container, target);
    if (this.node.isStopped) return;
    this.pleg.markDirty(now, row, detail);
    this.lifecycle.started(now, row, container, generation);
  }

  private containerExited(
    now: VirtualTime,
    row: number,
    container: number,
    generation: number,
    exitCode: number,
    oomKilled: boolean,
  ): void {
    const detail = detailOf(this.table, row);
    const target = detail.containers[container]!;
    const { newest } = target.truth;
    const neverRan = generation === nextGeneration(target);
    if (!neverRan && (newest === null || newest.generation !== generation || !newest.isRunning)) return;
    const ended = { generation, isRunning: false, startedAt: neverRan ? now : newest!.startedAt, finishedAt: now, exitCode, oomKilled };
    target.truth = { newest: neverRan ? { ...ended, neverRan } : ended, before: neverRan ? newest : target.truth.before };
    target.exitCause = this.node.note(
      row,
      oomKilled ? CauseKind.oomKilled : CauseKind.containerExited,
      now,
      oomKilled ? container : exitCode,
    );
    if (exitCode !== 0) this.blameEnd(now, row, detail);
    if (oomKilled) this.node.recorder.count(this.table.metricsOf(this.table.records[row]!.workload).oomKills, now);
    if (this.node.isStopped) return;
    this.pleg.markDirty(now, row, detail);
    if (neverRan) this.lifecycle.endedAtStart(now, row, container);
    else this.termination.exited(now, row, container, generation);
  }

  /** A Pod that isn't ready yet has lost a container: whatever made it unready at first, this keeps it so. */
  private blameEnd(now: VirtualTime, row: number, { termination }: PodDetail): void {
    const isReady = (this.table.statuses[row]!.conditions & PodCondition.Ready) !== 0;
    if (!isReady && termination === null && this.table.records[row]!.deletionTimestamp === -1) this.node.blame(now, row);
  }

  private countRestart(now: VirtualTime, row: number, container: number, target: ContainerDetail): void {
    const { id: pod, workload } = this.table.records[row]!;
    const { restarts, restartsSeries } = this.table.metricsOf(workload);
    this.node.recorder.count(restarts, now);
    this.node.recorder.mark(restartsSeries, now);
    this.table.restarts.push({ time: now, pod, container, workload, cause: target.exitCause });
  }

  private disturb(now: VirtualTime, disturbance: DisturbContainer): void {
    const row = this.table.rowOf(disturbance.pod);
    if (row === -1 || this.node.isLost) return;
    const { containers, initCount } = this.table.plan(row);
    containers.forEach(({ name }, index) => {
      const isMeant = disturbance.container === null ? index >= initCount : name === disturbance.container;
      if (isMeant) this.port.disturb?.(now, row, index, disturbance);
    });
  }

  private killForMemory(now: VirtualTime, pod: PodId, container: string | null): void {
    const row = this.table.rowOf(pod);
    if (row === -1 || this.node.isLost) return;
    const plan = this.table.plan(row);
    plan.containers.forEach(({ name }, index) => {
      if (container === null ? index >= plan.initCount : name === container) this.port.runOutOfMemory?.(now, row, index);
    });
  }

  private onNodeTimer(now: VirtualTime, kind: number): void {
    this.node.causes.current = NO_CAUSE;
    this.node.fired(kind);
    switch (kind) {
      case NodeTimer.watch:
        return this.node.connection.onTimer(now);
      case NodeTimer.lease:
        return this.heartbeat.renew(now);
      case NodeTimer.relist:
        return this.pleg.relist(now);
      case NodeTimer.statusPush:
        return this.status.onTimer(now);
      case NodeTimer.statusPass:
        return this.status.pass(now);
      case NodeTimer.eviction:
        return this.eviction.onTimer(now);
      case NodeTimer.memory:
        return this.memory.look(now);
      case NodeTimer.nodeStatus:
        return this.heartbeat.report(now);
      case NodeTimer.shutdown:
        return this.power.shutdown.onTimer(now);
      case NodeTimer.housekeeping:
        return this.power.housekeep(now);
      case NodeTimer.boot:
        return this.power.boot(now);
      case NodeTimer.cpu:
        return this.port.shareCpu?.(now);
      case NodeTimer.held:
        return this.preemption.goOn(now);
      case NodeTimer.usage:
        return this.usageReport?.read(now);
    }
  }

  private onPodTimer(now: VirtualTime, row: number, kind: number): void {
    switch (kind) {
      case PodTimer.sync:
        return this.worker.requestSync(now, row);
      case PodTimer.relist:
        this.pleg.relistPod(now, row);
        return this.worker.settle(row);
      case PodTimer.deadline:
        return this.worker.deadlinePassed(now, row);
      case PodTimer.mount:
        return this.lifecycle.mountDue(now, row);
      case PodTimer.cleanup:
        return this.termination.cleanedUp(now, row);
      default:
        if (isEphemeralKill(kind))
          this.termination.onTimer(now, row, this.table.plan(row).containers.length + (kind - FIRST_EPHEMERAL_KIND) / 2);
        else this.port.onTimer?.(now, row, kind);
    }
  }

  private onContainerTimer(now: VirtualTime, row: number, kind: number, plan: PodPlan): void {
    const index = kind - plan.firstContainerKind;
    const isKill = kind < plan.firstResultKind && index % KINDS_PER_CONTAINER === ContainerTimer.kill;
    if (isKill) this.termination.onTimer(now, row, Math.floor(index / KINDS_PER_CONTAINER));
    else this.port.onTimer?.(now, row, kind);
  }

  /** Whether nothing is on its way on this node but grids and probes. */
  isAtRest(): boolean {
    const { node, table } = this;
    if (node.isStopped) return true;
    if (!this.status.isIdle) return false;
    return node.rows.every((row) => {
      const detail = table.details.get(row);
      if (detail === undefined) return true;
      return detail.sync === null && detail.termination === null && !detail.isDirty && !detail.isWaiting && !detail.isPending;
    });
  }
}

function isEphemeralKill(kind: number): boolean {
  return kind >= FIRST_EPHEMERAL_KIND && (kind - FIRST_EPHEMERAL_KIND) % 2 === 0;
}
