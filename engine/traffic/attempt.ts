/** One attempt of a request on its way to an endpoint, what becomes of it on the way back, and the end of what it came by. */
import type { CauseId } from "../kernel/causes.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { PodId } from "../kubernetes/api-server/pod-record.ts";

export interface AttemptMessage {
  readonly kind: "attempt";
  readonly load: number;
  readonly pod: PodId;
  readonly place: number;
  /** 0 for the first attempt. */
  readonly attempt: number;
  /** When the client meant to send the request: latency and timeout count from here. */
  readonly intendedAt: VirtualTime;
  /** Number of the request within its origin: names its random draws. */
  readonly request: number;
  /** LP in which the request began. */
  readonly origin: number;
  /** It comes by a connection that was open before. */
  readonly isOnOpenConnection?: boolean;
}

/**
 * An attempt ended elsewhere, for a source that decides what follows: on a budget (failures only), or because it
 * follows every attempt of its load (client-source.ts).
 */
export interface AttemptEnded {
  readonly kind: "attemptEnded";
  readonly load: number;
  readonly pod: PodId;
  readonly place: number;
  readonly attempt: number;
  readonly intendedAt: VirtualTime;
  readonly request: number;
  readonly origin: number;
  readonly outcome: number;
  readonly situation: number;
  /** Why it failed. */
  readonly why: CauseId;
}

/** The server in a Pod closed its connections with the clients of a load. */
export interface ConnectionsClosed {
  readonly kind: "connectionsClosed";
  readonly load: number;
  readonly pod: PodId;
}

export type TrafficMessage = AttemptMessage | AttemptEnded | ConnectionsClosed;
