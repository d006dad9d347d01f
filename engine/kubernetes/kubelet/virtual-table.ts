/**
 * What the virtual runtimes of a shard share: the models of their containers, the servers by number, and the
 * words that the port keeps in a container's line (tables.ts). Hot: bench/kubelet.bench.ts (probeWork).
 */
import type { ApplicationBehaviour } from "../../application/application.ts";
import type { ContainerServer } from "../../application/server.ts";
import { logDeviation, type Distribution, type Sampler } from "../../kernel/distribution.ts";
import { tailTable, type TailTable } from "../../kernel/tail-table.ts";
import { NEVER, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { ProbeHandler } from "../objects/pod.ts";
import { processTime } from "../probes/exec.ts";
import type { TemplateId } from "../objects/definitions.ts";
import { ExactReason, type ElisionOracle } from "./elided-probes.ts";
import { LatencyLaw, type AnswerTimes } from "./latency-law.ts";
import type { ProbePlan } from "./pod-plan.ts";
import type { ProbeRole } from "./ports.ts";
import type { KubeletTable } from "./tables.ts";

/**
 * The port's part of a container (tables.ts): the instant from which it listens and the start of its process,
 * NEVER while there is none; the key of its probes' draws; what makes its probes special; its server's number.
 */
export const LISTENS = 4;
export const STARTS = 6;
export const KEY_HI = 8;
export const KEY_LO = 9;
export const SPECIAL = 10;
export const SERVER = 11;
/** The port's word of a Pod: number of its set of models. */
export const SET = 2;

/** Bits of SPECIAL: any of them sends a probe down the careful path. */
export const Special = {
  sharesWorkers: 1,
  turnsUnhealthy: 2,
  meetsFault: 4,
  followsScript: 8,
  disturbed: 16,
  asksOthers: 32,
  countsConnections: 64,
} as const;

const FAULTS = Special.meetsFault | Special.disturbed;
/** Of those, what makes a difference to probes of each kind: the kernel shakes hands for the process, a command asks no server. */
const mattersTo: Readonly<Record<ProbeHandler["type"], number>> = {
  httpGet: Special.sharesWorkers | Special.turnsUnhealthy | Special.followsScript | Special.asksOthers | Special.countsConnections | FAULTS,
  grpc: Special.sharesWorkers | Special.turnsUnhealthy | Special.followsScript | Special.asksOthers | Special.countsConnections | FAULTS,
  tcpSocket: Special.countsConnections | FAULTS,
  exec: Special.turnsUnhealthy | Special.followsScript | FAULTS,
};

/** The weightiest: a fault passes, what the application is like stays. */
function reasonOf(special: number): ExactReason {
  if ((special & Special.sharesWorkers) !== 0) return ExactReason.load;
  if ((special & Special.asksOthers) !== 0) return ExactReason.calls;
  if ((special & Special.followsScript) !== 0) return ExactReason.script;
  if ((special & Special.turnsUnhealthy) !== 0) return ExactReason.health;
  if ((special & Special.countsConnections) !== 0) return ExactReason.connections;
  return ExactReason.fault;
}

/** What follows from a container's behaviour and limits, once per workload and template. */
export interface ContainerModel {
  readonly behaviour: ApplicationBehaviour;
  readonly probeTime: Sampler;
  /** Quantiles of a log-normal probe time; null: it is drawn another way. */
  readonly probeTable: TailTable | null;
  /** µs; -1: drawn. */
  readonly probeTimeConstant: Duration;
  /** bytes; Infinity: no limit. */
  readonly memoryLimit: number;
  /** cores; Infinity: no limit. */
  readonly cpuLimit: number;
  /** By which neighbours on a full node share its cores (cpu.shares): millicores requested, at least 2. */
  readonly cpuWeight: number;
}

function isSameLimits(one: ContainerModel, other: ContainerModel): boolean {
  return one.memoryLimit === other.memoryLimit && one.cpuLimit === other.cpuLimit && one.cpuWeight === other.cpuWeight;
}

function isSameModel(one: ContainerModel, other: ContainerModel): boolean {
  return one.behaviour === other.behaviour && isSameLimits(one, other);
}

/** What the virtual runtimes of a shard share: the models of their containers, and the servers by number. */
export class VirtualTable implements ElisionOracle {
  /** By number; 0 is nobody's. */
  readonly sets: (readonly ContainerModel[])[] = [[]];
  readonly servers: (ContainerServer | undefined)[] = [undefined];
  private readonly byTemplate = new Map<string, number>();
  private readonly quantiles = new Map<string, TailTable>();
  private readonly freeServers: number[] = [];
  private readonly laws = new Map<string, LatencyLaw>();
  private readonly lawsOf = new Map<ContainerModel, Map<Duration, LatencyLaw>>();

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
      table = tailTable(median, logDeviation(median, p99));
      this.quantiles.set(key, table);
    }
    return table;
  }

  lawOf(table: KubeletTable, now: VirtualTime, pod: number, cell: number, probe: ProbePlan): LatencyLaw | ExactReason {
    const { words, times } = table;
    const special = words[cell + SPECIAL]! & mattersTo[probe.probe.handler.type];
    if (special !== 0) return reasonOf(special);
    if (probe.timeout >= probe.period) return ExactReason.period;
    const answers = probe.usesPort ? now >= times[(cell + LISTENS) >> 1]! : times[(cell + STARTS) >> 1]! !== NEVER;
    if (!probe.targetIsKnown || !answers) return ExactReason.settling;
    const model = this.sets[words[pod + SET]!]?.[probe.container];
    if (model === undefined) return ExactReason.settling;
    return probe.usesPort
      ? this.lawOfModel(model, probe.timeout)
      : this.law({ distribution: processTime, isTable: false, timeout: probe.timeout });
  }

  private lawOfModel(model: ContainerModel, timeout: Duration): LatencyLaw {
    let laws = this.lawsOf.get(model);
    if (laws === undefined) {
      laws = new Map();
      this.lawsOf.set(model, laws);
    }
    let law = laws.get(timeout);
    if (law === undefined) {
      law = this.law({ distribution: model.behaviour.probeTime, isTable: model.probeTable !== null, timeout });
      laws.set(timeout, law);
    }
    return law;
  }

  /** Models whose probes take alike share a law. */
  private law(times: AnswerTimes): LatencyLaw {
    const name = JSON.stringify(times);
    let law = this.laws.get(name);
    if (law === undefined) {
      law = new LatencyLaw(times, this.laws.size);
      this.laws.set(name, law);
    }
    return law;
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

/** µs that the application works on this attempt. The role's stream is hashed in place: this runs for every probe. */
export function probeWork(words: Int32Array, cell: number, role: ProbeRole, attempt: number, model: ContainerModel): Duration {
  if (model.probeTimeConstant !== -1) return model.probeTimeConstant;
  const hi = words[cell + KEY_HI]! ^ Math.imul(role + 1, 0x9e3779b1);
  const lo = words[cell + KEY_LO]! ^ Math.imul(role + 1, 0x85ebca6b);
  if (model.probeTable !== null) return model.probeTable.duration(hi, lo, attempt);
  const drawn = Math.round(model.probeTime(hi, lo, attempt));
  return drawn < 1 ? 1 : drawn;
}
