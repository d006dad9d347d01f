/**
 * Probes that aren't run one by one (`probes: elided`). While an attempt's chance of coming too late is constant and
 * depends on no load, the number of attempts in time before the next late one is geometric: the worker's timer jumps
 * there. How long the skipped ones took is drawn at once, as a multinomial: of all nodes when the run is over
 * (skipped-probes.ts), node by node where somebody looks at what was measured on the way. Exact in distribution; not the same numbers as one by one.
 *
 *   exact ─an attempt of a steady worker is in time─▶ elided: one timer, at the next late attempt
 *     ▲                                                  │ it fires: this attempt is late
 *     └── state or chance change: what is due by then ◀──┘ is counted as in time, the rest of the jump is dropped
 *
 * A drop keeps the law: chance has no memory, so a jump begun anew after it is as likely as the rest of the old one.
 */
import { childKey, Stream, streamKey } from "../../kernel/random.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import { NEVER, type VirtualTime } from "../../kernel/time.ts";
import { exponential } from "../../kernel/ziggurat.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import { probeKinds } from "../probes/index.ts";
import { ProbeResult, probeResultNames } from "./inputs.ts";
import type { LatencyLaw } from "./latency-law.ts";
import type { PodPlan, ProbePlan } from "./pod-plan.ts";
import { probeRoleNames, type ProbeRole } from "./ports.ts";
import { addSkipped, type SkippedProbes } from "./skipped-probes.ts";
import { isSteadyBut, type ProbeOracle, RUN_MAX, RUN_SHIFT, SteadyProbes } from "./steady-probes.ts";
import { CELL_WORDS, LINE_WORDS, POD_WORDS, ProbeFlag, type KubeletTable } from "./tables.ts";

/** Why an attempt was run, not skipped. */
export const ExactReason = { settling: 0, load: 1, calls: 2, health: 3, script: 4, fault: 5, period: 6, connections: 7 } as const;
export type ExactReason = (typeof ExactReason)[keyof typeof ExactReason];
/** By ExactReason: as the metric's label has it. */
export const exactReasonNames: readonly string[] = Object.keys(ExactReason);

/** What the model knows of attempts to come. */
export interface ElisionOracle extends ProbeOracle {
  /** How long attempts of this probe take from now on, unless something changes; or why nobody can say. */
  lawOf(table: KubeletTable, now: VirtualTime, pod: number, cell: number, probe: ProbePlan): LatencyLaw | ExactReason;
}

/** Skipped attempts of one node that follow one law and are measured alike. */
interface Pool {
  readonly node: number;
  readonly law: LatencyLaw;
  readonly handler: number;
  readonly role: ProbeRole;
  /** Skipped after the warm-up, and in no histogram yet. */
  waiting: number;
  draws: number;
}

/** Of keys of pools: more than any cluster has. */
const NODES_MAX = 1 << 20;
/** Further than any run goes. */
const FAR: VirtualTime = 4e15;

export class ElidedProbes extends SteadyProbes {
  /** By node index: names their draws. */
  readonly nodeNames: string[] = [];
  private readonly simulator: Simulator;
  private readonly laws: ElisionOracle;
  private readonly seed: number;
  private readonly pools: Pool[] = [];
  private readonly poolNumbers = new Map<number, number>();
  /** By timer: number of the pool + 1 (0: not elided), the worker's words, the first tick not counted yet, the period. */
  private poolOf = new Int32Array(64);
  private wordOf = new Int32Array(64);
  private next = new Float64Array(64);
  private period = new Float64Array(64);
  /** The worker whose attempt is the late one that its timer jumped to; -1: none. */
  private lateAt = -1;
  private readonly skipped: readonly number[];
  private readonly exact: readonly number[];

  constructor(table: KubeletTable, oracle: ElisionOracle, simulator: Simulator, seed: number) {
    super(table, oracle);
    this.laws = oracle;
    this.simulator = simulator;
    this.seed = seed;
    this.skipped = probeRoleNames.map((role) => this.recorder.counter(seriesName("probes_elided", role)));
    this.exact = exactReasonNames.map((reason) => this.recorder.counter(seriesName("probes_exact", reason)));
  }

  override tick(now: VirtualTime, row: number, plan: PodPlan, position: number): boolean {
    const { table } = this;
    const at = table.probeAt(row, plan, position);
    this.lateAt = -1;
    if ((table.words[at + 2]! & ProbeFlag.elided) !== 0) {
      this.arrive(now, row, plan, position, at);
      return false;
    }
    if (!super.tick(now, row, plan, position)) return false;
    const reason = this.begin(now, row, plan, position);
    this.recorder.count(this.exact[reason]!, now);
    return true;
  }

  /** A worker's attempt was in time: jumps, if nothing but chance will make one late. Returns why this attempt was run. */
  begin(now: VirtualTime, row: number, plan: PodPlan, position: number): ExactReason {
    const { table, simulator } = this;
    const at = table.probeAt(row, plan, position);
    const law = this.lawOf(now, row, plan, position);
    if (typeof law === "number") return law;
    if (!this.isSteady(now, row, plan, position, at)) return ExactReason.settling;
    const timer = table.words[at]!;
    const first = simulator.timers.deadline[timer]!;
    if (first === NEVER) return ExactReason.settling;
    const { period } = plan.probes[position]!;
    const late = first + this.attemptsInTime(row, plan, position, at, law) * period;
    if (timer >= this.poolOf.length) this.grow(timer);
    this.poolOf[timer] = this.poolNumber(table.records[row]!.node, law, plan.probes[position]!) + 1;
    this.wordOf[timer] = at;
    this.next[timer] = first;
    this.period[timer] = period;
    table.words[at + 2]! |= ProbeFlag.elided;
    simulator.arm(timer, late < FAR ? late : NEVER);
    return ExactReason.settling;
  }

  /** Whether what an elided worker's jump was drawn for is still so. */
  holds(now: VirtualTime, row: number, plan: PodPlan, position: number, at: number): boolean {
    const pool = this.pools[this.poolOf[this.table.words[at]!]! - 1];
    return pool !== undefined && this.isSteady(now, row, plan, position, at) && this.lawOf(now, row, plan, position) === pool.law;
  }

  /**
   * An elided worker goes on one by one: its timer is disarmed. A tick due at this very instant has passed: whether it comes
   * before or after what drops the jump is as arbitrary as between any two events of one microsecond, it was drawn in time by
   * the law that held until now, and the grid that goes on has no tick left at `now`, since everything is armed after it.
   */
  drop(at: number): void {
    const { table, simulator } = this;
    const timer = table.words[at]!;
    this.count(timer, simulator.now + 1);
    this.poolOf[timer] = 0;
    table.words[at + 2]! &= ~(ProbeFlag.elided | ProbeFlag.armed);
    simulator.cancel(timer);
  }

  /** An attempt that isn't finished in its tick begins. Returns whether it is the late one that was jumped to. */
  beginsLate(now: VirtualTime, row: number, plan: PodPlan, position: number): boolean {
    const isLate = this.lateAt !== -1 && this.lateAt === this.table.probeAt(row, plan, position);
    this.lateAt = -1;
    const law = this.lawOf(now, row, plan, position);
    this.recorder.count(this.exact[typeof law === "number" ? law : ExactReason.settling]!, now);
    return isLate;
  }

  /** On the way: puts everything skipped before `bound` into the histograms. */
  measure(bound: VirtualTime): void {
    this.countAll(bound);
    for (const pool of this.pools) if (pool.waiting > 0) this.draw(pool, bound);
  }

  /** At the end: everything skipped before `bound` that is in no histogram yet. Counters have it. */
  takeSkipped(bound: VirtualTime): readonly SkippedProbes[] {
    this.countAll(bound);
    const sums = new Map<number, Pool>();
    for (const pool of this.pools) {
      const key = pool.law.id * 16 + pool.handler * 3 + pool.role;
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, { ...pool });
      else sum.waiting += pool.waiting;
      pool.waiting = 0;
    }
    const waiting = [...sums.values()].filter((pool) => pool.waiting > 0);
    return addSkipped(
      waiting.map((pool) => this.skippedOf(pool, bound)),
      [],
    );
  }

  private countAll(bound: VirtualTime): void {
    for (let timer = 0; timer < this.poolOf.length; timer++) if (this.poolOf[timer] !== 0) this.count(timer, bound);
  }

  private skippedOf(pool: Pool, now: VirtualTime): SkippedProbes {
    const { law, handler, role, waiting } = pool;
    const series = seriesName("probe_duration", probeKinds[handler]!.type, probeResultNames[ProbeResult.success]!, probeRoleNames[role]!);
    this.tally(pool, now);
    const key = streamKey(this.seed, "elided probes", `${JSON.stringify(law.times)}/${series}`);
    return { series, times: law.times, key, count: waiting };
  }

  private draw(pool: Pool, now: VirtualTime): void {
    const { node, law, handler, role, waiting } = pool;
    const name = `${this.nodeNames[node]}/${JSON.stringify(law.times)}/${probeKinds[handler]!.type}/${probeRoleNames[role]}`;
    const key = childKey(streamKey(this.seed, "elided probes of a node", name), pool.draws++);
    const histogram = this.table.durationHistogram(handler, ProbeResult.success, role);
    law.spread(new Stream(key), waiting, (micros, times) => this.recorder.observe(histogram, now, micros, times));
    this.tally(pool, now);
  }

  /** What needs no draw. */
  private tally(pool: Pool, now: VirtualTime): void {
    const { role, waiting } = pool;
    this.recorder.observe(this.table.lagHistogram(role), now, 0, waiting);
    this.recorder.count(this.skipped[role]!, now, waiting);
    pool.waiting = 0;
  }

  /** The timer of a jump fires: the grid goes on from here, with a late attempt. */
  private arrive(now: VirtualTime, row: number, plan: PodPlan, position: number, at: number): void {
    const { table, simulator } = this;
    const timer = table.words[at]!;
    if (this.holds(now, row, plan, position, at)) this.lateAt = at;
    this.count(timer, now);
    this.poolOf[timer] = 0;
    table.words[at + 2]! &= ~ProbeFlag.elided;
    const { period } = plan.probes[position]!;
    simulator.armPeriodic(timer, now + period, period);
  }

  /** Ticks before `bound` were attempts in time. */
  private count(timer: number, bound: VirtualTime): void {
    const { words } = this.table;
    const [next, period] = [this.next[timer]!, this.period[timer]!];
    const ticks = Math.ceil((bound - next) / period);
    if (ticks <= 0) return;
    const at = this.wordOf[timer]!;
    const state = words[at + 2]!;
    words[at + 3]! += ticks;
    words[at + 2] = state + (Math.min(ticks, RUN_MAX - (state >>> RUN_SHIFT)) << RUN_SHIFT);
    this.next[timer] = next + ticks * period;
    const unmeasured = Math.max(0, Math.ceil((this.recorder.warmup - next) / period));
    this.pools[this.poolOf[timer]! - 1]!.waiting += Math.max(0, ticks - unmeasured);
  }

  /** Geometric, from an exponential. */
  private attemptsInTime(row: number, plan: PodPlan, position: number, at: number, law: LatencyLaw): number {
    if (law.late === 0) return Infinity;
    const { table } = this;
    const { workload, ordinal } = table.records[row]!;
    const { container, role } = plan.probes[position]!;
    const key = childKey(childKey(table.workloadKey("probe jump", workload), ordinal), container * 3 + role);
    return Math.floor(exponential(key.hi, key.lo, table.words[at + 3]!) / law.rate);
  }

  private lawOf(now: VirtualTime, row: number, plan: PodPlan, position: number): LatencyLaw | ExactReason {
    const probe = plan.probes[position]!;
    return this.laws.lawOf(this.table, now, row * LINE_WORDS, this.cellOf(row, probe), probe);
  }

  private isSteady(now: VirtualTime, row: number, plan: PodPlan, position: number, at: number): boolean {
    const probe = plan.probes[position]!;
    const cell = this.cellOf(row, probe);
    return isSteadyBut(this.table, at, cell, ProbeFlag.elided) && now - this.table.times[(cell + 2) >> 1]! >= probe.initialDelay;
  }

  private cellOf(row: number, probe: ProbePlan): number {
    return row * LINE_WORDS + POD_WORDS + probe.container * CELL_WORDS;
  }

  private poolNumber(node: number, law: LatencyLaw, { handler, role }: ProbePlan): number {
    const key = (law.id * NODES_MAX + node) * 16 + handler * 3 + role;
    const known = this.poolNumbers.get(key);
    if (known !== undefined) return known;
    const added = this.pools.push({ node, law, handler, role, waiting: 0, draws: 0 }) - 1;
    this.poolNumbers.set(key, added);
    return added;
  }

  private grow(timer: number): void {
    let capacity = this.poolOf.length;
    while (capacity <= timer) capacity *= 2;
    this.poolOf = grown(this.poolOf, new Int32Array(capacity));
    this.wordOf = grown(this.wordOf, new Int32Array(capacity));
    this.next = grown(this.next, new Float64Array(capacity));
    this.period = grown(this.period, new Float64Array(capacity));
  }
}

function grown<Column extends Int32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
