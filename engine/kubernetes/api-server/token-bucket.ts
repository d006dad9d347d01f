/**
 * A client's rate limit, as client-go's flowcontrol keeps it: `burst` tokens, refilled at `rate` a
 * second; whoever finds none reserves the next one and waits. Kept as the instant at which the bucket
 * would be full again, so nothing ticks.
 */
import { SECOND, type VirtualTime } from "../../kernel/time.ts";

export class TokenBucket {
  private fullAt: VirtualTime = -Infinity;
  private readonly interval: number;
  private readonly slack: number;

  constructor(ratePerSecond: number, burst: number) {
    this.interval = SECOND / ratePerSecond;
    this.slack = (burst - 1) * this.interval;
  }

  /** Takes a token and returns when it may be used: `now` or later. */
  reserve(now: VirtualTime): VirtualTime {
    const start = this.nextFree(now);
    this.fullAt = Math.max(now, this.fullAt) + this.interval;
    return start;
  }

  /** Takes a token if there is one now. */
  tryTake(now: VirtualTime): boolean {
    if (this.nextFree(now) > now) return false;
    this.fullAt = Math.max(now, this.fullAt) + this.interval;
    return true;
  }

  /** When the next token is there. */
  nextFree(now: VirtualTime): VirtualTime {
    return Math.max(now, Math.ceil(this.fullAt - this.slack));
  }
}
