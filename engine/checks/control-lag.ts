/**
 * How far behind the controllers may be, for rules about what they do: what was true since then may still be what they act on. Follows
 * from the settings; it is more only while something really holds them up.
 *
 *   usual    two watches' deliveries and syncs (what is so, and what a ReplicaSet's status or a budget says of it), and writes, one after the other
 *   held up  a client's rate limit is used up, a sync has failed and is tried again, a watch brings changes late, or a fault of the API server holds or has just ended:
 *            what was known before that began counts until all of it has been over for the usual time
 */
import type { Lag } from "../invariants/recent.ts";
import { exp } from "../kernel/elementary.ts";
import { logDeviation } from "../kernel/distribution.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { ApiServer } from "../kubernetes/api-server/api-server.ts";
import type { Client } from "../kubernetes/api-server/client.ts";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import type { Settings } from "../settings.ts";

/** A Deployment goes by what a ReplicaSet's status says of Pods. */
const HOPS = 2;
/** Writes of one sync that follow each other, at the 99th percentile each. */
const WRITES = 20;
/** Standard deviations: one draw in a billion is beyond. */
const FARTHEST = 6;

export class ControlLag implements Lag {
  private readonly apiServer: Pick<ApiServer, "knownAt" | "longestDelay" | "faultChangedAt">;
  private readonly clients: readonly Pick<Client, "tokens">[];
  private readonly usual: Duration;
  private readonly watchLatency: Duration;
  private readonly isRetrying: () => boolean;
  /** The last look at which nothing held them up; since when nothing does, Infinity: something does. */
  private freeAt: VirtualTime = 0;
  private freeSince: VirtualTime = 0;
  private lookedAt: VirtualTime = 0;

  /** `clients`: of those who act, and of those whose word they act on. */
  constructor(
    apiServer: Pick<ApiServer, "knownAt" | "longestDelay" | "faultChangedAt">,
    clients: readonly (Pick<Client, "tokens"> | undefined)[],
    settings: Settings,
    more: Duration = 0,
    isRetrying: () => boolean = () => false,
  ) {
    this.apiServer = apiServer;
    this.clients = clients.filter((client) => client !== undefined);
    this.usual = usualTime(settings) + more;
    this.watchLatency = settings.watchLatencyP99;
    this.isRetrying = isRetrying;
  }

  since(now: VirtualTime): VirtualTime {
    const isFree = this.freeSince + this.usual <= now;
    return (isFree ? now : Math.min(now, this.freeAt)) - this.usual;
  }

  /** At each commit: before anything asks. */
  look(now: VirtualTime): void {
    if (this.isHeldUp(now)) this.freeSince = Infinity;
    else if (this.freeSince === Infinity) this.freeSince = now;
    else if (this.freeSince + this.usual <= now) this.freeAt = now;
    this.lookedAt = now;
  }

  private isHeldUp(now: VirtualTime): boolean {
    const { faultChangedAt, knownAt, longestDelay } = this.apiServer;
    if (this.isRetrying()) return true;
    if (longestDelay > 0 || faultChangedAt >= this.lookedAt || knownAt > now + this.watchLatency) return true;
    for (const { tokens } of this.clients) if (tokens.nextFree(now) > now) return true;
    return false;
  }
}

/** From what is so to a write that follows from it, if nothing holds anybody up. */
function usualTime(settings: Settings): Duration {
  const { apiWriteLatency, apiWriteLatencyFloor, apiWriteLatencyP99, controllerSync, watchLatencyP99 } = settings;
  const tail = Math.max(0, apiWriteLatency - apiWriteLatencyFloor);
  const slowest = apiWriteLatencyFloor + Math.ceil(tail * exp(FARTHEST * logDeviation(tail, apiWriteLatencyP99 - apiWriteLatencyFloor)));
  return HOPS * (watchLatencyP99 + controllerSync) + WRITES * Math.max(apiWriteLatency, apiWriteLatencyP99) + slowest;
}

/** Who the rules ask, by what they are about. */
export class ControlLags {
  /** Deployments, by what their ReplicaSets' statuses tell them. */
  readonly rollouts: ControlLag;
  readonly jobs: ControlLag;
  readonly sets: ControlLag;
  readonly budgets: ControlLag;
  readonly nodes: ControlLag;
  readonly scheduling: ControlLag;
  readonly endpoints: ControlLag;
  /** Whoever makes Pods. */
  readonly owners: ControlLag;
  private readonly all: readonly ControlLag[];
  private lookedAt: VirtualTime = -1;

  constructor({ apiServer, controllers, scheduler }: ControlPlane, settings: Settings) {
    const { clients } = controllers;
    const lag = (names: readonly string[], more: Duration = 0, isRetrying?: () => boolean): ControlLag =>
      new ControlLag(
        apiServer,
        names.map((name) => clients.get(name)),
        settings,
        more,
        isRetrying,
      );
    const { endpointsBatch, jobSyncBatch, nodeMonitorPeriod, noExecuteQueueDelay, taintPass } = settings;
    this.rollouts = lag(["deployment", "replicaset"]);
    this.jobs = lag(["job"], jobSyncBatch);
    this.sets = lag(["statefulset"]);
    this.budgets = lag(["disruption"]);
    this.nodes = lag(["node-lifecycle"], nodeMonitorPeriod + noExecuteQueueDelay + taintPass);
    this.scheduling = new ControlLag(apiServer, [scheduler.client], settings);
    const { queue } = controllers.endpointSlice.runner;
    // While its own last write is unknown to it, it writes nothing and tries again.
    this.endpoints = lag(["endpointslice"], endpointsBatch, () => queue.hasFailures);
    this.owners = lag([...clients.keys()]);
    this.all = [this.rollouts, this.jobs, this.sets, this.budgets, this.nodes, this.scheduling, this.endpoints, this.owners];
  }

  look(now: VirtualTime): void {
    if (now === this.lookedAt) return;
    this.lookedAt = now;
    for (const lag of this.all) lag.look(now);
  }
}
