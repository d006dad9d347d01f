/**
 * The Pod workers of one node (pkg/kubelet/pod_workers.go): when a Pod is synced, and what comes after.
 *
 *   SyncPod ─deleted | phase terminal | object gone─▶ TerminatingPod ─containers and sandbox gone─▶ TerminatedPod ─▶ finished
 *
 *   idle ─asked─▶ (cache older than the last sync's end: waits for a relist) ─▶ syncing ─▶ idle
 *                                      asked while syncing: one more afterwards
 *
 * After a sync the worker wakes again: at once if asked meanwhile, after `syncFrequency` if a resync can do
 * something, after the back-off or `podErrorBackoff` if something failed; always at a tick of the sync ticker.
 */
import { SECOND, wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { PodCondition, PodPhase, type ContainerStatus, type Disruption, type PodStatus } from "../objects/pod.ts";
import { timesAfter } from "../objects/condition-times.ts";
import { graceOnNode } from "./container-kill.ts";
import { gatedConditions } from "../objects/readiness-gates.ts";
import type { NodeContext } from "./node-context.ts";
import { onGridFrom } from "./node-context.ts";
import { messageOf, ruledPhase, ruling } from "./pod-verdict.ts";
import { bareStatus, withoutConditions } from "./final-status.ts";
import { detailOf, newSyncRun, type PodDetail, type PodVerdict, type SyncRun } from "./pod-detail.ts";
import { mayStart } from "./pod-actions.ts";
import type { PodPlan } from "./pod-plan.ts";
import { containerStatus, isTerminalPhase, podConditions, podPhase, sameOrNew, type PodShape } from "./pod-status.ts";
import { afterExit } from "./restart-rules.ts";
import { ProbeRole } from "./ports.ts";
import { CellFlag, PodFlag } from "./tables.ts";
import { PodTimer } from "./timers.ts";

const DEADLINE_EXCEEDED = "DeadlineExceeded";

const deadlineVerdict: PodVerdict = {
  reason: DEADLINE_EXCEEDED,
  message: "Pod was active on the node longer than the specified deadline",
  keepsSuccess: false,
  isDisruption: false,
};

export class PodWorker {
  private readonly node: NodeContext;

  constructor(node: NodeContext) {
    this.node = node;
  }

  /** Something happened that a sync has to look at. */
  requestSync(now: VirtualTime, row: number): void {
    const { table, pleg } = this.node;
    if (table.has(row, PodFlag.finished)) return;
    const detail = detailOf(table, row);
    if (detail.termination !== null) return;
    if (detail.sync !== null) {
      detail.isPending = true;
      return;
    }
    if (detail.isWaiting) {
      // The worker has taken up what it waits with: this comes after it.
      detail.isPending = true;
      return;
    }
    // The first sync of a Pod needs no cache.
    if (table.syncedAt(row) < 0 || pleg.cachedAt(row, now) > table.syncedAt(row)) this.begin(now, row);
    else pleg.wait(now, row, detail);
  }

  /**
   * A probe worker met a new instance: its first verdict asks for a sync. Where a relist follows each sync at
   * once (1.36), that sync is one more than those of the runtime's changes, so that the second effective
   * readiness trigger comes one to two seconds after the start, as in all releases (model choice).
   */
  instanceMet(now: VirtualTime, row: number): void {
    const detail = detailOf(this.node.table, row);
    if (detail.sync !== null && this.node.settings.plegOnDemandRelist !== 0) detail.isFurtherPending = true;
    else this.requestSync(now, row);
  }

  /** The Pod's object says that it is to end, or sooner than before. */
  deleted(now: VirtualTime, row: number): void {
    const { table, settings, version, termination, status } = this.node;
    if (table.has(row, PodFlag.finished)) return version.podWorkerStates ? status.terminated(now, row) : status.reclaimed(now, row);
    const detail = detailOf(table, row);
    if (!version.deleteAlwaysDispatched && detail.termination === null && !runsRegularContainer(table.statuses[row]!)) {
      this.node.lifecycle.ends(now, row);
      return termination.abandon(now, row);
    }
    const { deletionGracePeriodSeconds } = table.records[row]!;
    this.terminate(
      now,
      row,
      version.forcedPodsGetGrace ? graceOnNode(deletionGracePeriodSeconds, settings.forceGrace) : deletionGracePeriodSeconds,
    );
  }

  /**
   * The Pod is to end: deleted, object gone, ended by the kubelet itself (`isOverride`), or its phase is
   * terminal. `grace` in seconds, -1: the spec's.
   */
  terminate(now: VirtualTime, row: number, grace: number, isOverride = false): void {
    const { table, causes, version } = this.node;
    const detail = detailOf(table, row);
    // Before 1.22 what the kubelet asked for comes on top of the Pod's own grace, for the signal alone.
    if (isOverride && grace !== -1 && !version.podWorkerStates) detail.override = grace;
    else if (grace !== -1) detail.grace = detail.grace === -1 ? grace : Math.min(detail.grace, grace);
    if (detail.termination === null) detail.terminationCause = causes.current;
    if (table.has(row, PodFlag.terminating)) return;
    table.setFlag(row, PodFlag.terminating);
    this.node.lifecycle.ends(now, row);
    this.requestSync(now, row);
  }

  /** The cache is fresh and the worker idle. */
  begin(now: VirtualTime, row: number): void {
    const { table, termination, lifecycle, prober, status: statuses } = this.node;
    const detail = detailOf(table, row);
    if (detail.sync !== null || detail.termination !== null || table.has(row, PodFlag.finished)) return;
    if (table.has(row, PodFlag.terminating)) {
      if (table.records[row]!.deletionTimestamp !== -1) statuses.reconcileNow(now, row);
      return termination.begin(now, row, false);
    }
    // Busy from here on: what the status brings about (a readiness trigger) asks for another sync.
    detail.sync = newSyncRun([], []);
    const status = this.publishStatus(now, row, detail, false);
    if (isTerminalPhase(status.phase) || detail.isDecided || detail.verdict !== null) {
      detail.sync = null;
      table.setSyncedAt(row, now);
      detail.terminationCause = this.node.causes.current;
      table.setFlag(row, PodFlag.terminating);
      lifecycle.ends(now, row);
      return termination.begin(now, row, !this.node.version.podWorkerStates);
    }
    prober.addPod(now, row);
    lifecycle.begin(now, row);
  }

  /** A sync has carried out all its steps. */
  syncEnded(now: VirtualTime, row: number): void {
    const { table, pleg, settings, causes } = this.node;
    const detail = detailOf(table, row);
    const sync = detail.sync!;
    detail.sync = null;
    table.setSyncedAt(row, now);
    causes.current = table.cause(row);
    if (sync.hasActed && !sync.hasFailed && settings.plegOnDemandRelist !== 0) pleg.requestRelist(now, row);
    if (table.has(row, PodFlag.terminating)) return this.requestSync(now, row);
    this.armWake(now, row, sync);
    if (detail.isPending) {
      detail.isPending = false;
      this.requestSync(now, row);
    } else if (detail.isFurtherPending) {
      detail.isFurtherPending = false;
      this.requestSync(now, row);
    }
    this.settle(row);
  }

  /** generateAPIPodStatus and SetPodStatus: what the cache shows now. `isOver`: everything was ended for good. */
  publishStatus(now: VirtualTime, row: number, detail: PodDetail, isOver: boolean): PodStatus {
    const { table, status } = this.node;
    const isNew = detail.containers.map(
      ({ seen: { newest } }, container) => newest !== null && this.shownGeneration(row, container) !== newest.generation,
    );
    const fresh = this.generate(now, row, detail, isOver);
    if (detail.verdict?.reason === DEADLINE_EXCEEDED) this.recordDeadline(now, row);
    if (table.statuses[row]!.startTime === -1) this.armDeadline(now, row, fresh.startTime);
    const triggers = this.triggersOf(row, detail, fresh);
    // The trigger is sent before the status is stored: for an instance not shown yet it may find nothing.
    const finds = triggers.map(
      (container) => !isNew[container]! || this.node.draw(row, "readiness trigger") < this.node.settings.readinessFirstTrigger,
    );
    status.set(
      now,
      row,
      fresh,
      detail.containers.map((container) => container.seen),
    );
    triggers.forEach((container, index) => this.node.prober.trigger(now, row, container, finds[index]!));
    return table.statuses[row]!;
  }

  /** Before 1.22: a relist found what a kill came to. A phase that was terminal before keeps everything as it was. */
  publishEnd(now: VirtualTime, row: number, detail: PodDetail, deaths: number): void {
    if (!isTerminalPhase(this.node.table.statuses[row]!.phase)) return void this.publishStatus(now, row, detail, false);
    // Each death has the status worked out once more, for the container's removal.
    if (detail.verdict?.reason === DEADLINE_EXCEEDED) for (let death = 0; death < deaths; death++) this.recordDeadline(now, row);
  }

  /** activeDeadlineSeconds count from status.startTime (seconds); looked at by the sync ticker. */
  armDeadline(now: VirtualTime, row: number, startTime: number): void {
    const { table, settings, startedAt } = this.node;
    const seconds = table.plan(row).template.spec.activeDeadlineSeconds;
    if (seconds === null || startTime === -1 || isTerminalPhase(table.statuses[row]!.phase)) return;
    this.node.arm(row, PodTimer.deadline, onGridFrom(startedAt, settings.syncTick, (startTime + seconds) * SECOND, now));
  }

  /** The Pod has been active for too long (active_deadline.go). */
  deadlinePassed(now: VirtualTime, row: number): void {
    const { table } = this.node;
    if (table.has(row, PodFlag.terminating) || isTerminalPhase(table.statuses[row]!.phase)) return;
    detailOf(table, row).verdict ??= deadlineVerdict;
    this.requestSync(now, row);
  }

  private recordDeadline(now: VirtualTime, row: number): void {
    this.node.record(now, row, "Normal", DEADLINE_EXCEEDED, deadlineVerdict.message);
  }

  /** Forgets a Pod whose object is gone and whose containers have ended. */
  forget(row: number): void {
    const { table, prober, pleg, images, port } = this.node;
    prober.removePod(row);
    pleg.forget(row);
    images.forget(row);
    this.node.status.forget(row);
    this.node.cancelAll(row);
    port.forget(row);
    this.node.rows = this.node.rows.filter((other) => other !== row);
    table.remove(row);
  }

  /** Drops the detail of a Pod in which nothing happens any more. */
  settle(row: number): void {
    const { table } = this.node;
    const detail = table.details.get(row);
    if (detail === undefined || !this.isSteady(row, detail)) return;
    table.details.delete(row);
  }

  private isSteady(row: number, detail: PodDetail): boolean {
    const { table } = this.node;
    if (detail.sync !== null || detail.termination !== null || detail.isPending || detail.isWaiting || detail.isDirty || detail.isQueued)
      return false;
    if (detail.isFurtherPending) return false;
    if (table.has(row, PodFlag.terminating) || this.node.isArmed(row, PodTimer.relist) || this.node.status.isPushing(row)) return false;
    if (detail.sandbox === null || !detail.sandbox.isReady || detail.sandbox.attempt !== 0 || detail.sandboxSeen !== detail.sandbox)
      return false;
    const plan = table.plan(row);
    if (plan.ephemeral.length > 0) return false;
    return detail.containers.every((container, index) => {
      const { newest, before } = container.truth;
      if (
        container.seen !== container.truth ||
        newest === null ||
        before !== null ||
        container.startError !== null ||
        container.kill !== null ||
        container.isOutdated ||
        container.removed !== -1
      )
        return false;
      if (container.backOff !== null || container.imageBackOff !== null || this.shownGeneration(row, index) !== newest.generation)
        return false;
      return newest.isRunning || (index < plan.initCount && !plan.isSidecar[index]! && newest.exitCode === 0);
    });
  }

  private generate(now: VirtualTime, row: number, detail: PodDetail, isOver: boolean): PodStatus {
    const { table } = this.node;
    const plan = table.plan(row);
    const old = table.statuses[row]!;
    const settled = this.settledStatus(now, detail, old, isOver);
    if (settled !== null) return settled;
    const shape: PodShape = { restartPolicy: plan.template.spec.restartPolicy, isSidecar: plan.isSidecar, terms: plan.containers };
    const entries = plan.containers.map((_, container) => this.containerEntry(row, detail, container, old));
    const initContainers = sameList(old.initContainers, entries.slice(0, plan.initCount));
    const containers = sameList(old.containers, entries.slice(plan.initCount));
    const ephemeral = ephemeralEntries(plan, detail, old);
    const { version } = this.node;
    const ruled = ruling(detail.verdict, old, isOver || !version.terminalPhaseWaits);
    const decided = isTerminalPhase(old.phase)
      ? old.phase
      : ruledPhase(ruled, podPhase(shape, initContainers, containers, isOver && version.terminalPhaseFirst));
    // A terminal phase shows when nothing can run any more (mergePodStatus).
    detail.isDecided = isTerminalPhase(decided);
    const phase = detail.isDecided && version.terminalPhaseWaits && !isOver ? old.phase : decided;
    const wordedPhase = detail.verdict?.reason === DEADLINE_EXCEEDED ? PodPhase.Failed : decided;
    // The words belong to the phase that the kill began with (generateAPIPodStatus keeps them with the same phase only).
    const worded = decided === PodPhase.Succeeded ? null : ruled;
    const reason = worded?.reason ?? old.reason;
    const isSandboxReady = detail.sandboxSeen?.isReady === true;
    // A Pod whose sandbox is gone keeps its last address. Source: pleg/generic.go getPodIPs.
    const hasPodIp = isSandboxReady || old.hasPodIp;
    const isDisrupted = detail.verdict?.isDisruption === true && version.disruptionTargetCondition;
    const disruption = isDisrupted ? disruptionOf(now, detail.verdict!, old) : old.disruption;
    const ungated =
      podConditions(shape, initContainers, containers, wordedPhase, isSandboxReady && version.readyToStartCondition) |
      (disruption === undefined ? 0 : PodCondition.DisruptionTarget) |
      (!isTerminalPhase(decided) && this.isRestartingAll(plan, detail) ? PodCondition.AllContainersRestarting : 0);
    const conditions = gatedConditions(plan.template.spec.readinessGates, ungated, old.conditions);
    const conditionPhase = wordedPhase === phase ? undefined : wordedPhase;
    const isReady = (conditions & PodCondition.Ready) !== 0;
    const wasReady = (old.conditions & PodCondition.Ready) !== 0;
    const readySince = isReady === wasReady && old.readySince !== -1 ? old.readySince : wholeSeconds(now);
    const startTime = old.startTime !== -1 ? old.startTime : wholeSeconds(now);
    const conditionTimes = timesAfter(old, { conditions, startTime, readySince }, wholeSeconds(now));
    const isSame =
      phase === old.phase &&
      reason === old.reason &&
      conditions === old.conditions &&
      conditionPhase === old.conditionPhase &&
      readySince === old.readySince &&
      startTime === old.startTime &&
      hasPodIp === old.hasPodIp &&
      disruption === old.disruption &&
      conditionTimes === old.conditionTimes &&
      containers === old.containers &&
      initContainers === old.initContainers &&
      ephemeral === (old.ephemeralContainers ?? noEntries);
    return isSame
      ? old
      : Object.freeze({
          phase,
          reason,
          ...messageOf(worded, old),
          conditions,
          ...(conditionPhase === undefined ? {} : { conditionPhase }),
          readySince,
          startTime,
          hasPodIp,
          containers,
          initContainers,
          ...(ephemeral.length > 0 ? { ephemeralContainers: ephemeral } : {}),
          ...(disruption === undefined ? {} : { disruption }),
          ...(conditionTimes === undefined ? {} : { conditionTimes }),
        });
  }

  /** From the exit that asks for it until its record is removed (helpers.go ShouldAllContainersRestart). */
  private isRestartingAll(plan: PodPlan, { containers }: PodDetail): boolean {
    if (!this.node.version.restartAllContainers) return false;
    const { restartPolicy } = plan.template.spec;
    return plan.containers.some((terms, index) => {
      const { newest } = containers[index]!.seen;
      return newest !== null && !newest.isRunning && afterExit(newest.exitCode, restartPolicy, terms) === "restartAll";
    });
  }

  /** A status that containers have no say in: it is final already, or a verdict replaces it; null: there is none. */
  private settledStatus(now: VirtualTime, detail: PodDetail, old: PodStatus, isOver: boolean): PodStatus | null {
    const { version } = this.node;
    const { verdict } = detail;
    if (isTerminalPhase(old.phase)) {
      detail.isDecided = true;
      return old;
    }
    if (verdict === null) return null;
    if (verdict.reason === DEADLINE_EXCEEDED) return version.endedKeepsStatus ? null : withoutConditions(old, verdict);
    if (!version.endedKeepsStatus) return bareStatus(now, old, verdict);
    if (verdict.isRefusal !== true) return null;
    return isOver ? bareStatus(now, old, verdict) : old;
  }

  private containerEntry(row: number, detail: PodDetail, container: number, old: PodStatus): ContainerStatus {
    const plan = this.node.table.plan(row);
    const isInit = container < plan.initCount;
    const before = (isInit ? old.initContainers[container] : old.containers[container - plan.initCount]) ?? null;
    const { seen, startError } = detail.containers[container]!;
    const { newest } = seen;
    const started = newest !== null && newest.isRunning && this.node.prober.hasStarted(row, container, newest.generation);
    const endedWell = newest !== null && !newest.isRunning && newest.exitCode === 0;
    const ready =
      isInit && !plan.isSidecar[container]! ? endedWell : started && this.node.prober.isReady(row, container, newest!.generation);
    const policy = plan.isSidecar[container]! ? "Always" : plan.template.spec.restartPolicy;
    const state = newest === null ? "none" : newest.isRunning ? "running" : "exited";
    const isDeleting = this.node.table.records[row]!.deletionTimestamp !== -1;
    const again = mayStart(
      { restartPolicy: isInit && policy === "Always" && !plan.isSidecar[container]! ? "OnFailure" : policy, isDeleting },
      { state, exitCode: newest?.exitCode ?? 0, terms: plan.containers[container]! },
    );
    return sameOrNew(before, containerStatus(seen, before, startError, again, plan.initCount > 0, started, ready));
  }

  /** Containers whose readiness worker this status triggers: started, running, and without a success. */
  private triggersOf(row: number, detail: PodDetail, fresh: PodStatus): number[] {
    const { initCount } = this.node.table.plan(row);
    const containers: number[] = [];
    detail.containers.forEach((_, container) => {
      const entry = container < initCount ? fresh.initContainers[container] : fresh.containers[container - initCount];
      if (
        entry?.state.type === "running" &&
        entry.started &&
        !entry.ready &&
        this.node.prober.hasWorker(row, container, ProbeRole.readiness)
      )
        containers.push(container);
    });
    return containers;
  }

  /** completeWork: when the worker looks again by itself. */
  private armWake(now: VirtualTime, row: number, sync: SyncRun): void {
    const { settings, version, startedAt } = this.node;
    const wait = this.wakeAfter(now, row, sync);
    if (wait === null) return this.node.cancel(row, PodTimer.sync);
    const isBackOff = version.wakesAtBackOffEnd && sync.hasFailed && sync.backOffUntil !== Infinity;
    const factor = isBackOff
      ? settings.crashBackoffWakeJitter
      : sync.hasFailed
        ? settings.podErrorBackoffJitter
        : settings.syncFrequencyJitter;
    const due = now + this.node.jitter(row, "worker wake", wait, factor);
    this.node.arm(row, PodTimer.sync, onGridFrom(startedAt, settings.syncTick, due, now));
  }

  private wakeAfter(now: VirtualTime, row: number, sync: SyncRun): number | null {
    const { settings, version } = this.node;
    if (sync.hasFailed) {
      const isBackOff = version.wakesAtBackOffEnd && sync.backOffUntil !== Infinity;
      return isBackOff ? Math.min(Math.max(0, sync.backOffUntil - now), settings.crashBackoffWake) : settings.podErrorBackoff;
    }
    // A resync of a Pod in which everything runs and is ready changes nothing: it isn't armed.
    return this.hasUnreadyWorker(row) ? settings.syncFrequency : null;
  }

  /** A resync may trigger a readiness probe, or kill what a startup probe gave up (before 1.25, when nothing else does). */
  private hasUnreadyWorker(row: number): boolean {
    const { table, version } = this.node;
    const plan = table.plan(row);
    return plan.probes.some(({ container, role }) => {
      const shown = table.words[table.cellAt(row, container)]!;
      if ((shown & CellFlag.running) === 0) return false;
      if (role === ProbeRole.readiness) return (shown & CellFlag.ready) === 0;
      return role === ProbeRole.startup && !version.everyResultSyncs && (shown & CellFlag.started) === 0;
    });
  }

  /** Generation of the instance that the status shows, -1: none. */
  private shownGeneration(row: number, container: number): number {
    const { table } = this.node;
    const word = table.words[table.cellAt(row, container)]!;
    return (word & CellFlag.hasInstance) === 0 ? -1 : word >>> 8;
  }
}

function runsRegularContainer(status: PodStatus): boolean {
  return status.containers.some(({ state }) => state.type === "running");
}

/** A condition that others have set before keeps its instant. */
function disruptionOf(now: VirtualTime, verdict: PodVerdict, { disruption }: PodStatus): Disruption {
  const message = verdict.disruptionMessage ?? verdict.message;
  const reason = "TerminationByKubelet";
  if (disruption?.reason === reason && disruption.message === message) return disruption;
  return Object.freeze({ reason, message, since: disruption?.since ?? wholeSeconds(now) });
}

const noEntries: readonly ContainerStatus[] = Object.freeze([]);

/** Ephemeral containers are neither ready nor started, whatever they do. */
function ephemeralEntries(plan: PodPlan, detail: PodDetail, old: PodStatus): readonly ContainerStatus[] {
  if (plan.ephemeral.length === 0) return noEntries;
  const before = old.ephemeralContainers ?? noEntries;
  const entries = detail.containers
    .slice(plan.containers.length)
    .map(({ seen, startError }, index) =>
      sameOrNew(before[index] ?? null, containerStatus(seen, before[index] ?? null, startError, false, plan.initCount > 0, false, false)),
    );
  return sameList(before, entries);
}

/** The old list if every entry is the same object. */
function sameList(old: readonly ContainerStatus[], fresh: readonly ContainerStatus[]): readonly ContainerStatus[] {
  return old.length === fresh.length && fresh.every((entry, index) => entry === old[index]) ? old : Object.freeze(fresh);
}
