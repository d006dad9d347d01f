/**
 * What probes of the virtual runtime find: whether the application listens, how long it works on the answer, what
 * active faults make of it, and when an attempt ends with its process. Hot: bench/kubelet.bench.ts (start).
 */
import { Admission } from "../../application/server.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { uniform } from "../../kernel/random.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import { processTime } from "../probes/exec.ts";
import { probeKinds } from "../probes/index.ts";
import { ProbeResult } from "./inputs.ts";
import type { ProbePlan } from "./pod-plan.ts";
import { ProbeRole } from "./ports.ts";
import type { VirtualContext } from "./virtual-context.ts";
import { probeWork, SPECIAL, Special } from "./virtual-table.ts";

/** Until the kernel of the node refuses a connection (model choice). */
export const REFUSAL: Duration = 100;

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
}

export class VirtualProbes {
  private readonly model: VirtualContext;
  /** A probe was the request too many for the memory limit. */
  private readonly runOutOfMemory: (now: VirtualTime, row: number, container: number) => void;
  private readonly pending = new Map<number, PendingProbe>();
  private readonly faults = new Map<number, ProbeFault[]>();
  /** Overload noted for a run of timeouts, by slot of the probe. */
  private readonly overloads = new Map<number, CauseId>();

  constructor(model: VirtualContext, runOutOfMemory: (now: VirtualTime, row: number, container: number) => void) {
    this.model = model;
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
    if (!probe.targetIsKnown) return this.answerProbe(now, row, position, generation, ProbeResult.error, 1, NO_CAUSE);
    const answers = kind.usesPort ? now >= this.model.listensAt(row, container) : this.model.isAlive(row, container);
    if (!answers) return this.refuseProbe(now, row, position, probe, generation);
    const attempt = this.model.kubelet.probeAttempts(row, position);
    const work = kind.usesPort
      ? probeWork(this.model.table.words, cell, role, attempt, application)
      : this.model.drawDuration(processTime, row, container, "exec probe", attempt);
    const fault = this.faultOn(now, row, position, role);
    if (fault !== null) return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, work, fault.cause);
    const { unhealthyAfter, probesShareWorkers } = application.behaviour;
    const isHealthy = unhealthyAfter === null || now - this.model.startedAt(row, container) < unhealthyAfter || kind.type === "tcpSocket";
    const result = isHealthy ? ProbeResult.success : ProbeResult.failure;
    const server = kind.usesPort && probesShareWorkers ? this.model.serverAt(row, container) : undefined;
    if (server === undefined) return this.endProbe(now, row, position, probe, generation, result, work, NO_CAUSE);
    switch (server.admitProbe(now, work)) {
      case Admission.accepted:
        return this.endProbe(now, row, position, probe, generation, result, server.end - now, NO_CAUSE, server.end - now > work);
      case Admission.queueFull:
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, REFUSAL, NO_CAUSE, true);
      case Admission.outOfMemory:
        this.runOutOfMemory(now, row, container);
        return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, REFUSAL, NO_CAUSE);
      case Admission.notListening:
        return this.refuseProbe(now, row, position, probe, generation);
    }
  }

  /** The answer is there. */
  done(now: VirtualTime, row: number, kind: number, probe: ProbePlan): void {
    const slot = this.model.slot(row, kind);
    const pending = this.pending.get(slot);
    if (pending === undefined) return;
    this.pending.delete(slot);
    const { generation, result, latency, cause } = pending;
    if (cause !== NO_CAUSE) this.model.kubelet.node.causes.current = cause;
    this.model.kubelet.input(now, {
      kind: "probeFinished",
      row,
      container: probe.container,
      generation,
      role: probe.role,
      result,
      latency,
    });
  }

  /** Bits of SPECIAL that faults on this Pod ask for. */
  faultBits(row: number): number {
    return this.faults.has(row) ? Special.meetsFault : 0;
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
      this.pending.set(this.model.slot(row, kind), {
        ...pending,
        result: ProbeResult.failure,
        latency: now + 1 - pending.startedAt,
        cause: NO_CAUSE,
      });
      this.model.kubelet.armPortTimer(row, kind, now + 1);
    }
  }

  forget(row: number): void {
    const plan = this.model.table.plan(row);
    for (let position = 0; position < plan.probes.length; position++) {
      const slot = this.model.slot(row, plan.firstResultKind + position);
      this.pending.delete(slot);
      this.overloads.delete(slot);
    }
    this.faults.delete(row);
  }

  loseAll(): void {
    this.pending.clear();
    this.overloads.clear();
  }

  private refuseProbe(now: VirtualTime, row: number, position: number, probe: ProbePlan, generation: number): void {
    if (probeKinds[probe.handler]!.refusal === "timeout")
      this.answerProbe(now, row, position, generation, ProbeResult.timeout, probe.timeout, NO_CAUSE);
    else this.answerProbe(now, row, position, generation, ProbeResult.failure, REFUSAL, NO_CAUSE);
  }

  /** The timeout cuts what takes too long; a failure for want of workers is noted once in a run as overload. */
  private endProbe(
    now: VirtualTime,
    row: number,
    position: number,
    probe: ProbePlan,
    generation: number,
    result: ProbeResult,
    latency: Duration,
    cause: CauseId,
    hasWaited = false,
  ): void {
    const isLate = latency > probe.timeout;
    const ended = isLate ? ProbeResult.timeout : result;
    const micros = isLate ? probe.timeout : latency;
    if (ended === ProbeResult.success && this.model.kubelet.absorbProbe(now, row, position, micros)) return;
    const because = hasWaited && ended !== ProbeResult.success ? this.overloadOf(now, row, position) : cause;
    this.answerProbe(now, row, position, generation, ended, micros, because);
  }

  private overloadOf(now: VirtualTime, row: number, position: number): CauseId {
    const slot = this.model.slot(row, this.model.table.plan(row).firstResultKind + position);
    const known = this.overloads.get(slot);
    if (known !== undefined && this.model.kubelet.probeFailedLast(row, position)) return known;
    const { node, table } = this.model.kubelet;
    const cause = node.causes.note(node.lp, CauseKind.overload, this.model.kubelet.recordOf(row).id, now, table.cause(row));
    this.overloads.set(slot, cause);
    return cause;
  }

  private answerProbe(
    now: VirtualTime,
    row: number,
    position: number,
    generation: number,
    result: ProbeResult,
    latency: Duration,
    cause: CauseId,
  ): void {
    const kind = this.model.table.plan(row).firstResultKind + position;
    this.pending.set(this.model.slot(row, kind), { startedAt: now, generation, result, latency, cause });
    this.model.kubelet.armPortTimer(row, kind, now + Math.max(1, latency));
  }

  private markFaults(row: number, bit: number): void {
    const { table } = this.model;
    const count = table.plan(row).containers.length;
    for (let container = 0; container < count; container++) {
      const at = table.cellAt(row, container) + SPECIAL;
      table.words[at] = (table.words[at]! & ~Special.meetsFault) | bit;
    }
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
