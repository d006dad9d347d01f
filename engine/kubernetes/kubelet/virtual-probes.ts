/**
 * What probes of the virtual runtime find: whether the application listens, how long it works on the answer, what
 * active faults make of it, and when an attempt ends with its process. Hot: bench/kubelet.bench.ts (start).
 */
import type { CallSpec, HealthChecks } from "../../application/calls.ts";
import { isOpenEnded, type OpenEndedServer } from "../../application/calling-server.ts";
import { execOf, httpOf, type ContainerScript, type ScriptWindow } from "../../application/container-script.ts";
import { isShortOfCpu, overloadOf } from "../../application/overload.ts";
import { Admission, type ContainerServer } from "../../application/server.ts";
import { applicationDetail, ApplicationTrait, CauseKind } from "../../cause-kinds.ts";
import { unreachable } from "../../kernel/assert.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { uniform } from "../../kernel/random.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import { podAddress } from "../objects/pod-address.ts";
import { judgeExec, processTime } from "../probes/exec.ts";
import { judgeHttp } from "../probes/http-get.ts";
import { failureText, probeKinds } from "../probes/index.ts";
import { portErrorText, resolvePort } from "../probes/port.ts";
import type { ProbeAnswer, ProbeFault as ProbeFailure } from "../probes/probe.ts";
import { ProbeResult } from "./inputs.ts";
import type { ProbePlan } from "./pod-plan.ts";
import { ProbeRole } from "./ports.ts";
import { resultOf } from "./probe-call.ts";
import type { VirtualContext } from "./virtual-context.ts";
import type { VirtualDisturbances } from "./virtual-disturbances.ts";
import { ProbeConnections } from "./probe-connections.ts";
import { probeWork, SPECIAL, Special } from "./virtual-table.ts";

/** Until the kernel of the node refuses a connection (model choice). */
export const REFUSAL: Duration = 100;

/** A fault of the scenario under which attempts fail. */
interface ProbeFault {
  /** Null: all roles. */
  readonly role: ProbeRole | null;
  readonly rate: number;
  readonly until: VirtualTime;
  readonly cause: CauseId;
}

interface PendingProbe {
  readonly startedAt: VirtualTime;
  readonly generation: number;
  readonly result: ProbeResult;
  readonly latency: Duration;
  readonly cause: CauseId;
  readonly said: Said;
  /** Of an attempt that nobody has answered yet: why it will have been too late. */
  readonly late?: (now: VirtualTime) => CauseId;
}

/** What becomes the kubelet's words if somebody asks for Events: the application's answer, why there was none, or nothing worth telling. */
type Said = ProbeAnswer | ProbeFailure | null;

export class VirtualProbes {
  private readonly model: VirtualContext;
  private readonly disturbances: VirtualDisturbances;
  /** A probe was the request too many for the memory limit. */
  private readonly runOutOfMemory: (now: VirtualTime, row: number, container: number) => void;
  private readonly connections: ProbeConnections;
  private readonly pending = new Map<number, PendingProbe>();
  private readonly faults = new Map<number, ProbeFault[]>();
  /** What of the application makes a run of attempts fail, as noted, by slot of the probe. */
  private readonly reasons = new Map<number, { readonly trait: ApplicationTrait; readonly cause: CauseId }>();

  constructor(
    model: VirtualContext,
    disturbances: VirtualDisturbances,
    runOutOfMemory: (now: VirtualTime, row: number, container: number) => void,
  ) {
    this.model = model;
    this.disturbances = disturbances;
    this.connections = new ProbeConnections(model.kubelet.node);
    this.runOutOfMemory = runOutOfMemory;
  }

  start(row: number, container: number, generation: number, role: ProbeRole): void {
    const { now } = this.model.simulator;
    const plan = this.model.table.plan(row);
    const position = plan.probeOf[container * 3 + role]!;
    const probe = plan.probes[position]!;
    const application = this.model.modelsOf(row)[container]!;
    const cell = this.model.table.cellAt(row, container);
    const kind = probeKinds[probe.handler]!;
    const comesLate = this.model.table.elidedProbes?.beginsLate(now, row, plan, position) === true;
    if (!probe.targetIsKnown) return this.answerProbe(now, row, position, generation, ProbeResult.error, 1, NO_CAUSE, unknownPort(probe));
    const { script } = application.behaviour;
    if (script !== undefined && this.isScripted(probe)) return this.startScripted(now, row, position, probe, generation, script);
    const isFull = kind.usesPort && this.connections.isCounted ? this.connections.take(now) : NO_CAUSE;
    if (isFull !== NO_CAUSE)
      return this.endProbe(now, row, position, probe, generation, ProbeResult.timeout, probe.timeout + 1, isFull, "timeout");
    const answers = kind.usesPort ? now >= this.model.listensAt(row, container) : this.model.isAlive(row, container);
    if (!answers) return this.refuseProbe(now, row, position, probe, generation);
    const attempt = this.model.kubelet.probeAttempts(row, position);
    const work = comesLate
      ? probe.timeout + 1
      : kind.usesPort
        ? probeWork(this.model.table.words, cell, role, attempt, application)
        : this.model.drawDuration(processTime, row, container, "exec probe", attempt);
    const fault = this.faultOn(now, row, position, role);
    if (fault !== null) return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, work, fault.cause, "unhealthy");
    const { neverReady, unhealthyAfter, probesShareWorkers } = application.behaviour;
    // The kernel shakes hands for the process: a TCP probe asks no worker, and no health.
    const asksKernel = kind.type === "tcpSocket";
    const turned = unhealthyAfter !== null && now - this.model.startedAt(row, container) >= unhealthyAfter;
    const unready = neverReady === true && role !== ProbeRole.liveness;
    const illness = asksKernel ? null : turned ? ApplicationTrait.unhealthyAfter : unready ? ApplicationTrait.neverReady : null;
    const isHealthy = illness === null;
    const open = kind.usesPort && !asksKernel ? this.openEnded(row, container) : null;
    if (open !== null && isHealthy && this.startOpen(now, row, container, position, probe, generation, role, work, open)) return;
    const isDisturbed = (this.model.table.words[cell + SPECIAL]! & Special.disturbed) !== 0;
    const { delay, cause: delayCause } = isDisturbed
      ? this.disturbances.probeDelay(now, row, container, role, kind.usesPort ? attempt : -1)
      : UNDISTURBED;
    const result = isHealthy ? ProbeResult.success : ProbeResult.failure;
    const server = kind.usesPort && !asksKernel && probesShareWorkers ? this.model.serverAt(row, container) : undefined;
    const said = isHealthy ? null : "unhealthy";
    if (server === undefined) {
      const speed =
        !isDisturbed || asksKernel
          ? 1
          : kind.usesPort
            ? this.disturbances.speedOf(row, container)
            : this.disturbances.commandSpeed(now, row, container);
      const latency = (speed === 0 ? Infinity : Math.ceil(work / speed)) + delay;
      const isHindered = latency > probe.timeout && work <= probe.timeout;
      const because = isHindered
        ? this.hindrance(now, row, container, delayCause)
        : this.because(now, row, position, probe, illness, latency);
      return this.endProbe(now, row, position, probe, generation, result, latency, because, said);
    }
    switch (server.admitProbe(now, work)) {
      case Admission.accepted: {
        const latency = server.end - now + delay;
        const hasWaited = latency > work && latency > probe.timeout && latency - delay > work;
        const isDelayed = delay > 0 && latency > probe.timeout && latency - delay <= probe.timeout;
        const because = isDelayed
          ? delayCause
          : hasWaited
            ? this.heldUp(now, row, container, server)
            : this.because(now, row, position, probe, illness, latency);
        return this.endProbe(now, row, position, probe, generation, result, latency, because, said);
      }
      case Admission.queueFull: {
        const because = this.overloaded(now, row, container, server);
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, REFUSAL, because, "refused");
      }
      case Admission.silent:
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, Infinity, server.blame, null);
      case Admission.outOfMemory: {
        this.runOutOfMemory(now, row, container);
        const because = this.model.kubelet.node.causes.current;
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, REFUSAL, because, "cut");
      }
      case Admission.notListening:
        return this.refuseProbe(now, row, position, probe, generation);
    }
  }

  private openEnded(row: number, container: number): OpenEndedServer | null {
    const server = this.model.serverAt(row, container);
    return server !== undefined && isOpenEnded(server) ? server : null;
  }

  /**
   * A health endpoint that asks other Services, or waits for workers that do: the attempt is a timeout until an answer
   * comes. False: it is like any other.
   */
  private startOpen(
    now: VirtualTime,
    row: number,
    container: number,
    position: number,
    probe: ProbePlan,
    generation: number,
    role: ProbeRole,
    work: Duration,
    server: OpenEndedServer,
  ): boolean {
    const { healthChecks, probesShareWorkers } = server.behaviour;
    const calls = healthChecks !== undefined && asksFor(healthChecks.on, role) ? healthChecks.calls : NO_CALLS;
    if (calls.length === 0 && !probesShareWorkers) return false;
    const kind = this.model.table.plan(row).firstResultKind + position;
    const slot = this.model.slot(row, kind);
    if (!probesShareWorkers && this.disturbances.speedOf(row, container) === 0) return false;
    const { delay, cause } = this.disturbances.probeDelay(now, row, container, role, this.model.kubelet.probeAttempts(row, position));
    let isAnswered = false;
    const heldUp = server.hindrance;
    const ahead = delay + (probesShareWorkers ? 0 : work);
    const waiting: PendingProbe = {
      startedAt: now,
      generation,
      result: ProbeResult.timeout,
      latency: probe.timeout,
      cause: NO_CAUSE,
      said: "timeout",
      late: (at) => (isAnswered && delay > 0 ? cause : this.latenessOf(at, row, position, container, server, calls.length > 0, heldUp)),
    };
    const admission = server.checkHealth(now, work, calls, probesShareWorkers, (at, failure) => {
      if (this.pending.get(slot) !== waiting) return;
      isAnswered = true;
      const latency = at - now + Math.max(1, ahead);
      if (latency > probe.timeout) return;
      const result = failure === NO_CAUSE ? ProbeResult.success : ProbeResult.failure;
      const said = failure === NO_CAUSE ? null : "unhealthy";
      this.pending.set(slot, { startedAt: now, generation, result, latency, cause: failure, said });
      this.model.kubelet.armPortTimer(row, kind, now + latency);
    });
    if (admission === Admission.accepted) {
      this.pending.set(slot, waiting);
      this.model.kubelet.armPortTimer(row, kind, now + probe.timeout);
    } else this.turnAway(now, row, container, position, probe, generation, admission, server);
    return true;
  }

  private turnAway(
    now: VirtualTime,
    row: number,
    container: number,
    position: number,
    probe: ProbePlan,
    generation: number,
    admission: Exclude<Admission, 0>,
    server: ContainerServer,
  ): void {
    switch (admission) {
      case Admission.queueFull: {
        const because = this.overloaded(now, row, container, server);
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, REFUSAL, because, "refused");
      }
      case Admission.silent:
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, Infinity, server.blame, null);
      case Admission.outOfMemory: {
        this.runOutOfMemory(now, row, container);
        const because = this.model.kubelet.node.causes.current;
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, REFUSAL, because, "cut");
      }
      case Admission.notListening:
        return this.refuseProbe(now, row, position, probe, generation);
      default:
        return unreachable(admission);
    }
  }

  /** Why no answer came in time; `heldUp`: what was in the server's way as the probe came. */
  private latenessOf(
    now: VirtualTime,
    row: number,
    position: number,
    container: number,
    server: OpenEndedServer,
    asks: boolean,
    heldUp: CauseId,
  ): CauseId {
    const hindrance = this.hindrance(now, row, container, NO_CAUSE);
    if (hindrance !== NO_CAUSE) return hindrance;
    const blame = server.blame || heldUp;
    if (blame !== NO_CAUSE && !isShortOfCpu(this.model.kubelet.node.causes, blame)) return blame;
    const waited = server.waitsFor(now, null) || (blame !== NO_CAUSE && asks ? server.waitsForAny(now) : NO_CAUSE);
    if (waited !== NO_CAUSE || blame !== NO_CAUSE) return waited || blame;
    if (server.inFlight(now) > server.behaviour.concurrency) return this.overloaded(now, row, container, server);
    const asked = asks ? server.waitsForAny(now) : NO_CAUSE;
    return asked === NO_CAUSE ? this.reasonOf(now, row, position, ApplicationTrait.probeTime) : asked;
  }

  private hindrance(now: VirtualTime, row: number, container: number, delayCause: CauseId): CauseId {
    const blame = this.disturbances.blameOf(now, row, container);
    return blame === NO_CAUSE ? delayCause : blame;
  }

  /** Answers under way come later: what is left of each becomes what `stretched` says. */
  delay(now: VirtualTime, row: number, container: number, cause: CauseId, stretched: (left: Duration) => Duration): void {
    const plan = this.model.table.plan(row);
    for (const role of [ProbeRole.startup, ProbeRole.liveness, ProbeRole.readiness]) {
      const position = plan.probeOf[container * 3 + role]!;
      const probe = plan.probes[position];
      const kind = plan.firstResultKind + position;
      const pending = position === -1 ? undefined : this.pending.get(this.model.slot(row, kind));
      if (pending === undefined || probe === undefined || !probeKinds[probe.handler]!.usesPort) continue;
      if (probe.probe.handler.type === "tcpSocket" || pending.result === ProbeResult.timeout) continue;
      const latency = now - pending.startedAt + Math.ceil(stretched(pending.startedAt + pending.latency - now));
      const isLate = latency > probe.timeout;
      this.pending.set(this.model.slot(row, kind), {
        ...pending,
        latency: isLate ? probe.timeout : latency,
        ...(isLate ? { result: ProbeResult.timeout, cause, said: "timeout" as const } : {}),
      });
      this.model.kubelet.armPortTimer(row, kind, Math.max(now + 1, pending.startedAt + (isLate ? probe.timeout : latency)));
    }
  }

  private isScripted({ probe: { handler } }: ProbePlan): boolean {
    return handler.type === "exec" || handler.type === "httpGet";
  }

  /** The window is chosen when the attempt begins. A command needs a process to run in: without one, the attempt errs. */
  private startScripted(
    now: VirtualTime,
    row: number,
    position: number,
    probe: ProbePlan,
    generation: number,
    script: ContainerScript,
  ): void {
    const isExec = probe.probe.handler.type === "exec";
    const window = this.model.isAlive(row, probe.container) ? this.scriptedAnswer(now, row, probe, script) : null;
    if (window === null) {
      // A port that the script leaves out is closed by the script.
      const isOwn = this.model.isAlive(row, probe.container);
      return this.refuseProbe(
        now,
        row,
        position,
        probe,
        generation,
        isOwn ? this.reasonOf(now, row, position, ApplicationTrait.script) : NO_CAUSE,
      );
    }
    const { version } = this.model.kubelet.node;
    const answer = isExec ? judgeExec(window.result, window.output) : judgeHttp(window.result, window.output, version);
    const result = resultOf(answer.outcome);
    const latency = Math.max(1, window.duration);
    const isFine = result === ProbeResult.success && latency <= probe.timeout;
    const because = isFine ? NO_CAUSE : this.reasonOf(now, row, position, ApplicationTrait.script);
    this.endProbe(now, row, position, probe, generation, result, latency, because, answer);
  }

  private scriptedAnswer(now: VirtualTime, row: number, { container, probe }: ProbePlan, script: ContainerScript): ScriptWindow | null {
    const { handler } = probe;
    const age = now - this.model.startedAt(row, container);
    const restarts = this.model.generationOf(row, container);
    if (handler.type === "exec") return execOf(script, handler.command, age, restarts);
    if (handler.type !== "httpGet") return null;
    const ports = this.model.table.plan(row).containers[container]!.ports;
    return httpOf(script, resolvePort(handler.port, ports) ?? 0, handler.path, age, restarts);
  }

  /** The answer is there. */
  done(now: VirtualTime, row: number, kind: number, probe: ProbePlan): void {
    const slot = this.model.slot(row, kind);
    const pending = this.pending.get(slot);
    if (pending === undefined) return;
    this.pending.delete(slot);
    const { generation, result, latency } = pending;
    const cause = pending.late === undefined ? pending.cause : pending.late(now);
    const answer = this.model.kubelet.node.events === null ? undefined : this.answerOf(row, probe, pending);
    if (cause !== NO_CAUSE) this.model.kubelet.node.causes.current = cause;
    this.model.kubelet.input(now, {
      kind: "probeFinished",
      row,
      container: probe.container,
      generation,
      role: probe.role,
      result,
      latency,
      ...(answer === undefined ? {} : { answer }),
    });
  }

  private answerOf(row: number, { container, probe, timeout }: ProbePlan, { result, said }: PendingProbe): ProbeAnswer | undefined {
    if (said === null) return undefined;
    if (typeof said !== "string") return said;
    const { handler } = probe;
    const { node } = this.model.kubelet;
    const port = handler.type === "exec" ? null : resolvePort(handler.port, this.model.table.plan(row).containers[container]!.ports);
    const host = handler.type === "httpGet" || handler.type === "tcpSocket" ? handler.host : "";
    const address = `${host === "" ? podAddress(this.model.kubelet.recordOf(row).id) : host}:${port ?? 0}`;
    const output = failureText(handler, said, address, timeout / SECOND, node.version);
    return { outcome: outcomes[result]!, output };
  }

  /** Bits of SPECIAL that faults on this Pod and its node ask for. */
  specialBits(row: number): number {
    return (this.faults.has(row) ? Special.meetsFault : 0) | (this.connections.isCounted ? Special.countsConnections : 0);
  }

  /** Until `until`, attempts fail with chance `rate`; role null: all. */
  fail(now: VirtualTime, row: number, role: ProbeRole | null, rate: number, until: VirtualTime): void {
    const active = (this.faults.get(row) ?? []).filter((fault) => fault.until > now);
    active.push({ role, rate, until, cause: this.model.kubelet.node.causes.current });
    this.faults.set(row, active);
    this.markFaults(row, Special.meetsFault);
  }

  /** An attempt under way ends with its process, whatever it would have come to: its connection is reset, its command dies. */
  reset(now: VirtualTime, row: number, container: number): void {
    const plan = this.model.table.plan(row);
    for (const role of [ProbeRole.startup, ProbeRole.liveness, ProbeRole.readiness]) {
      const position = plan.probeOf[container * 3 + role]!;
      const kind = plan.firstResultKind + position;
      const pending = position === -1 ? undefined : this.pending.get(this.model.slot(row, kind));
      if (pending === undefined) continue;
      const errs = plan.probes[position]!.probe.handler.type === "exec" && this.model.kubelet.node.version.execErrsWithContainer;
      this.pending.set(this.model.slot(row, kind), {
        startedAt: pending.startedAt,
        generation: pending.generation,
        result: errs ? ProbeResult.error : ProbeResult.failure,
        latency: now + 1 - pending.startedAt,
        cause: NO_CAUSE,
        said: errs ? "refused" : "cut",
      });
      this.model.kubelet.armPortTimer(row, kind, now + 1);
    }
  }

  forget(row: number): void {
    const plan = this.model.table.plan(row);
    for (let position = 0; position < plan.probes.length; position++) {
      const slot = this.model.slot(row, plan.firstResultKind + position);
      this.pending.delete(slot);
      this.reasons.delete(slot);
    }
    this.faults.delete(row);
  }

  loseAll(): void {
    this.pending.clear();
    this.reasons.clear();
  }

  private refuseProbe(
    now: VirtualTime,
    row: number,
    position: number,
    probe: ProbePlan,
    generation: number,
    cause: CauseId = NO_CAUSE,
  ): void {
    const { refusal } = probeKinds[probe.handler]!;
    const latency = refusal === "timeout" ? probe.timeout : REFUSAL;
    const because = cause === NO_CAUSE ? this.disturbances.startUpBlame(now, row, probe.container) : cause;
    this.answerProbe(now, row, position, generation, ProbeResult[refusal], latency, because, "refused");
  }

  /** The timeout cuts what takes too long. */
  private endProbe(
    now: VirtualTime,
    row: number,
    position: number,
    probe: ProbePlan,
    generation: number,
    result: ProbeResult,
    latency: Duration,
    cause: CauseId,
    said: Said,
  ): void {
    const isLate = latency > probe.timeout;
    const ended = isLate ? ProbeResult.timeout : result;
    const micros = isLate ? probe.timeout : latency;
    if (ended === ProbeResult.success && !isWarning(said) && this.model.kubelet.absorbProbe(now, row, position, micros)) return;
    this.answerProbe(now, row, position, generation, ended, micros, cause, isLate ? "timeout" : said);
  }

  /** Why an attempt fails that no queue delays; none: it succeeds. */
  private because(
    now: VirtualTime,
    row: number,
    position: number,
    probe: ProbePlan,
    illness: ApplicationTrait | null,
    latency: Duration,
  ): CauseId {
    if (latency > probe.timeout) return this.reasonOf(now, row, position, ApplicationTrait.probeTime);
    return illness === null ? NO_CAUSE : this.reasonOf(now, row, position, illness);
  }

  /** Noted once for a run of failures. */
  private reasonOf(now: VirtualTime, row: number, position: number, trait: ApplicationTrait): CauseId {
    const slot = this.model.slot(row, this.model.table.plan(row).firstResultKind + position);
    const known = this.reasons.get(slot);
    if (known?.trait === trait && this.model.kubelet.probeFailedLast(row, position)) return known.cause;
    const { node } = this.model.kubelet;
    const { current } = node.causes;
    const pod = this.model.kubelet.recordOf(row).id;
    const cause = node.causes.note(node.lp, CauseKind.application, pod, now, NO_CAUSE, applicationDetail(trait));
    node.causes.current = current;
    this.reasons.set(slot, { trait, cause });
    return cause;
  }

  /** Without a queue before it nothing is overloaded: what slows the server down is why. */
  private heldUp(now: VirtualTime, row: number, container: number, server: ContainerServer): CauseId {
    const { blame } = server;
    const hasQueue = server.inFlight(now) > server.behaviour.concurrency;
    return blame === NO_CAUSE || hasQueue ? this.overloaded(now, row, container, server) : blame;
  }

  private overloaded(now: VirtualTime, row: number, container: number, server: ContainerServer): CauseId {
    const { node } = this.model.kubelet;
    const { id, workload, template } = this.model.kubelet.recordOf(row);
    return overloadOf(node.causes, node.lp, id, now, server, this.model.options.loadOn?.(workload, template, container) ?? -1);
  }

  private answerProbe(
    now: VirtualTime,
    row: number,
    position: number,
    generation: number,
    result: ProbeResult,
    latency: Duration,
    cause: CauseId,
    said: Said,
  ): void {
    const kind = this.model.table.plan(row).firstResultKind + position;
    this.pending.set(this.model.slot(row, kind), { startedAt: now, generation, result, latency, cause, said });
    this.model.kubelet.armPortTimer(row, kind, now + Math.max(1, latency));
  }

  private markFaults(row: number, bit: number): void {
    const { table } = this.model;
    const count = table.plan(row).containers.length;
    for (let container = 0; container < count; container++) {
      const at = table.cellAt(row, container) + SPECIAL;
      table.words[at] = (table.words[at]! & ~Special.meetsFault) | bit;
    }
    this.model.probesChanged(row);
  }

  private faultOn(now: VirtualTime, row: number, position: number, role: ProbeRole): ProbeFault | null {
    const active = this.faults.get(row);
    if (active === undefined) return null;
    const key = this.model.key(row, "probe fault", position);
    const drawn = uniform(key.hi, key.lo, this.model.kubelet.probeAttempts(row, position));
    const live = active.filter((fault) => fault.until > now);
    if (live.length === 0) {
      this.faults.delete(row);
      this.markFaults(row, 0);
    }
    if (live.length > 0 && live.length < active.length) this.faults.set(row, live);
    return live.find((fault) => (fault.role === null || fault.role === role) && drawn < fault.rate) ?? null;
  }
}

const NO_CALLS: readonly CallSpec[] = [];

/** Startup probes ask the endpoint of liveness. */
function asksFor(on: HealthChecks["on"], role: ProbeRole): boolean {
  return on === "both" || (on === "readiness") === (role === ProbeRole.readiness);
}

const UNDISTURBED = { delay: 0, cause: NO_CAUSE } as const;

/** By ProbeResult. */
const outcomes = ["success", "failure", "timeout", "error"] as const;

function isWarning(said: Said): boolean {
  return said !== null && typeof said !== "string" && said.outcome === "warning";
}

function unknownPort({ probe: { handler } }: ProbePlan): ProbeAnswer {
  return { outcome: "error", output: handler.type === "exec" ? "" : portErrorText(handler.port) };
}
