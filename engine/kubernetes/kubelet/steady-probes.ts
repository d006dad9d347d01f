/**
 * The probes that nothing comes of: an attempt of a steady worker (last result and verdict Success) against an
 * application that answers well and in time changes nothing but counters, so it is finished in the event that
 * started it. Shared by all nodes of a shard, because touching a node's own objects would cost more than the
 * probe. Everything else goes the ordinary way (prober.ts, virtual-runtime.ts), which draws the same numbers.
 * Hot: bench/kubelet.bench.ts.
 */
import type { VirtualTime } from "../../kernel/time.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import { ProbeResult } from "./inputs.ts";
import type { PodPlan, ProbePlan } from "./pod-plan.ts";
import { CELL_WORDS, CellFlag, LINE_WORDS, POD_WORDS, PROBE_WORDS, ProbeFlag, Verdict, type KubeletTable } from "./tables.ts";

/** What the model knows of an attempt beforehand. */
export interface ProbeOracle {
  /** µs until this attempt succeeds; -1: that has to be found out the ordinary way. */
  successAfter(table: KubeletTable, now: VirtualTime, pod: number, cell: number, probe: ProbePlan, attempt: number): number;
}

export const LAST_SHIFT = 8;
export const VERDICT_SHIFT = 10;
export const RUN_SHIFT = 12;
/** The count saturates: thresholds are far below. */
export const RUN_MAX: number = (1 << 18) - 1;
/** The last result, as counted. */
export const Last = { none: 0, success: 1, failure: 2 } as const;

/** Flags, last result and verdict of a worker with nothing on its mind. */
const STEADY = ProbeFlag.alive | ProbeFlag.armed | (Last.success << LAST_SHIFT) | (Verdict.success << VERDICT_SHIFT);
const STATE_MASK = (1 << RUN_SHIFT) - 1;
const SHOWN = CellFlag.hasInstance | CellFlag.running | CellFlag.started;
const SHOWN_MASK = SHOWN | CellFlag.exited;

export class SteadyProbes {
  protected readonly table: KubeletTable;
  protected readonly recorder: Recorder;
  private readonly oracle: ProbeOracle;

  constructor(table: KubeletTable, oracle: ProbeOracle) {
    this.table = table;
    this.recorder = table.recorder;
    this.oracle = oracle;
  }

  /** A worker's grid ticks. False: nothing was done, and the tick has to be handled the ordinary way. */
  tick(now: VirtualTime, row: number, plan: PodPlan, position: number): boolean {
    const { table } = this;
    const { words } = table;
    const pod = row * LINE_WORDS;
    const probe = plan.probes[position]!;
    const cell = pod + POD_WORDS + probe.container * CELL_WORDS;
    const at = pod + POD_WORDS + plan.containers.length * CELL_WORDS + position * PROBE_WORDS;
    const state = words[at + 2]!;
    const shown = words[cell]!;
    if ((state & STATE_MASK) !== STEADY || (shown & SHOWN_MASK) !== SHOWN || words[at + 1] !== (shown >>> 8) + 1) return false;
    if (now - table.times[(cell + 2) >> 1]! < probe.initialDelay) return false;
    const attempt = words[at + 3]! + 1;
    const latency = this.oracle.successAfter(table, now, pod, cell, probe, attempt);
    if (latency === -1 || latency >= probe.period) return false;
    words[at + 3] = attempt;
    if (state >>> RUN_SHIFT < RUN_MAX) words[at + 2] = state + (1 << RUN_SHIFT);
    this.recorder.observe(table.lagHistogram(probe.role), now, 0);
    this.recorder.observe(table.durationHistogram(probe.handler, ProbeResult.success, probe.role), now, latency);
    return true;
  }
}

/** Whether a worker has nothing on its mind, whatever `flags` say: what `tick` asks first. */
export function isSteadyBut(table: KubeletTable, at: number, cell: number, flags: number): boolean {
  const { words } = table;
  const shown = words[cell]!;
  return (words[at + 2]! & STATE_MASK & ~flags) === STEADY && (shown & SHOWN_MASK) === SHOWN && words[at + 1] === (shown >>> 8) + 1;
}
