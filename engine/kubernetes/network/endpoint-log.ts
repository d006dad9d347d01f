/**
 * The endpoint log: what the Service proxies of all places learn, as one append-only bulletin with one
 * writer (the API server, at the commit of an EndpointSlice) and a copy per shard. An entry holds the
 * whole set of one Service after the write. Reading at an instant is a pure function of the entries
 * valid then; what one node makes of an entry is in endpoint-view.ts.
 */
import type { Bulletin } from "../../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";
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
  /** A fault delays it: row that says so. Left out: none does. */
  readonly late?: CauseId;
}

/** What keeps proxies from knowing that a Pod is no endpoint any more. Asked for lost requests only; costs nothing while no fault delays an entry. */
export class LateRemovals {
  private readonly log: Bulletin<EndpointEntry>;
  private isAnyLate = false;
  private read = 0;

  constructor(log: Bulletin<EndpointEntry>) {
    this.log = log;
  }

  /**
   * Row of the fault; none: nothing keeps them, or they have known for as long as ever. `usual`: how late they are
   * without any fault, at least the watch floor; what is lost until then would have been lost anyway.
   */
  causeAt(service: number, pod: PodId, now: VirtualTime, usual: (delay: Duration) => Duration): CauseId {
    const { log } = this;
    for (; this.read < log.length && !this.isAnyLate; this.read++) this.isAnyLate = log.entry(this.read).late !== undefined;
    if (!this.isAnyLate) return NO_CAUSE;
    let late = NO_CAUSE;
    for (let position = log.length - 1; position >= 0; position--) {
      const entry = log.entry(position);
      // One that could not be known yet even without the fault isn't late; and other shards may not have it.
      if (entry.service !== service || entry.committedAt + usual(log.validFrom(position) - entry.committedAt) > now) continue;
      if (entry.pods.includes(pod) || entry.fallback?.pods.includes(pod) === true) return late;
      late = entry.late ?? NO_CAUSE;
    }
    return NO_CAUSE;
  }
}

/** Sent to each node that has an endpoint of this Service, new or old, when the entry becomes valid. */
export interface EndpointNotice {
  readonly kind: "endpointsChanged";
  readonly position: number;
}
