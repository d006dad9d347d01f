/**
 * Traffic of one shard: the proxies' beliefs, the arrivals at its nodes, the sources, and the books.
 * cluster.ts makes one per shard, first the arrivals of its nodes, then `settleProxies` (start: settled),
 * then `start` of each arrivals and source; `finish` once at the end.
 */
import type { ApplicationBehaviour } from "../application/application.ts";
import type { EndpointHost } from "../application/endpoint-host.ts";
import { VirtualServer } from "../application/server.ts";
import { ServerMemory } from "../application/server-memory.ts";
import { assert } from "../kernel/assert.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import type { CauseId, CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { streamKey } from "../kernel/random.ts";
import type { Simulator } from "../kernel/simulator.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import { KeyedLatency, Link } from "../kubernetes/network/link.ts";
import { ProxyTable, type MembershipListener } from "../kubernetes/network/service-proxy.ts";
import type { ServiceVersions } from "../kubernetes/network/service-versions.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Settings } from "../settings.ts";
import { Accounting, type LoadTotals, type LossTally } from "./accounting.ts";
import type { AttemptMessage } from "./attempt.ts";
import { DESK_SLOT, EndpointArrivals, type ArrivalContext, type SplitLoad } from "./endpoint-arrivals.ts";
import { EndpointRows } from "./endpoint-rows.ts";
import type { LoadSpec } from "./load-model.ts";
import { RequestLife } from "./request.ts";
import { ClientDesk } from "./retry.ts";
import { createSource, SourceSlot, type TrafficSource } from "./source.ts";

export interface TrafficShardOptions {
  readonly simulator: Simulator;
  readonly mailbox: Sender<AttemptMessage>;
  readonly causes: CauseTable;
  readonly recorder: Recorder;
  readonly settings: Settings;
  readonly seed: number;
  readonly loads: readonly LoadSpec[];
  /** Number of the Service that a load targets, as in the endpoint log. */
  readonly serviceOf: (load: number) => number;
  readonly endpointLog: Bulletin<EndpointEntry>;
  readonly layout: { readonly firstSource: LpId; readonly firstNode: LpId };
  /** A request sent before is counted nowhere. */
  readonly warmup: VirtualTime;
  /** Why a Service has no endpoint before its first entry; left out: it was so from the beginning. */
  readonly causeBefore?: (service: number) => CauseId;
}

/** What traffic adds to a shard's result; counters, histograms and series are in the recorder. */
export interface TrafficResult {
  readonly losses: readonly LossTally[];
  /** By load: sent = answered + lost + in flight, summed over all shards. */
  readonly totals: readonly LoadTotals[];
}

/** Requests per second: gaps of whole µs are at least 1. */
const FASTEST = 1_000_000;

export class TrafficShard {
  private readonly serverMemory = new ServerMemory();
  private readonly options: TrafficShardOptions;
  private readonly accounting: Accounting;
  private readonly life: RequestLife;
  private readonly proxies: ProxyTable;
  private readonly rows: EndpointRows;
  private readonly context: ArrivalContext;
  private readonly labels: readonly string[];
  private readonly audiences: readonly number[];
  private readonly arrivals: (EndpointArrivals | undefined)[] = [];

  constructor(options: TrafficShardOptions) {
    const { causes, endpointLog: log, loads, mailbox, recorder, seed, serviceOf, settings, simulator } = options;
    this.options = options;
    for (const { executor, rate, name } of loads)
      assert(executor !== "poisson-arrival-rate" || rate <= FASTEST, `load ${name} sends more than one request per microsecond`);
    this.labels = uniqueLabels(loads);
    const link = new Link(new KeyedLatency(settings.networkLatencyFloor, settings.networkLatency, settings.networkLatencyP99));
    this.proxies = new ProxyTable({
      log,
      settings,
      seed,
      wayOut: link.wayOut,
      listener: this.membership(),
      audiences: loads.map((load, index) => ({ service: serviceOf(index), places: load.places })),
    });
    this.audiences = audienceIndexes(loads.map((_, index) => serviceOf(index)));
    this.rows = new EndpointRows(this.proxies.services.length, Math.max(1, ...this.audiences.map((audience) => audience + 1)));
    this.accounting = new Accounting(recorder, this.labels, options.warmup);
    this.life = new RequestLife({
      accounting: this.accounting,
      causes,
      causeBefore: (load) => options.causeBefore?.(serviceOf(load)) ?? causes.beginning,
      connectTimeout: settings.clientConnectTimeout,
      firstNode: options.layout.firstNode,
      link,
      log,
      mailbox,
      proxies: this.proxies,
      terms: loads.map((load, index) => ({
        timeout: load.timeout,
        retriesMax: load.retries.max,
        backoff: load.retries.backoff,
        places: load.places,
        versions: this.versionsOf(index),
        audience: this.audiences[index]!,
        key: streamKey(seed, "requests", this.labels[index]!),
      })),
    });
    this.context = {
      causes,
      life: this.life,
      loads: loads.length,
      log,
      proxies: this.proxies,
      rows: this.rows,
      seed,
      simulator,
      split: this.proxies.services.map((versions) => this.splitLoadsOf(versions, link.wayOut)),
    };
  }

  /** The sources of this Service: each wants an EndpointNotice when an entry of it becomes valid, as nodes do. */
  sourcesOf(service: number): readonly LpId[] {
    return this.options.loads.flatMap((_, load) =>
      this.options.serviceOf(load) === service ? [this.options.layout.firstSource + load] : [],
    );
  }

  /** The server of a new container instance that some load reaches. */
  createServer(behaviour: ApplicationBehaviour): VirtualServer {
    return new VirtualServer(behaviour, this.life, this.serverMemory);
  }

  arrivalsFor(node: number, lp: LpId, host: EndpointHost): EndpointArrivals {
    const arrivals = new EndpointArrivals(lp, host, this.deskFor(lp, DESK_SLOT), this.context);
    this.arrivals[node] = arrivals;
    return arrivals;
  }

  /** `discard` empties the mailbox slot of a message that needs no reading. */
  sourceFor(load: number, discard: (payload: number) => void): TrafficSource {
    const { causes, layout, loads, seed, simulator } = this.options;
    const lp = layout.firstSource + load;
    return createSource(loads[load]!, {
      causes,
      desk: this.deskFor(lp, SourceSlot.desk),
      key: streamKey(seed, "arrivals at the source", this.labels[load]!),
      life: this.life,
      load,
      lp,
      proxies: this.proxies,
      simulator,
      versions: this.versionsOf(load),
      audience: this.audiences[load]!,
      discard,
    });
  }

  /** Start: settled. All places believe what is valid at 0. */
  settleProxies(): void {
    this.proxies.settle();
  }

  /** Requests lost so far, for progress. */
  get lost(): number {
    return this.accounting.lostSoFar;
  }

  finish(end: VirtualTime): TrafficResult {
    this.life.finish(end);
    return { losses: this.accounting.losses(), totals: this.accounting.totals() };
  }

  private versionsOf(load: number): ServiceVersions {
    return this.proxies.versionsOf(this.options.serviceOf(load))!;
  }

  private deskFor(lp: LpId, slot: number): ClientDesk {
    const desk = new ClientDesk(this.options.simulator, lp, slot, this.life.desks.length);
    this.life.desks.push(desk);
    return desk;
  }

  /** Keeps the rows of this shard's nodes; endpoints of other shards are none of its business. */
  private membership(): MembershipListener {
    return {
      joined: (versions, pod, node, position) => {
        const arrivals = this.arrivals[node];
        if (arrivals === undefined) return;
        const row = this.rows.find(versions.slot, pod);
        if (row === undefined) arrivals.join(this.rows.create(versions.slot, pod, position));
        else this.rows.rejoin(row, position, versions);
      },
      left: (versions, pod, position) => {
        const row = this.rows.find(versions.slot, pod);
        if (row !== undefined) this.rows.leave(row, position);
      },
    };
  }

  private splitLoadsOf(versions: ServiceVersions, wayOut: number): (SplitLoad | null)[] {
    const split: (SplitLoad | null)[] = [];
    this.options.loads.forEach((load, index) => {
      if (this.options.serviceOf(index) !== versions.service) return;
      split.push(
        load.executor === "constant-arrival-rate"
          ? null
          : {
              load: index,
              label: this.labels[index]!,
              rate: load.rate / 1_000_000,
              from: load.from + wayOut,
              until: load.until + wayOut,
              hasRetries: load.retries.max > 0,
            },
      );
    });
    return split;
  }
}

/** Index of each load among those on its Service. */
function audienceIndexes(services: readonly number[]): number[] {
  return services.map((service, index) => services.slice(0, index).filter((other) => other === service).length);
}

/** Two loads of one name would share their draws and their books. */
function uniqueLabels(loads: readonly LoadSpec[]): string[] {
  return loads.map((load, index) => {
    const before = loads.slice(0, index).filter((other) => other.name === load.name).length;
    return before === 0 ? load.name : `${load.name} (${before + 1})`;
  });
}
