/**
 * What delayed and lost packets do to one exchange over TCP, at the server's network interface as netem does it: to what
 * leaves the server. A new connection needs one packet of the server's (SYN-ACK) before the answer, an open one none.
 *
 * Differs: an answer is one packet
 */
import type { CauseId } from "../kernel/causes.ts";
import { uniform } from "../kernel/random.ts";
import { MILLISECOND, SECOND, type Duration } from "../kernel/time.ts";

/** What an attempt meets on its way; Infinity: nothing gets through. */
export interface Trouble {
  readonly delay: Duration;
  readonly cause: CauseId;
}

export const NO_TROUBLE: Trouble = { delay: 0, cause: 0 };

export interface PacketTrouble {
  readonly delay: Duration;
  /** Up to so much more or less, evenly. */
  readonly jitter: Duration;
  /** Chance that a packet is lost. */
  readonly loss: number;
}

/** First waits before a packet is sent again, doubled each time. Source: Linux include/net/tcp.h (TCP_TIMEOUT_INIT, TCP_RTO_MIN). */
const SYN_WAIT: Duration = SECOND;
const ANSWER_WAIT: Duration = 200 * MILLISECOND;
/** Tries before the kernel gives up. Source: Linux Documentation/networking/ip-sysctl.rst (tcp_syn_retries, tcp_retries2). */
const SYN_RETRIES = 6;
const ANSWER_RETRIES = 15;

/** Draws of one exchange, from its index on. */
export const TROUBLE_DRAWS = 4;

/** µs that the exchange takes longer. */
export function exchangeDelay({ delay, jitter, loss }: PacketTrouble, opens: boolean, hi: number, lo: number, index: number): Duration {
  const late = (draw: number): Duration =>
    jitter === 0 ? delay : Math.max(0, Math.round(delay + jitter * (2 * uniform(hi, lo, index + draw) - 1)));
  const answer = late(0) + resent(loss, ANSWER_WAIT, ANSWER_RETRIES, uniform(hi, lo, index + 1));
  return opens ? answer + late(2) + resent(loss, SYN_WAIT, SYN_RETRIES, uniform(hi, lo, index + 3)) : answer;
}

/** Waits for a packet that is lost as often as `draw` says: with chance lossⁿ at least n times. */
function resent(loss: number, first: Duration, retries: number, draw: number): Duration {
  let total = 0;
  let wait = first;
  let chance = loss;
  for (let losses = 0; draw < chance; losses++) {
    if (losses === retries) return Infinity;
    total += wait;
    wait *= 2;
    chance *= loss;
  }
  return total;
}
