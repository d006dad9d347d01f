/**
 * Attempts of elided probes that are in no histogram yet when a shard's run is over (elided-probes.ts): how many, by
 * what they follow. Shards add theirs up, and the answers of all are drawn at once, so the draw doesn't depend on shards
 * and costs no more for many nodes than for one.
 */
import { Stream, type StreamKey } from "../../kernel/random.ts";
import { BUCKETS, Histogram } from "../../metrics/histogram.ts";
import { histogramSnapshot, type HistogramSnapshot, type SeriesName } from "../../metrics/recorder.ts";
import { type AnswerTimes, LatencyLaw } from "./latency-law.ts";

export interface SkippedProbes {
  /** The histogram that they belong in. */
  readonly series: SeriesName;
  readonly times: AnswerTimes;
  /** Of their draws: the same on each shard, another for each series and law. */
  readonly key: StreamKey;
  readonly count: number;
}

export function addSkipped(one: readonly SkippedProbes[], other: readonly SkippedProbes[]): readonly SkippedProbes[] {
  const byName = new Map<string, SkippedProbes>();
  for (const skipped of [...one, ...other]) {
    const name = `${skipped.series} ${JSON.stringify(skipped.times)}`;
    byName.set(name, { ...skipped, count: skipped.count + (byName.get(name)?.count ?? 0) });
  }
  return [...byName.keys()].sort().map((name) => byName.get(name)!);
}

/** The histograms with the answers of what was skipped. */
export function withSkipped(
  histograms: Readonly<Record<SeriesName, HistogramSnapshot>>,
  skipped: readonly SkippedProbes[],
): Record<SeriesName, HistogramSnapshot> {
  const whole: Record<SeriesName, HistogramSnapshot> = { ...histograms };
  const drawn = new Map<SeriesName, Histogram>();
  for (const { series, times, key, count } of skipped) {
    const histogram = drawn.get(series) ?? histogramOf(whole[series]);
    drawn.set(series, histogram);
    new LatencyLaw(times).spread(new Stream(key), count, (micros, answers) => histogram.record(micros, answers));
  }
  for (const [series, histogram] of drawn) whole[series] = histogramSnapshot(histogram);
  return whole;
}

function histogramOf(snapshot: HistogramSnapshot | undefined): Histogram {
  const histogram = new Histogram(new Float64Array(BUCKETS));
  if (snapshot === undefined) return histogram;
  for (const [bucket, count] of snapshot.buckets) histogram.counts[bucket] = count;
  histogram.count = snapshot.count;
  histogram.sum = snapshot.sum;
  histogram.min = snapshot.min;
  histogram.max = snapshot.max;
  return histogram;
}
