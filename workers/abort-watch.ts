/**
 * Thresholds that end a run. On a grid of virtual time every shard writes what it has measured into shared memory; once
 * all have come together, each reads all parts and comes to the same conclusion, so they end at one instant, which is
 * the same for any number of shards. Memory has two turns: a shard may be one look ahead of the slowest reader.
 */
import type { VirtualTime } from "../engine/kernel/time.ts";
import { CHECK_EVERY, cellsOf, firstBroken } from "../engine/threshold.ts";
import type { FaultCondition, ThresholdSpec } from "../engine/scenario-spec.ts";
import type { ShardHost } from "../engine/shard-host.ts";

/** Plain data: what every thread is given. */
export interface AbortTask {
  readonly thresholds: readonly ThresholdSpec[];
  /** The warm-up: nothing is counted before. */
  readonly from: VirtualTime;
  /** Conditions of faults: "broken" when they hold. */
  readonly conditions: readonly FaultCondition[];
  readonly memory: SharedArrayBuffer;
}

export interface Aborted {
  /** Index in the scenario's thresholds. */
  readonly threshold: number;
  readonly at: VirtualTime;
}

/** Those of a scenario that end its run, each with its index in `thresholds`. */
export function abortingThresholds(thresholds: readonly ThresholdSpec[]): readonly ThresholdSpec[] {
  return thresholds.filter(({ abortAfter }) => abortAfter !== undefined);
}

export function abortTask(
  thresholds: readonly ThresholdSpec[],
  conditions: readonly FaultCondition[],
  from: VirtualTime,
  shards: number,
): AbortTask | null {
  const aborting = abortingThresholds(thresholds);
  const watched = [...aborting, ...conditions.map(({ threshold }) => opposite(threshold))];
  if (watched.length === 0) return null;
  return { thresholds: watched, conditions, from, memory: new SharedArrayBuffer(2 * shards * cellsOf(watched) * 8) };
}

const opposites = { "<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "==" } as const;

/** Broken exactly when the condition holds; while nothing is measured, neither is the case. */
function opposite({ metric, tags, text, aggregate, operator, value }: ThresholdSpec): ThresholdSpec {
  return { metric, tags, text, aggregate, operator: opposites[operator], value };
}

export class AbortWatch {
  /** When it looks next: windows end there. */
  next: VirtualTime;
  private readonly task: AbortTask;
  private readonly shards: number;
  private readonly turns: readonly Float64Array[];
  private readonly own: readonly Float64Array[];
  private turn = 0;
  private readonly held = new Set<number>();

  constructor(task: AbortTask, shard: number, shards: number) {
    this.task = task;
    this.shards = shards;
    const cells = cellsOf(task.thresholds);
    this.turns = [0, 1].map((turn) => new Float64Array(task.memory, turn * shards * cells * 8, shards * cells));
    this.own = this.turns.map((all) => all.subarray(shard * cells, (shard + 1) * cells));
    this.next = (Math.floor(task.from / CHECK_EVERY) + 1) * CHECK_EVERY;
  }

  /** This shard has come to `next`. */
  contribute(host: ShardHost): void {
    host.contribute?.(this.next, this.task.thresholds, this.own[this.turn]!);
  }

  /** All shards have: the index of a broken threshold among those that end the run, -1: none. Then waits for the next instant. */
  broken(host: ShardHost | null = null): number {
    const now = this.next;
    const { conditions, thresholds } = this.task;
    const parts = this.turns[this.turn]!;
    const aborting = thresholds.length - conditions.length;
    const isDue = ({ abortAfter = Infinity }: ThresholdSpec): boolean => now >= abortAfter;
    const index = aborting === 0 ? -1 : firstBroken(thresholds, parts, this.shards, isDue);
    for (let condition = 0; condition < conditions.length; condition++) {
      if (this.held.has(condition) || now < conditions[condition]!.from) continue;
      const watched = thresholds[aborting + condition]!;
      if (firstBroken(thresholds, parts, this.shards, (threshold) => threshold === watched) === -1) continue;
      this.held.add(condition);
      // No window goes beyond the next look, so nobody has gone past it yet.
      host?.conditionHolds?.(condition, now + CHECK_EVERY);
    }
    this.turn ^= 1;
    if (index === -1) this.next += CHECK_EVERY;
    return index;
  }
}
