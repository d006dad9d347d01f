/** The instants at which the requests of an open load begin, for sources that send every one as a message. */
import { uniform, type StreamKey } from "../kernel/random.ts";
import { NEVER, type VirtualTime } from "../kernel/time.ts";
import { evenArrival } from "./constant-arrival-rate.ts";
import type { LoadSpec } from "./load-model.ts";
import { PoissonGaps } from "./poisson-arrivals.ts";
import { EvenArrivals, RateCurve } from "./rate-plan.ts";

/** Draws of a Poisson source's request, from its number × POISSON_DRAWS on: the gap before it, whether it counts, and its place. */
export const POISSON_DRAWS = 4;

/** When the requests of an open load begin. */
export class ArrivalClock {
  /** Of the arrival given last: names its draws. */
  candidate = -1;
  private readonly spec: LoadSpec;
  private readonly key: StreamKey;
  private readonly gaps = new PoissonGaps();
  private readonly curve: RateCurve | null;
  private readonly even: EvenArrivals | null;

  constructor(spec: LoadSpec, key: StreamKey) {
    this.spec = spec;
    this.key = key;
    const isEven = spec.executor === "constant-arrival-rate";
    this.curve = spec.plan === undefined || isEven ? null : new RateCurve(spec.plan, spec.from);
    this.even = spec.plan === undefined || !isEven ? null : new EvenArrivals(spec.plan, spec.from);
  }

  /** The first arrival after `now`; of one at or after the load's end it is only known that none comes before. */
  after(now: VirtualTime): VirtualTime {
    const { from, rate, until } = this.spec;
    this.candidate++;
    if (this.even !== null) return this.even.next(until);
    if (this.spec.executor === "constant-arrival-rate") return evenArrival(from, rate, this.candidate);
    const { curve, gaps, key } = this;
    if (curve === null) return now + gaps.next(1_000_000 / rate, gaps.remainder, key.hi, key.lo, this.candidate * POISSON_DRAWS);
    return this.onCurve(now, curve);
  }

  private onCurve(now: VirtualTime, curve: RateCurve): VirtualTime {
    const { gaps, key } = this;
    let at = now;
    while (at < this.spec.until) {
      curve.seek(at);
      const { end, most } = curve;
      const gap = most === 0 ? NEVER : gaps.next(1 / most, gaps.remainder, key.hi, key.lo, this.candidate * POISSON_DRAWS);
      if (at + gap >= end) {
        gaps.remainder = 0;
        at = end;
        if (most > 0) this.candidate++;
        continue;
      }
      at += gap;
      if (uniform(key.hi, key.lo, this.candidate * POISSON_DRAWS + 1) * most < curve.rateAt(at)) return at;
      this.candidate++;
    }
    return NEVER;
  }
}
