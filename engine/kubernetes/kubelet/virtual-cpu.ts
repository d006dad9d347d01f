/**
 * Who shares the CPU of one node: containers that some load reaches, and those that start up and want it for that.
 *
 *   process:  begins ─▶ starting ─listens─▶ started ─▶ ends: forgotten
 *                          └── a full node gives less, so it takes longer
 *
 * Most nodes have enough for all, though their containers could want more. So a look takes bounds first: a server that
 * nobody touched since the last look, and to which only planned arrivals come, serves no more of them at once than the
 * plans say (`cpuAtMost`). Where bounds don't suffice, all are looked at. What a server had used by the look before is
 * noted by whoever touches it next, so it all comes to the same as if each look were at all servers.
 */
import type { ContainerServer, CpuReading } from "../../application/server.ts";
import { SECOND, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";
import type { CpuConsumers, CpuReader } from "./node-cpu.ts";
import type { PodPlan } from "./pod-plan.ts";
import { ProbeRole } from "./ports.ts";
import { ContainerTimer } from "./timers.ts";
import type { VirtualContext } from "./virtual-context.ts";
import type { VirtualDisturbances } from "./virtual-disturbances.ts";
import type { ContainerModel } from "./virtual-table.ts";

/** A starving process still gets a hundredth of a core. */
const LEAST = 0.01;

/** Of one container: as if all its probes asked all the time. */
export function execProbeCores({ probes }: PodPlan, container: number, cost: Duration): number {
  let cores = 0;
  for (const { container: asked, period, role, probe } of probes)
    if (asked === container && probe.handler.type === "exec" && role !== ProbeRole.startup) cores += cost / period;
  return cores;
}

/** What a process used to start up, and may still use. */
interface StartUp {
  isUnderWay: boolean;
  /** millicores that it wants */
  readonly wanted: number;
  /** Share of them that it gets. */
  share: number;
  /** CPU µs up to `since`. */
  used: number;
  since: VirtualTime;
}

/** Cores: more than sums of bounds and of what they bound can differ by rounding. */
const ROUNDING = 1e-6;

export class VirtualCpu implements CpuConsumers {
  private readonly model: VirtualContext;
  private readonly disturbances: VirtualDisturbances;
  private readonly onChange: (now: VirtualTime) => void;
  /** The last one that asked whether there is enough. */
  private readonly looks: { at: VirtualTime } = { at: -1 };
  /** Of the processes that there are, with their models: kept until `changes` of the model is another than `listed`. */
  private readonly servers: ContainerServer[] = [];
  private readonly models: ContainerModel[] = [];
  /** Some probe is a command. */
  private hasCommands = false;
  private listed = -1;
  /** Of processes that wanted CPU to start up, until they end; by slot. */
  private readonly startUps = new Map<number, StartUp>();
  /** So many of them are under way. */
  private starting = 0;

  constructor(model: VirtualContext, disturbances: VirtualDisturbances, onChange: (now: VirtualTime) => void) {
    this.model = model;
    this.onChange = onChange;
    this.disturbances = disturbances;
  }

  /** In the order of admission. */
  readers(): readonly CpuReader[] {
    const { model } = this;
    const readers: CpuReader[] = [];
    for (const row of model.kubelet.node.rows)
      model.table.plan(row).containers.forEach((_, container) => {
        const startUp = this.startUpOf(row, container);
        const server = model.serverAt(row, container);
        if (startUp?.isUnderWay === true) readers.push(this.starterOf(row, container, startUp));
        else if (server !== undefined) readers.push(this.readerOf(model.kubelet.recordOf(row).id, server, model.modelsOf(row)[container]!));
      });
    return readers;
  }

  /** As `readers` would say, without making them. */
  isEnough(now: VirtualTime, cores: number): boolean {
    // Who starts up wants the same all the time: nothing is saved then.
    const mayBound = this.starting === 0 && this.model.options.readsAllCpu !== true;
    const isEnough = (mayBound && this.wantedAtMost(now) <= cores - ROUNDING) || this.wantedInAll(now) <= cores;
    this.looks.at = now;
    return isEnough;
  }

  /** No less than `wantedInAll`, but for rounding. */
  private wantedAtMost(now: VirtualTime): number {
    this.listServers();
    const { models, servers } = this;
    let sum = 0;
    for (let index = 0; index < servers.length; index++) {
      const server = servers[index]!;
      const model = models[index]!;
      const atMost = server.cpuAtMost;
      sum += atMost < 0 ? this.wantedBy(server, model, now) : Math.min(model.cpuLimit, atMost + idleOf(model));
    }
    return sum;
  }

  private listServers(): void {
    const { model, models, servers } = this;
    if (this.listed === model.changes) return;
    servers.length = 0;
    models.length = 0;
    this.hasCommands = false;
    for (const row of model.kubelet.node.rows) {
      const plan = model.table.plan(row);
      if (plan.probes.some(isCommand)) this.hasCommands = true;
      plan.containers.forEach((_, container) => {
        const server = model.serverAt(row, container);
        if (server === undefined) return;
        servers.push(server);
        models.push(model.modelsOf(row)[container]!);
      });
    }
    this.listed = model.changes;
  }

  private wantedInAll(now: VirtualTime): number {
    const { model } = this;
    const { rows } = model.kubelet.node;
    let sum = 0;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const models = model.modelsOf(row);
      const count = model.table.plan(row).containers.length;
      for (let container = 0; container < count; container++) {
        const startUp = this.starting === 0 ? undefined : this.startUpOf(row, container);
        const server = model.serverAt(row, container);
        if (startUp?.isUnderWay === true) sum += startUp.wanted / 1000;
        else if (server !== undefined) sum += this.wantedBy(server, models[container]!, now);
      }
    }
    return sum;
  }

  /** Cores that commands of probes take on average before anybody else: the runtime's processes aren't the containers'. */
  takenByProbes(): number {
    const { model } = this;
    this.listServers();
    if (!this.hasCommands) return 0;
    let cores = 0;
    for (const row of model.kubelet.node.rows) {
      const plan = model.table.plan(row);
      if (!plan.probes.some(isCommand)) continue;
      plan.containers.forEach((_, container) => {
        if (model.isAlive(row, container)) cores += execProbeCores(plan, container, model.settings.execProbeCpu);
      });
    }
    return cores;
  }

  /** A process began that will listen at `listensAt`, if it gets what it wants. */
  startUpBegan(now: VirtualTime, row: number, container: number, listensAt: VirtualTime): void {
    const { behaviour, cpuLimit } = this.model.modelsOf(row)[container]!;
    const wanted = Math.min(1000 * cpuLimit, Math.round(1000 * (behaviour.cpu?.startUp ?? 0)));
    if (wanted === 0 || listensAt <= now) return;
    this.startUps.set(this.slot(row, container), { isUnderWay: true, wanted, share: 1, used: 0, since: now });
    this.starting++;
    this.model.kubelet.node.usage.startUpBegan(wanted);
    this.onChange(now);
  }

  startUpEnded(now: VirtualTime, row: number, container: number): void {
    const startUp = this.startUpOf(row, container);
    if (startUp?.isUnderWay !== true) return;
    startUp.used = this.usedToStart(now, row, container);
    startUp.isUnderWay = false;
    this.starting--;
    this.model.kubelet.node.usage.startUpEnded(startUp.wanted);
    this.onChange(now);
  }

  ended(row: number, container: number): void {
    if (this.startUps.size === 0) return;
    this.startUpEnded(this.model.simulator.now, row, container);
    this.startUps.delete(this.slot(row, container));
  }

  /** CPU µs */
  usedToStart(now: VirtualTime, row: number, container: number): number {
    const startUp = this.startUpOf(row, container);
    if (startUp === undefined) return 0;
    const { isUnderWay, wanted, share, used, since } = startUp;
    return isUnderWay ? used + ((now - since) * wanted * share) / 1000 : used;
  }

  private startUpOf(row: number, container: number): StartUp | undefined {
    return this.startUps.size === 0 ? undefined : this.startUps.get(this.slot(row, container));
  }

  private starterOf(row: number, container: number, startUp: StartUp): CpuReader {
    return {
      pod: this.model.kubelet.recordOf(row).id,
      weight: this.model.modelsOf(row)[container]!.cpuWeight,
      wanted: () => startUp.wanted / 1000,
      give: (now, cores, cause) => {
        startUp.used = this.usedToStart(now, row, container);
        startUp.since = now;
        startUp.share = Math.min(1, (1000 * Math.max(LEAST, cores)) / startUp.wanted);
        this.disturbances.shareStartUp(now, row, container, startUp.share, cause);
      },
    };
  }

  private readerOf(pod: PodId, server: ContainerServer, model: ContainerModel): CpuReader {
    return {
      pod,
      weight: model.cpuWeight,
      wanted: (now) => this.wantedBy(server, model, now),
      give: (now, cores, cause) => server.shareCpu(now, Math.max(LEAST, cores - idleOf(model)), cause),
    };
  }

  private wantedBy(server: ContainerServer, model: ContainerModel, now: VirtualTime): number {
    return Math.min(model.cpuLimit, Math.max(this.usedSince(server, now), server.cpuWanted(now)) + idleOf(model));
  }

  /** cores on average since the last look */
  private usedSince(server: ContainerServer, now: VirtualTime): number {
    const { looks } = this;
    const reading: CpuReading = (server.reading ??= { looks, touchedAfter: looks.at, at: now - SECOND, used: 0, rate: 0 });
    if (now > reading.at) {
      const used = server.cpuTime(now);
      reading.rate = (used - reading.used) / (now - reading.at);
      reading.at = now;
      reading.used = used;
    }
    return reading.rate;
  }

  private slot(row: number, container: number): number {
    return this.model.slot(row, this.model.kind(row, container, ContainerTimer.pace));
  }
}

/** cores */
function idleOf({ behaviour }: ContainerModel): number {
  return (behaviour.cpu?.idle ?? 0) / 1000;
}

function isCommand({ probe }: PodPlan["probes"][number]): boolean {
  return probe.handler.type === "exec";
}
