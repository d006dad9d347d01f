/**
 * A rate that varies: straight lines between points, over and over if there is a period. All shapes of load
 * (stages, bursts, a day's curve, a recorded trace) are read into this one. Candidates of a Poisson stream
 * come at the highest rate of the segment at hand and are thinned; one that falls behind the segment's end is
 * drawn anew from there (gaps have no memory), so a quiet night costs little.
 */
import { NEVER, type Duration, type VirtualTime } from "../kernel/time.ts";

export interface RatePoint {
  /** Since the load's begin, ascending from 0; of two at one instant the first ends a line and the second begins one. */
  readonly at: Duration;
  /** Per second. */
  readonly rate: number;
}

export interface RatePlan {
  readonly points: readonly RatePoint[];
  /** After this long the first point comes again; null: the last rate lasts. */
  readonly period: Duration | null;
}

export function highestRate({ points }: RatePlan): number {
  return points.reduce((most, { rate }) => Math.max(most, rate), 0);
}

/** Arrivals expected from `from` on, `span` µs long. */
export function expectedArrivals(plan: RatePlan, span: Duration): number {
  const curve = new RateCurve(plan, 0);
  let sum = 0;
  for (let at = 0; at < span; at = curve.end) {
    curve.seek(at);
    const end = Math.min(span, curve.end);
    sum += ((curve.rate + curve.rateAt(end)) / 2) * (end - at);
  }
  return sum;
}

/** A plan on the run's clock. `seek` fills the fields beside it. */
export class RateCurve {
  /** Per µs, at the instant sought. */
  rate = 0;
  /** Highest rate of its segment. */
  most = 0;
  /** First instant behind its segment. */
  end: VirtualTime = 0;
  private readonly times: Float64Array;
  private readonly rates: Float64Array;
  private readonly period: Duration;
  private readonly from: VirtualTime;
  private segment = 0;
  /** When the turn of the period began in which the segment lies. */
  private turn: VirtualTime = 0;

  constructor({ points, period }: RatePlan, from: VirtualTime) {
    this.times = Float64Array.from(points, ({ at }) => at);
    this.rates = Float64Array.from(points, ({ rate }) => rate / 1_000_000);
    this.period = period ?? NEVER;
    this.from = from;
  }

  /** `time` is not before the load's begin. */
  seek(time: VirtualTime): void {
    const { times, rates } = this;
    const since = time - this.from;
    const turns = this.period === NEVER ? 0 : Math.floor(since / this.period);
    const local = since - turns * (turns === 0 ? 0 : this.period);
    this.turn = this.from + (turns === 0 ? 0 : turns * this.period);
    this.segment = lastNotAfter(times, local);
    const isLast = this.segment === times.length - 1;
    this.end = isLast ? (this.period === NEVER ? NEVER : this.turn + this.period) : this.turn + times[this.segment + 1]!;
    this.rate = this.rateAt(time);
    this.most = Math.max(rates[this.segment]!, isLast ? 0 : rates[this.segment + 1]!);
  }

  /** Per µs, at an instant of the segment sought last, its end included. */
  rateAt(time: VirtualTime): number {
    const { rates, segment, times } = this;
    const begin = rates[segment]!;
    if (segment === times.length - 1) return begin;
    const share = (time - this.turn - times[segment]!) / (times[segment + 1]! - times[segment]!);
    return begin + (rates[segment + 1]! - begin) * share;
  }
}

function lastNotAfter(times: Float64Array, at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Arrivals as even as a varying rate allows: the n-th comes when n - ½ of them are due, so counts are exact. */
export class EvenArrivals {
  private readonly curve: RateCurve;
  private at: VirtualTime;
  /** Due from the load's begin to `at`, and the number of the next arrival. */
  private due = 0;
  private number = 0;

  constructor(plan: RatePlan, from: VirtualTime) {
    this.curve = new RateCurve(plan, from);
    this.at = from;
  }

  /** Instant of the next one before `until`; NEVER: there is none. */
  next(until: VirtualTime): VirtualTime {
    const { curve } = this;
    const target = this.number++ + 0.5;
    for (;;) {
      if (this.at >= until) return NEVER;
      curve.seek(this.at);
      const end = Math.min(curve.end, until);
      const { rate } = curve;
      const slope = end === this.at ? 0 : (curve.rateAt(end) - rate) / (end - this.at);
      const inSegment = (rate + (slope * (end - this.at)) / 2) * (end - this.at);
      const missing = target - this.due;
      if (inSegment >= missing) {
        const root = Math.sqrt(Math.max(0, rate * rate + 2 * slope * missing));
        const ahead = rate + root === 0 ? 0 : (2 * missing) / (rate + root);
        return Math.min(end, this.at + Math.floor(ahead));
      }
      this.due += inSegment;
      this.at = end;
    }
  }
}
