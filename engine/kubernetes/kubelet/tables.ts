/**
 * The hot part of the Pods of all kubelets of a shard: one block of words a Pod, so that a probe touches two
 * neighbouring cache lines and one page. What a Pod needs only sometimes stands in pod-detail.ts. A row is
 * the number of a block's first line; rows are reused and never enter a key or a draw.
 * Hot: bench/kubelet.bench.ts.
 *
 *   Pod (8 words)       0 first slot · 1 template | PodFlag << 16 · 2 word of the port · 4–5 end of its last sync · 6–7 cause
 *   container (12)      0 instance << 8 | CellFlag: the status manager's view · 1 draws made · 2–3 startedAt of that instance
 *                       the port's: 4–5, 6–7 two instants (NEVER at first) · 8, 9, 10, 11 four words
 *   probe worker (6)    0 timer · 1 instance seen + 1 (0: none) · 2 ProbeFlag | last << 8 | verdict << 10 | run << 12
 *                       3 attempts · 4–5 anchor of its grid
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { StreamKey } from "../../kernel/random.ts";
import { streamKey } from "../../kernel/random.ts";
import { NEVER, type VirtualTime } from "../../kernel/time.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { PodStatus } from "../objects/pod.ts";
import type { Workloads } from "../objects/workloads.ts";
import { probeKinds } from "../probes/index.ts";
import { probeResultNames } from "./inputs.ts";
import type { ElidedProbes } from "./elided-probes.ts";
import type { PodDetail } from "./pod-detail.ts";
import { planPod, type PodPlan, type ProbePlan } from "./pod-plan.ts";
import { probeRoleNames } from "./ports.ts";
import type { SteadyProbes } from "./steady-probes.ts";

export const POD_WORDS = 8;
export const CELL_WORDS = 12;
export const PROBE_WORDS = 6;
/** Blocks begin at cache lines. */
export const LINE_WORDS = 16;

/** Flags of a Pod. */
export const PodFlag = {
  /** Its probe workers exist. */
  probesAdded: 1,
  /** The Pod worker terminates it or has done so. */
  terminating: 2,
  /** Everything has ended and is cleaned up. */
  finished: 4,
  /** Its object is gone from the API. */
  removed: 8,
  /** Deleted while none of its containers ran: no worker hears of it (before 1.22). */
  abandoned: 16,
} as const;

/** Flags of a container, as the status manager shows it. */
export const CellFlag = { hasInstance: 1, running: 2, exited: 4, started: 8, ready: 16 } as const;

/** Flags of a probe worker. */
export const ProbeFlag = { alive: 1, armed: 2, probing: 4, onHold: 8, tickQueued: 16, triggerQueued: 32, elided: 64 } as const;

/** What a probe worker has published for its instance (results manager). */
export const Verdict = { none: 0, unknown: 1, success: 2, failure: 3 } as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** A container instance started after another of its Pod (engine/result.ts RestartRecord). */
export interface RestartNote {
  readonly time: VirtualTime;
  readonly pod: PodId;
  readonly container: number;
  readonly workload: number;
  /** Why the instance before ended. */
  readonly cause: CauseId;
}

export class KubeletTable {
  words: Int32Array = new Int32Array(LINE_WORDS * 64);
  /** The same memory as instants: index = word >> 1. */
  times: Float64Array = new Float64Array(this.words.buffer);
  /** Set by the virtual runtime; live probes are never known beforehand. */
  steadyProbes: SteadyProbes | null = null;
  /** The same object, if it skips attempts; null: each is run. */
  elidedProbes: ElidedProbes | null = null;
  readonly records: (PodRecord | undefined)[] = [];
  /** The status manager's latest status of each Pod. */
  readonly statuses: (PodStatus | undefined)[] = [];
  readonly details: Map<number, PodDetail> = new Map();
  readonly restarts: RestartNote[] = [];
  readonly recorder: Recorder;
  private rowOfPod = new Int32Array(64).fill(-1);
  private readonly definitions: Definitions;
  private readonly workloads: Workloads;
  private readonly seed: number;
  private readonly plans: (PodPlan | undefined)[] = [];
  private readonly probePlans = new Map<string, readonly ProbePlan[]>();
  private readonly keys = new Map<string, StreamKey[]>();
  private readonly metrics: WorkloadMetrics[] = [];
  private readonly durations: number[] = [];
  private readonly lags: number[] = [];
  /** Free blocks by their number of lines. */
  private readonly free: number[][] = [];
  private lines = 0;

  constructor(options: { recorder: Recorder; definitions: Definitions; workloads: Workloads; seed: number }) {
    this.recorder = options.recorder;
    this.definitions = options.definitions;
    this.workloads = options.workloads;
    this.seed = options.seed;
  }

  /** A cleared row for a Pod. */
  add(record: PodRecord, slot: number): number {
    const plan = this.planOf(record.template);
    const lines = linesOf(plan);
    const row = this.free[lines]?.pop() ?? this.reserve(lines);
    const at = row * LINE_WORDS;
    this.words.fill(0, at, at + lines * LINE_WORDS);
    this.words[at] = slot;
    this.words[at + 1] = record.template;
    this.times[(at + 4) >> 1] = -1;
    for (let container = 0; container < plan.containers.length; container++) {
      const cell = this.cellAt(row, container);
      this.times[(cell + 4) >> 1] = NEVER;
      this.times[(cell + 6) >> 1] = NEVER;
    }
    for (let position = 0; position < plan.probes.length; position++) this.words[this.probeAt(row, plan, position)] = -1;
    this.records[row] = record;
    this.statuses[row] = record.status;
    this.setRowOf(record.id, row);
    return row;
  }

  remove(row: number): void {
    (this.free[linesOf(this.plan(row))] ??= []).push(row);
    this.setRowOf(this.records[row]!.id, -1);
    this.records[row] = undefined;
    this.statuses[row] = undefined;
    this.details.delete(row);
  }

  /** Another object stands for the Pod of a row: the mirror of a static Pod was replaced. */
  rebind(row: number, record: PodRecord): void {
    this.setRowOf(this.records[row]!.id, -1);
    this.records[row] = record;
    this.setRowOf(record.id, row);
  }

  /** The row of a Pod that a kubelet of this shard has, or -1. */
  rowOf(pod: PodId): number {
    return pod < this.rowOfPod.length ? this.rowOfPod[pod]! : -1;
  }

  planOf(template: TemplateId): PodPlan {
    return (this.plans[template] ??= this.withSharedProbes(planPod(template, this.definitions.template(template))));
  }

  /** Templates with the same probes share their plans, which stay in the cache. */
  private withSharedProbes(plan: PodPlan): PodPlan {
    const content = JSON.stringify(plan.probes);
    const known = this.probePlans.get(content);
    if (known === undefined) this.probePlans.set(content, plan.probes);
    return known === undefined ? plan : { ...plan, probes: known };
  }

  plan(row: number): PodPlan {
    return this.plans[this.words[row * LINE_WORDS + 1]! & 0xffff]!;
  }

  /** Another template with the same containers and probes: images may differ, and ephemeral containers, which have no part of the block. */
  setTemplate(row: number, template: TemplateId): void {
    this.planOf(template);
    const at = row * LINE_WORDS + 1;
    this.words[at] = (this.words[at]! & ~0xffff) | template;
  }

  /** First word of a Pod's block. */
  podAt(row: number): number {
    return row * LINE_WORDS;
  }

  /** First word of a container. */
  cellAt(row: number, container: number): number {
    return row * LINE_WORDS + POD_WORDS + container * CELL_WORDS;
  }

  /** First word of a probe worker. */
  probeAt(row: number, plan: PodPlan, position: number): number {
    return row * LINE_WORDS + POD_WORDS + plan.containers.length * CELL_WORDS + position * PROBE_WORDS;
  }

  firstSlot(row: number): number {
    return this.words[row * LINE_WORDS]!;
  }

  has(row: number, flag: number): boolean {
    return (this.words[row * LINE_WORDS + 1]! & (flag << 16)) !== 0;
  }

  setFlag(row: number, flag: number): void {
    this.words[row * LINE_WORDS + 1]! |= flag << 16;
  }

  clearFlag(row: number, flag: number): void {
    this.words[row * LINE_WORDS + 1]! &= ~(flag << 16);
  }

  /** End of the Pod's last sync; -1: never synced. */
  syncedAt(row: number): VirtualTime {
    return this.times[(row * LINE_WORDS + 4) >> 1]!;
  }

  setSyncedAt(row: number, at: VirtualTime): void {
    this.times[(row * LINE_WORDS + 4) >> 1] = at;
  }

  /** The transition that brought the Pod into its present state. */
  cause(row: number): CauseId {
    return this.times[(row * LINE_WORDS + 6) >> 1]!;
  }

  setCause(row: number, cause: CauseId): void {
    this.times[(row * LINE_WORDS + 6) >> 1] = cause;
  }

  /** How many draws the Pod has made: its index counter for draws that aren't numbered otherwise. */
  nextDraw(row: number): number {
    return this.words[this.cellAt(row, 0) + 1]!++;
  }

  /** The key of (purpose, workload), from which a Pod's key follows by its ordinal. */
  workloadKey(purpose: string, workload: number): StreamKey {
    let keys = this.keys.get(purpose);
    if (keys === undefined) {
      keys = [];
      this.keys.set(purpose, keys);
    }
    return (keys[workload] ??= streamKey(this.seed, purpose, this.workloads.label(workload)));
  }

  /** Workload and creation ordinal: names a Pod's draws, whatever its number. */
  stableName(workload: number, ordinal: number): string {
    return `${this.workloads.label(workload)}/${ordinal}`;
  }

  /** Histogram of probe durations by handler, result and role. */
  durationHistogram(handler: number, result: number, role: number): number {
    const index = (handler * 4 + result) * 3 + role;
    const known = this.durations[index];
    if (known !== undefined) return known;
    const name = seriesName("probe_duration", probeKinds[handler]!.type, probeResultNames[result]!, probeRoleNames[role]!);
    return (this.durations[index] = this.recorder.histogram(name));
  }

  lagHistogram(role: number): number {
    return (this.lags[role] ??= this.recorder.histogram(seriesName("probe_lag", probeRoleNames[role]!)));
  }

  metricsOf(workload: number): WorkloadMetrics {
    const known = this.metrics[workload];
    if (known !== undefined) return known;
    const label = this.workloads.label(workload);
    return (this.metrics[workload] = {
      restarts: this.recorder.counter(seriesName("restarts", label)),
      restartsSeries: this.recorder.timeSeries(seriesName("restarts_series", label)),
      oomKills: this.recorder.counter(seriesName("oom_kills", label)),
    });
  }

  private setRowOf(pod: PodId, row: number): void {
    if (pod >= this.rowOfPod.length) {
      let capacity = this.rowOfPod.length;
      while (capacity <= pod) capacity *= 2;
      const rows = new Int32Array(capacity).fill(-1);
      rows.set(this.rowOfPod);
      this.rowOfPod = rows;
    }
    this.rowOfPod[pod] = row;
  }

  private reserve(lines: number): number {
    const row = this.lines;
    this.lines += lines;
    if (this.lines * LINE_WORDS > this.words.length) {
      const words = new Int32Array(Math.max(this.words.length * 2, this.lines * LINE_WORDS));
      words.set(this.words);
      this.words = words;
      this.times = new Float64Array(words.buffer);
    }
    return row;
  }
}

function linesOf(plan: PodPlan): number {
  return Math.ceil((POD_WORDS + plan.containers.length * CELL_WORDS + plan.probes.length * PROBE_WORDS) / LINE_WORDS);
}

/** Numbers of a workload's series in the recorder. */
export interface WorkloadMetrics {
  readonly restarts: number;
  readonly restartsSeries: number;
  readonly oomKills: number;
}
