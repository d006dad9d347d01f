/**
 * How long a probe's answer takes while nothing disturbs it, as shares of a histogram's buckets: how likely it
 * comes too late, and how the answers of many attempts that came in time spread (a multinomial, drawn exactly
 * by halving the range of buckets again and again).
 */
import { binomial, failureRate } from "../../kernel/binomial.ts";
import { logDeviation, shareFrom, type Distribution } from "../../kernel/distribution.ts";
import type { Stream } from "../../kernel/random.ts";
import { tailTable } from "../../kernel/tail-table.ts";
import type { Duration } from "../../kernel/time.ts";
import { bucketOf, highestIn } from "../../metrics/histogram.ts";

/** Plain data, so that it crosses shards. */
export interface AnswerTimes {
  readonly distribution: Distribution;
  /** Of a log-normal one: drawn from a table (tail-table.ts). */
  readonly isTable: boolean;
  readonly timeout: Duration;
}

/** Fewer than this are drawn one by one. */
const SINGLES_MAX = 8;

export class LatencyLaw {
  /** Small and dense, by order of first use: never in a key. */
  readonly id: number;
  readonly times: AnswerTimes;
  /** Chance that an attempt takes longer than its timeout. */
  readonly late: number;
  /** Late ones per attempt, as an exponential counts them. */
  readonly rate: number;
  /** Bucket with the shortest answers. */
  private readonly first: number;
  /** Share of all attempts up to the end of each bucket from `first` on; the last one ends at the timeout. */
  private readonly shares: Float64Array;

  constructor(times: AnswerTimes, id = 0) {
    const { timeout } = times;
    const from = sharesOf(times);
    this.id = id;
    this.times = times;
    this.late = from(timeout + 0.5);
    this.rate = failureRate(this.late);
    const last = bucketOf(timeout);
    let first = 1;
    while (first < last && from(highestIn(first) + 0.5) === 1) first++;
    this.first = first;
    this.shares = new Float64Array(last - first + 1);
    for (let bucket = first; bucket <= last; bucket++) this.shares[bucket - first] = 1 - from(Math.min(highestIn(bucket), timeout) + 0.5);
  }

  /** Tells of `count` answers in time, bucket by bucket: a value in the middle of the bucket, and how many. */
  spread(stream: Stream, count: number, tell: (micros: Duration, times: number) => void): void {
    this.halve(stream, count, 0, this.shares.length, tell);
  }

  private halve(stream: Stream, count: number, from: number, to: number, tell: (micros: Duration, times: number) => void): void {
    if (count === 0) return;
    if (to - from === 1) return tell(this.middleOf(from), count);
    if (count < SINGLES_MAX) return this.single(stream, count, from, to, tell);
    const middle = (from + to) >> 1;
    const before = from === 0 ? 0 : this.shares[from - 1]!;
    const whole = this.shares[to - 1]! - before;
    const lower = whole === 0 ? count : binomial(stream, count, (this.shares[middle - 1]! - before) / whole);
    this.halve(stream, lower, from, middle, tell);
    this.halve(stream, count - lower, middle, to, tell);
  }

  private single(stream: Stream, count: number, from: number, to: number, tell: (micros: Duration, times: number) => void): void {
    const { shares } = this;
    const before = from === 0 ? 0 : shares[from - 1]!;
    for (let drawn = 0; drawn < count; drawn++) {
      const share = before + stream.next() * (shares[to - 1]! - before);
      let [low, high] = [from, to - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (shares[middle]! > share) high = middle;
        else low = middle + 1;
      }
      tell(this.middleOf(low), 1);
    }
  }

  private middleOf(index: number): Duration {
    const bucket = this.first + index;
    return (highestIn(bucket - 1) + 1 + Math.min(highestIn(bucket), this.times.timeout)) >>> 1;
  }
}

/** Chance of an answer of at least so many µs, before it is rounded to whole ones, 1 at least. */
function sharesOf({ distribution, isTable }: AnswerTimes): (micros: number) => number {
  if (!isTable || distribution.type !== "logNormal") return (micros) => shareFrom(distribution, micros);
  const { median, p99 } = distribution;
  const table = tailTable(median, logDeviation(median, p99));
  return (micros) => table.shareFrom(micros);
}
