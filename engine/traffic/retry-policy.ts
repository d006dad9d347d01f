/**
 * When a client tries again: exponential back-off with jitter, and a budget that keeps retries from growing
 * with the failures. The words of jitter are those of the AWS architecture blog, "Exponential Backoff And
 * Jitter"; the budget follows Finagle's RetryBudget and gRPC's retry throttling, refilled by the clock.
 *
 *   none    backoff × factor ^ n           full   uniform in [0, that)           equal   half of that + uniform in [0, half)
 */
import { unreachable } from "../kernel/assert.ts";
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";

export type RetryJitter = (typeof retryJitters)[number];
export const retryJitters = ["none", "full", "equal"] as const;

export interface RetryPolicy {
  /** Attempts after the first. */
  readonly max: number;
  /** Wait before the first retry. */
  readonly backoff: Duration;
  /** Each wait is so many times the one before; left out: 2. */
  readonly factor?: number;
  /** No wait is longer; left out: no limit. */
  readonly backoffMax?: Duration;
  readonly jitter?: RetryJitter;
  /** Retries per first attempt that a place may send in the long run; left out: any number. */
  readonly budget?: number;
}

export const defaultRetryFactor = 2;

/** Wait before retry `number` (from 0), in whole µs; `draw` is uniform in [0, 1). */
export function backOffBefore(
  { backoff, factor = defaultRetryFactor, backoffMax, jitter = "none" }: RetryPolicy,
  number: number,
  draw: number,
): Duration {
  let wait = backoff;
  const most = backoffMax ?? LONGEST;
  for (let times = 0; times < number && wait < most; times++) wait *= factor;
  wait = Math.min(wait, most);
  switch (jitter) {
    case "none":
      return Math.round(wait);
    case "full":
      return Math.floor(wait * draw);
    case "equal":
      return Math.floor(wait / 2 + (wait / 2) * draw);
    default:
      return unreachable(jitter);
  }
}

/** A day: nobody waits longer. */
const LONGEST = 86_400 * SECOND;
/** What a place saves up while nothing fails: ten seconds' worth, as Finagle's time to live. */
const SAVED = 10 * SECOND;

/** Tokens of the places of one load: a retry takes one. Owned by the load's source. */
export class RetryBudget {
  private readonly share: number;
  private readonly tokens: Float64Array;
  private readonly filledAt: Float64Array;

  constructor(share: number, places: number) {
    this.share = share;
    this.tokens = new Float64Array(places).fill(-1);
    this.filledAt = new Float64Array(places);
  }

  /** Whether `place`, which sends `rate` first attempts per µs now, may retry; if so, a token is gone. */
  take(now: VirtualTime, place: number, rate: number): boolean {
    const refill = this.share * rate;
    const capacity = Math.max(1, refill * SAVED);
    const before = this.tokens[place]!;
    const tokens = before < 0 ? capacity : Math.min(capacity, before + (now - this.filledAt[place]!) * refill);
    this.filledAt[place] = now;
    this.tokens[place] = tokens >= 1 ? tokens - 1 : tokens;
    return tokens >= 1;
  }
}
