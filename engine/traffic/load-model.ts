/** Load on one Service: arrivals as a function of time. source.ts tells the models apart. */
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { WayIn } from "../kubernetes/network/service-route.ts";

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
  /** How requests come in: left out, by the cluster IP. */
  readonly via?: WayIn;
  /** Addresses that a place's requests come from: what session affinity goes by. Left out: one. */
  readonly clients?: number;
}

/** Open, exponential gaps; split at the endpoints, unless a choice depends on earlier ones (service-route.ts). */
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
