/**
 * Percentiles of the engine's latency histograms. The engine counts in log-linear buckets of its own; here
 * they are handed to HdrHistogram, the only place that knows that package.
 */
import { build } from "hdr-histogram-js";
import { highestIn } from "../engine/metrics/histogram.ts";
import type { HistogramSnapshot } from "../engine/metrics/recorder.ts";

/** Latencies in µs. */
export interface LatencySummary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

const ONE_HOUR = 3_600_000_000;

export function summariseLatency(snapshots: readonly HistogramSnapshot[]): LatencySummary | null {
  const merged = mergeHistograms(snapshots);
  if (merged.count === 0) return null;
  const at = percentilesOf(merged);
  return {
    count: merged.count,
    mean: merged.sum / merged.count,
    min: merged.min,
    p50: at(50),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: merged.max,
  };
}

/** The latency below which `percentile` percent of the values lie, never outside of what was seen. */
export function percentilesOf(snapshot: HistogramSnapshot): (percentile: number) => number {
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: ONE_HOUR * 2, numberOfSignificantValueDigits: 3 });
  for (const [bucket, count] of snapshot.buckets) histogram.recordValueWithCount(Math.max(1, highestIn(bucket)), count);
  return (percentile) => Math.min(snapshot.max, Math.max(snapshot.min, histogram.getValueAtPercentile(percentile)));
}

export function mergeHistograms(snapshots: readonly HistogramSnapshot[]): HistogramSnapshot {
  const counts = new Map<number, number>();
  let count = 0;
  let sum = 0;
  let min = ONE_HOUR;
  let max = 0;
  for (const snapshot of snapshots) {
    for (const [bucket, times] of snapshot.buckets) counts.set(bucket, (counts.get(bucket) ?? 0) + times);
    count += snapshot.count;
    sum += snapshot.sum;
    min = Math.min(min, snapshot.min);
    max = Math.max(max, snapshot.max);
  }
  return { count, sum, min, max, buckets: [...counts].sort((left, right) => left[0] - right[0]) };
}
