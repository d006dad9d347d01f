/**
 * The virtual adapter of the kubelet's port, and the node's side of traffic: what a container runtime, the
 * processes in it and their network answer, from the application model and the active faults. Every answer is
 * one of the Pod's own timers (timers.ts); durations are drawn by the Pod's stable name. It owns the
 * containers' servers. Hot: bench/kubelet.bench.ts (startProbe).
 *
 *   process:  absent ─startContainer─▶ created ─▶ running ─startUp─▶ listening ─SIGTERM, drain─▶ draining ─▶ absent
 *                                                    └────────── exit, OOM, SIGKILL, node lost ───────────────┘
 */
import type { ApplicationBehaviour } from "../../application/application.ts";
import { EndpointState, type EndpointHost } from "../../application/endpoint-host.ts";
import { crossingAge, inFlightMax, workingSet } from "../../application/memory-profile.ts";
import { Admission, type ContainerServer } from "../../application/server.ts";
import { shutdownOf } from "../../application/shutdown.ts";
import { startUpTime } from "../../application/start-up.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { sample, sampler, type Distribution, type Sampler } from "../../kernel/distribution.ts";
import { childKey, uniform, word, type StreamKey } from "../../kernel/random.ts";
import { MILLISECOND, NEVER, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { TemplateId } from "../objects/definitions.ts";
import { processTime } from "../probes/exec.ts";
import { probeKinds } from "../probes/index.ts";
import { hookDuration } from "./hook-duration.ts";
import { ProbeResult } from "./inputs.ts";
import type { Kubelet } from "./kubelet.ts";
import type { ProbePlan } from "./pod-plan.ts";
import { ProbeRole, type KubeletPort } from "./ports.ts";
import { ContainerTimer, KINDS_PER_CONTAINER, PodTimer } from "./timers.ts";

/** Until the kernel of the node refuses a connection (model choice). */
const REFUSAL: Duration = 100;
/** Least gap between two looks at a growing memory. */
const MEMORY_STEP: Duration = 100 * MILLISECOND;
const KILLED = 137;

export interface VirtualRuntimeOptions {
  /** One per shard. */
  readonly table: VirtualTable;
  behaviourOf(workload: number, template: TemplateId, container: number): ApplicationBehaviour;
  /** Null: no load targets this container's Pod, so nobody ever asks its server. */
  createServer(behaviour: ApplicationBehaviour, pod: PodId, container: number): ContainerServer | null;
  /** The container behind a Service's target port; left out: the first regular one. */
  containerOf?(service: number, template: TemplateId): number;
}

/** Columns of the virtual processes of a shard, by the cells and rows of the kubelet's table. */
export class VirtualTable {
  /** Start of the process and the instant from which it listens; NEVER: there is none. */
  starts: Float64Array = new Float64Array(64).fill(NEVER);
  listens: Float64Array = new Float64Array(64).fill(NEVER);
  models: (readonly ContainerModel[] | undefined)[] = [];
  readonly servers: (ContainerServer | undefined)[] = [];
  private readonly byTemplate = new Map<string, readonly ContainerModel[]>();

  modelsFor(workload: number, template: TemplateId, make: () => readonly ContainerModel[]): readonly ContainerModel[] {
    const key = `${workload}/${template}`;
    const known = this.byTemplate.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.byTemplate.set(key, made);
    return made;
  }

  reserve(cells: number): void {
    if (cells <= this.starts.length) return;
    this.starts = grown(this.starts, cells);
    this.listens = grown(this.listens, cells);
  }
}

/** What follows from a container's behaviour and limits, once per workload and template. */
interface ContainerModel {
  readonly behaviour: ApplicationBehaviour;
  readonly probeTime: Sampler;
  /** µs; -1: drawn. */
  readonly probeTimeConstant: Duration;
  /** bytes; Infinity: no limit. */
  readonly memoryLimit: number;
}

interface ProbeFault {
  /** Null: all roles. */
  readonly role: ProbeRole | null;
  readonly rate: number;
  readonly until: VirtualTime;
  readonly cause: CauseId;
}

interface PendingProbe {
  readonly generation: number;
  readonly result: ProbeResult;
  readonly latency: Duration;
  readonly cause: CauseId;
}

interface PendingExit {
  readonly at: VirtualTime;
  readonly code: number;
  readonly oomKilled: boolean;
  /** Why, if it isn't the row's own cause. */
  readonly cause: CauseId;
}

interface PendingHook {
  readonly hook: "postStart" | "preStop";
  readonly generation: number;
  readonly succeeded: boolean;
  /** A sleep goes on without the container; everything else ends with it. */
  readonly survivesExit: boolean;
}

export class VirtualRuntime implements KubeletPort, EndpointHost {
  private readonly kubelet: Kubelet;
  private readonly options: VirtualRuntimeOptions;
  private readonly table: VirtualTable;
  /** Instance of each process, by slot of the container's process timer. */
  private readonly generations = new Map<number, number>();
  private readonly exits = new Map<number, PendingExit>();
  private readonly hooks = new Map<number, PendingHook>();
  private readonly probes = new Map<number, PendingProbe>();
  private readonly faults = new Map<number, ProbeFault[]>();
  /** Overload noted for a run of timeouts, by slot of the probe. */
  private readonly overloads = new Map<number, CauseId>();
  /** Why the address of a Pod that is gone is gone. */
  private readonly gone = new Map<PodId, CauseId>();

  constructor(kubelet: Kubelet, options: VirtualRuntimeOptions) {
    this.kubelet = kubelet;
    this.options = options;
    this.table = options.table;
  }

  createSandbox(row: number): void {
    this.arm(row, PodTimer.sandbox, this.settings.sandboxCreate);
  }

  stopSandbox(row: number): void {
    this.arm(row, PodTimer.sandbox, this.settings.sandboxStop);
  }

  hasImage(row: number, container: number): boolean {
    return this.modelsOf(row)[container]!.behaviour.image.present;
  }

  pullImage(row: number, container: number): void {
    const { image } = this.modelsOf(row)[container]!.behaviour;
    const isCached = this.kubelet.hasImage(this.kubelet.planOf(row).containers[container]!.image);
    const transfer = isCached ? 0 : Math.round((image.size / Math.max(1, this.settings.imagePullRate)) * SECOND);
    this.arm(row, this.kind(row, container, ContainerTimer.image), this.settings.imagePullLatency + transfer);
  }

  startContainer(row: number, container: number, generation: number): void {
    const kind = this.kind(row, container, ContainerTimer.process);
    this.generations.set(this.slot(row, kind), generation);
    this.arm(row, kind, this.settings.containerCreate + this.settings.containerStart);
  }

  signalContainer(row: number, container: number, generation: number, signal: "TERM" | "KILL"): void {
    const cell = this.cell(row, container);
    if (!this.isAlive(cell) || this.generationOf(row, container) !== generation) return;
    const { now } = this.simulator;
    if (signal === "KILL") return this.exitAt(row, container, now + 1, KILLED, false);
    const server = this.table.servers[cell];
    const { stopsListening, exitAt, exitCode } = shutdownOf(this.modelsOf(row)[container]!.behaviour, now, server?.idleAt(now) ?? now);
    if (stopsListening && server?.isListening === true) {
      this.kubelet.node.note(row, CauseKind.listenerClosed, now, container);
      server.stopListening(now);
    }
    if (exitAt !== Infinity) this.exitAt(row, container, Math.max(now + 1, exitAt), exitCode, false);
  }

  runHook(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void {
    const definition = this.kubelet.planOf(row).containers[container]!;
    const handler = hook === "postStart" ? definition.postStart : definition.preStop;
    if (handler === null) return;
    const cell = this.cell(row, container);
    const { now } = this.simulator;
    const survivesExit = handler.type === "sleep";
    const answers = handler.type === "exec" || survivesExit || now >= this.table.listens[cell]!;
    const succeeded = survivesExit || (this.isAlive(cell) && answers);
    const kind = this.kind(row, container, ContainerTimer.hook);
    this.hooks.set(this.slot(row, kind), { hook, generation, succeeded, survivesExit });
    const known = hookDuration(handler);
    const drawn = handler.type === "exec" ? processTime : this.modelsOf(row)[container]!.behaviour.probeTime;
    const duration = known ?? this.drawDuration(drawn, row, container, hook, generation);
    this.arm(row, kind, succeeded ? duration : REFUSAL);
  }

  startProbe(row: number, container: number, generation: number, role: ProbeRole): void {
    const { now } = this.simulator;
    const plan = this.kubelet.planOf(row);
    const position = plan.probeOf[container * 3 + role]!;
    const probe = plan.probes[position]!;
    const model = this.modelsOf(row)[container]!;
    const cell = this.kubelet.table.firstCell(row) + container;
    const isPlain = this.faults.size === 0 && model.behaviour.unhealthyAfter === null && probe.targetIsKnown;
    if (isPlain && probeKinds[probe.handler]!.usesPort && now >= this.table.listens[cell]!) {
      const work = this.probeWork(row, container, role, position, model);
      const server = model.behaviour.probesShareWorkers ? this.table.servers[cell] : undefined;
      if (server === undefined && work < probe.timeout) {
        if (!this.kubelet.absorbProbe(now, row, position, work)) this.answerProbe(now, row, position, generation, ProbeResult.success, work, NO_CAUSE);
        return;
      }
    }
    this.probeCarefully(now, row, position, probe, generation, model, cell);
  }

  onTimer(now: VirtualTime, row: number, kind: number): void {
    const plan = this.kubelet.planOf(row);
    if (kind === PodTimer.sandbox) return this.sandboxDone(now, row);
    if (kind >= plan.firstResultKind) return this.probeDone(now, row, kind, plan.probes[kind - plan.firstResultKind]!);
    const index = kind - plan.firstContainerKind;
    const container = Math.floor(index / KINDS_PER_CONTAINER);
    switch (index % KINDS_PER_CONTAINER) {
      case ContainerTimer.process:
        return this.started(now, row, container);
      case ContainerTimer.listen:
        return this.listening(now, row, container);
      case ContainerTimer.exit:
        return this.exited(now, row, container);
      case ContainerTimer.hook:
        return this.hookDone(now, row, container);
      case ContainerTimer.image:
        return this.kubelet.input(now, { kind: "imageReady", row, container });
      case ContainerTimer.memory:
        return this.memoryStep(now, row, container);
    }
  }

  adopt(now: VirtualTime, row: number, startedAt: VirtualTime): void {
    const plan = this.kubelet.planOf(row);
    const models = this.modelsOf(row);
    plan.containers.forEach((_, container) => {
      if (container < plan.initCount && !plan.isSidecar[container]!) return;
      const { behaviour, memoryLimit } = models[container]!;
      // What ends by itself has been restarted often: its age is somewhere within one such life.
      const life = Math.min(crossingAge(behaviour.memory, memoryLimit, 0), behaviour.unhealthyAfter ?? Infinity);
      const age = life === Infinity || life <= 0 ? now - startedAt : (now - startedAt) % life;
      this.begin(now - age, row, container, now);
      this.listening(now, row, container, false);
      this.watchMemory(now, row, container);
      this.scheduleExit(now, row, container, 0);
    });
  }

  forget(row: number): void {
    const plan = this.kubelet.planOf(row);
    let hadServer = false;
    plan.containers.forEach((_, container) => {
      const cell = this.cell(row, container);
      hadServer ||= this.table.servers[cell] !== undefined;
      this.clear(row, container);
      this.generations.delete(this.slot(row, this.kind(row, container, ContainerTimer.process)));
    });
    for (let position = 0; position < plan.probes.length; position++) {
      this.probes.delete(this.slot(row, plan.firstResultKind + position));
      this.overloads.delete(this.slot(row, plan.firstResultKind + position));
    }
    this.faults.delete(row);
    this.table.models[row] = undefined;
    if (hadServer || this.servesTraffic(row)) this.gone.set(this.kubelet.recordOf(row).id, this.kubelet.table.cause(row));
  }

  loseNode(now: VirtualTime): void {
    const { rows } = this.kubelet.node;
    for (const row of rows) {
      this.kubelet.planOf(row).containers.forEach((_, container) => {
        this.table.servers[this.cell(row, container)]?.die(now, this.kubelet.table.cause(row));
        this.clear(row, container);
      });
    }
    this.probes.clear();
    this.overloads.clear();
  }

  failProbes(now: VirtualTime, row: number, role: ProbeRole | null, rate: number, until: VirtualTime): void {
    const active = (this.faults.get(row) ?? []).filter((fault) => fault.until > now);
    active.push({ role, rate, until, cause: this.kubelet.node.causes.current });
    this.faults.set(row, active);
  }

  runOutOfMemory(now: VirtualTime, row: number, container: number): void {
    if (!this.isAlive(this.cell(row, container))) return;
    this.exitAt(row, container, now + Math.max(1, this.settings.oomDetection), KILLED, true, this.kubelet.node.causes.current);
  }

  killForMemory(server: ContainerServer, now: VirtualTime): void {
    for (const row of this.kubelet.node.rows) {
      const first = this.kubelet.table.firstCell(row);
      const count = this.kubelet.planOf(row).containers.length;
      for (let index = 0; index < count; index++) if (this.table.servers[first + index] === server) return this.runOutOfMemory(now, row, index);
    }
  }

  stateOf(pod: PodId, now: VirtualTime): EndpointState {
    const row = this.kubelet.table.rowOf(pod);
    if (row === -1) return EndpointState.gone;
    if (this.kubelet.node.isLost) return EndpointState.nodeLost;
    if (this.kubelet.table.details.get(row)?.sandbox?.isReady === false) return EndpointState.gone;
    const first = this.kubelet.table.firstCell(row);
    const count = this.kubelet.planOf(row).containers.length;
    for (let index = 0; index < count; index++) {
      if (now >= this.table.listens[first + index]! && this.table.servers[first + index]?.isListening === true) return EndpointState.up;
    }
    return EndpointState.notListening;
  }

  serverOf(pod: PodId, service: number): ContainerServer | null {
    const row = this.kubelet.table.rowOf(pod);
    if (row === -1) return null;
    const plan = this.kubelet.planOf(row);
    const container = this.options.containerOf?.(service, plan.id) ?? plan.initCount;
    return this.table.servers[this.cell(row, container)] ?? null;
  }

  causeOf(pod: PodId): CauseId {
    const row = this.kubelet.table.rowOf(pod);
    return row === -1 ? (this.gone.get(pod) ?? NO_CAUSE) : this.kubelet.table.cause(row);
  }

  private sandboxDone(now: VirtualTime, row: number): void {
    const isReady = this.kubelet.table.details.get(row)?.sandbox?.isReady === true;
    this.kubelet.input(now, { kind: isReady ? "sandboxStopped" : "sandboxReady", row });
  }

  private started(now: VirtualTime, row: number, container: number): void {
    const generation = this.generationOf(row, container);
    const { behaviour } = this.modelsOf(row)[container]!;
    const key = this.key(row, "start-up", container);
    const startUp = startUpTime(behaviour, key, generation);
    this.begin(now, row, container, now + startUp);
    this.kubelet.input(now, { kind: "containerStarted", row, container, generation });
    this.scheduleExit(now, row, container, generation);
    this.watchMemory(now, row, container);
    if (startUp === 0) this.listening(now, row, container);
    else this.arm(row, this.kind(row, container, ContainerTimer.listen), startUp);
  }

  /** The process is there, and will listen at `listensAt`. */
  private begin(startedAt: VirtualTime, row: number, container: number, listensAt: VirtualTime): void {
    const cell = this.cell(row, container);
    this.table.reserve(cell + 1);
    this.table.starts[cell] = startedAt;
    this.table.listens[cell] = listensAt;
    const { behaviour, memoryLimit } = this.modelsOf(row)[container]!;
    const isInit = container < this.kubelet.planOf(row).initCount;
    const server = isInit ? null : this.options.createServer(behaviour, this.kubelet.recordOf(row).id, container);
    this.table.servers[cell] = server ?? undefined;
    if (server !== null) server.memoryLimitInFlight = inFlightMax(behaviour.memory, memoryLimit, 0);
  }

  private listening(now: VirtualTime, row: number, container: number, isNews = true): void {
    const server = this.table.servers[this.cell(row, container)];
    if (isNews && server !== undefined) this.kubelet.node.note(row, CauseKind.containerListening, now, container);
    server?.listen(now);
  }

  private scheduleExit(now: VirtualTime, row: number, container: number, generation: number): void {
    const { exit } = this.modelsOf(row)[container]!.behaviour;
    const plan = this.kubelet.planOf(row);
    const isInit = container < plan.initCount && !plan.isSidecar[container]!;
    // Differs: init containers. One of which the scenario says nothing ends well when its start-up is over.
    if (exit === null && isInit) return this.exitAt(row, container, Math.max(now + 1, this.table.listens[this.cell(row, container)]!), 0, false);
    if (exit === null) return;
    const key = this.key(row, "exit", container);
    const after = Math.max(1, Math.round(sample(exit.after, key.hi, key.lo, generation)));
    this.exitAt(row, container, now + after, exit.code, false);
  }

  /** The process ends at `at`, unless it ends earlier. */
  private exitAt(row: number, container: number, at: VirtualTime, code: number, oomKilled: boolean, cause: CauseId = NO_CAUSE): void {
    const kind = this.kind(row, container, ContainerTimer.exit);
    const slot = this.slot(row, kind);
    const pending = this.exits.get(slot);
    if (pending !== undefined && pending.at <= at) return;
    this.exits.set(slot, { at, code, oomKilled, cause });
    this.kubelet.armPortTimer(row, kind, at);
  }

  private exited(now: VirtualTime, row: number, container: number): void {
    const { causes } = this.kubelet.node;
    const exit = this.exits.get(this.slot(row, this.kind(row, container, ContainerTimer.exit)))!;
    const generation = this.generationOf(row, container);
    const server = this.table.servers[this.cell(row, container)];
    const hook = this.clear(row, container);
    if (exit.cause !== NO_CAUSE) causes.current = exit.cause;
    this.kubelet.input(now, { kind: "containerExited", row, container, generation, exitCode: exit.code, oomKilled: exit.oomKilled });
    server?.die(now, this.kubelet.table.details.get(row)?.containers[container]?.exitCause ?? this.kubelet.table.cause(row));
    if (hook !== null) this.kubelet.input(now, { kind: "hookFinished", row, container, generation: hook.generation, hook: hook.hook, succeeded: false });
  }

  private watchMemory(now: VirtualTime, row: number, container: number): void {
    const { behaviour, memoryLimit } = this.modelsOf(row)[container]!;
    const { memory } = behaviour;
    if (memoryLimit === Infinity) return;
    const cell = this.cell(row, container);
    const start = this.table.starts[cell]!;
    const crossing = crossingAge(memory, memoryLimit, 0);
    // The base is there once the process has started up.
    if (crossing === 0) return this.exitAt(row, container, Math.max(now + 1, this.table.listens[cell]!), KILLED, true);
    if (memory.growth <= 0) return;
    const server = this.table.servers[cell];
    const allowed = server === undefined ? Infinity : inFlightMax(memory, memoryLimit, now - start);
    if (server !== undefined) server.memoryLimitInFlight = allowed;
    // One more request than is allowed now would cross the limit at the present age; the next step is where one fewer is allowed.
    const step = allowed === Infinity ? crossing : Math.min(crossing, Math.max(now - start + MEMORY_STEP, crossingAge(memory, memoryLimit, allowed)));
    this.kubelet.armPortTimer(row, this.kind(row, container, ContainerTimer.memory), Math.max(now + 1, start + step));
  }

  private memoryStep(now: VirtualTime, row: number, container: number): void {
    const { behaviour, memoryLimit } = this.modelsOf(row)[container]!;
    const cell = this.cell(row, container);
    const used = workingSet(behaviour.memory, now - this.table.starts[cell]!, this.table.servers[cell]?.inFlight(now) ?? 0);
    if (used > memoryLimit) this.runOutOfMemory(now, row, container);
    else this.watchMemory(now, row, container);
  }

  private hookDone(now: VirtualTime, row: number, container: number): void {
    const slot = this.slot(row, this.kind(row, container, ContainerTimer.hook));
    const hook = this.hooks.get(slot);
    if (hook === undefined) return;
    this.hooks.delete(slot);
    this.kubelet.input(now, { kind: "hookFinished", row, container, generation: hook.generation, hook: hook.hook, succeeded: hook.succeeded });
  }

  /** The process is gone: nothing of it is pending any more. Returns the hook that died with it. */
  private clear(row: number, container: number): PendingHook | null {
    const cell = this.cell(row, container);
    this.table.reserve(cell + 1);
    this.table.starts[cell] = NEVER;
    this.table.listens[cell] = NEVER;
    this.table.servers[cell] = undefined;
    this.exits.delete(this.slot(row, this.kind(row, container, ContainerTimer.exit)));
    for (const timer of [ContainerTimer.exit, ContainerTimer.listen, ContainerTimer.memory]) this.kubelet.cancelPortTimer(row, this.kind(row, container, timer));
    const kind = this.kind(row, container, ContainerTimer.hook);
    const hook = this.hooks.get(this.slot(row, kind));
    if (hook === undefined || hook.survivesExit) return null;
    this.hooks.delete(this.slot(row, kind));
    this.kubelet.cancelPortTimer(row, kind);
    return hook;
  }

  /** An attempt that may fail, wait for a worker, or meet a fault. */
  private probeCarefully(now: VirtualTime, row: number, position: number, probe: ProbePlan, generation: number, model: ContainerModel, cell: number): void {
    const { container, role } = probe;
    const kind = probeKinds[probe.handler]!;
    if (!probe.targetIsKnown) return this.answerProbe(now, row, position, generation, ProbeResult.error, 1, NO_CAUSE);
    const answers = kind.usesPort ? now >= this.table.listens[cell]! : this.isAlive(cell);
    if (!answers) return this.refuseProbe(now, row, position, probe, generation);
    const work = kind.usesPort ? this.probeWork(row, container, role, position, model) : this.drawDuration(processTime, row, container, "exec probe", this.kubelet.probeAttempts(row, position));
    const fault = this.faultOn(now, row, position, role);
    if (fault !== null) return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, work, fault.cause);
    const { unhealthyAfter, probesShareWorkers } = model.behaviour;
    const isHealthy = unhealthyAfter === null || now - this.table.starts[cell]! < unhealthyAfter || kind.type === "tcpSocket";
    const result = isHealthy ? ProbeResult.success : ProbeResult.failure;
    const server = kind.usesPort && probesShareWorkers ? this.table.servers[cell] : undefined;
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

  private refuseProbe(now: VirtualTime, row: number, position: number, probe: ProbePlan, generation: number): void {
    if (probeKinds[probe.handler]!.refusal === "timeout") this.answerProbe(now, row, position, generation, ProbeResult.timeout, probe.timeout, NO_CAUSE);
    else this.answerProbe(now, row, position, generation, ProbeResult.failure, REFUSAL, NO_CAUSE);
  }

  /** The timeout cuts what takes too long; a failure for want of workers is noted once in a run as overload. */
  private endProbe(now: VirtualTime, row: number, position: number, probe: ProbePlan, generation: number, result: ProbeResult, latency: Duration, cause: CauseId, hasWaited = false): void {
    const isLate = latency > probe.timeout;
    const ended = isLate ? ProbeResult.timeout : result;
    const micros = isLate ? probe.timeout : latency;
    if (ended === ProbeResult.success && this.kubelet.absorbProbe(now, row, position, micros)) return;
    const because = hasWaited && ended !== ProbeResult.success ? this.overloadOf(now, row, position) : cause;
    this.answerProbe(now, row, position, generation, ended, micros, because);
  }

  private overloadOf(now: VirtualTime, row: number, position: number): CauseId {
    const slot = this.slot(row, this.kubelet.planOf(row).firstResultKind + position);
    const known = this.overloads.get(slot);
    if (known !== undefined && this.kubelet.probeFailedLast(row, position)) return known;
    const { node, table } = this.kubelet;
    const cause = node.causes.note(node.lp, CauseKind.overload, this.kubelet.recordOf(row).id, now, table.cause(row));
    this.overloads.set(slot, cause);
    return cause;
  }

  private answerProbe(now: VirtualTime, row: number, position: number, generation: number, result: ProbeResult, latency: Duration, cause: CauseId): void {
    const kind = this.kubelet.planOf(row).firstResultKind + position;
    this.probes.set(this.slot(row, kind), { generation, result, latency, cause });
    this.kubelet.armPortTimer(row, kind, now + Math.max(1, latency));
  }

  private probeDone(now: VirtualTime, row: number, kind: number, probe: ProbePlan): void {
    const slot = this.slot(row, kind);
    const pending = this.probes.get(slot);
    if (pending === undefined) return;
    this.probes.delete(slot);
    const { generation, result, latency, cause } = pending;
    if (cause !== NO_CAUSE) this.kubelet.node.causes.current = cause;
    this.kubelet.input(now, { kind: "probeFinished", row, container: probe.container, generation, role: probe.role, result, latency });
  }

  private faultOn(now: VirtualTime, row: number, position: number, role: ProbeRole): ProbeFault | null {
    const active = this.faults.get(row);
    if (active === undefined) return null;
    const key = this.key(row, "probe fault", position);
    const drawn = uniform(key.hi, key.lo, this.kubelet.probeAttempts(row, position));
    const live = active.filter((fault) => fault.until > now);
    if (live.length === 0) this.faults.delete(row);
    else if (live.length < active.length) this.faults.set(row, live);
    return live.find((fault) => (fault.role === null || fault.role === role) && drawn < fault.rate) ?? null;
  }

  /** µs that the application works on this attempt. Keys are hashed in place: this runs for every probe. */
  private probeWork(row: number, container: number, role: ProbeRole, position: number, model: ContainerModel): Duration {
    if (model.probeTimeConstant !== -1) return model.probeTimeConstant;
    const { workload, ordinal } = this.kubelet.table.records[row]!;
    const key = this.kubelet.table.workloadKey("probe", workload);
    const podHi = word(key.hi, key.lo, ordinal);
    const podLo = word(key.lo, key.hi ^ 0xa511e9b3, ordinal);
    const which = container * 3 + role;
    const drawn = Math.round(model.probeTime(word(podHi, podLo, which), word(podLo, podHi ^ 0xa511e9b3, which), this.kubelet.probeAttempts(row, position)));
    return drawn < 1 ? 1 : drawn;
  }

  private drawDuration(distribution: Distribution, row: number, container: number, purpose: string, index: number): Duration {
    const key = this.key(row, purpose, container);
    return Math.max(1, Math.round(sample(distribution, key.hi, key.lo, index)));
  }

  private key(row: number, purpose: string, child: number): StreamKey {
    const { workload, ordinal } = this.kubelet.recordOf(row);
    return childKey(childKey(this.kubelet.table.workloadKey(purpose, workload), ordinal), child);
  }

  private modelsOf(row: number): readonly ContainerModel[] {
    return this.table.models[row] ?? this.model(row);
  }

  private model(row: number): readonly ContainerModel[] {
    const { workload, template } = this.kubelet.recordOf(row);
    const models = this.table.modelsFor(workload, template, () =>
      this.kubelet.planOf(row).containers.map((container, index): ContainerModel => {
        const behaviour = this.options.behaviourOf(workload, template, index);
        const { probeTime } = behaviour;
        return {
          behaviour,
          probeTime: sampler(probeTime),
          probeTimeConstant: probeTime.type === "constant" ? Math.max(1, Math.round(probeTime.value)) : -1,
          memoryLimit: container.resources.limits.memory ?? Infinity,
        };
      }),
    );
    this.table.models[row] = models;
    return models;
  }

  private servesTraffic(row: number): boolean {
    return this.kubelet.planOf(row).containers.some((_, container) => this.table.servers[this.cell(row, container)] !== undefined);
  }

  private generationOf(row: number, container: number): number {
    const known = this.generations.get(this.slot(row, this.kind(row, container, ContainerTimer.process)));
    return known ?? this.kubelet.recordOf(row).status.containers[container - this.kubelet.planOf(row).initCount]?.restartCount ?? 0;
  }

  private arm(row: number, kind: number, after: Duration): void {
    this.kubelet.armPortTimer(row, kind, this.simulator.now + Math.max(1, after));
  }

  private kind(row: number, container: number, timer: number): number {
    return this.kubelet.planOf(row).firstContainerKind + container * KINDS_PER_CONTAINER + timer;
  }

  private slot(row: number, kind: number): number {
    return this.kubelet.table.firstSlot(row) + kind;
  }

  private cell(row: number, container: number): number {
    return this.kubelet.table.firstCell(row) + container;
  }

  private isAlive(cell: number): boolean {
    return cell < this.table.starts.length && this.table.starts[cell] !== NEVER;
  }

  private get simulator(): Kubelet["node"]["simulator"] {
    return this.kubelet.node.simulator;
  }

  private get settings(): Kubelet["node"]["settings"] {
    return this.kubelet.node.settings;
  }
}

function grown(column: Float64Array, least: number): Float64Array {
  const larger = new Float64Array(Math.max(least, column.length * 2)).fill(NEVER);
  larger.set(column);
  return larger;
}
