/**
 * Who shares the CPU of one node: containers that some load reaches, and those that start up and want it for that.
 *
 *   process:  begins ─▶ starting ─listens─▶ started ─▶ ends: forgotten
 *                          └── a full node gives less, so it takes longer
 */
import type { ContainerServer } from "../../application/server.ts";
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

/** The last look at a server. */
interface Reading {
  readonly server: ContainerServer;
  at: VirtualTime;
  /** CPU µs used until then. */
  used: number;
  /** Cores, on average since the look before. */
  rate: number;
}

export class VirtualCpu implements CpuConsumers {
  private readonly model: VirtualContext;
  private readonly disturbances: VirtualDisturbances;
  private readonly onChange: (now: VirtualTime) => void;
  /** By number of the server, which another one may have had before. */
  private readonly readings: (Reading | undefined)[] = [];
  /** Of processes that wanted CPU to start up, until they end; by slot. */
  private readonly startUps = new Map<number, StartUp>();

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
        const number = model.serverNumberAt(row, container);
        const server = model.shared.servers[number];
        if (startUp?.isUnderWay === true) readers.push(this.starterOf(row, container, startUp));
        else if (server !== undefined)
          readers.push(this.readerOf(model.kubelet.recordOf(row).id, number, server, model.modelsOf(row)[container]!));
      });
    return readers;
  }

  /** What `readers` say they want, without making them: most looks need no more. */
  wantedInAll(now: VirtualTime): number {
    const { model } = this;
    const { rows } = model.kubelet.node;
    let sum = 0;
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index]!;
      const models = model.modelsOf(row);
      const count = model.table.plan(row).containers.length;
      for (let container = 0; container < count; container++) {
        const startUp = this.startUpOf(row, container);
        const number = model.serverNumberAt(row, container);
        const server = model.shared.servers[number];
        if (startUp?.isUnderWay === true) sum += startUp.wanted / 1000;
        else if (server !== undefined) sum += this.wantedBy(number, server, models[container]!, now);
      }
    }
    return sum;
  }

  /** Cores that commands of probes take on average before anybody else: the runtime's processes aren't the containers'. */
  takenByProbes(): number {
    const { model } = this;
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
    this.model.kubelet.node.usage.startUpBegan(wanted);
    this.onChange(now);
  }

  startUpEnded(now: VirtualTime, row: number, container: number): void {
    const startUp = this.startUpOf(row, container);
    if (startUp?.isUnderWay !== true) return;
    startUp.used = this.usedToStart(now, row, container);
    startUp.isUnderWay = false;
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

  private readerOf(pod: PodId, number: number, server: ContainerServer, model: ContainerModel): CpuReader {
    return {
      pod,
      weight: model.cpuWeight,
      wanted: (now) => this.wantedBy(number, server, model, now),
      give: (now, cores, cause) => server.shareCpu(now, Math.max(LEAST, cores - idleOf(model)), cause),
    };
  }

  private wantedBy(number: number, server: ContainerServer, model: ContainerModel, now: VirtualTime): number {
    return Math.min(model.cpuLimit, Math.max(this.usedSince(number, server, now), server.cpuWanted(now)) + idleOf(model));
  }

  /** cores on average since the last look */
  private usedSince(number: number, server: ContainerServer, now: VirtualTime): number {
    let reading = this.readings[number];
    if (reading === undefined || reading.server !== server)
      this.readings[number] = reading = { server, at: now - SECOND, used: 0, rate: 0 };
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
