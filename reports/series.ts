/** Reading measured series by metric and labels: `requests_lost{load=web}`. */
import { labelsOf } from "../engine/metrics/catalogue.ts";
import type { HistogramSnapshot } from "../engine/metrics/recorder.ts";
import type { RestartRecord, RunResult } from "../engine/result.ts";

export interface Labelled<Value> {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: Value;
}

export function counters(result: RunResult, metric: string, labels: Labels = {}): readonly Labelled<number>[] {
  return select(result.metrics.counters, metric, labels);
}

export function histograms(result: RunResult, metric: string, labels: Labels = {}): readonly Labelled<HistogramSnapshot>[] {
  return select(result.metrics.histograms, metric, labels).filter(({ value }) => value.count > 0);
}

export function timeSeries(result: RunResult, metric: string, labels: Labels = {}): readonly Labelled<readonly number[]>[] {
  return select(result.metrics.timeSeries, metric, labels);
}

export function total(result: RunResult, metric: string, labels: Labels = {}): number {
  return counters(result, metric, labels).reduce((sum, { value }) => sum + value, 0);
}

/** Attempts of probes that were counted without being run; null: the scenario runs each. */
export function elidedProbes(result: RunResult): number | null {
  return counters(result, "probes_elided").length === 0 ? null : total(result, "probes_elided");
}

/** As the counter `restarts`: what happened in the warm-up isn't counted. */
export function countedRestarts(result: RunResult): readonly RestartRecord[] {
  return result.restarts.filter(({ time }) => time >= result.warmup);
}

/** A gauge series holds its changes per bucket; this is its level at the end of each. */
export function levels(changes: readonly number[]): number[] {
  let level = 0;
  return changes.map((change) => (level += change));
}

/** Number of buckets of the time series up to the end of the run. */
export function bucketCount(result: RunResult): number {
  return Math.max(1, Math.ceil(result.end / result.metrics.bucketWidth));
}

type Labels = Readonly<Record<string, string>>;

function select<Value>(series: Readonly<Record<string, Value>>, metric: string, wanted: Labels): readonly Labelled<Value>[] {
  const found: Labelled<Value>[] = [];
  for (const name of Object.keys(series).sort()) {
    const labels = labelsOf(name, metric);
    if (labels === null || Object.keys(wanted).some((key) => labels[key] !== wanted[key])) continue;
    found.push({ labels, value: series[name]! });
  }
  return found;
}
