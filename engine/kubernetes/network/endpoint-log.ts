/**
 * The endpoint log: what the Service proxies of all places learn, as one append-only bulletin with one
 * writer (the API server, at the commit of an EndpointSlice) and a copy per shard. An entry holds the
 * whole set of one Service after the write. Reading at an instant is a pure function of the entries
 * valid then.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";

export interface EndpointEntry {
  /** Running number over all Services, from 0: the version that places believe in. */
  readonly position: number;
  readonly service: number;
  /** The write's commit; proxies learn of it by watch, at least the watch floor later. */
  readonly committedAt: VirtualTime;
  /** Ready endpoints (serving and terminating ones when there is no ready one, as kube-proxy falls back), by PodId ascending. */
  readonly pods: readonly PodId[];
  /** Node index of each. */
  readonly nodes: readonly number[];
  /** Endpoints that changed against the version before (the proxies' run time depends on it). */
  readonly changed: number;
  readonly cause: CauseId;
}

/** Sent to each node that has an endpoint of this Service, new or old, when the entry becomes valid. */
export interface EndpointNotice {
  readonly kind: "endpointsChanged";
  readonly position: number;
}
