/** What requests of one load have in common, what becomes of an attempt, and which draws it makes. */
import type { CauseId } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { StreamKey } from "../kernel/random.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { Balancer } from "./balancer.ts";
import type { EndpointSituation, Outcome } from "./outcome.ts";
import type { RetryBudget, RetryPolicy } from "./retry-policy.ts";

/** What requests of one load have in common. */
export interface LoadTerms {
  readonly timeout: Duration;
  readonly retry: RetryPolicy;
  /** Of the places, at the LP `source`; null: retries cost nothing. */
  readonly budget: RetryBudget | null;
  /** First attempts of one place per µs: what its budget is filled by. */
  readonly rateAt: (now: VirtualTime) => number;
  readonly places: number;
  /** Through which views its places see their endpoints. */
  readonly group: number;
  /** Chooses, at the LP `source`; null: any LP may choose, at random. */
  readonly balancer: Balancer | null;
  readonly source: LpId;
  /** The source follows each attempt and keeps the books (client-source.ts): ends are told, not counted. */
  readonly isTold: boolean;
  /** It is called by Pods (caller.ts): what is told goes to where the call began, and books are kept there. */
  readonly isCall: boolean;
  /** Its connections outlive requests. */
  readonly keepsConnections: boolean;
  /** A place without an endpoint drops its requests while there is an endpoint elsewhere. */
  readonly dropsWithoutLocal: boolean;
  /** Names the draws of requests that travel as messages. */
  readonly key: StreamKey;
}

/** How an attempt ended other than answered, as its client learns it. */
export interface AttemptEnd {
  readonly knownAt: VirtualTime;
  readonly outcome: Outcome;
  readonly situation: EndpointSituation;
  readonly cause: CauseId;
}

/** Draws of one attempt, in order, from its index on. An arrival's gap comes before them (endpoint-arrivals.ts). */
export const DRAWS = 4;
export const CHOICE_DRAW = 0;
export const PLACE_DRAW = 1;
export const WORK_DRAW = 2;
export const WAY_BACK_DRAW = 3;
/** Served at an instant that isn't known yet, and not known to be too late. */
export const SOME_DAY = 1e300;
