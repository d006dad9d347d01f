/**
 * The probe workers of one node (pkg/kubelet/prober: worker.go, prober_manager.go): one for each container
 * and role, on a grid of its own. Hot: bench/kubelet.bench.ts.
 *
 *   added ─tick─▶ probing ─result─▶ counting ─threshold─▶ verdict published
 *     ▲              │                                        │ liveness failed, startup decided
 *     └─ new instance┴──────────────── on hold ◀──────────────┘
 *
 * A tick that could do nothing (no instance yet, on hold, before the initial delay, gated by the startup
 * probe) isn't armed: `refresh` works out the first tick of the same grid that can, whenever the status
 * that a worker looks at has changed. So the grid is exact and idle workers cost nothing.
 */
import { childKey, uniform } from "../../kernel/random.ts";
import { SECOND, wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import type { CauseId } from "../../kernel/causes.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import { CauseKind } from "../../cause-kinds.ts";
import type { ProbeAnswer } from "../probes/probe.ts";
import { ProbeResult } from "./inputs.ts";
import { type NodeContext, onGridFrom } from "./node-context.ts";
import { PodCondition } from "../objects/pod.ts";
import { detailOf } from "./pod-detail.ts";
import type { PodPlan, ProbePlan } from "./pod-plan.ts";
import { isTerminalPhase } from "./pod-status.ts";
import { type KubeletPort, ProbeRole } from "./ports.ts";
import { probeEvent } from "./probe-call.ts";
import { afterExit } from "./restart-rules.ts";
import { LAST_SHIFT, Last, RUN_MAX, RUN_SHIFT, VERDICT_SHIFT } from "./steady-probes.ts";
import { CellFlag, type KubeletTable, PodFlag, ProbeFlag, Verdict } from "./tables.ts";
import { FIRST_PROBE_KIND } from "./timers.ts";

export class Prober {
  /** Set once the port is made. */
  port!: KubeletPort;
  private readonly node: NodeContext;
  private readonly table: KubeletTable;
  private readonly recorder: Recorder;
  /** Why a worker's last failures were, where that is known, by its words. */
  private readonly blamed = new Map<number, CauseId>();

  constructor(node: NodeContext) {
    this.node = node;
    this.table = node.table;
    this.recorder = node.recorder;
  }

  /** AddPod: the workers of a Pod start, at its first sync (before 1.25: when the kubelet hears of it). */
  addPod(now: VirtualTime, row: number): void {
    const { table } = this;
    if (table.has(row, PodFlag.probesAdded)) return;
    table.setFlag(row, PodFlag.probesAdded);
    const plan = table.plan(row);
    for (let position = 0; position < plan.probes.length; position++) {
      const at = this.wordsOf(row, position);
      table.words[at + 2] = ProbeFlag.alive;
      table.times[(at + 4) >> 1] = now + this.startDelay(now, row, plan.probes[position]!);
    }
    this.refresh(now, row);
  }

  /**
   * The workers of a Pod that has been running since `startedAt`: verdicts at Success, grids where they would
   * be by now. Liveness keeps the grid of the Pod's first sync, readiness that of its last manual trigger.
   */
  adopt(now: VirtualTime, row: number, firstSync: VirtualTime, lastTrigger: VirtualTime): void {
    const { table } = this;
    table.setFlag(row, PodFlag.probesAdded);
    const plan = table.plan(row);
    for (let position = 0; position < plan.probes.length; position++) {
      const { role, container } = plan.probes[position]!;
      const at = this.wordsOf(row, position);
      const cell = table.words[table.cellAt(row, container)]!;
      const holds = role === ProbeRole.startup ? ProbeFlag.onHold : 0;
      table.words[at + 1] = (cell >>> 8) + 1;
      table.words[at + 2] = ProbeFlag.alive | holds | (Last.success << LAST_SHIFT) | (Verdict.success << VERDICT_SHIFT) | (1 << RUN_SHIFT);
      table.times[(at + 4) >> 1] = role === ProbeRole.readiness ? lastTrigger : firstSync;
    }
    this.refresh(now, row);
  }

  /** The grid of a worker ticks. */
  tick(now: VirtualTime, row: number, position: number): void {
    const { table } = this;
    const at = this.wordsOf(row, position);
    if ((table.words[at + 2]! & ProbeFlag.probing) === 0) return this.doProbe(now, row, position, at);
    // The ticker's channel holds one tick while the worker is busy; further ones are lost.
    table.words[at + 2]! |= ProbeFlag.tickQueued;
  }

  /** A manual trigger of the readiness worker (UpdatePodStatus): probes now, and the grid starts anew. */
  trigger(now: VirtualTime, row: number, container: number, finds: boolean): void {
    const { table, version } = this.node;
    const position = table.plan(row).probeOf[container * 3 + ProbeRole.readiness]!;
    if (!version.manualReadinessTrigger || position === -1 || !table.has(row, PodFlag.probesAdded)) return;
    const at = this.wordsOf(row, position);
    const flags = table.words[at + 2]!;
    if ((flags & ProbeFlag.alive) === 0) return;
    if ((flags & ProbeFlag.probing) !== 0) {
      table.words[at + 2]! |= ProbeFlag.triggerQueued;
      return;
    }
    if ((flags & ProbeFlag.elided) !== 0) {
      table.elidedProbes!.drop(at);
      this.schedule(now, row, position, at);
    }
    // Still in its random start delay: the trigger waits in the channel, and so does the first probe.
    if (table.times[(at + 4) >> 1]! > now) return;
    this.runTrigger(now, row, position, at, finds);
  }

  /** An attempt has ended. */
  finish(
    now: VirtualTime,
    row: number,
    position: number,
    generation: number,
    result: ProbeResult,
    latency: number,
    answer?: ProbeAnswer,
  ): void {
    const { table } = this;
    const plan = table.plan(row);
    const probe = plan.probes[position]!;
    const at = this.wordsOf(row, position);
    if ((table.words[at + 2]! & ProbeFlag.probing) === 0 || table.words[at + 1] !== generation + 1) return;
    this.recorder.observe(table.durationHistogram(probe.handler, result, probe.role), now, latency);
    if (answer !== undefined) this.tell(now, row, probe, answer);
    const isAlive = (table.words[at + 2]! & ProbeFlag.alive) !== 0;
    // A trigger that the result brings about waits in the channel until the worker is free again.
    if (isAlive && result !== ProbeResult.error) this.count(now, row, probe, at, result === ProbeResult.success);
    table.words[at + 2]! &= ~ProbeFlag.probing;
    this.runQueued(now, row, position, at);
  }

  /**
   * For the virtual runtime, in the event that started the attempt: a success that changes nothing but the
   * counters is finished at once. Returns false if the result has to come as an event of its own.
   */
  absorb(now: VirtualTime, row: number, position: number, latency: number): boolean {
    const { table } = this;
    const at = this.wordsOf(row, position);
    const state = table.words[at + 2]!;
    const isSteady = ((state >>> LAST_SHIFT) & 3) === Last.success && ((state >>> VERDICT_SHIFT) & 3) === Verdict.success;
    const probe = table.plan(row).probes[position]!;
    // A worker busy at its next tick would have to queue it.
    if (!isSteady || latency >= probe.period || (state & (ProbeFlag.tickQueued | ProbeFlag.triggerQueued)) !== 0) return false;
    table.words[at + 2] = (state >>> RUN_SHIFT < RUN_MAX ? state + (1 << RUN_SHIFT) : state) & ~ProbeFlag.probing;
    this.recorder.observe(table.durationHistogram(probe.handler, ProbeResult.success, probe.role), now, latency);
    table.elidedProbes?.begin(now, row, table.plan(row), position);
    return true;
  }

  /** What the worker of a role has published for this instance; none: no worker's verdict. */
  verdict(row: number, container: number, role: ProbeRole, generation: number): Verdict {
    const { table } = this;
    const position = table.plan(row).probeOf[container * 3 + role]!;
    if (position === -1) return Verdict.none;
    const at = this.wordsOf(row, position);
    return table.words[at + 1] === generation + 1 ? (((table.words[at + 2]! >>> VERDICT_SHIFT) & 3) as Verdict) : Verdict.none;
  }

  hasWorker(row: number, container: number, role: ProbeRole): boolean {
    return this.table.plan(row).probeOf[container * 3 + role] !== -1;
  }

  /**
   * Of a running instance (UpdatePodStatus, `isContainerStarted`): without a startup probe from the start on. Who has no
   * worker yet is taken for one without a probe; since 1.35 what was called started stays so (kubernetes#142305).
   */
  hasStarted(row: number, container: number, generation: number): boolean {
    if (!this.hasWorker(row, container, ProbeRole.startup) || this.isTakenForUnprobed(row)) return true;
    const verdict = this.verdict(row, container, ProbeRole.startup, generation);
    if (verdict !== Verdict.none || !this.node.version.readinessSurvivesRestart) return verdict === Verdict.success;
    const shown = this.table.words[this.table.cellAt(row, container)]!;
    return shown >>> 8 === generation && (shown & CellFlag.started) !== 0;
  }

  /**
   * Of a started instance (UpdatePodStatus, `setReadyStateOnKubeletRestart`): without a readiness probe at once, with one
   * from its first success on. One that was there before the kubelet is as ready as its Pod (1.35).
   */
  isReady(row: number, container: number, generation: number): boolean {
    if (!this.hasWorker(row, container, ProbeRole.readiness)) return true;
    const verdict = this.verdict(row, container, ProbeRole.readiness, generation);
    if (verdict !== Verdict.none) return verdict === Verdict.success;
    if (this.isSurvivor(row, container, generation)) return (this.table.statuses[row]!.conditions & PodCondition.Ready) !== 0;
    return this.isTakenForUnprobed(row);
  }

  /** worker.go's `keepGoing`: whether this worker hasn't ended. */
  isAlive(row: number, position: number): boolean {
    return (this.table.words[this.wordsOf(row, position) + 2]! & ProbeFlag.alive) !== 0;
  }

  /** Whether the last counted result of a worker was a failure. */
  lastFailed(row: number, position: number): boolean {
    return ((this.table.words[this.wordsOf(row, position) + 2]! >>> LAST_SHIFT) & 3) === Last.failure;
  }

  /** Draw index of the worker's present attempt. */
  attempts(row: number, position: number): number {
    return this.table.words[this.wordsOf(row, position) + 3]!;
  }

  /**
   * When termination begins: liveness and startup workers of regular containers end (StopLivenessAndStartup, 1.22).
   * Before, all go on until the Pod is removed.
   */
  stopLivenessAndStartup(row: number): void {
    if (!this.node.version.probesStopOnDeletion) return;
    const plan = this.table.plan(row);
    plan.probes.forEach((probe, position) => {
      if (probe.role !== ProbeRole.readiness && probe.container >= plan.initCount) this.end(this.wordsOf(row, position));
    });
  }

  /** Every worker ends; its timer is given back. `attempts` survive, so a worker of the same Pod draws on. */
  removePod(row: number): void {
    const { table, simulator } = this.node;
    const plan = table.plan(row);
    for (let position = 0; position < plan.probes.length; position++) {
      const at = this.wordsOf(row, position);
      this.end(at);
      this.blamed.delete(at);
      const timer = table.words[at]!;
      if (timer !== -1) simulator.timers.release(timer);
      table.words[at] = -1;
      table.words[at + 1] = 0;
      table.words[at + 2] = 0;
    }
    table.clearFlag(row, PodFlag.probesAdded);
  }

  /** The status that the workers look at has changed: arms the first tick that can do something. */
  refresh(now: VirtualTime, row: number): void {
    const { table } = this;
    if (!table.has(row, PodFlag.probesAdded)) return;
    const count = table.plan(row).probes.length;
    for (let position = 0; position < count; position++) this.schedule(now, row, position, this.wordsOf(row, position));
  }

  /** What the port's answers depend on has changed, or the node stands still: elided workers that it concerns go on one by one. */
  review(now: VirtualTime, row: number): void {
    const { table } = this;
    if (table.elidedProbes === null || table.records[row] === undefined) return;
    const count = table.plan(row).probes.length;
    for (let position = 0; position < count; position++) {
      const at = this.wordsOf(row, position);
      if ((table.words[at + 2]! & ProbeFlag.elided) !== 0) this.schedule(now, row, position, at);
    }
  }

  /** worker.go `doProbe`, steps 1 to 9; the attempt itself goes to the port. */
  private doProbe(now: VirtualTime, row: number, position: number, at: number, lag = 0): void {
    const { table, version } = this.node;
    const plan = table.plan(row);
    const probe = plan.probes[position]!;
    const cell = table.cellAt(row, probe.container);
    const shown = table.words[cell]!;
    if (isTerminalPhase(table.statuses[row]!.phase)) return this.end(at);
    if ((shown & CellFlag.hasInstance) === 0) return this.schedule(now, row, position, at);
    const generation = shown >>> 8;
    const isNews = table.words[at + 1] !== generation + 1;
    if (isNews) this.meetInstance(row, probe, at, generation);
    if ((table.words[at + 2]! & ProbeFlag.onHold) !== 0) this.schedule(now, row, position, at);
    else if ((shown & CellFlag.running) === 0) this.meetEnd(now, row, position, at, probe, plan);
    else if (now < this.delayedUntil(cell, probe)) this.schedule(now, row, position, at);
    else if (((shown & CellFlag.started) !== 0) === (probe.role === ProbeRole.startup)) this.schedule(now, row, position, at);
    else {
      table.words[at + 2]! |= ProbeFlag.probing;
      table.words[at + 3]!++;
      this.recorder.observe(table.lagHistogram(probe.role), now, lag);
      this.port.startProbe(row, probe.container, generation, probe.role);
    }
    // A verdict for a new instance is always news.
    if (isNews && probe.role !== ProbeRole.liveness && version.everyResultSyncs) this.node.worker.instanceMet(now, row);
  }

  /** Step 4: a new instance. The last result and its count are kept, as upstream does. */
  private meetInstance(row: number, probe: ProbePlan, at: number, generation: number): void {
    const { table } = this;
    const initial = this.isSurvivor(row, probe.container, generation)
      ? Verdict.none
      : probe.role === ProbeRole.readiness
        ? Verdict.failure
        : probe.role === ProbeRole.liveness
          ? Verdict.success
          : Verdict.unknown;
    this.blamed.delete(at);
    table.words[at + 1] = generation + 1;
    table.words[at + 2] = (table.words[at + 2]! & ~(ProbeFlag.onHold | (3 << VERDICT_SHIFT))) | (initial << VERDICT_SHIFT);
  }

  /** Step 6: the instance has ended. */
  private meetEnd(now: VirtualTime, row: number, position: number, at: number, probe: ProbePlan, plan: PodPlan): void {
    this.publish(now, row, probe, at, Verdict.failure);
    if (!this.mayRunAgain(row, probe.container, plan)) return this.end(at);
    this.schedule(now, row, position, at);
  }

  /** What ended may start again; what waits isn't asked (podutil.ContainerShouldRestart, 1.35; before, the policy alone). */
  private mayRunAgain(row: number, container: number, plan: PodPlan): boolean {
    const { table, version } = this.node;
    const { initContainers, containers } = table.statuses[row]!;
    const state = (container < plan.initCount ? initContainers[container] : containers[container - plan.initCount])?.state;
    if (state?.type !== "terminated") return true;
    const { restartPolicy } = plan.template.spec;
    if (!version.containerRestartRules) return plan.isSidecar[container]! || restartPolicy !== "Never";
    return afterExit(state.exitCode, restartPolicy, plan.containers[container]!) !== "stays";
  }

  /** Steps 11 to 14. */
  private count(now: VirtualTime, row: number, probe: ProbePlan, at: number, succeeded: boolean): void {
    const { table, version } = this.node;
    const state = table.words[at + 2]!;
    const last = succeeded ? Last.success : Last.failure;
    const before = state >>> RUN_SHIFT;
    const run = ((state >>> LAST_SHIFT) & 3) === last ? (before < RUN_MAX ? before + 1 : before) : 1;
    table.words[at + 2] = (state & 0xff) | (last << LAST_SHIFT) | (state & (3 << VERDICT_SHIFT)) | (run << RUN_SHIFT);
    if (!succeeded) this.blameFailure(now, row, probe, at);
    if (run < (succeeded ? probe.successThreshold : probe.failureThreshold)) return;
    const holds =
      (probe.role === ProbeRole.liveness && !succeeded) ||
      (probe.role === ProbeRole.startup && (!succeeded || version.startupHoldsOnSuccess));
    if (holds) table.words[at + 2] = (table.words[at + 2]! & ((1 << RUN_SHIFT) - 1)) | ProbeFlag.onHold;
    this.publish(now, row, probe, at, succeeded ? Verdict.success : Verdict.failure);
  }

  /**
   * A failure that has a reason of its own and meets a container that isn't ready yet: whatever made it unready
   * at first, this keeps it so. Told once, until another reason does.
   */
  private blameFailure(now: VirtualTime, row: number, probe: ProbePlan, at: number): void {
    const { causes, lp, table } = this.node;
    const because = causes.current;
    const isReady = ((table.words[at + 2]! >>> VERDICT_SHIFT) & 3) === Verdict.success;
    if (probe.role === ProbeRole.liveness || because === table.cause(row) || this.blamed.get(at) === because) return;
    this.blamed.set(at, because);
    if (isReady) return;
    causes.note(lp, CauseKind.keptUnready, table.records[row]!.id, now, because, probe.role);
    this.node.blame(now, row);
    causes.current = because;
  }

  private publish(now: VirtualTime, row: number, probe: ProbePlan, at: number, verdict: Verdict): void {
    const { table, worker, status, causes, version } = this.node;
    const state = table.words[at + 2]!;
    if (((state >>> VERDICT_SHIFT) & 3) === verdict) return;
    table.words[at + 2] = (state & ~(3 << VERDICT_SHIFT)) | (verdict << VERDICT_SHIFT);
    const shown = table.words[table.cellAt(row, probe.container)]!;
    const isRunning = (shown & CellFlag.running) !== 0;
    // The status may show the next instance by now: it finds containers by their ID.
    const isShown = shown >>> 8 === table.words[at + 1]! - 1;
    if (verdict === Verdict.failure && isRunning) {
      const failing = causes.note(this.node.lp, CauseKind.probeFailing, table.records[row]!.id, now, causes.current, probe.role);
      if (probe.role !== ProbeRole.readiness) detailOf(table, row).containers[probe.container]!.failCause = failing;
    }
    switch (probe.role) {
      case ProbeRole.liveness:
        if (verdict === Verdict.failure) worker.requestSync(now, row);
        return;
      case ProbeRole.readiness:
        if (isShown) status.setReady(now, row, probe.container, verdict === Verdict.success);
        break;
      case ProbeRole.startup:
        if (isShown) status.setStarted(now, row, probe.container, verdict === Verdict.success);
        break;
    }
    if (version.everyResultSyncs) worker.requestSync(now, row);
  }

  private runQueued(now: VirtualTime, row: number, position: number, at: number): void {
    const { table } = this;
    const flags = table.words[at + 2]!;
    table.words[at + 2] = flags & ~(ProbeFlag.tickQueued | ProbeFlag.triggerQueued);
    if ((flags & ProbeFlag.alive) === 0) return;
    if ((flags & ProbeFlag.triggerQueued) !== 0) this.runTrigger(now, row, position, at, true);
    else if ((flags & ProbeFlag.tickQueued) !== 0)
      this.doProbe(now, row, position, at, (now - table.times[(at + 4) >> 1]!) % table.plan(row).probes[position]!.period);
    else this.schedule(now, row, position, at);
  }

  private runTrigger(now: VirtualTime, row: number, position: number, at: number, finds: boolean): void {
    const { table, version } = this.node;
    if (version.triggerShiftsGrid) {
      table.times[(at + 4) >> 1] = now;
      this.disarm(at);
      this.schedule(now, row, position, at);
    }
    if (finds) this.doProbe(now, row, position, at);
  }

  private schedule(now: VirtualTime, row: number, position: number, at: number): void {
    const { table, simulator, lp } = this.node;
    if ((table.words[at + 2]! & ProbeFlag.elided) !== 0) {
      const elided = table.elidedProbes!;
      if (!this.node.isFrozen && elided.holds(now, row, table.plan(row), position, at)) return;
      elided.drop(at);
    }
    const from = this.usefulFrom(now, row, position, at);
    if (from === null) return this.disarm(at);
    const probe = table.plan(row).probes[position]!;
    const next = onGridFrom(table.times[(at + 4) >> 1]!, probe.period, from, now);
    let timer = table.words[at]!;
    if (timer === -1) {
      timer = simulator.timers.create(lp, table.firstSlot(row) + FIRST_PROBE_KIND + position, row);
      table.words[at] = timer;
    } else if ((table.words[at + 2]! & ProbeFlag.armed) !== 0 && simulator.timers.deadline[timer] === next) return;
    table.words[at + 2]! |= ProbeFlag.armed;
    simulator.armPeriodic(timer, next, probe.period);
  }

  /** The earliest instant at which a tick of this worker can do something; null: not before the status changes. */
  private usefulFrom(now: VirtualTime, row: number, position: number, at: number): VirtualTime | null {
    const { table } = this;
    const state = table.words[at + 2]!;
    if ((state & ProbeFlag.alive) === 0) return null;
    const { container, role } = table.plan(row).probes[position]!;
    const cell = table.cellAt(row, container);
    const shown = table.words[cell]!;
    if ((shown & CellFlag.hasInstance) === 0) return null;
    if (table.words[at + 1] !== (shown >>> 8) + 1) return now;
    if ((state & ProbeFlag.onHold) !== 0) return null;
    if ((shown & CellFlag.running) === 0) return ((state >>> VERDICT_SHIFT) & 3) === Verdict.failure ? null : now;
    if (((shown & CellFlag.started) !== 0) === (role === ProbeRole.startup)) return null;
    return this.delayedUntil(cell, table.plan(row).probes[position]!);
  }

  /** The initial delay counts from the start as the status has it: in whole seconds. */
  private delayedUntil(cell: number, { initialDelay }: ProbePlan): VirtualTime {
    return wholeSeconds(this.table.times[(cell + 2) >> 1]!) * SECOND + initialDelay;
  }

  /** The first status of a new kubelet will call it ready for want of workers. */
  isUnprobedReady(row: number): boolean {
    if (!this.isTakenForUnprobed(row)) return false;
    return this.table.plan(row).probes.some(({ role, container }) => {
      const shown = this.table.words[this.table.cellAt(row, container)]!;
      if (role === ProbeRole.startup) return (shown & CellFlag.started) === 0;
      return role === ProbeRole.readiness && !this.isSurvivor(row, container, shown >>> 8);
    });
  }

  /**
   * Who has no worker is taken for one without a probe (UpdatePodStatus): the first status of a new kubelet comes before its
   * workers, and calls whatever runs started and ready until the next one, also what wasn't (kubernetes#135795). Since 1.35
   * only what started within the last 10 s or whose startup probe hasn't passed; the latter is started for good.
   */
  private isTakenForUnprobed(row: number): boolean {
    const { table, version } = this.node;
    return !version.probesStartOnAdmission && !table.has(row, PodFlag.probesAdded);
  }

  /** An instance that was there well before this kubelet (1.35): what was known of it stays. */
  private isSurvivor(row: number, container: number, generation: number): boolean {
    const { table, version, startedAt, settings } = this.node;
    if (!version.readinessSurvivesRestart) return false;
    const cell = table.cellAt(row, container);
    const limit = startedAt - settings.kubeletRestartContainerAge;
    return table.words[cell]! >>> 8 === generation && table.times[(cell + 2) >> 1]! < limit;
  }

  /** The Event of an attempt, if somebody asks for Events. */
  private tell(now: VirtualTime, row: number, probe: ProbePlan, answer: ProbeAnswer): void {
    if (this.node.events === null) return;
    const told = probeEvent(probe.role, answer, this.node.version);
    if (told !== null) this.node.record(now, row, "Warning", told.reason, told.message, probe.container);
  }

  private disarm(at: number): void {
    const { table, simulator } = this.node;
    if ((table.words[at + 2]! & ProbeFlag.armed) === 0) return;
    table.words[at + 2]! &= ~ProbeFlag.armed;
    const timer = table.words[at]!;
    if (timer !== -1) simulator.cancel(timer);
  }

  private end(at: number): void {
    if ((this.table.words[at + 2]! & ProbeFlag.elided) !== 0) this.table.elidedProbes!.drop(at);
    this.disarm(at);
    this.table.words[at + 2]! &= ~ProbeFlag.alive;
  }

  /** Random start of a worker while the kubelet is younger than the period, as a share of it (worker.go `run`). */
  private startDelay(now: VirtualTime, row: number, probe: ProbePlan): number {
    const { startedAt, settings, table, version } = this.node;
    if (!version.alwaysRandomProbeStart && probe.period <= now - startedAt) return 0;
    const record = table.records[row]!;
    const key = childKey(childKey(table.workloadKey("probe start", record.workload), record.ordinal), probe.container * 3 + probe.role);
    return Math.floor(probe.period * settings.probeStartDelayPhase * uniform(key.hi, key.lo, Math.max(0, Math.floor(startedAt))));
  }

  private wordsOf(row: number, position: number): number {
    const { table } = this;
    return table.probeAt(row, table.plan(row), position);
  }
}
