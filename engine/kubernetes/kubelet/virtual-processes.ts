/**
 * Processes of the containers of one node: from their start to their end, as the application model says.
 *
 *   process:  absent ─start─▶ created ─▶ running ─startUp─▶ listening ─SIGTERM, drain─▶ draining ─▶ absent
 *                                            └────────── exit, OOM, SIGKILL, node lost ───────────────┘
 */
import type { ApplicationBehaviour, AwaitedService } from "../../application/application.ts";
import { runOf, type ScriptedRun } from "../../application/container-script.ts";
import { isOpenEnded } from "../../application/calling-server.ts";
import { shutdownOf } from "../../application/shutdown.ts";
import { startUpTime } from "../../application/start-up.ts";
import { applicationDetail, ApplicationTrait, CauseKind } from "../../cause-kinds.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import { sample } from "../../kernel/distribution.ts";
import { uniform } from "../../kernel/random.ts";
import { NEVER, SECOND, type VirtualTime } from "../../kernel/time.ts";
import { exponential } from "../../kernel/ziggurat.ts";
import { NodeCpu } from "./node-cpu.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";
import { VirtualCpu } from "./virtual-cpu.ts";
import { VirtualDisturbances } from "./virtual-disturbances.ts";
import { VirtualHooks, type PendingHook } from "./virtual-hooks.ts";
import { VirtualMemory } from "./virtual-memory.ts";
import { VirtualProbes } from "./virtual-probes.ts";
import { KEY_HI, KEY_LO, LISTENS, SERVER, SPECIAL, Special, STARTS } from "./virtual-table.ts";

const KILLED = 137;
/** What containerd leaves behind when a task can't be started. */
const START_ERROR = 128;

interface PendingExit {
  readonly at: VirtualTime;
  readonly code: number;
  readonly oomKilled: boolean;
  /** Why; none: by itself. */
  readonly cause: CauseId;
  /** By itself: as which of its traits. */
  readonly trait: ApplicationTrait;
}

export class VirtualProcesses {
  readonly hooks: VirtualHooks;
  readonly memory: VirtualMemory;
  readonly probes: VirtualProbes;
  readonly disturbances: VirtualDisturbances;
  readonly cpu: NodeCpu;
  readonly consumers: VirtualCpu;
  private readonly model: VirtualContext;
  private readonly exits = new Map<number, PendingExit>();

  constructor(model: VirtualContext) {
    this.model = model;
    this.hooks = new VirtualHooks(model);
    this.disturbances = new VirtualDisturbances(model);
    this.memory = new VirtualMemory(model, this.disturbances, (row, container, at, cause) =>
      this.exitAt(row, container, at, KILLED, true, cause),
    );
    this.probes = new VirtualProbes(model, this.disturbances, (now, row, container) => this.memory.crossedByRequests(now, row, container));
    this.consumers = new VirtualCpu(model, this.disturbances, (now) => this.cpu.startUpsChanged(now));
    this.cpu = new NodeCpu(model.kubelet.node, this.consumers);
    this.disturbances.parts = {
      exit: (row, container, at, code, cause) => this.exitAt(row, container, at, code, false, cause),
      changeMemory: (now, row, container, change) => this.memory.change(now, row, container, change),
      delayProbes: (now, row, container, cause, stretched) => this.probes.delay(now, row, container, cause, stretched),
    };
  }

  start(row: number, container: number, generation: number): void {
    this.model.refreshModels(row);
    this.model.setGeneration(row, container, generation);
    const { containerCreate, containerStart } = this.model.settings;
    this.model.arm(row, this.model.kind(row, container, ContainerTimer.process), containerCreate + containerStart);
  }

  signal(row: number, container: number, generation: number, signal: "TERM" | "KILL"): void {
    if (!this.model.isAlive(row, container) || this.model.generationOf(row, container) !== generation) return;
    const { now } = this.model.simulator;
    const { causes } = this.model.kubelet.node;
    if (signal === "KILL") return this.exitAt(row, container, now + 1, KILLED, false, causes.current);
    const server = this.model.serverAt(row, container);
    const { stopsListening, exitAt, exitCode } = shutdownOf(
      this.model.modelsOf(row)[container]!.behaviour,
      now,
      server?.idleAt(now) ?? now,
    );
    // Whoever hangs runs no handler; without one the kernel ends the process.
    if (stopsListening && this.disturbances.isHung(now, row, container)) return;
    if (stopsListening) {
      // Probes are refused from here on, and a start-up still under way opens no listener any more.
      this.model.table.times[(this.model.table.cellAt(row, container) + LISTENS) >> 1] = NEVER;
      this.model.kubelet.cancelPortTimer(row, this.model.kind(row, container, ContainerTimer.listen));
      this.model.probesChanged(row);
    }
    if (stopsListening && server?.isListening === true) {
      this.model.kubelet.node.note(row, CauseKind.listenerClosed, now, container);
      server.stopListening(now);
    }
    if (exitAt === Infinity) return;
    const cause = causes.current;
    this.exitAt(row, container, Math.max(now + 1, exitAt), exitCode, false, cause);
    if (server === undefined || !stopsListening || !isOpenEnded(server)) return;
    server.whenIdle = (at) => this.exitAt(row, container, at + 1, exitCode, false, cause);
  }

  adopt(now: VirtualTime, row: number, container: number, startedAt: VirtualTime): void {
    this.begin(startedAt, row, container, now);
    this.listening(now, row, container, false);
    this.memory.watch(now, row, container);
    this.scheduleExit(now, row, container, 0);
  }

  /** The node stops: the process is gone without an answer. */
  lose(now: VirtualTime, row: number, container: number): void {
    this.model.serverAt(row, container)?.die(now, this.model.table.cause(row));
    this.clear(row, container);
  }

  forget(row: number, container: number): void {
    this.clear(row, container);
    this.model.forgetGeneration(row, container);
  }

  started(now: VirtualTime, row: number, container: number): void {
    const generation = this.model.generationOf(row, container);
    const { behaviour } = this.model.modelsOf(row)[container]!;
    if (this.failsToStart(row, container, generation)) {
      this.noteOwn(now, row, container, ApplicationTrait.startFails);
      return this.startFailed(now, row, container, generation);
    }
    const key = this.model.key(row, "start-up", container);
    const startUp = Math.ceil(startUpTime(behaviour, key, generation) * this.startUpFactor(row, container));
    this.begin(now, row, container, now + startUp);
    this.model.kubelet.input(now, { kind: "containerStarted", row, container, generation });
    this.scheduleExit(now, row, container, generation);
    this.memory.watch(now, row, container);
    if (startUp === 0) this.listening(now, row, container);
    // Disturbances have made it longer already.
    else this.model.arm(row, this.model.kind(row, container, ContainerTimer.listen), this.model.listensAt(row, container) - now);
  }

  /** No process comes of a start that is still under way. */
  abandonStart(row: number, container: number): void {
    this.model.kubelet.cancelPortTimer(row, this.model.kind(row, container, ContainerTimer.process));
  }

  /** The sandbox has gone under a start: containerd starts nothing in a sandbox that isn't running. */
  failStart(now: VirtualTime, row: number, container: number): void {
    const kind = this.model.kind(row, container, ContainerTimer.process);
    if (!this.model.kubelet.node.isArmed(row, kind)) return;
    this.model.kubelet.cancelPortTimer(row, kind);
    this.startFailed(now, row, container, this.model.generationOf(row, container));
  }

  private startFailed(now: VirtualTime, row: number, container: number, generation: number): void {
    this.model.kubelet.input(now, { kind: "containerExited", row, container, generation, exitCode: START_ERROR, oomKilled: false });
  }

  /** A start-up that wants more CPU than the container's limit allows takes longer. */
  private startUpFactor(row: number, container: number): number {
    const { behaviour, cpuLimit } = this.model.modelsOf(row)[container]!;
    return Math.max(1, (behaviour.cpu?.startUp ?? 0) / cpuLimit);
  }

  private failsToStart(row: number, container: number, generation: number): boolean {
    const { startFails = 0 } = this.model.modelsOf(row)[container]!.behaviour;
    if (startFails === 0) return false;
    const key = this.model.key(row, "start fails", container);
    return uniform(key.hi, key.lo, generation) < startFails;
  }

  listening(now: VirtualTime, row: number, container: number, isNews = true): void {
    this.consumers.startUpEnded(now, row, container);
    this.disturbances.startUpEnded(row, container);
    const server = this.model.serverAt(row, container);
    if (isNews && server !== undefined) this.model.kubelet.node.note(row, CauseKind.containerListening, now, container);
    server?.listen(now);
  }

  /** The process ends at `at`, unless it ends earlier. */
  exitAt(
    row: number,
    container: number,
    at: VirtualTime,
    code: number,
    oomKilled: boolean,
    cause: CauseId = NO_CAUSE,
    trait: ApplicationTrait = ApplicationTrait.exit,
  ): void {
    const kind = this.model.kind(row, container, ContainerTimer.exit);
    const slot = this.model.slot(row, kind);
    const pending = this.exits.get(slot);
    if (pending !== undefined && pending.at <= at) return;
    this.exits.set(slot, { at, code, oomKilled, cause, trait });
    this.model.kubelet.armPortTimer(row, kind, at);
  }

  exited(now: VirtualTime, row: number, container: number): void {
    const { causes } = this.model.kubelet.node;
    const exit = this.exits.get(this.model.slot(row, this.model.kind(row, container, ContainerTimer.exit)))!;
    const generation = this.model.generationOf(row, container);
    const server = this.model.serverAt(row, container);
    const hook = this.clear(row, container);
    this.probes.reset(now, row, container);
    if (exit.cause !== NO_CAUSE) causes.current = exit.cause;
    else if (exit.code !== 0 || exit.oomKilled || !this.isInit(row, container)) this.noteOwn(now, row, container, exit.trait);
    this.model.kubelet.input(now, { kind: "containerExited", row, container, generation, exitCode: exit.code, oomKilled: exit.oomKilled });
    server?.die(now, this.model.table.details.get(row)?.containers[container]?.exitCause ?? this.model.table.cause(row));
    if (hook !== null) this.hooks.finish(now, row, container, hook);
  }

  /** The process is there, and will listen at `listensAt`. */
  private begin(startedAt: VirtualTime, row: number, container: number, listensAt: VirtualTime): void {
    const { table, shared } = this.model;
    this.model.changes++;
    const cell = table.cellAt(row, container);
    const { behaviour } = this.model.modelsOf(row)[container]!;
    const server = this.isInit(row, container)
      ? null
      : this.model.options.createServer(behaviour, this.model.kubelet.recordOf(row).id, container);
    const key = this.model.key(row, "probe", container);
    table.times[(cell + STARTS) >> 1] = startedAt;
    table.times[(cell + LISTENS) >> 1] = listensAt;
    table.words[cell + KEY_HI] = key.hi;
    table.words[cell + KEY_LO] = key.lo;
    table.words[cell + SERVER] = server === null ? 0 : shared.addServer(server);
    if (server !== null) {
      server.limitCpu(this.model.simulator.now, this.model.modelsOf(row)[container]!.cpuLimit);
      server.begin(Math.max(this.model.simulator.now, listensAt));
    }
    const shares = server !== null && behaviour.probesShareWorkers ? Special.sharesWorkers : 0;
    const turns = behaviour.unhealthyAfter !== null || behaviour.neverReady === true ? Special.turnsUnhealthy : 0;
    const asks = behaviour.healthChecks === undefined ? 0 : Special.asksOthers;
    const follows = behaviour.script === undefined ? 0 : Special.followsScript;
    table.words[cell + SPECIAL] = shares | turns | follows | asks | this.probes.specialBits(row);
    if (server !== null) this.memory.limitServer(server, row, container);
    this.memory.began(row, container);
    if (!this.isInit(row, container)) this.consumers.startUpBegan(this.model.simulator.now, row, container, listensAt);
    const { createdAt, id } = this.model.kubelet.recordOf(row);
    if (createdAt > 0) this.cpu.arrived(id);
    if (server !== null) this.cpu.watch(this.model.simulator.now);
    this.disturbances.processBegan(this.model.simulator.now, row, container);
  }

  private scheduleExit(now: VirtualTime, row: number, container: number, generation: number): void {
    const { crash, exit, script, awaits } = this.model.modelsOf(row)[container]!.behaviour;
    if (awaits !== undefined) this.scheduleFind(now, row, container, awaits);
    if (script !== undefined) return this.scheduleScriptedExit(now, row, container, runOf(script, generation));
    // Differs: init containers. One of which the scenario says nothing ends well when its start-up is over.
    if (exit === null && awaits === undefined && this.isInit(row, container))
      return this.exitAt(row, container, Math.max(now + 1, this.model.listensAt(row, container)), 0, false);
    if (crash !== undefined) this.scheduleCrash(now, row, container, generation, crash);
    if (exit === null) return;
    const key = this.model.key(row, "exit", container);
    const after = Math.max(1, Math.round(sample(exit.after, key.hi, key.lo, generation)));
    this.exitAt(row, container, now + after, exit.code, false);
  }

  /** Chance has no memory: a process that has run for long crashes no sooner. */
  private scheduleCrash(
    now: VirtualTime,
    row: number,
    container: number,
    generation: number,
    { rate, code }: NonNullable<ApplicationBehaviour["crash"]>,
  ): void {
    const key = this.model.key(row, "crash", container);
    const after = Math.max(1, Math.round((exponential(key.hi, key.lo, generation) / rate) * SECOND));
    this.exitAt(row, container, now + after, code, false, NO_CAUSE, ApplicationTrait.crash);
  }

  /** The first look, one each period since `now`, that finds the Service's name: what the looks before it came to nobody asks. */
  private scheduleFind(now: VirtualTime, row: number, container: number, awaits: AwaitedService): void {
    const known = this.model.options.nameKnownFrom?.(this.model.kubelet.recordOf(row).workload, awaits) ?? NEVER;
    if (known === NEVER) return;
    const looks = Math.max(0, Math.ceil((known - now) / awaits.every));
    this.exitAt(row, container, Math.max(now + 1, now + looks * awaits.every), 0, false);
  }

  private scheduleScriptedExit(now: VirtualTime, row: number, container: number, { exitAfter, code, oomKilled }: ScriptedRun): void {
    if (exitAfter !== null) this.exitAt(row, container, now + Math.max(1, exitAfter), code, oomKilled);
  }

  /** Where a chain of causes ends that began with what the application does by itself; current from now on. */
  private noteOwn(now: VirtualTime, row: number, container: number, trait: ApplicationTrait): void {
    const { kubelet } = this.model;
    const isScripted = this.model.modelsOf(row)[container]!.behaviour.script !== undefined;
    const detail = applicationDetail(isScripted ? ApplicationTrait.script : trait);
    kubelet.node.causes.note(kubelet.node.lp, CauseKind.application, kubelet.recordOf(row).id, now, NO_CAUSE, detail);
  }

  private isInit(row: number, container: number): boolean {
    const plan = this.model.table.plan(row);
    return container < plan.initCount && !plan.isSidecar[container]!;
  }

  /** The process is gone: nothing of it is pending any more. Returns the hook that died with it. */
  private clear(row: number, container: number): PendingHook | null {
    this.model.changes++;
    const cell = this.model.table.cellAt(row, container);
    if (this.model.isAlive(row, container)) {
      this.memory.ended(row, container);
      this.consumers.ended(row, container);
      this.disturbances.processEnded(row, container);
    }
    this.model.table.times[(cell + STARTS) >> 1] = NEVER;
    this.model.table.times[(cell + LISTENS) >> 1] = NEVER;
    this.model.shared.removeServer(this.model.table.words[cell + SERVER]!);
    this.model.table.words[cell + SERVER] = 0;
    this.model.probesChanged(row);
    this.exits.delete(this.model.slot(row, this.model.kind(row, container, ContainerTimer.exit)));
    for (const timer of [ContainerTimer.exit, ContainerTimer.listen, ContainerTimer.memory])
      this.model.kubelet.cancelPortTimer(row, this.model.kind(row, container, timer));
    return this.hooks.die(row, container);
  }
}
