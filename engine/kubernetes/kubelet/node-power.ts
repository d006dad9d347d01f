/**
 * The kubelet's process and its node going away and coming back.
 *
 *   running ─loseNode─▶ lost (nothing happens at all) ─returnNode─▶ running: booted, nothing of the Pods runs
 *   running ─stopKubelet─▶ stopped (containers run on) ─startKubelet─▶ running: a new kubelet, the old containers
 *   running ─shutdownNode─▶ Pods end in their groups ─▶ lost
 *
 * Meanwhile the latest notice of each Pod is kept: a kubelet that starts lists its Pods, and they arrive as ADD.
 * Faults may overlap: each holds what it took down, and the last to end lets go of it (holders.ts).
 */
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { streamKey, uniform } from "../../kernel/random.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import { MACHINE, type PodNotice } from "../api-server/node-messages.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { PodStatus } from "../objects/pod.ts";
import { Holders, type Holder } from "./holders.ts";
import type { NodeContext } from "./node-context.ts";
import { NodeShutdown } from "./node-shutdown.ts";
import { showsUnknown } from "./node-status.ts";
import { detailOf, newDetail } from "./pod-detail.ts";
import { isTerminalPhase, noInstances } from "./pod-status.ts";
import { PodFlag } from "./tables.ts";
import { ContainerTimer, FIRST_PROBE_KIND, NodeTimer, PodTimer } from "./timers.ts";

export interface NodePowerOptions {
  readonly node: NodeContext;
  /** Takes what the kubelet missed. */
  notice(now: VirtualTime, notice: PodNotice): void;
  /** Ends a Pod whose object is gone. */
  removePod(now: VirtualTime, row: number): void;
  /** False: the Pod may not run here any more, and is being ended. */
  admits(now: VirtualTime, row: number, others: readonly number[]): boolean;
  /** What the kubelet that ends hadn't taken yet. */
  abandoned(): readonly PodNotice[];
}

export class NodePower {
  readonly shutdown: NodeShutdown;
  private readonly node: NodeContext;
  private readonly options: NodePowerOptions;
  /** In the order of each Pod's first notice. */
  private missed = new Map<PodId, PodNotice>();
  private orphans: PodId[] = [];
  private boots = 0;
  /** The machine came back while its kubelet was stopped. */
  private hasComeBack = false;
  /** The node is to boot as soon as it is off. */
  private isBootDue = false;
  /** Of its network. */
  private readonly isolated = new Holders();
  private parted: readonly { readonly fault: number; readonly nodes: ReadonlySet<number>; readonly cause: CauseId; row: CauseId }[] = [];
  /** Of the node's power. */
  private readonly away = new Holders();
  /** Of the kubelet's process alone. */
  private readonly stopped = new Holders();
  /** Some fault took the container runtime's records with the power. */
  private areRecordsLost = false;
  /** The node has booted, and its kubelet hasn't said so yet. */
  private isRebootUntold = false;
  /** What comes back has never run before: it boots for the first time. */
  private isNewMachine = false;

  constructor(options: NodePowerOptions) {
    this.node = options.node;
    this.options = options;
    this.shutdown = new NodeShutdown(options.node, (now) => {
      this.powerOff(now);
      if (this.isBootDue) this.node.armNode(NodeTimer.boot, now + 1);
    });
  }

  /** Whether the kubelet can't hear it now. */
  misses(pod: PodId, notice: PodNotice): boolean {
    if (this.node.isStopped) this.missed.set(pod, notice);
    return this.node.isStopped;
  }

  /** Power is gone; if it has been for long, this fault has done nothing until it is the one that keeps the node away. */
  lose(now: VirtualTime, fault = 0): void {
    const { node } = this;
    const cause = node.causes.current;
    // Whatever was to follow a shutdown under way, this fault holds the node.
    this.isBootDue = false;
    this.away.hold(fault, cause, node.isLost ? NO_CAUSE : this.powerOff(now));
  }

  /** There is no such node yet: it is off until it returns, which is when it joins. */
  beginAbsent(): void {
    this.node.isLost = true;
    this.node.isStopped = true;
  }

  /** Clients can't reach the Pods any more; containers don't notice. */
  isolate(now: VirtualTime, fault: number): void {
    const { node } = this;
    const { current } = node.causes;
    const isAlready = this.isolated.first !== null;
    this.isolated.hold(fault, current, isAlready ? NO_CAUSE : node.causes.note(node.lp, CauseKind.nodeIsolated, node.node, now));
    node.isolation = this.isolated.first!.row;
    node.onOutOfReach?.(now);
  }

  join(now: VirtualTime, fault: number): void {
    const { node } = this;
    const blamed = this.isolated.release(fault);
    if (blamed?.row === NO_CAUSE) blamed.row = node.causes.note(node.lp, CauseKind.nodeIsolated, node.node, now, blamed.cause);
    node.isolation = this.isolated.first?.row ?? NO_CAUSE;
    if (node.isolation === NO_CAUSE) node.causes.note(node.lp, CauseKind.nodeReachable, node.node, now);
  }

  /** Clients on these nodes can't reach the Pods here any more. */
  part(fault: number, nodes: readonly number[]): void {
    this.parted = [...this.parted, { fault, nodes: new Set(nodes), cause: this.node.causes.current, row: NO_CAUSE }];
    this.node.isNetworkTroubled = true;
    this.node.onOutOfReach?.(this.node.simulator.now);
  }

  rejoin(fault: number): void {
    this.parted = this.parted.filter((each) => each.fault !== fault);
  }

  /** Why clients on `node` can't reach this one, noted when the first of them finds out; none: they can. */
  partedFrom(now: VirtualTime, node: number): CauseId {
    const parted = this.parted.find(({ nodes }) => nodes.has(node));
    if (parted === undefined) return NO_CAUSE;
    const { causes, lp, node: own } = this.node;
    if (parted.row === NO_CAUSE) {
      const { current } = causes;
      parted.row = causes.note(lp, CauseKind.nodesParted, own, now, parted.cause);
      causes.current = current;
    }
    return parted.row;
  }

  /** A node that is off can't shut down, but this fault keeps it off. */
  shutDown(now: VirtualTime, fault = 0): void {
    this.isBootDue = false;
    this.away.hold(fault, this.node.causes.current, NO_CAUSE);
    this.shutdown.begin(now);
  }

  /** Kubelet, containers and heartbeat stop where they are. */
  private powerOff(now: VirtualTime): CauseId {
    const { node } = this;
    const lost = node.causes.note(node.lp, CauseKind.nodeLost, node.node, now);
    node.isLost = true;
    node.onOutOfReach?.(now);
    node.isStopped = true;
    node.cancelNode();
    for (const row of node.rows) {
      detailOf(node.table, row);
      node.prober.removePod(row);
      node.cancelAll(row);
      node.table.setCause(row, lost);
    }
    node.port.loseNode?.(now);
    this.forgetWork();
    return lost;
  }

  /** A fault ends: the node boots if it was the last one that held it. `keepsRecords`: its container runtime knows the containers that there were. */
  return(now: VirtualTime, keepsRecords: boolean, fault = 0): void {
    const { node } = this;
    if (!keepsRecords) this.areRecordsLost = true;
    if (fault === MACHINE) this.isNewMachine = true;
    const blamed = this.away.release(fault);
    if (blamed !== null && node.isLost) this.blame(now, blamed);
    if (this.away.first !== null) return;
    // It can't boot before it is off.
    this.isBootDue = !node.isLost && node.isShuttingDown;
    if (node.isLost) this.comeBack(now);
  }

  /** From now on it is this fault that the node is away for. */
  private blame(now: VirtualTime, holder: Holder): void {
    const { node } = this;
    if (holder.row === NO_CAUSE) holder.row = node.causes.note(node.lp, CauseKind.nodeLost, node.node, now, holder.cause);
    for (const row of node.rows) {
      node.causes.current = holder.row;
      node.table.setCause(row, holder.row);
      node.blame(now, row);
    }
  }

  private comeBack(now: VirtualTime): void {
    const { node } = this;
    const returned = node.causes.note(node.lp, CauseKind.nodeReturned, node.node, now);
    node.isLost = false;
    node.isShuttingDown = false;
    for (const row of node.rows) {
      if (this.areRecordsLost) this.forgetContainers(row);
      else this.endContainers(now, row);
      this.startOver(row);
    }
    this.areRecordsLost = false;
    this.isRebootUntold = !this.isNewMachine;
    this.isNewMachine = false;
    this.hasComeBack = this.stopped.first !== null;
    if (!this.hasComeBack) this.begin(now, returned, true);
  }

  /** The kubelet's process ends; the container runtime and its containers go on. A node that is away has none to end. */
  stopKubelet(now: VirtualTime, fault = 0): void {
    const { node } = this;
    if (node.isLost) return;
    const cause = node.causes.current;
    const wasStopped = node.isStopped;
    this.stopped.hold(fault, cause, wasStopped ? NO_CAUSE : node.causes.note(node.lp, CauseKind.kubeletStopped, node.node, now));
    if (wasStopped) return;
    node.isStopped = true;
    for (const timer of Object.values(NodeTimer)) if (timer !== NodeTimer.memory) node.cancelNodeTimer(timer);
    for (const row of node.rows) {
      detailOf(node.table, row);
      node.prober.removePod(row);
      node.watch?.workLost(row);
      this.cancelWork(row);
    }
    this.forgetWork();
  }

  /** A new kubelet finds the containers as they are by now. Back-offs, probes and terminations begin anew. */
  startKubelet(now: VirtualTime, fault = 0): void {
    const { node } = this;
    const blamed = this.stopped.release(fault);
    if (blamed?.row === NO_CAUSE) blamed.row = node.causes.note(node.lp, CauseKind.kubeletStopped, node.node, now, blamed.cause);
    if (node.isLost || !node.isStopped || this.stopped.first !== null) return;
    const started = node.causes.note(node.lp, CauseKind.kubeletStarted, node.node, now);
    for (const row of node.rows) this.startOver(row);
    const isNews = this.hasComeBack || showsUnknown(node.taints);
    this.hasComeBack = false;
    this.begin(now, started, isNews);
  }

  /** HandlePodCleanups: containers of Pods that were removed meanwhile. */
  housekeep(now: VirtualTime): void {
    const { table } = this.node;
    for (const pod of this.orphans) {
      const row = table.rowOf(pod);
      if (row === -1) continue;
      this.node.causes.current = table.cause(row);
      this.options.removePod(now, row);
    }
    this.orphans = [];
  }

  boot(now: VirtualTime): void {
    this.isBootDue = false;
    if (this.node.isLost && this.away.first === null) this.comeBack(now);
  }

  private begin(now: VirtualTime, cause: CauseId, isNews: boolean): void {
    const { node } = this;
    const { table } = node;
    // A new kubelet watches anew.
    node.connection.onTimer(now);
    node.isStopped = false;
    node.startedAt = now;
    node.pleg.restart(now);
    node.status.restart();
    node.eviction.restart(now);
    node.heartbeat.restart(now, isNews);
    const missed = this.missed;
    this.missed = new Map();
    const known = node.rows.filter((row) => !missed.has(table.records[row]!.id));
    known.forEach((row, index) => {
      node.causes.current = cause;
      this.resume(now, row, known.slice(0, index));
    });
    for (const [pod, notice] of missed) {
      node.causes.current = cause;
      const row = table.rowOf(pod);
      if (notice.kind === "podRemoved" && row !== -1) this.orphans.push(pod);
      else this.options.notice(now, notice);
      if (notice.kind !== "podRemoved" && row !== -1 && table.records[row] !== undefined)
        this.resume(now, row, node.rows.slice(0, node.rows.indexOf(row)));
    }
    if (this.orphans.length > 0) node.armNode(NodeTimer.housekeeping, now + Math.max(1, node.settings.housekeepingPeriod));
    if (this.isRebootUntold) node.recordNode(now, "Warning", "Rebooted", `Node ${node.name} has been rebooted, boot id: ${this.bootId()}`);
    this.isRebootUntold = false;
  }

  /** A Pod known from before: synced as if it were new. */
  private resume(now: VirtualTime, row: number, others: readonly number[]): void {
    const { table, worker } = this.node;
    if (table.has(row, PodFlag.terminating)) return;
    if (table.has(row, PodFlag.removed)) return worker.terminate(now, row, 1);
    const record = table.records[row]!;
    if (record.deletionTimestamp !== -1 && !this.node.isStatic(row)) return worker.deleted(now, row);
    if (isTerminalPhase(table.statuses[row]!.phase)) return worker.terminate(now, row, -1);
    if (!this.options.admits(now, row, others)) return;
    worker.armDeadline(now, row, table.statuses[row]!.startTime);
    if (this.node.version.probesStartOnAdmission) this.node.prober.addPod(now, row);
    if (this.node.prober.isUnprobedReady(row)) table.setCause(row, this.node.causes.current);
    worker.requestSync(now, row);
    // The first relist finds every container anew: another sync.
    worker.requestSync(now, row);
  }

  /** containerd finds the tasks gone after the boot: exit code 255, reason Unknown, at the time of its recovery (internal/cri/server/restart.go). */
  private endContainers(now: VirtualTime, row: number): void {
    const { table } = this.node;
    const detail = detailOf(table, row);
    // Differs: address of a new sandbox. The Pod keeps its address; a cluster would give it another one.
    detail.sandbox = detail.sandbox === null ? null : { isReady: false, attempt: detail.sandbox.attempt };
    for (const container of detail.containers) {
      const { newest, before } = container.truth;
      if (newest?.isRunning !== true) continue;
      const ended = { ...newest, isRunning: false, finishedAt: now, exitCode: 255 };
      container.truth = { newest: this.node.version.lostTasksAreUnknown ? { ...ended, wasLost: true } : ended, before };
      container.exitCause = table.cause(row);
    }
  }

  /** An empty runtime: the Pod is as if it had never run here. */
  private forgetContainers(row: number): void {
    const { table } = this.node;
    const count = detailOf(table, row).containers.length;
    table.details.set(row, newDetail(count));
    for (const container of table.details.get(row)!.containers) container.truth = noInstances;
    const old = table.statuses[row]!;
    const forgotten: PodStatus = Object.freeze({
      ...old,
      hasPodIp: false,
      containers: Object.freeze([]),
      initContainers: Object.freeze([]),
    });
    if (!isTerminalPhase(old.phase)) table.statuses[row] = forgotten;
    for (let container = 0; container < table.plan(row).containers.length; container++) table.words[table.cellAt(row, container)] = 0;
  }

  /** What a kubelet keeps in memory only. */
  private startOver(row: number): void {
    const { table, observer, watch } = this.node;
    const detail = detailOf(table, row);
    detail.sandboxSeen = detail.sandbox;
    for (const container of detail.containers) {
      container.seen = container.truth;
      container.backOff = null;
      container.imageBackOff = null;
      container.startError = null;
      container.kill = null;
    }
    detail.sync = null;
    detail.mount = null;
    detail.termination = null;
    detail.verdict = null;
    detail.isPending = detail.isFurtherPending = detail.isWaiting = detail.isDirty = detail.isQueued = false;
    detail.relistedAt = -1;
    detail.relistsSinceEnd = 0;
    detail.grace = -1;
    detail.override = -1;
    // What the last kubelet had to say and didn't: the new one says it again.
    detail.sentStatus = null;
    table.clearFlag(row, PodFlag.terminating | PodFlag.finished | PodFlag.abandoned);
    table.setSyncedAt(row, -1);
    observer?.backOffForgotten(table.records[row]!.id);
    watch?.workLost(row);
  }

  private forgetWork(): void {
    this.node.status.restart();
    this.node.images.restart();
    this.shutdown.reset();
    for (const notice of this.options.abandoned()) this.misses(notice.kind === "podRemoved" ? notice.pod : notice.record.id, notice);
  }

  /** The kubelet's own timers of a Pod, and calls to the runtime that die with it; the runtime's own go on. */
  private cancelWork(row: number): void {
    const { node } = this;
    for (let kind = 0; kind < FIRST_PROBE_KIND; kind++) if (kind !== PodTimer.sandbox) node.cancel(row, kind);
    node.table.plan(row).containers.forEach((_, container) => {
      node.cancel(row, node.containerKind(row, container, ContainerTimer.kill));
      node.cancel(row, node.containerKind(row, container, ContainerTimer.image));
    });
  }

  private bootId(): string {
    const key = streamKey(this.node.seed, "boot", this.node.name);
    const words = Array.from({ length: 4 }, (_, index) => Math.floor(uniform(key.hi, key.lo, this.boots * 4 + index) * 4294967296));
    this.boots++;
    const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}
