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
import { logDeviation, sample, sampler, type Distribution, type Sampler } from "../../kernel/distribution.ts";
import { childKey, uniform, type StreamKey } from "../../kernel/random.ts";
import { TailTable } from "../../kernel/tail-table.ts";
import { MILLISECOND, NEVER, SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import type { Settings } from "../../settings.ts";
import type { TemplateId } from "../objects/definitions.ts";
import type { Container } from "../objects/pod.ts";
import { processTime } from "../probes/exec.ts";
import { probeKinds } from "../probes/index.ts";
import { hookDuration } from "./hook-duration.ts";
import { ProbeResult } from "./inputs.ts";
import type { Kubelet } from "./kubelet.ts";
import type { ProbePlan } from "./pod-plan.ts";
import { ProbeRole, type KubeletPort } from "./ports.ts";
import { SteadyProbes, type ProbeOracle } from "./steady-probes.ts";
import type { KubeletTable } from "./tables.ts";
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
  /** The container behind the Service's port that a load uses, -1: none; left out: the first regular one. */
  containerOf?(load: number, template: TemplateId): number;
}

/** What the virtual runtimes of a shard share: the models of their containers, and the servers by number. */
export class VirtualTable implements ProbeOracle {
  /** By number; 0 is nobody's. */
  readonly sets: (readonly ContainerModel[])[] = [[]];
  readonly servers: (ContainerServer | undefined)[] = [undefined];
  private readonly byTemplate = new Map<string, number>();
  private readonly quantiles = new Map<string, TailTable>();
  private readonly freeServers: number[] = [];

  setOf(workload: number, template: TemplateId, make: () => readonly ContainerModel[]): number {
    const key = `${workload}/${template}`;
    const known = this.byTemplate.get(key);
    if (known !== undefined) return known;
    const added = this.numberOf(make());
    this.byTemplate.set(key, added);
    return added;
  }

  /** Workloads that behave alike share their models, which stay in the cache. */
  private numberOf(models: readonly ContainerModel[]): number {
    const alike = this.sets.findIndex(
      (known) => known.length === models.length && known.every((model, index) => isSameModel(model, models[index]!)),
    );
    return alike === -1 ? this.sets.push(models) - 1 : alike;
  }

  /** Most probe times are log-normal, and most workloads share one: so do their tables, which stay in the cache. */
  quantilesOf(distribution: Distribution): TailTable | null {
    if (distribution.type !== "logNormal") return null;
    const { median, p99 } = distribution;
    const key = `${median}/${p99}`;
    let table = this.quantiles.get(key);
    if (table === undefined) {
      table = new TailTable(median, logDeviation(median, p99));
      this.quantiles.set(key, table);
    }
    return table;
  }

  addServer(server: ContainerServer): number {
    const number = this.freeServers.pop() ?? this.servers.length;
    this.servers[number] = server;
    return number;
  }

  removeServer(number: number): void {
    if (number === 0) return;
    this.servers[number] = undefined;
    this.freeServers.push(number);
  }

  successAfter(table: KubeletTable, now: VirtualTime, pod: number, cell: number, probe: ProbePlan, attempt: number): Duration {
    const { words } = table;
    if (words[cell + SPECIAL] !== 0 || !probe.usesPort || !probe.targetIsKnown || now < table.times[(cell + LISTENS) >> 1]!) return -1;
    const model = this.sets[words[pod + SET]!]![probe.container]!;
    const work = probeWork(words, cell, probe.role, attempt, model);
    return work < probe.timeout ? work : -1;
  }
}

/**
 * The port's part of a container (tables.ts): the instant from which it listens and the start of its process,
 * NEVER while there is none; the key of its probes' draws; what makes its probes special; its server's number.
 */
const LISTENS = 4;
const STARTS = 6;
const KEY_HI = 8;
const KEY_LO = 9;
const SPECIAL = 10;
const SERVER = 11;
/** The port's word of a Pod: number of its set of models. */
const SET = 2;

/** Bits of SPECIAL: any of them sends a probe down the careful path. */
const Special = { sharesWorkers: 1, turnsUnhealthy: 2, meetsFault: 4 } as const;

/** What follows from a container's behaviour and limits, once per workload and template. */
interface ContainerModel {
  readonly behaviour: ApplicationBehaviour;
  readonly probeTime: Sampler;
  /** Quantiles of a log-normal probe time; null: it is drawn another way. */
  readonly probeTable: TailTable | null;
  /** µs; -1: drawn. */
  readonly probeTimeConstant: Duration;
  /** bytes; Infinity: no limit. */
  readonly memoryLimit: number;
}

function isSameModel(one: ContainerModel, other: ContainerModel): boolean {
  return one.behaviour === other.behaviour && one.memoryLimit === other.memoryLimit;
}

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
  private readonly shared: VirtualTable;
  private readonly table: KubeletTable;
  private readonly simulator: Simulator;
  private readonly settings: Settings;
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
    this.shared = options.table;
    this.table = kubelet.table;
    this.simulator = kubelet.node.simulator;
    this.settings = kubelet.node.settings;
    this.simulator.timers.memory = kubelet.table;
    kubelet.table.steadyProbes ??= new SteadyProbes(kubelet.table, options.table);
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
    const isCached = this.kubelet.hasImage(this.table.plan(row).containers[container]!.image);
    const transfer = isCached ? 0 : Math.round((image.size / Math.max(1, this.settings.imagePullRate)) * SECOND);
    this.arm(row, this.kind(row, container, ContainerTimer.image), this.settings.imagePullLatency + transfer);
  }

  startContainer(row: number, container: number, generation: number): void {
    const kind = this.kind(row, container, ContainerTimer.process);
    this.generations.set(this.slot(row, kind), generation);
    this.arm(row, kind, this.settings.containerCreate + this.settings.containerStart);
  }

  signalContainer(row: number, container: number, generation: number, signal: "TERM" | "KILL"): void {
    if (!this.isAlive(row, container) || this.generationOf(row, container) !== generation) return;
    const { now } = this.simulator;
    const { causes } = this.kubelet.node;
    if (signal === "KILL") return this.exitAt(row, container, now + 1, KILLED, false, causes.current);
    const server = this.serverAt(row, container);
    const { stopsListening, exitAt, exitCode } = shutdownOf(this.modelsOf(row)[container]!.behaviour, now, server?.idleAt(now) ?? now);
    if (stopsListening) {
      // Probes are refused from here on, and a start-up still under way opens no listener any more.
      this.table.times[(this.table.cellAt(row, container) + LISTENS) >> 1] = NEVER;
      this.kubelet.cancelPortTimer(row, this.kind(row, container, ContainerTimer.listen));
    }
    if (stopsListening && server?.isListening === true) {
      this.kubelet.node.note(row, CauseKind.listenerClosed, now, container);
      server.stopListening(now);
    }
    if (exitAt !== Infinity) this.exitAt(row, container, Math.max(now + 1, exitAt), exitCode, false, causes.current);
  }

  runHook(row: number, container: number, generation: number, hook: "postStart" | "preStop"): void {
    const definition = this.table.plan(row).containers[container]!;
    const handler = hook === "postStart" ? definition.postStart : definition.preStop;
    if (handler === null) return;
    const { now } = this.simulator;
    const survivesExit = handler.type === "sleep";
    const answers = handler.type === "exec" || survivesExit || now >= this.listensAt(row, container);
    const succeeded = survivesExit || (this.isAlive(row, container) && answers);
    const kind = this.kind(row, container, ContainerTimer.hook);
    this.hooks.set(this.slot(row, kind), { hook, generation, succeeded, survivesExit });
    const known = hookDuration(handler);
    const drawn = handler.type === "exec" ? processTime : this.modelsOf(row)[container]!.behaviour.probeTime;
    const duration = known ?? this.drawDuration(drawn, row, container, hook, generation);
    this.arm(row, kind, succeeded ? duration : REFUSAL);
  }

  startProbe(row: number, container: number, generation: number, role: ProbeRole): void {
    const { now } = this.simulator;
    const plan = this.table.plan(row);
    const position = plan.probeOf[container * 3 + role]!;
    const probe = plan.probes[position]!;
    const model = this.modelsOf(row)[container]!;
    const cell = this.table.cellAt(row, container);
    const kind = probeKinds[probe.handler]!;
    if (!probe.targetIsKnown) return this.answerProbe(now, row, position, generation, ProbeResult.error, 1, NO_CAUSE);
    const answers = kind.usesPort ? now >= this.listensAt(row, container) : this.isAlive(row, container);
    if (!answers) return this.refuseProbe(now, row, position, probe, generation);
    const attempt = this.kubelet.probeAttempts(row, position);
    const work = kind.usesPort
      ? probeWork(this.table.words, cell, role, attempt, model)
      : this.drawDuration(processTime, row, container, "exec probe", attempt);
    const fault = this.faultOn(now, row, position, role);
    if (fault !== null) return this.endProbe(now, row, position, probe, generation, ProbeResult.failure, work, fault.cause);
    const { unhealthyAfter, probesShareWorkers } = model.behaviour;
    const isHealthy = unhealthyAfter === null || now - this.startedAt(row, container) < unhealthyAfter || kind.type === "tcpSocket";
    const result = isHealthy ? ProbeResult.success : ProbeResult.failure;
    const server = kind.usesPort && probesShareWorkers ? this.serverAt(row, container) : undefined;
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

  onTimer(now: VirtualTime, row: number, kind: number): void {
    const plan = this.table.plan(row);
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
    const plan = this.table.plan(row);
    plan.containers.forEach((_, container) => {
      if (container < plan.initCount && !plan.isSidecar[container]!) return;
      this.begin(startedAt, row, container, now);
      this.listening(now, row, container, false);
      this.watchMemory(now, row, container);
      this.scheduleExit(now, row, container, 0);
    });
  }

  forget(row: number): void {
    const plan = this.table.plan(row);
    plan.containers.forEach((_, container) => {
      this.clear(row, container);
      this.generations.delete(this.slot(row, this.kind(row, container, ContainerTimer.process)));
    });
    for (let position = 0; position < plan.probes.length; position++) {
      this.probes.delete(this.slot(row, plan.firstResultKind + position));
      this.overloads.delete(this.slot(row, plan.firstResultKind + position));
    }
    this.faults.delete(row);
    this.gone.set(this.kubelet.recordOf(row).id, this.table.cause(row));
  }

  loseNode(now: VirtualTime): void {
    const { rows } = this.kubelet.node;
    for (const row of rows) {
      this.table.plan(row).containers.forEach((_, container) => {
        this.serverAt(row, container)?.die(now, this.table.cause(row));
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
    this.markFaults(row, Special.meetsFault);
  }

  runOutOfMemory(now: VirtualTime, row: number, container: number): void {
    if (!this.isAlive(row, container)) return;
    this.exitAt(row, container, now + Math.max(1, this.settings.oomDetection), KILLED, true, this.kubelet.node.causes.current);
  }

  killForMemory(server: ContainerServer, now: VirtualTime): void {
    for (const row of this.kubelet.node.rows) {
      const count = this.table.plan(row).containers.length;
      for (let container = 0; container < count; container++)
        if (this.serverAt(row, container) === server) return this.runOutOfMemory(now, row, container);
    }
  }

  stateOf(pod: PodId, now: VirtualTime): EndpointState {
    const row = this.table.rowOf(pod);
    if (row === -1) return EndpointState.gone;
    if (this.kubelet.node.isLost) return EndpointState.nodeLost;
    if (this.table.details.get(row)?.sandbox?.isReady === false) return EndpointState.gone;
    const count = this.table.plan(row).containers.length;
    for (let container = 0; container < count; container++) {
      if (now >= this.listensAt(row, container) && this.serverAt(row, container)?.isListening === true) return EndpointState.up;
    }
    return EndpointState.notListening;
  }

  serverOf(pod: PodId, load: number): ContainerServer | null {
    const row = this.table.rowOf(pod);
    if (row === -1) return null;
    const plan = this.table.plan(row);
    const container = this.options.containerOf?.(load, plan.id) ?? plan.initCount;
    return container === -1 ? null : (this.serverAt(row, container) ?? null);
  }

  causeOf(pod: PodId): CauseId {
    const row = this.table.rowOf(pod);
    return row === -1 ? (this.gone.get(pod) ?? NO_CAUSE) : this.table.cause(row);
  }

  stableName(pod: PodId): string {
    const row = this.table.rowOf(pod);
    if (row === -1) return `pod ${pod}`;
    const { workload, ordinal } = this.kubelet.recordOf(row);
    return this.table.stableName(workload, ordinal);
  }

  private sandboxDone(now: VirtualTime, row: number): void {
    const isReady = this.table.details.get(row)?.sandbox?.isReady === true;
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
    const { table, shared } = this;
    const cell = table.cellAt(row, container);
    const { behaviour, memoryLimit } = this.modelsOf(row)[container]!;
    const plan = table.plan(row);
    const isInit = container < plan.initCount && !plan.isSidecar[container]!;
    const server = isInit ? null : this.options.createServer(behaviour, this.kubelet.recordOf(row).id, container);
    const key = this.key(row, "probe", container);
    table.times[(cell + STARTS) >> 1] = startedAt;
    table.times[(cell + LISTENS) >> 1] = listensAt;
    table.words[cell + KEY_HI] = key.hi;
    table.words[cell + KEY_LO] = key.lo;
    table.words[cell + SERVER] = server === null ? 0 : shared.addServer(server);
    const shares = server !== null && behaviour.probesShareWorkers ? Special.sharesWorkers : 0;
    const turns = behaviour.unhealthyAfter !== null ? Special.turnsUnhealthy : 0;
    table.words[cell + SPECIAL] = shares | turns | (this.faults.has(row) ? Special.meetsFault : 0);
    if (server !== null) server.memoryLimitInFlight = inFlightMax(behaviour.memory, memoryLimit, 0);
  }

  private listening(now: VirtualTime, row: number, container: number, isNews = true): void {
    const server = this.serverAt(row, container);
    if (isNews && server !== undefined) this.kubelet.node.note(row, CauseKind.containerListening, now, container);
    server?.listen(now);
  }

  private scheduleExit(now: VirtualTime, row: number, container: number, generation: number): void {
    const { exit } = this.modelsOf(row)[container]!.behaviour;
    const plan = this.table.plan(row);
    const isInit = container < plan.initCount && !plan.isSidecar[container]!;
    // Differs: init containers. One of which the scenario says nothing ends well when its start-up is over.
    if (exit === null && isInit) return this.exitAt(row, container, Math.max(now + 1, this.listensAt(row, container)), 0, false);
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
    const server = this.serverAt(row, container);
    const hook = this.clear(row, container);
    this.resetProbes(now, row, container);
    if (exit.cause !== NO_CAUSE) causes.current = exit.cause;
    this.kubelet.input(now, { kind: "containerExited", row, container, generation, exitCode: exit.code, oomKilled: exit.oomKilled });
    server?.die(now, this.table.details.get(row)?.containers[container]?.exitCause ?? this.table.cause(row));
    if (hook !== null)
      this.kubelet.input(now, { kind: "hookFinished", row, container, generation: hook.generation, hook: hook.hook, succeeded: false });
  }

  private watchMemory(now: VirtualTime, row: number, container: number): void {
    const { behaviour, memoryLimit } = this.modelsOf(row)[container]!;
    const { memory } = behaviour;
    if (memoryLimit === Infinity) return;
    const start = this.startedAt(row, container);
    const crossing = crossingAge(memory, memoryLimit, 0);
    // The base is there once the process has started up.
    if (crossing === 0) return this.exitAt(row, container, Math.max(now + 1, this.listensAt(row, container)), KILLED, true);
    if (memory.growth <= 0) return;
    const server = this.serverAt(row, container);
    const allowed = server === undefined ? Infinity : inFlightMax(memory, memoryLimit, now - start);
    if (server !== undefined) server.memoryLimitInFlight = allowed;
    // One more request than is allowed now would cross the limit at the present age; the next step is where one fewer is allowed.
    const step =
      allowed === Infinity ? crossing : Math.min(crossing, Math.max(now - start + MEMORY_STEP, crossingAge(memory, memoryLimit, allowed)));
    this.kubelet.armPortTimer(row, this.kind(row, container, ContainerTimer.memory), Math.max(now + 1, start + step));
  }

  private memoryStep(now: VirtualTime, row: number, container: number): void {
    const { behaviour, memoryLimit } = this.modelsOf(row)[container]!;
    const used = workingSet(behaviour.memory, now - this.startedAt(row, container), this.serverAt(row, container)?.inFlight(now) ?? 0);
    if (used > memoryLimit) this.runOutOfMemory(now, row, container);
    else this.watchMemory(now, row, container);
  }

  private hookDone(now: VirtualTime, row: number, container: number): void {
    const slot = this.slot(row, this.kind(row, container, ContainerTimer.hook));
    const hook = this.hooks.get(slot);
    if (hook === undefined) return;
    this.hooks.delete(slot);
    this.kubelet.input(now, {
      kind: "hookFinished",
      row,
      container,
      generation: hook.generation,
      hook: hook.hook,
      succeeded: hook.succeeded,
    });
  }

  /** The process is gone: nothing of it is pending any more. Returns the hook that died with it. */
  private clear(row: number, container: number): PendingHook | null {
    const cell = this.table.cellAt(row, container);
    this.table.times[(cell + STARTS) >> 1] = NEVER;
    this.table.times[(cell + LISTENS) >> 1] = NEVER;
    this.shared.removeServer(this.table.words[cell + SERVER]!);
    this.table.words[cell + SERVER] = 0;
    this.exits.delete(this.slot(row, this.kind(row, container, ContainerTimer.exit)));
    for (const timer of [ContainerTimer.exit, ContainerTimer.listen, ContainerTimer.memory])
      this.kubelet.cancelPortTimer(row, this.kind(row, container, timer));
    const kind = this.kind(row, container, ContainerTimer.hook);
    const hook = this.hooks.get(this.slot(row, kind));
    if (hook === undefined || hook.survivesExit) return null;
    this.hooks.delete(this.slot(row, kind));
    this.kubelet.cancelPortTimer(row, kind);
    return hook;
  }

  /** An attempt under way ends with its process, whatever it would have come to: its connection is reset, its command dies. */
  private resetProbes(now: VirtualTime, row: number, container: number): void {
    const plan = this.table.plan(row);
    for (const role of [ProbeRole.startup, ProbeRole.liveness, ProbeRole.readiness]) {
      const position = plan.probeOf[container * 3 + role]!;
      const kind = plan.firstResultKind + position;
      const pending = position === -1 ? undefined : this.probes.get(this.slot(row, kind));
      if (pending === undefined) continue;
      this.probes.set(this.slot(row, kind), {
        ...pending,
        result: ProbeResult.failure,
        latency: now + 1 - pending.startedAt,
        cause: NO_CAUSE,
      });
      this.kubelet.armPortTimer(row, kind, now + 1);
    }
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
    if (ended === ProbeResult.success && this.kubelet.absorbProbe(now, row, position, micros)) return;
    const because = hasWaited && ended !== ProbeResult.success ? this.overloadOf(now, row, position) : cause;
    this.answerProbe(now, row, position, generation, ended, micros, because);
  }

  private overloadOf(now: VirtualTime, row: number, position: number): CauseId {
    const slot = this.slot(row, this.table.plan(row).firstResultKind + position);
    const known = this.overloads.get(slot);
    if (known !== undefined && this.kubelet.probeFailedLast(row, position)) return known;
    const { node, table } = this.kubelet;
    const cause = node.causes.note(node.lp, CauseKind.overload, this.kubelet.recordOf(row).id, now, table.cause(row));
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
    const kind = this.table.plan(row).firstResultKind + position;
    this.probes.set(this.slot(row, kind), { startedAt: now, generation, result, latency, cause });
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

  private markFaults(row: number, bit: number): void {
    const { table } = this;
    const count = table.plan(row).containers.length;
    for (let container = 0; container < count; container++) {
      const at = table.cellAt(row, container) + SPECIAL;
      table.words[at] = (table.words[at]! & ~Special.meetsFault) | bit;
    }
  }

  private faultOn(now: VirtualTime, row: number, position: number, role: ProbeRole): ProbeFault | null {
    const active = this.faults.get(row);
    if (active === undefined) return null;
    const key = this.key(row, "probe fault", position);
    const drawn = uniform(key.hi, key.lo, this.kubelet.probeAttempts(row, position));
    const live = active.filter((fault) => fault.until > now);
    if (live.length === 0) {
      this.faults.delete(row);
      this.markFaults(row, 0);
    }
    if (live.length > 0 && live.length < active.length) this.faults.set(row, live);
    return live.find((fault) => (fault.role === null || fault.role === role) && drawn < fault.rate) ?? null;
  }

  private drawDuration(distribution: Distribution, row: number, container: number, purpose: string, index: number): Duration {
    const key = this.key(row, purpose, container);
    return Math.max(1, Math.round(sample(distribution, key.hi, key.lo, index)));
  }

  private key(row: number, purpose: string, child: number): StreamKey {
    const { workload, ordinal } = this.kubelet.recordOf(row);
    return childKey(childKey(this.table.workloadKey(purpose, workload), ordinal), child);
  }

  private modelsOf(row: number): readonly ContainerModel[] {
    const { table } = this;
    const known = table.words[table.podAt(row) + SET]!;
    if (known !== 0) return this.shared.sets[known]!;
    const { workload, template } = this.kubelet.recordOf(row);
    const added = this.shared.setOf(workload, template, () =>
      table.plan(row).containers.map((container, index) => this.modelOf(container, workload, template, index)),
    );
    table.words[table.podAt(row) + SET] = added;
    return this.shared.sets[added]!;
  }

  private modelOf(container: Container, workload: number, template: TemplateId, index: number): ContainerModel {
    const behaviour = this.options.behaviourOf(workload, template, index);
    const { probeTime } = behaviour;
    const probeTimeConstant = probeTime.type === "constant" ? Math.max(1, Math.round(probeTime.value)) : -1;
    return {
      behaviour,
      probeTime: sampler(probeTime),
      probeTable: this.options.table.quantilesOf(probeTime),
      probeTimeConstant,
      memoryLimit: container.resources.limits.memory ?? Infinity,
    };
  }

  private generationOf(row: number, container: number): number {
    const known = this.generations.get(this.slot(row, this.kind(row, container, ContainerTimer.process)));
    return known ?? this.kubelet.recordOf(row).status.containers[container - this.table.plan(row).initCount]?.restartCount ?? 0;
  }

  private arm(row: number, kind: number, after: Duration): void {
    this.kubelet.armPortTimer(row, kind, this.simulator.now + Math.max(1, after));
  }

  private kind(row: number, container: number, timer: number): number {
    return this.table.plan(row).firstContainerKind + container * KINDS_PER_CONTAINER + timer;
  }

  private slot(row: number, kind: number): number {
    return this.table.firstSlot(row) + kind;
  }

  private startedAt(row: number, container: number): VirtualTime {
    return this.table.times[(this.table.cellAt(row, container) + STARTS) >> 1]!;
  }

  private listensAt(row: number, container: number): VirtualTime {
    return this.table.times[(this.table.cellAt(row, container) + LISTENS) >> 1]!;
  }

  private serverAt(row: number, container: number): ContainerServer | undefined {
    return this.shared.servers[this.table.words[this.table.cellAt(row, container) + SERVER]!];
  }

  private isAlive(row: number, container: number): boolean {
    return this.startedAt(row, container) !== NEVER;
  }
}

/** µs that the application works on this attempt. The role's stream is hashed in place: this runs for every probe. */
function probeWork(words: Int32Array, cell: number, role: ProbeRole, attempt: number, model: ContainerModel): Duration {
  if (model.probeTimeConstant !== -1) return model.probeTimeConstant;
  const hi = words[cell + KEY_HI]! ^ Math.imul(role + 1, 0x9e3779b1);
  const lo = words[cell + KEY_LO]! ^ Math.imul(role + 1, 0x85ebca6b);
  if (model.probeTable !== null) return model.probeTable.duration(hi, lo, attempt);
  const drawn = Math.round(model.probeTime(hi, lo, attempt));
  return drawn < 1 ? 1 : drawn;
}
