/**
 * Thresholds → passed or failed, with the value that decided. Counters: `count` is their value, `rate`
 * their share of the requests sent (`attempts`: of all attempts). Histograms: avg, min, max, med, p(N) in
 * µs. Gauges: their level at the end, the least and the most at the ends of time buckets. Figures: measures.ts. A
 * threshold on something that was never measured fails, and so does the one that ended the run. One that only warns
 * fails nothing else.
 */
import type { ThresholdSpec } from "../engine/scenario-spec.ts";
import { metrics, type MetricName } from "../engine/metrics/catalogue.ts";
import { holds, wholeOf } from "../engine/metrics/condition.ts";
import type { RunResult, SometimesResult } from "../engine/result.ts";
import { formatCount, formatLatency, formatShare } from "./figures.ts";
import { mergeHistograms, percentilesOf } from "./hdr.ts";
import { CauseChains } from "./cause-chain.ts";
import { figureOf } from "./measures.ts";
import { histograms, levels, timeSeries, total } from "./series.ts";

export interface Verdict {
  /** No threshold failed and no invariant was violated. */
  readonly isPassed: boolean;
  readonly thresholds: readonly ThresholdResult[];
  /** What had to be reached at least once. */
  readonly sometimes: readonly ReachedResult[];
  readonly violations: number;
}

export interface ReachedResult {
  readonly name: string;
  readonly isReached: boolean;
  /** The first instant at which all of it went on; null: it never did, or it speaks of the whole run alone. */
  readonly at: number | null;
}

export interface ThresholdResult {
  /** `probe_duration{role:liveness}` */
  readonly metric: string;
  /** As written: `p(99)<500ms` */
  readonly text: string;
  /** Null: nothing was measured. A count, a share, or µs. */
  readonly value: number | null;
  readonly valueText: string;
  readonly isPassed: boolean;
  /** Failed, it is told, but the run has passed all the same. */
  readonly isWarning: boolean;
  /** It ended the run. */
  readonly isAborting: boolean;
}

export function judge(result: RunResult, thresholds: readonly ThresholdSpec[], chains: CauseChains = new CauseChains(result)): Verdict {
  const judged = thresholds.map((threshold, index) => judgeThreshold(result, threshold, index, chains));
  const violations = result.violations.length;
  const sometimes = (result.sometimes ?? []).map((wanted) => judgeReached(result, wanted, chains));
  const isPassed = violations === 0 && !judged.some(isFailure) && sometimes.every(({ isReached }) => isReached);
  return { isPassed, thresholds: judged, sometimes, violations };
}

function judgeReached(result: RunResult, { name, at, threshold }: SometimesResult, chains: CauseChains): ReachedResult {
  const holdsThen = threshold === undefined || judgeThreshold(result, threshold, -1, chains).isPassed;
  return { name, isReached: at !== null && holdsThen, at: at === 0 ? null : at };
}

/** It makes the run fail. */
export function isFailure({ isPassed, isWarning, isAborting }: ThresholdResult): boolean {
  return !isPassed && (!isWarning || isAborting);
}

function judgeThreshold(result: RunResult, threshold: ThresholdSpec, index: number, chains: CauseChains): ThresholdResult {
  const name = threshold.metric.replace(/\{.*$/s, "");
  const definition = metrics[name as MetricName];
  const value = valueOf(result, name, threshold, chains);
  const isAborting = result.aborted?.threshold === index;
  const tags = Object.entries(threshold.tags).map(([key, tag]) => `${key}:${tag}`);
  return {
    metric: tags.length === 0 ? name : `${name}{${tags.join(",")}}`,
    text: threshold.text,
    value,
    valueText: value === null ? "nothing measured" : valueText(definition?.unit ?? "1", threshold.aggregate, value),
    isPassed: !isAborting && value !== null && holds(value, threshold.operator, threshold.value),
    isWarning: threshold.isWarning === true,
    isAborting,
  };
}

function valueOf(result: RunResult, name: string, threshold: ThresholdSpec, chains: CauseChains): number | null {
  switch (metrics[name as MetricName]?.kind) {
    case "histogram":
      return latencyOf(result, name, threshold);
    case "gauge series":
      return levelOf(result, name, threshold);
    case "figure":
      return figureOf(result, chains, name as MetricName, threshold.tags, threshold.aggregate.type);
    default:
      return countOf(result, name, threshold);
  }
}

/** Of several series, of all of them together. */
function levelOf(result: RunResult, name: string, { tags, aggregate }: ThresholdSpec): number | null {
  const found = timeSeries(result, name, tags).map(({ value }) => levels(value));
  if (found.length === 0) return null;
  const { bucketWidth } = result.metrics;
  const last = Math.max(0, Math.ceil(result.end / bucketWidth) - 1);
  const first = Math.min(last, Math.floor(result.warmup / bucketWidth));
  const sums: number[] = [];
  for (let bucket = first; bucket <= last; bucket++) sums.push(found.reduce((sum, level) => sum + (level[bucket] ?? level.at(-1) ?? 0), 0));
  if (aggregate.type === "min") return Math.min(...sums);
  return aggregate.type === "max" ? Math.max(...sums) : (sums.at(-1) ?? null);
}

function latencyOf(result: RunResult, name: string, threshold: ThresholdSpec): number | null {
  const merged = mergeHistograms(histograms(result, name, threshold.tags).map(({ value }) => value));
  const { aggregate } = threshold;
  if (aggregate.type === "count") return merged.count;
  if (merged.count === 0) return null;
  switch (aggregate.type) {
    case "avg":
      return merged.sum / merged.count;
    case "min":
      return merged.min;
    case "max":
      return merged.max;
    case "med":
      return percentilesOf(merged)(50);
    case "p":
      return percentilesOf(merged)(aggregate.percentile);
    case "rate":
    case "value":
      // A histogram has no whole that it is a part of, and no value of its own; the scenario's reader doesn't let it through.
      return null;
  }
}

function countOf(result: RunResult, name: string, threshold: ThresholdSpec): number | null {
  const value = total(result, name, threshold.tags);
  if (threshold.aggregate.type !== "rate") return value;
  const { metric, tags } = wholeOf(threshold);
  const whole = total(result, metric, tags);
  return whole === 0 ? null : value / whole;
}

function valueText(unit: "1" | "µs" | "share", aggregate: ThresholdSpec["aggregate"], value: number): string {
  if (value === Infinity) return "never";
  if (aggregate.type === "rate" || unit === "share") return formatShare(value);
  if (unit === "µs" && aggregate.type !== "count") return formatLatency(value);
  return Number.isInteger(value) ? formatCount(value) : value.toFixed(2);
}
