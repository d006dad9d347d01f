/**
 * Traffic of one shard: the proxies' beliefs, the arrivals at its nodes, the sources, and the books.
 * cluster.ts makes one per shard, first the arrivals of its nodes, then `settleProxies` (start: settled),
 * then `start` of each arrivals and source; `finish` once at the end.
 */
import type { ApplicationBehaviour } from "../application/application.ts";
import type { EndpointHost } from "../application/endpoint-host.ts";
import { isMadeFor, type CallSpec } from "../application/calls.ts";
import { CallingServer } from "../application/calling-server.ts";
import { VirtualServer, type ContainerServer } from "../application/server.ts";
import { ServerMemory } from "../application/server-memory.ts";
import { assert } from "../kernel/assert.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { streamKey, type StreamKey } from "../kernel/random.ts";
import type { Simulator } from "../kernel/simulator.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { BlameLog } from "../kubernetes/network/blame-log.ts";
import { LateRemovals, type EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import { KeyedLatency, Link } from "../kubernetes/network/link.ts";
import { CLUSTER_SCOPE } from "../kubernetes/network/endpoint-view.ts";
import { ProxyTable, usualLateness, type BeliefObserver, type MembershipListener } from "../kubernetes/network/service-proxy.ts";
import { isSplittable, type ServiceRoute } from "../kubernetes/network/service-route.ts";
import type { ServiceVersions } from "../kubernetes/network/service-versions.ts";
import type { Versions } from "../kubernetes/versions.ts";
import type { Recorder } from "../metrics/recorder.ts";
import type { Settings } from "../settings.ts";
import { Accounting, type LoadTotals, type LossTally } from "./accounting.ts";
import type { TrafficMessage } from "./attempt.ts";
import { ArrivalPlans } from "./arrival-plan.ts";
import { Balancer } from "./balancer.ts";
import { CallBooks } from "./call-books.ts";
import { Caller, type CallEdge, type CallerContext } from "./caller.ts";
import { CALL_SLOT, DESK_SLOT, EndpointArrivals, type ArrivalContext, type SplitLoad } from "./endpoint-arrivals.ts";
import { EndpointRows } from "./endpoint-rows.ts";
import type { LoadSpec } from "./load-model.ts";
import { isClosed, pathOf, type TrafficPath } from "./path.ts";
import { RateCurve } from "./rate-plan.ts";
import { RetryBudget } from "./retry-policy.ts";
import { ClientSource } from "./client-source.ts";
import { RequestLife } from "./request.ts";
import { ClientDesk } from "./retry.ts";
import { createSource, SourceSlot, type SourceMessage, type TrafficSource } from "./source.ts";

export interface TrafficShardOptions {
  readonly simulator: Simulator;
  readonly mailbox: Sender<TrafficMessage>;
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
  /** Why Services stay without endpoints; left out: what took the last one away is why. */
  readonly blameLog?: BlameLog;
  /** How a load's requests reach the endpoints; left out: any endpoint, at random. */
  readonly routeOf?: (load: number) => ServiceRoute;
  /** Zone number of each node. */
  readonly zones?: readonly number[];
  readonly versions?: Pick<Versions, "proxyBurstOfTwo" | "proxyWritesChanges">;
  /** Checks what places believe; null or absent: nobody does. */
  readonly beliefs?: BeliefObserver | null;
  /** Calls between Services: they come after the loads, in this order. Left out: none. */
  readonly calls?: readonly CallEdge[];
  /** How the calls of an edge reach their endpoints; left out: any endpoint, at random. */
  readonly callRouteOf?: (edge: number) => ServiceRoute;
  /** How many nodes there are, for calls. */
  readonly nodes?: number;
  /** Sends every request as a message, also where it could be split: for comparisons. */
  readonly neverSplits?: boolean;
  /** Each arrival at an endpoint is an event: for comparisons. */
  readonly neverPlans?: boolean;
  /** Whether requests of a load come to another container of a Pod at some instant; left out: none does. */
  readonly moves?: (load: number) => boolean;
}

const anyEndpoint: ServiceRoute = { scope: CLUSTER_SCOPE, pick: "random", affinity: 0, hasHealthChecks: false, dropsWithoutLocal: false };

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
  private readonly callsOf = new Map<ApplicationBehaviour, (load: number) => readonly CallSpec[]>();
  /** Null: no Pod calls. */
  private readonly callContext: CallerContext | null;
  private readonly labels: readonly string[];
  private readonly audiences: readonly number[];
  private readonly routes: readonly ServiceRoute[];
  private readonly paths: readonly TrafficPath["kind"][];
  private readonly budgets: readonly (RetryBudget | null)[];
  private readonly balancers: readonly (Balancer | null)[];
  /** Sources that keep books of their own. */
  private readonly clients: ClientSource[] = [];
  private readonly link: Link;
  private readonly arrivals: (EndpointArrivals | undefined)[] = [];

  constructor(options: TrafficShardOptions) {
    const { calls = [], causes, endpointLog: log, mailbox, recorder, seed, settings, simulator } = options;
    const { nodes = 0 } = options;
    this.options = options;
    const loads = [...options.loads, ...calls.map((edge) => loadOfEdge(edge, nodes))];
    const serviceOf = (load: number): number => calls[load - options.loads.length]?.service ?? options.serviceOf(load);
    for (const { executor, rate, name } of loads)
      assert(executor === "constant-arrival-rate" || rate <= FASTEST, `load ${name} sends more than one request per microsecond`);
    this.labels = uniqueLabels(loads);
    this.routes = [
      ...options.loads.map((_, load) => options.routeOf?.(load) ?? anyEndpoint),
      ...calls.map((_, edge) => options.callRouteOf?.(edge) ?? anyEndpoint),
    ];
    this.paths = loads.map((load, index) => (index < options.loads.length ? this.choosePath(load, index) : "conversations"));
    this.budgets = loads.map(({ places, retries }) => (retries.budget === undefined ? null : new RetryBudget(retries.budget, places)));
    this.balancers = loads.map((load, index) => this.balancerFor(load, index));
    const link = (this.link = new Link(
      new KeyedLatency(settings.networkLatencyFloor, settings.networkLatency, settings.networkLatencyP99),
    ));
    this.proxies = new ProxyTable({
      log,
      settings,
      seed,
      wayOut: link.wayOut,
      listener: this.membership(),
      beliefs: options.beliefs ?? null,
      audiences: loads.map((load, index) => ({ service: serviceOf(index), places: load.places, scope: this.routes[index]!.scope })),
      ...(options.zones === undefined ? {} : { zones: options.zones }),
      ...(options.versions === undefined ? {} : { versions: options.versions }),
    });
    this.audiences = audienceIndexes(loads.map((_, index) => this.proxies.groupOf(index)));
    this.rows = new EndpointRows(this.proxies.views.length, Math.max(1, ...this.audiences.map((audience) => audience + 1)));
    this.accounting = new Accounting(recorder, this.labels.slice(0, options.loads.length), options.warmup);
    const late = new LateRemovals(log);
    const usual = this.routes.map(({ scope }) => usualLateness(scope, settings));
    this.life = new RequestLife({
      accounting: this.accounting,
      causes,
      causeBefore: (load) => options.causeBefore?.(serviceOf(load)) ?? causes.beginning,
      blameAt: (load, since, now) => options.blameLog?.causeAt(serviceOf(load), since, now) ?? NO_CAUSE,
      lateAt: (load, pod, now) =>
        late.causeAt(serviceOf(load), pod, now, usual[load]!) ||
        (options.blameLog?.holdUpAt(serviceOf(load), pod, now, usual[load]!) ?? NO_CAUSE),
      clock: simulator,
      connectTimeout: settings.clientConnectTimeout,
      firstNode: options.layout.firstNode,
      link,
      log,
      mailbox,
      proxies: this.proxies,
      terms: loads.map((load, index) => ({
        timeout: load.timeout,
        retry: load.retries,
        budget: this.paths[index] === "conversations" ? null : this.budgets[index]!,
        rateAt: rateOf(load),
        isTold: this.paths[index] === "conversations",
        isCall: index >= options.loads.length,
        keepsConnections: load.connections !== undefined,
        places: load.places,
        group: this.proxies.groupOf(index),
        balancer: this.balancers[index]!,
        source: options.layout.firstSource + index,
        dropsWithoutLocal: this.routes[index]!.dropsWithoutLocal,
        key: streamKey(seed, "requests", this.labels[index]!),
      })),
    });
    const { accounting, life, rows } = this;
    this.context = {
      accounting: this.accounting,
      causes,
      plans: options.neverPlans === true ? null : new ArrivalPlans({ accounting, life, link, rows, simulator }),
      life: this.life,
      loads: loads.length,
      log,
      proxies: this.proxies,
      rows: this.rows,
      seed,
      simulator,
      split: this.proxies.views.map((versions) => this.splitLoadsOf(versions, link.wayOut, loads)),
    };
    this.callContext =
      calls.length === 0
        ? null
        : {
            balancerOf: (edge) => this.balancers[options.loads.length + edge]!,
            books: new CallBooks(
              recorder,
              calls.map(({ caller, call }) => ({ caller, service: `${call.namespace}/${call.service}` })),
            ),
            causes,
            connectTimeout: settings.clientConnectTimeout,
            edges: calls,
            firstNode: options.layout.firstNode,
            firstEdge: options.loads.length,
            life: this.life,
            mailbox,
            proxies: this.proxies,
            seed,
            wayOut: link.wayOut,
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

  /** The same, on a node whose arrivals are there: of a container that may call others. */
  createServerOn(node: number, pod: number, behaviour: ApplicationBehaviour): ContainerServer {
    const arrivals = this.arrivals[node];
    if (arrivals === undefined || arrivals.caller === null || !callsOthers(behaviour)) return this.createServer(behaviour);
    const server = new CallingServer(behaviour, this.life, arrivals.caller, this.callsFor(behaviour), pod, this.serverMemory);
    this.life.lookAfter(server, arrivals.desk);
    return server;
  }

  /** What requests of each load call at containers that behave so. */
  private callsFor(behaviour: ApplicationBehaviour): (load: number) => readonly CallSpec[] {
    const known = this.callsOf.get(behaviour);
    if (known !== undefined) return known;
    const { loads } = this.options;
    const made = [...loads.map(({ name }) => name), null].map((load) => (behaviour.calls ?? []).filter((call) => isMadeFor(call, load)));
    const callsFor = (load: number): readonly CallSpec[] => made[Math.min(load, loads.length)]!;
    this.callsOf.set(behaviour, callsFor);
    return callsFor;
  }

  arrivalsFor(node: number, lp: LpId, host: EndpointHost): EndpointArrivals {
    const caller = this.callContext === null ? null : new Caller(this.callContext, node, this.deskFor(lp, CALL_SLOT), host);
    const arrivals = new EndpointArrivals(lp, host, this.deskFor(lp, DESK_SLOT), this.context, caller);
    this.arrivals[node] = arrivals;
    return arrivals;
  }

  /** `take` empties the mailbox slot of a message. */
  sourceFor(load: number, take: (payload: number) => SourceMessage): TrafficSource {
    const { causes, layout, loads, seed, simulator } = this.options;
    const lp = layout.firstSource + load;
    const key = streamKey(seed, "arrivals at the source", this.labels[load]!);
    const desk = this.deskFor(lp, SourceSlot.desk);
    if (this.paths[load] === "conversations") return this.clientSource(load, lp, desk, key, take);
    return createSource(loads[load]!, this.paths[load] === "split", {
      causes,
      desk,
      key,
      life: this.life,
      load,
      lp,
      proxies: this.proxies,
      simulator,
      group: this.proxies.groupOf(load),
      audience: this.audiences[load]!,
      balancer: this.balancers[load]!,
      take,
    });
  }

  private clientSource(load: number, lp: LpId, desk: ClientDesk, key: StreamKey, take: (payload: number) => SourceMessage): ClientSource {
    const { causes, layout, loads, mailbox, simulator } = this.options;
    const source = new ClientSource(loads[load]!, {
      accounting: this.accounting,
      balancer: this.balancers[load]!,
      budget: this.budgets[load]!,
      causes,
      desk,
      firstNode: layout.firstNode,
      group: this.proxies.groupOf(load),
      key,
      life: this.life,
      load,
      lp,
      mailbox,
      proxies: this.proxies,
      simulator,
      usesLeastConnections: this.routes[load]!.pick === "lc",
      wayOut: this.link.wayOut,
      take,
    });
    this.clients.push(source);
    return source;
  }

  /** Start: settled. All places believe what is valid at 0. */
  settleProxies(): void {
    this.proxies.settle();
  }

  /** The rules' last look at what places believe; traffic is over. */
  review(end: VirtualTime): void {
    this.proxies.review(end);
  }

  /** Requests lost so far, for progress. */
  get lost(): number {
    return this.accounting.lostSoFar;
  }

  /** What was counted so far goes to the recorder, for whoever looks while the run goes on. */
  handOver(now: VirtualTime): void {
    this.context.plans?.look(now);
    this.accounting.handOver();
  }

  /** Requests lost by now that aren't counted yet, by label of their load; the warm-up left out. */
  overdue(now: VirtualTime): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    this.life.visitOverdue(now, (load, intendedAt) => {
      if (intendedAt >= this.options.warmup && load < this.options.loads.length)
        counts.set(this.labels[load]!, (counts.get(this.labels[load]!) ?? 0) + 1);
    });
    return counts;
  }

  finish(end: VirtualTime): TrafficResult {
    for (const arrivals of this.arrivals) arrivals?.caller?.close();
    for (const client of this.clients) client.finish(end);
    this.context.plans?.finish(end);
    for (const arrivals of this.arrivals) arrivals?.finish(end);
    this.life.finish(end);
    for (const arrivals of this.arrivals) arrivals?.caller?.finish();
    return { losses: this.accounting.losses(), totals: this.accounting.totals() };
  }

  private choosePath(load: LoadSpec, index: number): TrafficPath["kind"] {
    const { kind } = pathOf(load, this.routes[index]!);
    return kind === "split" && this.options.neverSplits === true ? "messages" : kind;
  }

  private balancerFor({ places, clients = 1 }: LoadSpec, index: number): Balancer | null {
    const { seed, settings } = this.options;
    const route = this.routes[index]!;
    if (isSplittable(route) || route.pick === "lc") return null;
    const health = {
      period: Math.max(1, settings.loadBalancerProbePeriod),
      unhealthyThreshold: settings.loadBalancerUnhealthy,
      healthyThreshold: settings.loadBalancerHealthy,
      propagation: settings.loadBalancerPropagation,
    };
    return new Balancer({ route, places, clients, health, key: streamKey(seed, "balancer", this.labels[index]!) });
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

  private splitLoadsOf(versions: ServiceVersions, wayOut: number, loads: readonly LoadSpec[]): (SplitLoad | null)[] {
    const split: (SplitLoad | null)[] = [];
    loads.forEach((load, index) => {
      if (this.proxies.groupOf(index) !== versions.group) return;
      split.push(
        this.paths[index] !== "split"
          ? null
          : {
              load: index,
              label: this.labels[index]!,
              rate: load.rate / 1_000_000,
              from: load.from + wayOut,
              until: load.until + wayOut,
              curve: load.plan === undefined ? null : new RateCurve(load.plan, load.from + wayOut),
              hasRetries: load.retries.max > 0,
              hasBudget: load.retries.max > 0 && load.retries.budget !== undefined,
              hasViews: this.proxies.viewsOf(versions.group).length > 1,
              staysPut: this.options.moves?.(index) !== true,
            },
      );
    });
    return split;
  }
}

function callsOthers({ calls, healthChecks }: ApplicationBehaviour): boolean {
  return calls !== undefined || healthChecks !== undefined;
}

/** As the proxies and the endpoints' side know the calls of an edge: each node is a place. */
function loadOfEdge({ caller, call }: CallEdge, nodes: number): LoadSpec {
  const { namespace, port, service, timeout } = call;
  return {
    executor: "poisson-arrival-rate",
    name: `${caller} calls ${namespace}/${service}`,
    namespace,
    service,
    port,
    rate: 0,
    from: 0,
    until: 0,
    timeout,
    retries: { max: 0, backoff: 0 },
    places: nodes,
  };
}

/** First attempts of one place per µs; of users it isn't known beforehand. */
function rateOf(load: LoadSpec): (now: VirtualTime) => number {
  const constant = load.rate / 1_000_000 / load.places;
  if (load.plan === undefined || isClosed(load)) return () => constant;
  const curve = new RateCurve(load.plan, load.from);
  return (now) => {
    curve.seek(Math.max(now, load.from));
    return curve.rate / load.places;
  };
}

/** Index of each load among those that look through the same views. */
function audienceIndexes(groups: readonly number[]): number[] {
  return groups.map((group, index) => groups.slice(0, index).filter((other) => other === group).length);
}

/** Two loads of one name would share their draws and their books. */
function uniqueLabels(loads: readonly LoadSpec[]): string[] {
  return loads.map((load, index) => {
    const before = loads.slice(0, index).filter((other) => other.name === load.name).length;
    return before === 0 ? load.name : `${load.name} (${before + 1})`;
  });
}
