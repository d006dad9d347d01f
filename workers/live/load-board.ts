/**
 * What one load counts, in memory that the load's thread writes and the host reads while it runs: outcomes,
 * latency buckets and a time series. One writer, plain numbers, so a reader sees each value old or new.
 */
import { outcomeNames, type Outcome } from "../../engine/traffic/outcome.ts";
import { Histogram } from "../../engine/metrics/histogram.ts";

/** Words before the arrays. */
const Word = {
  sent: 0,
  answered: 1,
  inFlight: 2,
  latencySum: 3,
  latencyMin: 4,
  latencyMax: 5,
  latencyCount: 6,
  latenessSum: 7,
  latenessMax: 8,
  count: 9,
} as const;
const OUTCOMES = outcomeNames.length;
const HISTOGRAM_BUCKETS = new Histogram().counts.length;

export interface LoadBoardShape {
  readonly memory: SharedArrayBuffer;
  /** Length of the time series. */
  readonly buckets: number;
}

export function loadBoardShape(buckets: number): LoadBoardShape {
  const words = Word.count + 2 * OUTCOMES + HISTOGRAM_BUCKETS + buckets * (2 + OUTCOMES);
  return { memory: new SharedArrayBuffer(words * Float64Array.BYTES_PER_ELEMENT), buckets };
}

export class LoadBoard {
  /** Attempts by outcome, after the warm-up. */
  readonly attempts: Float64Array;
  /** Requests lost by their last outcome, after the warm-up. */
  readonly lost: Float64Array;
  /** Latency of answered requests in µs from the intended send time: buckets of metrics/histogram.ts. */
  readonly latency: Float64Array;
  /** Per bucket of time: sent, answered, and lost by outcome. The warm-up is in it. */
  readonly sentSeries: Float64Array;
  readonly answeredSeries: Float64Array;
  readonly lostSeries: readonly Float64Array[];
  private readonly words: Float64Array;

  constructor(shape: LoadBoardShape) {
    let offset = 0;
    const take = (length: number): Float64Array => {
      const array = new Float64Array(shape.memory, offset, length);
      offset += length * Float64Array.BYTES_PER_ELEMENT;
      return array;
    };
    this.words = take(Word.count);
    this.attempts = take(OUTCOMES);
    this.lost = take(OUTCOMES);
    this.latency = take(HISTOGRAM_BUCKETS);
    this.sentSeries = take(shape.buckets);
    this.answeredSeries = take(shape.buckets);
    this.lostSeries = outcomeNames.map(() => take(shape.buckets));
  }

  countSent(): void {
    this.words[Word.sent]! += 1;
    this.words[Word.inFlight]! += 1;
  }

  countAnswered(latency: Histogram): void {
    const words = this.words;
    words[Word.answered]! += 1;
    words[Word.inFlight]! -= 1;
    words[Word.latencyCount] = latency.count;
    words[Word.latencySum] = latency.sum;
    words[Word.latencyMin] = latency.min;
    words[Word.latencyMax] = latency.max;
  }

  countLost(outcome: Outcome): void {
    this.lost[outcome]! += 1;
    this.words[Word.inFlight]! -= 1;
  }

  /** How late a first attempt was sent, in µs: ours, not the server's. */
  countLateness(micros: number): void {
    this.words[Word.latenessSum]! += micros;
    if (micros > this.words[Word.latenessMax]!) this.words[Word.latenessMax] = micros;
  }

  get sent(): number {
    return this.words[Word.sent]!;
  }

  get answered(): number {
    return this.words[Word.answered]!;
  }

  get inFlight(): number {
    return this.words[Word.inFlight]!;
  }

  get lostTotal(): number {
    return this.lost.reduce((sum, count) => sum + count, 0);
  }

  /** Mean and greatest lateness in µs. */
  get lateness(): { readonly mean: number; readonly max: number } {
    return { mean: this.sent === 0 ? 0 : this.words[Word.latenessSum]! / this.sent, max: this.words[Word.latenessMax]! };
  }

  latencySummary(): { readonly count: number; readonly sum: number; readonly min: number; readonly max: number } {
    const words = this.words;
    return { count: words[Word.latencyCount]!, sum: words[Word.latencySum]!, min: words[Word.latencyMin]!, max: words[Word.latencyMax]! };
  }
}
