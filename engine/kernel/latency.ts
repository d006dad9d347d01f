/**
 * A latency: a floor below which it never falls (sharding lives on it) plus a log-normal tail, such
 * that floor and tail together have the median and p99 that people measure. One index a draw.
 */
import { logDeviation, logNormal } from "./distribution.ts";
import type { StreamKey } from "./random.ts";
import type { Duration } from "./time.ts";

export class Latency {
  /** The least value `next` returns. */
  readonly least: Duration;
  private readonly floor: Duration;
  private readonly tailMedian: number;
  private readonly deviation: number;
  private readonly hi: number;
  private readonly lo: number;
  private index = 0;

  /** A median at the floor (or below) means a constant latency. */
  constructor(floor: Duration, median: Duration, p99: Duration, key: StreamKey) {
    this.floor = floor;
    this.least = Math.max(1, floor);
    this.tailMedian = Math.max(0, median - floor);
    this.deviation = logDeviation(this.tailMedian, p99 - floor);
    this.hi = key.hi;
    this.lo = key.lo;
  }

  /** Whole µs, at least 1. */
  next(): Duration {
    const tail = logNormal(this.tailMedian, this.deviation, this.hi, this.lo, this.index++);
    return Math.max(this.least, Math.round(this.floor + tail));
  }
}
