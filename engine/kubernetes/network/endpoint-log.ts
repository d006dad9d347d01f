/**
 * The endpoint log: what the Service proxies of all places learn, as one append-only bulletin with one
 * writer (the API server, at the commit of an EndpointSlice) and a copy per shard. An entry holds the
 * whole set of one Service after the write. Reading at an instant is a pure function of the entries
 * valid then; what one node makes of an entry is in endpoint-view.ts.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";

/** Endpoints and the node index of each, by PodId ascending. */
export interface EndpointSet {
  readonly pods: readonly PodId[];
  readonly nodes: readonly number[];
}

export interface EndpointEntry extends EndpointSet {
  /** Running number over all Services, from 0: the version that places believe in. */
  readonly position: number;
  readonly service: number;
  /** The write's commit; proxies learn of it by watch, at least the watch floor later. */
  readonly committedAt: VirtualTime;
  /** The endpoints in `pods` terminate: there is no ready one, and the proxies fall back on those that still serve. */
  readonly isTerminating?: boolean;
  /** Endpoints that serve while they terminate, beside ready ones; only of Services with a Local policy, whose nodes may fall back one by one. */
  readonly fallback?: EndpointSet;
  /** Number of the zone that each endpoint of `pods` is hinted for, -1: none. Left out: no hints. */
  readonly hints?: readonly number[];
  /** Each is hinted for its own node, too. */
  readonly hintsNodes?: boolean;
  /** Endpoints that changed against the version before (the proxies' run time depends on it). */
  readonly changed: number;
  readonly cause: CauseId;
}

/** Sent to each node that has an endpoint of this Service, new or old, when the entry becomes valid. */
export interface EndpointNotice {
  readonly kind: "endpointsChanged";
  readonly position: number;
}
