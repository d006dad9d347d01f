/**
 * Thresholds → passed or failed, with the value that decided. Counters: `count` is their value, `rate` a
 * share of the requests sent (answered, lost) or per virtual second after the warm-up (all others).
 * Histograms: avg, min, max, med, p(N) in µs. A threshold on something that was never measured fails.
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
    valueText: value === null ? "nothing measured" : valueText(definition?.kind === "histogram", threshold, name, value),
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
      return perSecond(result, merged.count);
  }
}

function countOf(result: RunResult, name: string, threshold: ThresholdSpec): number | null {
  const value = total(result, name, threshold.tags);
  if (threshold.aggregate.type !== "rate") return value;
  if (!isShare(name)) return perSecond(result, value);
  const sent = total(result, "requests_sent", loadTag(threshold.tags));
  return sent === 0 ? null : value / sent;
}

function loadTag(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const load = tags["load"];
  return load === undefined ? {} : { load };
}

function isShare(name: string): boolean {
  return name === "requests_lost" || name === "requests_answered";
}

function perSecond(result: RunResult, count: number): number | null {
  const seconds = (result.end - result.warmup) / 1_000_000;
  return seconds <= 0 ? null : count / seconds;
}

function valueText(isLatency: boolean, threshold: ThresholdSpec, name: string, value: number): string {
  if (threshold.aggregate.type === "rate") return isShare(name) ? formatShare(value) : `${formatCount(value)}/s`;
  return isLatency && threshold.aggregate.type !== "count" ? formatLatency(value) : formatCount(value);
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
