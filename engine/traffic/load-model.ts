/**
 * Load on one Service: arrivals as a function of time, what a client does about failures, and how it reaches
 * the endpoints. path.ts says which way the requests of a load take through the model.
 */
import type { Distribution } from "../kernel/distribution.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { WayIn } from "../kubernetes/network/service-route.ts";
import type { RatePlan } from "./rate-plan.ts";
import type { RetryPolicy } from "./retry-policy.ts";

export type LoadSpec = PoissonArrivalRate | ConstantArrivalRate | RampingArrivalRate | ConstantUsers | RampingUsers;

/** Who chooses an endpoint: left out, the proxy of the place as its mode says. */
export const loadPolicies = ["random", "round-robin", "least-connections", "zone-aware"] as const;
export type LoadPolicy = (typeof loadPolicies)[number];

/** Another attempt beside one that is slow; the first answer wins. */
export interface HedgingPolicy {
  readonly after: Duration;
  /** Attempts beside the first at most. */
  readonly max: number;
}

/** Connections that outlive a request: what is chosen for a connection stays chosen. */
export interface ConnectionPolicy {
  /** keep-alive: one request at a time on each; http2: any number. */
  readonly kind: "keep-alive" | "http2";
  /** Per place: kept while idle, or (http2) open at all. */
  readonly size: number;
  readonly pick: "lifo" | "random";
  /** The server closes one this long after it was opened, ± 10 %; Infinity: never. */
  readonly maxAge: Duration;
  /** The client closes one that was idle so long; Infinity: never. */
  readonly idleTimeout: Duration;
}

/** Clients look the endpoints up in a registry and keep what they found. */
export interface DiscoveryPolicy {
  /** Between two look-ups. */
  readonly refresh: Duration;
  /** Until the registry itself follows the cluster: the lease of an instance that doesn't say goodbye. */
  readonly lag: Duration;
}

interface LoadBase {
  readonly name: string;
  /** Target Service. */
  readonly namespace: string;
  readonly service: string;
  /** Port number or name of the Service; null: its first port. */
  readonly port: number | string | null;
  /** Requests per second; the highest of a plan; 0: users send when they are ready. */
  readonly rate: number;
  /** Left out: the rate is constant. */
  readonly plan?: RatePlan;
  readonly from: VirtualTime;
  /** End of the load; the horizon at the latest. */
  readonly until: VirtualTime;
  /** The client gives up after this long, counted from the intended send time. */
  readonly timeout: Duration;
  readonly retries: RetryPolicy;
  /** Client places, each with a Service proxy view of its own. */
  readonly places: number;
  /** How requests come in: left out, by the cluster IP. */
  readonly via?: WayIn;
  /** Addresses that a place's requests come from: what session affinity goes by. Left out: one. */
  readonly clients?: number;
  readonly policy?: LoadPolicy;
  readonly hedging?: HedgingPolicy;
  /** Left out: a new one for each attempt. */
  readonly connections?: ConnectionPolicy;
  readonly discovery?: DiscoveryPolicy;
}

/** Open, exponential gaps; split at the endpoints where it may be (path.ts). */
export interface PoissonArrivalRate extends LoadBase {
  readonly executor: "poisson-arrival-rate";
}

/** Open, evenly spaced. */
export interface ConstantArrivalRate extends LoadBase {
  readonly executor: "constant-arrival-rate";
}

/** Open, exponential gaps at a rate that goes from stage to stage. */
export interface RampingArrivalRate extends LoadBase {
  readonly executor: "ramping-arrival-rate";
}

interface Closed extends LoadBase {
  /** From an answer, or from giving up, to a user's next request. */
  readonly thinkTime: Distribution;
}

/** Closed: each user waits for its answer. */
export interface ConstantUsers extends Closed {
  readonly executor: "constant-vus";
  readonly users: number;
}

/** Closed, with users that come and go; a plan of users instead of requests per second. */
export interface RampingUsers extends Closed {
  readonly executor: "ramping-vus";
  readonly userPlan: RatePlan;
}
