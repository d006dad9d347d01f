/** Load on one Service: arrivals as a function of time. source.ts tells the models apart. */
import type { Duration, VirtualTime } from "../kernel/time.ts";

export type LoadSpec = PoissonArrivalRate | ConstantArrivalRate;

interface LoadBase {
  readonly name: string;
  /** Target Service. */
  readonly namespace: string;
  readonly service: string;
  /** Port number or name of the Service; null: its first port. */
  readonly port: number | string | null;
  readonly from: VirtualTime;
  /** End of the load; the horizon at the latest. */
  readonly until: VirtualTime;
  /** The client gives up after this long, counted from the intended send time. */
  readonly timeout: Duration;
  readonly retries: { readonly max: number; /** wait before a retry */ readonly backoff: Duration };
  /** Client places, each with a Service proxy view of its own. */
  readonly places: number;
}

/** Open, exponential gaps; split at the endpoints. */
export interface PoissonArrivalRate extends LoadBase {
  readonly executor: "poisson-arrival-rate";
  /** requests per second */
  readonly rate: number;
}

/** Open, evenly spaced; every request is a message. */
export interface ConstantArrivalRate extends LoadBase {
  readonly executor: "constant-arrival-rate";
  readonly rate: number;
}
