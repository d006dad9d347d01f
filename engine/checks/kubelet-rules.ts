/**
 * Holds every kubelet of a shard against the rules of engine/invariants, at each change that could break one:
 * what the kubelet asks of its runtime, what it is told, what it writes. Truth is what the runtime said.
 */
import { BackOffRespected, backOffRespectedDefinition } from "../invariants/back-off-respected.ts";
import { EndsBeforeGone, endsBeforeGoneDefinition } from "../invariants/ends-before-gone.ts";
import { FailedProbesKill, failedProbesKillDefinition } from "../invariants/failed-probes-kill.ts";
import { GraceRespected, graceRespectedDefinition, type KillTerms } from "../invariants/grace-respected.ts";
import { InitOrderRespected, initOrderRespectedDefinition, type InitShape } from "../invariants/init-order-respected.ts";
import { OneEvictionPerPass, oneEvictionPerPassDefinition } from "../invariants/one-eviction-per-pass.ts";
import { OneInstanceAtATime, oneInstanceAtATimeDefinition } from "../invariants/one-instance-at-a-time.ts";
import { PreStopFirst, preStopFirstDefinition } from "../invariants/pre-stop-first.ts";
import { ProbesInOrder, probesInOrderDefinition, probeRoles, type ProbeTerms } from "../invariants/probes-in-order.ts";
import { ReadyAfterProbe, readyAfterProbeDefinition } from "../invariants/ready-after-probe.ts";
import { RestartsFollowPolicy, restartsFollowPolicyDefinition, type RestartShape } from "../invariants/restarts-follow-policy.ts";
import { SidecarsEndLast, sidecarsEndLastDefinition } from "../invariants/sidecars-end-last.ts";
import { StatusesOnlyAdvance, statusesOnlyAdvanceDefinition } from "../invariants/statuses-only-advance.ts";
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { KubeletRequest } from "../kubernetes/api-server/node-messages.ts";
import { crashBackOffRule } from "../kubernetes/kubelet/back-off.ts";
import { ProbeResult, type KubeletInput } from "../kubernetes/kubelet/inputs.ts";
import type { ContainerStartFact, KubeletObserver, KubeletWatch, NodeContext } from "../kubernetes/kubelet/node-context.ts";
import type { PodDetail } from "../kubernetes/kubelet/pod-detail.ts";
import type { PodPlan } from "../kubernetes/kubelet/pod-plan.ts";
import { ProbeRole, type KubeletPort } from "../kubernetes/kubelet/ports.ts";
import { PodFlag, ProbeFlag } from "../kubernetes/kubelet/tables.ts";
import { WatchedPort } from "../kubernetes/kubelet/watched-port.ts";
import type { Versions } from "../kubernetes/versions.ts";
import type { Settings } from "../settings.ts";

/** Until the runtime reports the end of a process that got SIGKILL. */
const latency: Duration = SECOND;

export interface KubeletRulesOptions {
  readonly settings: Settings;
  readonly versions: Versions;
  /** Left out: Pods that were there before the run are judged, too, as far as they are known. Their probes are in any case. */
  readonly onlyNew?: true;
  /** A rule is broken. */
  ring(rule: string, now: VirtualTime, message: string): void;
}

export class KubeletRules implements KubeletObserver {
  readonly statuses: StatusesOnlyAdvance = new StatusesOnlyAdvance();
  readonly instances: OneInstanceAtATime = new OneInstanceAtATime();
  readonly initOrder: InitOrderRespected = new InitOrderRespected();
  readonly probes: ProbesInOrder = new ProbesInOrder();
  readonly restarts: RestartsFollowPolicy = new RestartsFollowPolicy();
  readonly failed: FailedProbesKill = new FailedProbesKill();
  readonly grace: GraceRespected = new GraceRespected();
  readonly preStop: PreStopFirst = new PreStopFirst();
  readonly sidecars: SidecarsEndLast = new SidecarsEndLast();
  readonly ready: ReadyAfterProbe = new ReadyAfterProbe();
  readonly ends: EndsBeforeGone = new EndsBeforeGone();
  readonly evictions: OneEvictionPerPass = new OneEvictionPerPass();
  private readonly backOff: BackOffRespected;
  private readonly options: KubeletRulesOptions;
  /** Of Pods that have a second kubelet: containers whose start the present one has asked for. */
  private readonly asked = new Map<number, Set<number>>();
  /** Pod → containers that have started since the present kubelet began, and that it hasn't asked for. */
  private readonly strays = new Map<number, Set<number>>();
  /** Pods whose first sandbox was made before our eyes. */
  private readonly known = new Set<number>();
  private readonly watches: NodeWatch[] = [];

  constructor(options: KubeletRulesOptions) {
    this.options = options;
    const { settings, versions } = options;
    this.backOff = new BackOffRespected({ ...crashBackOffRule(settings, versions), collectAfter: settings.crashBackoffGC });
  }

  containerStarted({ pod, container, at, lastExit, requiredDelay }: ContainerStartFact): void {
    this.hold(backOffRespectedDefinition.name, at, this.backOff.containerStarted(pod, container, at, lastExit, requiredDelay));
  }

  containerWaits(pod: number, container: number, at: VirtualTime, lastExit: VirtualTime): void {
    this.hold(backOffRespectedDefinition.name, at, this.backOff.containerWaits(pod, container, at, lastExit));
  }

  backOffForgotten(pod: number, container?: number): void {
    this.backOff.forget(pod, container);
  }

  watch(node: NodeContext, port: KubeletPort): KubeletWatch {
    const watch = new NodeWatch(this, node, port);
    this.watches.push(watch);
    return watch;
  }

  /** At the end of a run: kills that should have begun by then. */
  overdueAtEnd(now: VirtualTime): void {
    for (const pod of this.failed.waiting) for (const watch of this.watches) watch.overdueAtEnd(now, pod);
  }

  /** At the end of a run: what should have begun or ended by then. */
  atEnd(now: VirtualTime): void {
    this.overdueAtEnd(now);
    this.hold(graceRespectedDefinition.name, now, this.grace.overdue(now, latency));
  }

  hold(rule: string, now: VirtualTime, breach: string | null): void {
    if (breach !== null) this.options.ring(rule, now, breach);
  }

  begins(pod: number): void {
    if (this.options.onlyNew === true) this.known.add(pod);
  }

  /** Whether the whole life of this Pod has been seen. */
  knows(pod: number): boolean {
    return this.options.onlyNew !== true || this.known.has(pod);
  }

  startAsked(pod: number, container: number): void {
    this.asked.get(pod)?.add(container);
  }

  /** Returns whether the kubelet before the present one had asked for it. */
  instanceStarted(pod: number, container: number): boolean {
    const strays = this.strays.get(pod);
    if (strays === undefined) return false;
    const isStray = !this.asked.get(pod)!.has(container);
    if (isStray) strays.add(container);
    else strays.delete(container);
    return isStray;
  }

  /** Whether the present kubelet found it at its beginning or asked for it. */
  isKnown(pod: number, container: number): boolean {
    return this.strays.get(pod)?.has(container) !== true;
  }

  /** Its kubelet is gone: the next one knows only what the runtime tells it. */
  kubeletLost(pod: number): void {
    this.asked.set(pod, new Set());
    this.strays.set(pod, new Set());
    this.grace.forgetKills(pod);
    this.preStop.forget(pod);
    this.failed.forget(pod);
    this.probes.forgetWorkers(pod);
    if (!this.options.versions.probesStartOnAdmission) this.ready.kubeletLost(pod);
  }

  forget(pod: number): void {
    this.known.delete(pod);
    this.asked.delete(pod);
    this.strays.delete(pod);
    this.statuses.forget(pod);
    this.instances.forget(pod);
    this.initOrder.forget(pod);
    this.probes.forget(pod);
    this.restarts.forget(pod);
    this.failed.forget(pod);
    this.grace.forget(pod);
    this.preStop.forget(pod);
    this.sidecars.forget(pod);
    this.ready.forget(pod);
    this.ends.forget(pod);
    this.backOff.forget(pod);
  }
}

/** The eyes on one kubelet. */
class NodeWatch implements KubeletWatch {
  readonly port: KubeletPort;
  private readonly rules: KubeletRules;
  private readonly node: NodeContext;

  constructor(rules: KubeletRules, node: NodeContext, port: KubeletPort) {
    this.rules = rules;
    this.node = node;
    this.port = new WatchedPort(port, this);
  }

  // ── what the kubelet asks for ──

  sandboxAsked(row: number): void {
    if (this.node.table.details.get(row)?.sandbox === null) this.rules.begins(this.podOf(row));
    this.hold(oneInstanceAtATimeDefinition.name, this.rules.instances.sandboxAsked(this.podOf(row)));
  }

  sandboxEnds(row: number): void {
    const pod = this.podOf(row);
    const breach = this.rules.instances.sandboxEnds(pod, (container) => this.rules.isKnown(pod, container));
    this.hold(oneInstanceAtATimeDefinition.name, breach);
  }

  startAsked(row: number, container: number): void {
    const pod = this.podOf(row);
    this.rules.startAsked(pod, container);
    this.hold(oneInstanceAtATimeDefinition.name, this.rules.instances.startAsked(pod, container));
    if (!this.knows(row)) return;
    const { table } = this.node;
    const plan = table.plan(row);
    if (container >= plan.containers.length) return;
    const shape = initShape(plan, table.details.get(row));
    this.hold(initOrderRespectedDefinition.name, this.rules.initOrder.startAsked(pod, container, shape));
    const detail = table.details.get(row);
    const seen = detail?.sync?.seen[container]?.newest ?? null;
    // Who ran when this sync began, and was to be killed by it, is started whatever became of it meanwhile; and of an instance that it hasn't seen it knows nothing.
    if (seen?.isRunning === true || seen?.generation !== detail?.containers[container]?.truth.newest?.generation) return;
    this.hold(restartsFollowPolicyDefinition.name, this.rules.restarts.startAsked(pod, container, restartShape(plan, container)));
  }

  killAsked(row: number, container: number, what: "preStop" | "TERM" | "KILL"): void {
    const { rules, node } = this;
    const pod = this.podOf(row);
    const { now } = node.simulator;
    // The whole Pod ends, its sidecars in their turn.
    if (node.table.has(row, PodFlag.terminating)) rules.failed.forget(pod);
    else this.hold(failedProbesKillDefinition.name, rules.failed.killed(pod, container, now, node.table.syncedAt(row), this.freeWithin));
    if (!this.knows(row)) return;
    const terms = this.killTerms(row, container);
    this.hold(graceRespectedDefinition.name, rules.grace.asked(pod, container, what, now, terms));
    if (container >= node.table.plan(row).containers.length) return;
    rules.restarts.killed(pod, container, false);
    if (what === "preStop") rules.preStop.hookBegins(pod, container, now);
    else this.signalled(now, row, container, terms.endsPod);
  }

  probeAsked(row: number, container: number, generation: number, role: ProbeRole): void {
    const pod = this.podOf(row);
    if (!this.rules.probes.isSeen(pod)) return;
    const { now } = this.node.simulator;
    const terms = this.probeTerms(row, container, role);
    this.hold(probesInOrderDefinition.name, this.rules.probes.probeBegins(pod, container, probeRoles[role]!, generation, now, terms));
    // Since 1.35 a worker leaves what it finds as it is, until a probe's threshold.
    const leavesFound = this.node.version.readinessSurvivesRestart;
    if (role === ProbeRole.readiness && !leavesFound) this.rules.ready.probeBegan(pod, container, generation);
  }

  /** The port may have found at once that nothing comes of it (Prober.absorb). */
  probeBegan(row: number, container: number, generation: number, role: ProbeRole): void {
    if (!this.rules.probes.isSeen(this.podOf(row))) return;
    const { table } = this.node;
    const plan = table.plan(row);
    const state = table.words[table.probeAt(row, plan, plan.probeOf[container * 3 + role]!) + 2]!;
    if ((state & ProbeFlag.probing) === 0) this.probeEnded(row, container, generation, role, ProbeResult.success);
  }

  powerLost(): void {
    this.rules.evictions.kubeletLost(this.node.node);
    for (const row of this.node.rows) {
      const pod = this.podOf(row);
      this.rules.statuses.powerLost(pod);
      this.rules.instances.powerLost(pod);
      this.rules.ends.powerLost(pod);
      this.rules.grace.forgetKills(pod);
      this.rules.preStop.forget(pod);
      this.rules.sidecars.forget(pod);
      this.rules.restarts.forget(pod);
      this.rules.failed.forget(pod);
      this.rules.probes.forgetWorkers(pod);
    }
  }

  forgotten(row: number): void {
    this.rules.forget(this.podOf(row));
  }

  // ── what it is told, and what it does about it ──

  input(now: VirtualTime, input: KubeletInput): void {
    const { row } = input;
    if (input.kind === "probeFinished") return this.probeEnded(row, input.container, input.generation, input.role, input.result);
    if (input.kind === "containerStarted") return this.instanceStarted(now, row, input.container, input.generation);
    const pod = this.podOf(row);
    switch (input.kind) {
      case "sandboxReady":
        this.rules.instances.sandboxMade(pod);
        this.rules.restarts.forget(pod);
        return this.knows(row) ? this.rules.initOrder.sandboxMade(pod) : undefined;
      case "sandboxStopped":
        return this.rules.instances.sandboxGone(pod);
      case "hookFinished":
        return input.hook === "preStop" ? this.rules.preStop.hookEnded(pod, input.container) : undefined;
      case "containerExited":
        return this.instanceEnded(now, row, input.container, input.exitCode);
      default:
        return;
    }
  }

  sent(_now: VirtualTime, request: KubeletRequest): void {
    const { rules, node } = this;
    if (request.kind !== "deletePod" && request.kind !== "patchPodStatus") return;
    const knows = rules.knows(request.pod);
    if (request.kind === "deletePod") {
      if (knows) this.hold(endsBeforeGoneDefinition.name, rules.ends.removalAsked(request.pod));
      return;
    }
    const { pod, status } = request;
    const row = node.table.rowOf(pod);
    if (row !== -1) this.hold(readyAfterProbeDefinition.name, rules.ready.statusSent(pod, status, node.table.plan(row).initCount));
    if (!knows) return;
    this.hold(statusesOnlyAdvanceDefinition.name, rules.statuses.statusSent(pod, status));
    // Before 1.22 what the kubelet decides of a Pod (a deadline, an eviction) shows at once.
    if (node.version.terminalPhaseWaits || status.reason === "")
      this.hold(endsBeforeGoneDefinition.name, rules.ends.statusSent(pod, status.phase));
  }

  workLost(row: number): void {
    this.rules.kubeletLost(this.podOf(row));
    this.rules.evictions.kubeletLost(this.node.node);
  }

  standsStill(row: number): void {
    this.rules.grace.standsStill(this.podOf(row));
    this.rules.failed.forget(this.podOf(row));
  }

  evicted(now: VirtualTime, row: number): void {
    const { node, settings } = this.node;
    const breach = this.rules.evictions.evicted(node, this.podOf(row), now, settings.evictionCleanupPoll);
    this.rules.hold(oneEvictionPerPassDefinition.name, now, breach);
  }

  probeKill(now: VirtualTime, row: number, container: number, role: ProbeRole, generation: number): void {
    const breach = this.rules.probes.killedForProbe(this.podOf(row), container, probeRoles[role]!, generation);
    this.rules.hold(probesInOrderDefinition.name, now, breach);
    if (this.knows(row)) this.rules.restarts.killed(this.podOf(row), container, true);
  }

  overdueAtEnd(now: VirtualTime, pod: number): void {
    const { table, isLost, isStopped, isFrozen } = this.node;
    const row = table.rowOf(pod);
    if (row === -1 || isLost || isStopped || isFrozen || !this.node.rows.includes(row) || table.has(row, PodFlag.terminating)) return;
    // Its worker is busy.
    if ((table.details.get(row)?.sync ?? null) !== null) return;
    const breach = this.rules.failed.overdue(pod, now, table.syncedAt(row), this.freeWithin);
    this.rules.hold(failedProbesKillDefinition.name, now, breach);
  }

  /** From when a Pod's worker is free, or is asked for a sync: until that sync. */
  private get freeWithin(): Duration {
    const { plegRelistPeriod, plegRelistCost } = this.node.settings;
    return plegRelistPeriod + plegRelistCost + latency;
  }

  private signalled(now: VirtualTime, row: number, container: number, endsPod: boolean): void {
    const { rules } = this;
    const pod = this.podOf(row);
    const kill = rules.grace.underWay(pod, container);
    if (kill === null) return;
    const { containers, isSidecar } = this.node.table.plan(row);
    if (containers[container]!.preStop !== null)
      this.hold(preStopFirstDefinition.name, rules.preStop.signalled(pod, container, now, kill.least));
    if (!endsPod || !isSidecar[container]! || now - kill.began >= kill.least * SECOND) return;
    const breach = rules.sidecars.signalled(pod, container, (other) => rules.isKnown(pod, other));
    this.hold(sidecarsEndLastDefinition.name, breach);
  }

  private instanceStarted(now: VirtualTime, row: number, container: number, generation: number): void {
    const { rules } = this;
    const pod = this.podOf(row);
    const { containers, initCount, isSidecar, hasSidecars, probeOf } = this.node.table.plan(row);
    const knows = rules.knows(pod);
    const isFound = rules.instanceStarted(pod, container);
    if (container < containers.length) {
      if (!knows) rules.probes.seesLate(pod);
      rules.probes.instanceStarted(pod, container, generation, now, isFound);
      if (probeOf[container * 3 + ProbeRole.readiness] !== -1)
        rules.ready.instanceStarted(pod, container, generation, isFound && !this.node.version.probesStartOnAdmission);
    }
    // Where nothing was heard of a Pod, its sandbox has been there for long: that suffices for this rule.
    rules.hold(oneInstanceAtATimeDefinition.name, now, rules.instances.started(pod, container));
    if (!knows) return;
    rules.ends.started(pod, container);
    rules.grace.started(pod, container);
    if (container >= containers.length) return;
    rules.preStop.started(pod, container);
    rules.restarts.started(pod, container);
    if (hasSidecars && (container >= initCount || isSidecar[container]!)) rules.sidecars.started(pod, container);
    if (isSidecar[container]! && probeOf[container * 3 + ProbeRole.startup] === -1) rules.initOrder.sidecarStarted(pod, container);
  }

  private instanceEnded(now: VirtualTime, row: number, container: number, exitCode: number): void {
    const { rules } = this;
    const pod = this.podOf(row);
    rules.instances.exited(pod, container);
    rules.evictions.exited(this.node.node, pod, now);
    rules.failed.exited(pod, container, now);
    if (!rules.knows(pod)) return;
    const plan = this.node.table.plan(row);
    rules.ends.exited(pod, container);
    rules.sidecars.exited(pod, container);
    rules.initOrder.exited(pod, container, exitCode, initShape(plan));
    // What another kubelet asked for, this one may never have seen.
    if (container < plan.containers.length && rules.isKnown(pod, container))
      rules.restarts.exited(pod, container, exitCode, restartShape(plan, container));
    rules.hold(graceRespectedDefinition.name, now, rules.grace.exited(pod, container, now, latency));
  }

  private probeEnded(row: number, container: number, generation: number, role: ProbeRole, result: ProbeResult): void {
    const { rules } = this;
    const pod = this.podOf(row);
    const succeeded = result === ProbeResult.error ? null : result === ProbeResult.success;
    if (!rules.probes.isSeen(pod)) {
      if (succeeded !== false) return;
      rules.probes.seesLate(pod);
    }
    const terms = this.probeTerms(row, container, role);
    const counts = rules.probes.probeEnded(pod, container, probeRoles[role]!, generation, succeeded, terms);
    if (!counts) return;
    if (role === ProbeRole.liveness && succeeded === false && this.isToBeKilled(row, container, generation))
      rules.failed.failed(pod, container, this.node.simulator.now);
    if (succeeded !== true) return;
    if (role === ProbeRole.readiness && rules.probes.hasPassed(pod, container, "readiness", generation))
      rules.ready.probePassed(pod, container, generation);
    if (role === ProbeRole.startup && rules.knows(pod) && this.node.table.plan(row).isSidecar[container]!)
      rules.initOrder.sidecarStarted(pod, container);
  }

  /** Its liveness probe has failed often enough, it runs, and its Pod isn't ended anyway. */
  private isToBeKilled(row: number, container: number, generation: number): boolean {
    const { table } = this.node;
    if (!this.rules.probes.hasFailed(this.podOf(row), container, "liveness", generation) || table.has(row, PodFlag.terminating))
      return false;
    const detail = table.details.get(row);
    if (detail === undefined) return true;
    const { kill, truth } = detail.containers[container]!;
    return kill === null && truth.newest?.isRunning === true && truth.newest.generation === generation;
  }

  private probeTerms(row: number, container: number, role: ProbeRole): ProbeTerms {
    const { probes, probeOf } = this.node.table.plan(row);
    const { initialDelay, failureThreshold, successThreshold } = probes[probeOf[container * 3 + role]!]!;
    return { initialDelay, failureThreshold, successThreshold, hasStartupProbe: probeOf[container * 3 + ProbeRole.startup] !== -1 };
  }

  /** The graces in seconds that may apply to a kill which begins now. */
  private killTerms(row: number, container: number): KillTerms {
    const { table, settings, version } = this.node;
    const plan = table.plan(row);
    const { deletionTimestamp, deletionGracePeriodSeconds } = table.records[row]!;
    const detail = table.details.get(row);
    const endsPod = table.has(row, PodFlag.terminating) && (detail?.sync ?? null) === null;
    const own = plan.template.spec.terminationGracePeriodSeconds;
    const graces: number[] = [];
    const isDeleted = deletionTimestamp !== -1;
    const isGone = table.has(row, PodFlag.removed) || table.has(row, PodFlag.abandoned);
    if (endsPod && isDeleted) graces.push(Math.max(version.forcedPodsGetGrace ? 1 : 0, deletionGracePeriodSeconds));
    if (endsPod && isGone) graces.push(Math.floor(settings.orphanGrace / SECOND));
    if (!endsPod || !(isDeleted || isGone)) graces.push(own);
    if (!endsPod) graces.push(...probeGraces(plan, container));
    // What the kubelet chose itself for an eviction, a shutdown, a Pod that it doesn't take; and RestartAllContainers.
    if (detail !== undefined && detail.verdict !== null && detail.verdict.reason !== "DeadlineExceeded") graces.push(0);
    if (startsAllOver(plan) && !endsPod) graces.push(0);
    const sidecars = plan.isSidecar.filter(Boolean).length;
    return { least: Math.min(...graces), most: Math.max(...graces), sidecars, endsPod };
  }

  private knows(row: number): boolean {
    return this.rules.knows(this.podOf(row));
  }

  private podOf(row: number): number {
    return this.node.table.records[row]!.id;
  }

  private hold(rule: string, breach: string | null): void {
    if (breach !== null) this.rules.hold(rule, this.node.simulator.now, breach);
  }
}

function probeGraces({ containers }: PodPlan, container: number): number[] {
  const probes = [containers[container]?.livenessProbe, containers[container]?.startupProbe];
  return probes.flatMap((probe) => probe?.terminationGracePeriodSeconds ?? []);
}

/** `detail` tells whether the records of all containers have been removed (RestartAllContainers). */
function initShape(plan: PodPlan, detail?: PodDetail): InitShape {
  const { initCount, isSidecar } = plan;
  return { initCount, isSidecar, startsOver: startsAllOver(plan) && detail?.containers[0]!.truth.newest === null };
}

function restartShape({ template, containers, isSidecar }: PodPlan, container: number): RestartShape {
  const { restartPolicy, restartPolicyRules: rules = [] } = containers[container]!;
  return { policy: isSidecar[container]! ? "Always" : (restartPolicy ?? template.spec.restartPolicy), rules };
}

function startsAllOver({ containers }: PodPlan): boolean {
  return containers.some(({ restartPolicyRules = [] }) => restartPolicyRules.some(({ action }) => action === "RestartAllContainers"));
}
