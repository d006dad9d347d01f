/** What a fault does to the process in a container: the words that faults, their messages and the runtime share. */
import type { VirtualTime } from "../kernel/time.ts";

/**
 * hang: answers nothing; slow: requests take `amount` times as long; starve: everything does, start-up too; fail: a share
 * `amount` of the requests ends as errors; slowProbes: answers to probes come `amount` µs later; leak: memory grows by
 * `amount` bytes a second; spike: it needs `amount` bytes more; crash: ends with exit code `amount`, `rate` times a
 * second (0: once, now); delayPackets: what leaves the Pod is `amount` µs late, `rate` µs more or less; losePackets: a share
 * `amount` of it is lost.
 */
export type DisturbanceEffect =
  | "hang"
  | "slow"
  | "starve"
  | "fail"
  | "slowProbes"
  | "leak"
  | "spike"
  | "crash"
  | "delayPackets"
  | "losePackets";

export interface DisturbContainer {
  readonly kind: "disturbContainer";
  readonly pod: number;
  /** Null: every regular container of the Pod. */
  readonly container: string | null;
  readonly effect: DisturbanceEffect;
  readonly amount: number;
  readonly rate: number;
  /** Of slowProbes. */
  readonly probe: "startup" | "readiness" | "liveness" | "all";
  readonly until: VirtualTime;
}
