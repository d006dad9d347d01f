/**
 * The hot part of the Pods, containers and probe workers of all kubelets of a shard, packed so that one
 * probe touches one cache line of each: 32 bytes a Pod, 16 a container, 24 a probe worker. What a Pod needs
 * only sometimes stands in pod-detail.ts. Rows are reused and never enter a key or a draw.
 * Hot: bench/kubelet.bench.ts.
 *
 *   Pod        0 first slot · 1 first container cell · 2 first probe record · 3 template | flags << 16 · 4–5 end of its last sync · 6–7 cause
 *   container  0 instance × 256 | CellFlag: the status manager's view · 1 draws made · 2–3 startedAt of that instance
 *   probe      0 timer · 1 instance seen + 1 (0: none) · 2 ProbeFlag | last << 8 | verdict << 10 | run << 12 · 3 attempts · 4–5 anchor of its grid
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { StreamKey } from "../../kernel/random.ts";
import { streamKey } from "../../kernel/random.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import type { Definitions, TemplateId } from "../objects/definitions.ts";
import type { PodStatus } from "../objects/pod.ts";
import type { Workloads } from "../objects/workloads.ts";
import { probeKinds } from "../probes/index.ts";
import { probeResultNames } from "./inputs.ts";
import type { PodDetail } from "./pod-detail.ts";
import { planPod, type PodPlan } from "./pod-plan.ts";
import { probeRoleNames } from "./ports.ts";

export const POD_WORDS = 8;
export const CELL_WORDS = 4;
export const PROBE_WORDS = 6;

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
} as const;

/** Flags of a container, as the status manager shows it. */
export const CellFlag = { hasInstance: 1, running: 2, exited: 4, started: 8, ready: 16 } as const;

/** Flags of a probe worker. */
export const ProbeFlag = { alive: 1, armed: 2, probing: 4, onHold: 8, tickQueued: 16, triggerQueued: 32 } as const;

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
  pods: Int32Array = new Int32Array(POD_WORDS * 64);
  podTimes: Float64Array = new Float64Array(this.pods.buffer);
  cells: Int32Array = new Int32Array(CELL_WORDS * 64);
  cellTimes: Float64Array = new Float64Array(this.cells.buffer);
  probes: Int32Array = new Int32Array(PROBE_WORDS * 64);
  probeTimes: Float64Array = new Float64Array(this.probes.buffer);
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
  private readonly keys = new Map<string, StreamKey[]>();
  private readonly metrics: WorkloadMetrics[] = [];
  private readonly durations: number[] = [];
  private readonly lags: number[] = [];
  private readonly freeRows: number[] = [];
  private readonly freeCells: number[][] = [];
  private readonly freeProbes: number[][] = [];
  private rowCount = 0;
  private cellCount = 0;
  private probeCount = 0;

  constructor(options: { recorder: Recorder; definitions: Definitions; workloads: Workloads; seed: number }) {
    this.recorder = options.recorder;
    this.definitions = options.definitions;
    this.workloads = options.workloads;
    this.seed = options.seed;
  }

  /** A row for a Pod, with its cells and probe records cleared. */
  add(record: PodRecord, slot: number): number {
    const plan = this.planOf(record.template);
    const row = this.freeRows.pop() ?? this.rowCount++;
    this.reservePods(row + 1);
    const at = row * POD_WORDS;
    const firstCell = this.reserveCells(plan.containers.length);
    const firstProbe = this.reserveProbes(plan.probes.length);
    this.pods[at] = slot;
    this.pods[at + 1] = firstCell;
    this.pods[at + 2] = firstProbe;
    this.pods[at + 3] = record.template;
    this.podTimes[(at + 4) >> 1] = -1;
    this.podTimes[(at + 6) >> 1] = 0;
    this.cells.fill(0, firstCell * CELL_WORDS, (firstCell + plan.containers.length) * CELL_WORDS);
    this.clearProbes(firstProbe, plan.probes.length);
    this.records[row] = record;
    this.statuses[row] = record.status;
    this.setRowOf(record.id, row);
    return row;
  }

  remove(row: number): void {
    const plan = this.plan(row);
    (this.freeCells[plan.containers.length] ??= []).push(this.firstCell(row));
    (this.freeProbes[plan.probes.length] ??= []).push(this.firstProbe(row));
    this.setRowOf(this.records[row]!.id, -1);
    this.records[row] = undefined;
    this.statuses[row] = undefined;
    this.details.delete(row);
    this.freeRows.push(row);
  }

  /** The row of a Pod that a kubelet of this shard has, or -1. */
  rowOf(pod: PodId): number {
    return pod < this.rowOfPod.length ? this.rowOfPod[pod]! : -1;
  }

  planOf(template: TemplateId): PodPlan {
    return (this.plans[template] ??= planPod(template, this.definitions.template(template)));
  }

  plan(row: number): PodPlan {
    return this.plans[this.pods[row * POD_WORDS + 3]! & 0xffff]!;
  }

  firstSlot(row: number): number {
    return this.pods[row * POD_WORDS]!;
  }

  firstCell(row: number): number {
    return this.pods[row * POD_WORDS + 1]!;
  }

  firstProbe(row: number): number {
    return this.pods[row * POD_WORDS + 2]!;
  }

  has(row: number, flag: number): boolean {
    return (this.pods[row * POD_WORDS + 3]! & (flag << 16)) !== 0;
  }

  setFlag(row: number, flag: number): void {
    this.pods[row * POD_WORDS + 3]! |= flag << 16;
  }

  clearFlag(row: number, flag: number): void {
    this.pods[row * POD_WORDS + 3]! &= ~(flag << 16);
  }

  /** End of the Pod's last sync; -1: never synced. */
  syncedAt(row: number): VirtualTime {
    return this.podTimes[(row * POD_WORDS + 4) >> 1]!;
  }

  setSyncedAt(row: number, at: VirtualTime): void {
    this.podTimes[(row * POD_WORDS + 4) >> 1] = at;
  }

  /** The transition that brought the Pod into its present state. */
  cause(row: number): CauseId {
    return this.podTimes[(row * POD_WORDS + 6) >> 1]!;
  }

  setCause(row: number, cause: CauseId): void {
    this.podTimes[(row * POD_WORDS + 6) >> 1] = cause;
  }

  /** How many draws the Pod has made: its index counter for draws that aren't numbered otherwise. */
  nextDraw(row: number): number {
    return this.cells[this.firstCell(row) * CELL_WORDS + 1]!++;
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

  clearProbes(first: number, count: number): void {
    this.probes.fill(0, first * PROBE_WORDS, (first + count) * PROBE_WORDS);
    for (let probe = first; probe < first + count; probe++) this.probes[probe * PROBE_WORDS] = -1;
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

  private reservePods(count: number): void {
    if (count * POD_WORDS <= this.pods.length) return;
    this.pods = doubled(this.pods);
    this.podTimes = new Float64Array(this.pods.buffer);
  }

  private reserveCells(count: number): number {
    const free = this.freeCells[count]?.pop();
    if (free !== undefined) return free;
    const first = this.cellCount;
    this.cellCount += count;
    while (this.cellCount * CELL_WORDS > this.cells.length) {
      this.cells = doubled(this.cells);
      this.cellTimes = new Float64Array(this.cells.buffer);
    }
    return first;
  }

  private reserveProbes(count: number): number {
    const free = this.freeProbes[count]?.pop();
    if (free !== undefined) return free;
    const first = this.probeCount;
    this.probeCount += count;
    while (this.probeCount * PROBE_WORDS > this.probes.length) {
      this.probes = doubled(this.probes);
      this.probeTimes = new Float64Array(this.probes.buffer);
    }
    return first;
  }
}

/** Numbers of a workload's series in the recorder. */
export interface WorkloadMetrics {
  readonly restarts: number;
  readonly restartsSeries: number;
  readonly oomKills: number;
}

function doubled(words: Int32Array): Int32Array {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
