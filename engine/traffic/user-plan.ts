/** How many users a closed load has at an instant, and when a user that has left comes back. */
import { NEVER, type VirtualTime } from "../kernel/time.ts";
import { RateCurve, type RatePlan } from "./rate-plan.ts";

const MICROS = 1_000_000;

export class UserPlan {
  private readonly curve: RateCurve;
  private readonly from: VirtualTime;

  /** The plan's rates are users. */
  constructor(plan: RatePlan, from: VirtualTime) {
    this.curve = new RateCurve(plan, from);
    this.from = from;
  }

  /** The first instant from `now` on at which user `number` (from 0) is there: more than number + ½ are asked for. */
  presentFrom(number: number, now: VirtualTime, until: VirtualTime): VirtualTime {
    const { curve } = this;
    const needed = number + 0.5;
    for (let at = Math.max(now, this.from); at < until; at = curve.end) {
      curve.seek(at);
      const begin = curve.rate * MICROS;
      if (begin >= needed) return at;
      const end = curve.rateAt(Math.min(curve.end, until)) * MICROS;
      if (end >= needed) return at + Math.ceil(((needed - begin) / (end - begin)) * (Math.min(curve.end, until) - at));
    }
    return NEVER;
  }
}
