/**
 * Thresholds → passed or failed, with the value that decided. Counters: `count` is their value, `rate`
 * their share of the requests sent (`attempts`: of all attempts). Histograms: avg, min, max, med, p(N) in
 * µs. A threshold on something that was never measured fails.
 */
import type { ThresholdSpec } from "../engine/scenario-spec.ts";
import { metrics, type MetricName } from "../engine/metrics/catalogue.ts";
import type { RunResult } from "../engine/result.ts";
import { formatCount, formatLatency, formatShare } from "./figures.ts";
import { mergeHistograms, percentilesOf } from "./hdr.ts";
import { histograms, total } from "./series.ts";

export interface Verdict {
  /** No threshold failed and no invariant was violated. */
  readonly isPassed: boolean;
  readonly thresholds: readonly ThresholdResult[];
  readonly violations: number;
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
}

export function judge(result: RunResult, thresholds: readonly ThresholdSpec[]): Verdict {
  const judged = thresholds.map((threshold) => judgeThreshold(result, threshold));
  const violations = result.violations.length;
  return { isPassed: violations === 0 && judged.every(({ isPassed }) => isPassed), thresholds: judged, violations };
}

function judgeThreshold(result: RunResult, threshold: ThresholdSpec): ThresholdResult {
  const name = threshold.metric.replace(/\{.*$/s, "");
  const definition = metrics[name as MetricName];
  const value = definition?.kind === "histogram" ? latencyOf(result, name, threshold) : countOf(result, name, threshold);
  const tags = Object.entries(threshold.tags).map(([key, tag]) => `${key}:${tag}`);
  return {
    metric: tags.length === 0 ? name : `${name}{${tags.join(",")}}`,
    text: threshold.text,
    value,
    valueText: value === null ? "nothing measured" : valueText(definition?.kind === "histogram", threshold.aggregate, value),
    isPassed: value !== null && compare(value, threshold.operator, threshold.value),
  };
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
      // A histogram has no whole that it is a part of; the scenario's reader doesn't let it through.
      return null;
  }
}

function countOf(result: RunResult, name: string, threshold: ThresholdSpec): number | null {
  const value = total(result, name, threshold.tags);
  if (threshold.aggregate.type !== "rate") return value;
  const load = threshold.tags["load"];
  const whole = total(result, name === "attempts" ? name : "requests_sent", load === undefined ? {} : { load });
  return whole === 0 ? null : value / whole;
}

function valueText(isLatency: boolean, aggregate: ThresholdSpec["aggregate"], value: number): string {
  if (aggregate.type === "rate") return formatShare(value);
  return isLatency && aggregate.type !== "count" ? formatLatency(value) : formatCount(value);
}

function compare(value: number, operator: ThresholdSpec["operator"], bound: number): boolean {
  switch (operator) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "==":
      return value === bound;
    case "!=":
      return value !== bound;
  }
}
