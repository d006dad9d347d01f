/**
 * Tokens that other cases took from a client of the recorded cluster, where the recording proves that they did
 * (client-debt.ts): drawn anew for each seed, since what they asked for isn't recorded.
 */
import { childKey, uniform, type StreamKey } from "../kernel/random.ts";
import { MILLISECOND, type Duration } from "../kernel/time.ts";
import type { ClientDebt } from "./client-debt.ts";

export interface OthersRequest {
  /** Since the case began. */
  readonly at: Duration;
  /** Whose client, as of the debt. */
  readonly node: string | null;
  /** Tokens that are taken, also those that aren't there yet; null: all that are there. */
  readonly count: number | null;
}

/** In order of time. */
export function othersRequests(debts: readonly ClientDebt[], key: StreamKey): readonly OthersRequest[] {
  return debts.flatMap((debt, index) => drawnRequests(debt, childKey(key, index))).sort((a, b) => a.at - b.at);
}

/**
 * When the others began isn't known, only when their debt shows: before that, by up to the time in which the bucket fills, they
 * emptied it and somewhat more. As many requests as the recording leaves tokens for follow until the debt ends.
 */
function drawnRequests({ node, limit, fromMs, untilMs, others }: ClientDebt, { hi, lo }: StreamKey): OthersRequest[] {
  const between = (index: number, least: number, most: number): number => Math.round(least + (most - least) * uniform(hi, lo, index));
  const from = fromMs * MILLISECOND;
  const start = between(0, from - limit.burst * limit.intervalMs * MILLISECOND, from);
  const deeper = between(1, 0, limit.burst * DEEPER_SHARE);
  const count = between(2, others * (1 - OTHERS_SPREAD), others * (1 + OTHERS_SPREAD));
  const later = Array.from({ length: count }, (_, index) => ({ at: between(3 + index, start, untilMs * MILLISECOND), node, count: 1 }));
  return [{ at: start, node, count: null }, { at: start, node, count: deeper }, ...later];
}

/** Of the burst: others' requests that wait when they have just emptied the bucket. */
const DEEPER_SHARE = 1 / 3;
/** Of the others' number: a part of the tokens went to requests of this case that no client saw, or the debt ended later than its last beat. */
const OTHERS_SPREAD = 0.25;
