/**
 * What a threshold says about what was measured: pure arithmetic over series, shared by the report, which looks at a
 * finished run, and by those thresholds that end a run, which look at it on a grid while it goes on.
 *
 * Of the latter each shard adds its part to a few cells; parts of all shards add up to what one shard would have seen:
 *
 *   0 value · 1 whole that it is a share of · 2 count · 3 sum · 4 least · 5 most · 6 … buckets, of a histogram only
 */
import type { ThresholdSpec } from "./scenario-spec.ts";
import { SECOND, type Duration } from "./kernel/time.ts";
import { metrics, type MetricName } from "./metrics/catalogue.ts";
import { holds, wholeOf } from "./metrics/condition.ts";
import { BUCKETS, highestIn, type Histogram } from "./metrics/histogram.ts";
import type { Recorder } from "./metrics/recorder.ts";

/** Thresholds that end a run are looked at so often. */
export const CHECK_EVERY: Duration = SECOND;

const HEAD = 6;
const Cell = { value: 0, whole: 1, count: 2, sum: 3, least: 4, most: 5 } as const;

/** Whether a run can be looked at for it on the way: counters and histograms only. */
export function isCounted(metric: MetricName): boolean {
  return metrics[metric].kind === "counter" || metrics[metric].kind === "histogram";
}

/** Cells that one shard needs for its parts. */
export function cellsOf(thresholds: readonly ThresholdSpec[]): number {
  return thresholds.reduce((sum, threshold) => sum + sizeOf(threshold), 0);
}

/** Writes what this shard has measured so far; `overdue`: requests lost that the recorder doesn't know yet, by load. */
export function contribute(
  recorder: Recorder,
  thresholds: readonly ThresholdSpec[],
  into: Float64Array,
  overdue: ReadonlyMap<string, number>,
): void {
  let at = 0;
  for (const threshold of thresholds) {
    into.fill(0, at, at + sizeOf(threshold));
    into[at + Cell.least] = Infinity;
    if (isHistogram(threshold)) {
      for (const histogram of recorder.histogramsOf(threshold.metric, threshold.tags)) addHistogram(histogram, into, at);
    } else {
      const whole = wholeOf(threshold);
      into[at + Cell.value] = recorder.totalOf(threshold.metric, threshold.tags) + overdueOf(threshold, overdue);
      into[at + Cell.whole] = recorder.totalOf(whole.metric, whole.tags) + overdueOf({ ...threshold, ...whole }, overdue);
    }
    at += sizeOf(threshold);
  }
}

/** The first threshold that what all shards have measured breaks, of those that are looked at by now; -1: none. `parts`: shard after shard. */
export function firstBroken(
  thresholds: readonly ThresholdSpec[],
  parts: Float64Array,
  shards: number,
  isLookedAt: (threshold: ThresholdSpec) => boolean,
): number {
  const cells = cellsOf(thresholds);
  let at = 0;
  for (let index = 0; index < thresholds.length; index++) {
    const threshold = thresholds[index]!;
    const value = isLookedAt(threshold) ? valueOf(threshold, merged(parts, cells, shards, at, sizeOf(threshold))) : null;
    if (value !== null && !holds(value, threshold.operator, threshold.value)) return index;
    at += sizeOf(threshold);
  }
  return -1;
}

function isHistogram({ metric }: ThresholdSpec): boolean {
  return metrics[metric as MetricName].kind === "histogram";
}

/** They end as losses, and their attempts timed out. */
function overdueOf({ metric, tags }: Pick<ThresholdSpec, "metric" | "tags">, overdue: ReadonlyMap<string, number>): number {
  if (metric !== "requests_lost" && (metric !== "attempts" || (tags["outcome"] ?? "timed out") !== "timed out")) return 0;
  let sum = 0;
  for (const [load, count] of overdue) if (tags["load"] === undefined || tags["load"] === load) sum += count;
  return sum;
}

function sizeOf(threshold: ThresholdSpec): number {
  return isHistogram(threshold) ? HEAD + BUCKETS : HEAD;
}

function addHistogram(histogram: Histogram, into: Float64Array, at: number): void {
  into[at + Cell.count]! += histogram.count;
  into[at + Cell.sum]! += histogram.sum;
  if (histogram.count === 0) return;
  into[at + Cell.least] = Math.min(into[at + Cell.least]!, histogram.min);
  into[at + Cell.most] = Math.max(into[at + Cell.most]!, histogram.max);
  for (let bucket = 0; bucket < BUCKETS; bucket++) into[at + HEAD + bucket]! += histogram.counts[bucket]!;
}

function merged(parts: Float64Array, cells: number, shards: number, at: number, size: number): Float64Array {
  const sum = new Float64Array(size);
  sum[Cell.least] = Infinity;
  for (let shard = 0; shard < shards; shard++) {
    const from = shard * cells + at;
    for (let cell = 0; cell < size; cell++) {
      const part = parts[from + cell]!;
      if (cell === Cell.least) sum[cell] = Math.min(sum[cell]!, part);
      else if (cell === Cell.most) sum[cell] = Math.max(sum[cell]!, part);
      else sum[cell]! += part;
    }
  }
  return sum;
}

/** Null: nothing was measured yet. */
function valueOf({ aggregate, ...threshold }: ThresholdSpec, cells: Float64Array): number | null {
  const count = cells[Cell.count]!;
  switch (aggregate.type) {
    case "count":
      return metrics[threshold.metric as MetricName].kind === "histogram" ? count : cells[Cell.value]!;
    case "rate":
      return cells[Cell.whole] === 0 ? null : cells[Cell.value]! / cells[Cell.whole]!;
    case "avg":
      return count === 0 ? null : cells[Cell.sum]! / count;
    case "min":
      return count === 0 ? null : cells[Cell.least]!;
    case "max":
      return count === 0 ? null : cells[Cell.most]!;
    case "med":
      return percentile(cells, 50);
    case "p":
      return percentile(cells, aggregate.percentile);
    case "value":
      return null;
  }
}

/** The highest value of the bucket in which the percentile lies, never outside of what was seen: as HdrHistogram has it. */
function percentile(cells: Float64Array, percent: number): number | null {
  const count = cells[Cell.count]!;
  if (count === 0) return null;
  const wanted = Math.max(1, Math.ceil((percent / 100) * count));
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    seen += cells[HEAD + bucket]!;
    if (seen >= wanted) return Math.min(cells[Cell.most]!, Math.max(cells[Cell.least]!, highestIn(bucket)));
  }
  return cells[Cell.most]!;
}
