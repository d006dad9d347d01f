/**
 * Exponential gaps in whole µs. What rounding leaves over is carried to the next gap, so the rate is
 * exact up to one arrival per µs.
 */
import { exponential } from "../kernel/ziggurat.ts";
import type { Duration } from "../kernel/time.ts";

export class PoissonGaps {
  /** What `next` left over. */
  remainder: number = 0;

  /** The gap of draw `index` at a mean in µs, given what the gap before left over: at least 1 µs. */
  next(meanGap: number, remainder: number, hi: number, lo: number, index: number): Duration {
    const exact = exponential(hi, lo, index) * meanGap + remainder;
    const gap = exact < 1 ? 1 : Math.floor(exact);
    this.remainder = exact - gap;
    return gap;
  }
}
