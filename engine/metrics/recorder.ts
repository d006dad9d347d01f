/**
 * The write side of measuring: counters, latency histograms and time series, each named once by metric
 * and labels and then written by number. One recorder per shard; snapshots merge by name with integer
 * addition, so the result doesn't depend on shards. Hot: `count`, `observe`, `mark`.
 */
import type { Duration, VirtualTime } from "../kernel/time.ts";
import { isSeriesOf, type Tags } from "./catalogue.ts";
import { bucketOf, Histogram } from "./histogram.ts";

/** Name of a series: the metric (catalogue.ts) and its labels in a fixed order, `probe_duration{handler=httpGet,outcome=success,role=liveness}`. */
export type SeriesName = string;

/** Plain data, transferable; arrays are indexed like `names`. */
export interface RecorderSnapshot {
  readonly counters: Readonly<Record<SeriesName, number>>;
  readonly histograms: Readonly<Record<SeriesName, HistogramSnapshot>>;
  /** Sums per bucket of `bucketWidth`. */
  readonly timeSeries: Readonly<Record<SeriesName, readonly number[]>>;
  readonly bucketWidth: Duration;
}

export interface HistogramSnapshot {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** (bucket, count) pairs of the buckets that aren't empty. */
  readonly buckets: readonly (readonly [number, number])[];
}

export class Recorder {
  readonly bucketWidth: Duration;
  /** Nothing before the end of the warm-up is counted; time series show it all the same. */
  readonly warmup: VirtualTime;
  private readonly counterNames = new Map<SeriesName, number>();
  private counters = new Float64Array(64);
  private readonly histogramNames = new Map<SeriesName, number>();
  private readonly histograms: Histogram[] = [];
  private readonly seriesNames = new Map<SeriesName, number>();
  /** Null: nothing was marked yet. */
  private readonly series: (Float64Array | null)[] = [];
  private readonly bucketCount: number;

  constructor(duration: Duration, warmup: VirtualTime, bucketWidth: Duration) {
    this.bucketWidth = bucketWidth;
    this.warmup = warmup;
    this.bucketCount = Math.ceil(duration / bucketWidth) + 1;
  }

  counter(name: SeriesName): number {
    const known = this.counterNames.get(name);
    if (known !== undefined) return known;
    const id = this.counterNames.size;
    if (id === this.counters.length) {
      const counters = new Float64Array(id * 2);
      counters.set(this.counters);
      this.counters = counters;
    }
    this.counterNames.set(name, id);
    return id;
  }

  histogram(name: SeriesName): number {
    const known = this.histogramNames.get(name);
    if (known !== undefined) return known;
    this.histogramNames.set(name, this.histograms.length);
    return this.histograms.push(new Histogram()) - 1;
  }

  timeSeries(name: SeriesName): number {
    const known = this.seriesNames.get(name);
    if (known !== undefined) return known;
    this.seriesNames.set(name, this.series.length);
    return this.series.push(null) - 1;
  }

  count(counter: number, now: VirtualTime, by = 1): void {
    if (now >= this.warmup) this.counters[counter]! += by;
  }

  observe(histogram: number, now: VirtualTime, micros: number, times = 1): void {
    if (now >= this.warmup) this.histograms[histogram]!.record(micros, times);
  }

  /** Adds to the bucket of `time`. A gauge is a series of its changes: the report sums them up. */
  mark(series: number, time: VirtualTime, by = 1): void {
    const bucket = Math.floor(time / this.bucketWidth);
    if (bucket < this.bucketCount) (this.series[series] ?? this.begun(series))[bucket]! += by;
  }

  /** For whoever adds much at once: what `observe` and `mark` write to; times before the warm-up are left out by the caller. */
  histogramOf(histogram: number): Histogram {
    return this.histograms[histogram]!;
  }

  /** A cell for each bucket; times beyond are in none. */
  bucketsOf(series: number): Float64Array {
    return this.series[series] ?? this.begun(series);
  }

  counterValue(counter: number): number {
    return this.counters[counter]!;
  }

  /** Sum of all counters of a metric with these tags. */
  totalOf(metric: string, tags: Tags): number {
    let sum = 0;
    for (const [name, id] of this.counterNames) if (isSeriesOf(name, metric, tags)) sum += this.counters[id]!;
    return sum;
  }

  histogramsOf(metric: string, tags: Tags): Histogram[] {
    const found: Histogram[] = [];
    for (const [name, id] of this.histogramNames) if (isSeriesOf(name, metric, tags)) found.push(this.histograms[id]!);
    return found;
  }

  snapshot(): RecorderSnapshot {
    return {
      counters: sorted(this.counterNames, (id) => this.counters[id]!),
      histograms: sorted(this.histogramNames, (id) => histogramSnapshot(this.histograms[id]!)),
      timeSeries: sorted(this.seriesNames, (id) => this.sumsOf(id)),
      bucketWidth: this.bucketWidth,
    };
  }

  private begun(series: number): Float64Array {
    return (this.series[series] = new Float64Array(this.bucketCount));
  }

  private sumsOf(series: number): number[] {
    const marked = this.series[series] ?? null;
    const sums: number[] = [];
    for (let bucket = 0; bucket < this.bucketCount; bucket++) sums.push(marked === null ? 0 : marked[bucket]!);
    return sums;
  }
}

export function histogramSnapshot(histogram: Histogram): HistogramSnapshot {
  const { counts, count, sum, min, max } = histogram;
  const buckets: [number, number][] = [];
  for (let bucket = bucketOf(min); bucket <= bucketOf(max); bucket++) {
    if (counts[bucket] !== 0) buckets.push([bucket, counts[bucket]!]);
  }
  return { count, sum, min, max, buckets };
}

function sorted<Value>(names: ReadonlyMap<SeriesName, number>, value: (id: number) => Value): Record<SeriesName, Value> {
  const result: Record<SeriesName, Value> = {};
  for (const name of [...names.keys()].sort()) result[name] = value(names.get(name)!);
  return result;
}
