/**
 * The Service proxies of all client places: which endpoints each place believes in, and when it learns
 * better. A pure function of the endpoint log, so every shard computes the same; advanced lazily, one
 * step per proxy run and not per change. Hot: `advance`, bench/traffic.bench.ts.
 *
 *            learns an entry            min sync since the last run's end, then          run over
 *   idle ───────────────────▶ waiting ─────────────────────────────────────▶ running ─────────────▶ idle, or waiting
 *                                          takes every entry learnt by now             believes what it took
 *
 * A place learns entry k at max(when it learnt k-1, commit + a watch latency drawn by (place, k)).
 * Up to 1.24 (`proxyBurstOfTwo`) a token bucket lets runs begin: two at once, then one per min sync; and a
 * run rewrites every Service.
 *
 * A headless Service has no proxy: a place resolves its name once per TTL and keeps the answer.
 *
 *   resolved ──entry──▶ stale ──TTL over──▶ resolved, if the name server has learnt the entry; else stale still
 *
 * Differs: clients beside the cluster
 * Differs: proxies run only for changes
 * Differs: names are resolved on the clock
 */
import type { Bulletin } from "../../kernel/bulletin.ts";
import { streamKey, uniform, type StreamKey } from "../../kernel/random.ts";
import { NEVER, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { EndpointEntry, EndpointSet } from "./endpoint-log.ts";
import { CLUSTER_SCOPE, EntryReader, viewKey, type Location, type ViewScope } from "./endpoint-view.ts";
import { KeyedLatency } from "./link.ts";
import { NO_VERSION, ServiceVersions } from "./service-versions.ts";
import { PlaceQueue } from "./place-queue.ts";
import { newestVersions, type Versions } from "../versions.ts";

/** One load: the Service it targets and from how many places. Audiences of one group (Service and scope) keep this order. */
export interface Audience {
  readonly service: number;
  readonly places: number;
  /** Which endpoints its places see; left out: all. */
  readonly scope?: ViewScope;
}

export interface ProxySettings {
  readonly watchLatency: Duration;
  readonly watchLatencyP99: Duration;
  readonly watchLatencyFloor: Duration;
  readonly proxyMinSync: Duration;
  readonly proxyRunTime: Duration;
  readonly proxyRunPerEndpoint: Duration;
  readonly dnsTtl: Duration;
}

/** Told of each endpoint that joins or leaves a watched Service, when the entry becomes valid. */
export interface MembershipListener {
  joined(versions: ServiceVersions, pod: number, node: number, position: number): void;
  left(versions: ServiceVersions, pod: number, position: number): void;
}

/** Told what places sent their requests by: when that changes, and at a review. */
export interface BeliefObserver {
  /** By the version at `position` of its view, until `until`. */
  sentUntil(place: number, versions: ServiceVersions, scope: ViewScope, position: number, until: VirtualTime): void;
}

export interface ProxyTableOptions {
  readonly log: Bulletin<EndpointEntry>;
  readonly settings: ProxySettings;
  readonly seed: number;
  readonly audiences: readonly Audience[];
  /** A request's way to its endpoint: senders follow believers this much later. */
  readonly wayOut: Duration;
  readonly listener: MembershipListener;
  /** Zone number of each node, -1: none. Place p sees what the proxy of node p sees, and begins again after the last node. */
  readonly zones?: readonly number[];
  /** What depends on the version. Left out: the newest's. */
  readonly versions?: Pick<Versions, "proxyBurstOfTwo" | "proxyWritesChanges">;
  /** Null or absent: nobody checks. */
  readonly beliefs?: BeliefObserver | null;
}

/** The views of a Service in one scope. */
interface Group {
  readonly service: number;
  readonly scope: ViewScope;
  readonly index: number;
  readonly views: readonly ServiceVersions[];
  readonly locations: readonly Location[];
  /** Index of each place's view. */
  readonly viewOfPlace: Int32Array;
  /** By node, for local scopes: the only views that an entry can change are those of its nodes, before and after. */
  readonly viewOfNode: ReadonlyMap<number, number>;
  /** Views that have endpoints. */
  readonly filled: Set<number>;
  /** Position of the newest valid entry. */
  newest: number;
}

const Phase = { idle: 0, waiting: 1, running: 2 } as const;

/** A change of belief on its way to where the requests arrive. */
interface Departure {
  at: VirtualTime;
  place: number;
  slot: number;
  from: number;
  to: number;
}

export class ProxyTable {
  readonly places: number;
  /** The views of watched Services, by slot. */
  readonly views: readonly ServiceVersions[];
  /** What tells a view from the others of its Service, for the names of draws; empty: there are no others. */
  readonly viewNames: readonly string[];
  /** Counts changes of belief: what was derived from beliefs holds while it stays the same. */
  changes = 0;
  private readonly groups: readonly Group[];
  /** Index of the group of each audience. */
  private readonly groupOfAudience: readonly number[];
  private readonly groupsOf = new Map<number, Group[]>();
  private readonly log: Bulletin<EndpointEntry>;
  private readonly settings: ProxySettings;
  private readonly listener: MembershipListener;
  private readonly beliefs: BeliefObserver | null;
  private readonly wayOut: Duration;
  private readonly watch: KeyedLatency;
  private readonly burstOfTwo: boolean;
  private readonly writesChanges: boolean;
  private readonly zones: readonly number[];

  /** The next instant at which something changes, as far as the log is known. */
  private nextAt: VirtualTime = NEVER;
  /** Entries in the log when `nextAt` was computed. */
  private seen = 0;
  /** Entries that are valid and have been taken in. */
  private valid = 0;

  private readonly phase: Uint8Array;
  /** A place believes all entries before this one. */
  private readonly taken: Int32Array;
  /** What its running run will make it believe. */
  private readonly target: Int32Array;
  /** The first entry it hasn't taken into a run, and when it learnt the one before it (or it, once drawn). */
  private readonly learning: Int32Array;
  private readonly learntAt: Float64Array;
  private readonly isDrawn: Uint8Array;
  private readonly lastRunEnd: Float64Array;
  private readonly keyHi: Int32Array;
  private readonly keyLo: Int32Array;
  /** When a token bucket of two will be full again, by place: only of `burstOfTwo`. */
  private readonly fullAt: Float64Array;
  /** Endpoints of all Services in the entries that are valid: what a run that rewrites everything takes. */
  private endpoints = 0;
  private readonly endpointsOf = new Map<number, number>();
  /** Names to resolve again, by place × groups + group; each stands once in the queue. */
  private readonly names = new PlaceQueue();
  private readonly isNameQueued: Uint8Array;
  private readonly nameKey: StreamKey;
  /** Position a place believes, and the one its arriving requests were sent by: place × groups + group. */
  private readonly believed: Int32Array;
  private readonly sent: Int32Array;
  private readonly queue = new PlaceQueue();
  private readonly departures: Departure[] = [];
  private departed = 0;

  constructor(options: ProxyTableOptions) {
    const { audiences, settings } = options;
    this.log = options.log;
    this.settings = settings;
    this.listener = options.listener;
    this.beliefs = options.beliefs ?? null;
    this.wayOut = options.wayOut;
    this.watch = new KeyedLatency(settings.watchLatencyFloor, settings.watchLatency, settings.watchLatencyP99);
    this.places = audiences.reduce((most, audience) => Math.max(most, audience.places), 0);
    const { proxyBurstOfTwo, proxyWritesChanges } = options.versions ?? newestVersions;
    this.burstOfTwo = proxyBurstOfTwo;
    this.writesChanges = proxyWritesChanges;
    this.zones = options.zones ?? [];
    const views: ServiceVersions[] = [];
    const groups: Group[] = [];
    this.groupOfAudience = this.arrange(audiences, views, groups);
    this.views = views;
    this.viewNames = groups.flatMap(({ scope, locations }) =>
      locations.map((location) => (scope.by === "cluster" || isLookedUp(scope) ? "" : ` by ${scope.by} ${viewKey(scope, location)}`)),
    );
    this.groups = groups;
    this.phase = new Uint8Array(this.places);
    this.taken = new Int32Array(this.places);
    this.target = new Int32Array(this.places);
    this.learning = new Int32Array(this.places);
    this.learntAt = new Float64Array(this.places).fill(-Infinity);
    this.isDrawn = new Uint8Array(this.places);
    this.lastRunEnd = new Float64Array(this.places).fill(-Infinity);
    this.keyHi = new Int32Array(this.places);
    this.keyLo = new Int32Array(this.places);
    for (let place = 0; place < this.places; place++) {
      const key = streamKey(options.seed, "proxy watch", `place ${place}`);
      this.keyHi[place] = key.hi;
      this.keyLo[place] = key.lo;
    }
    const cells = this.places * groups.length;
    this.believed = new Int32Array(cells).fill(NO_VERSION);
    this.sent = new Int32Array(cells).fill(NO_VERSION);
    this.fullAt = new Float64Array(proxyBurstOfTwo ? this.places : 0).fill(-Infinity);
    this.isNameQueued = new Uint8Array(groups.some(({ scope }) => isLookedUp(scope)) ? cells : 0);
    this.nameKey = streamKey(options.seed, "name resolution", "");
  }

  /** The group of views that an audience looks through. */
  groupOf(audience: number): number {
    return this.groupOfAudience[audience]!;
  }

  /** Views of a group; most have one. */
  viewsOf(group: number): readonly ServiceVersions[] {
    return this.groups[group]!.views;
  }

  /** What a place sees. */
  viewAt(place: number, group: number): ServiceVersions {
    const { views, viewOfPlace } = this.groups[group]!;
    return views.length === 1 ? views[0]! : views[viewOfPlace[place]!]!;
  }

  /** Position of the newest valid entry of a group's Service. */
  newestOf(group: number): number {
    return this.groups[group]!.newest;
  }

  /** Entries that are valid: positions below this one. */
  get validEntries(): number {
    return this.valid;
  }

  /** Position of the version that a place believes now. */
  belief(place: number, group: number): number {
    return this.believed[place * this.groups.length + group]!;
  }

  /** Position of the version by which a place sent the requests that arrive now. */
  sentBy(place: number, group: number): number {
    return this.sent[place * this.groups.length + group]!;
  }

  /** Every place has always believed what is valid at time 0. */
  settle(): void {
    while (this.valid < this.log.length && this.log.validFrom(this.valid) <= 0) this.takeIn(this.valid++);
    for (const versions of this.views) versions.settle();
    for (const { index } of this.groups) {
      for (let place = 0; place < this.places; place++) {
        const newest = this.viewAt(place, index).newest.position;
        this.believed[place * this.groups.length + index] = newest;
        this.sent[place * this.groups.length + index] = newest;
      }
    }
    this.changes++;
    this.taken.fill(this.valid);
    this.target.fill(this.valid);
    this.learning.fill(this.valid);
    this.findNext();
  }

  /** Brings every place up to `now`, what happens at `now` included. */
  advance(now: VirtualTime): void {
    if (now < this.nextAt && this.log.length === this.seen) return;
    for (;;) {
      const entryAt = this.valid < this.log.length ? this.log.validFrom(this.valid) : NEVER;
      const placeAt = this.queue.headTime;
      const departureAt = this.departed < this.departures.length ? this.departures[this.departed]!.at : NEVER;
      const nameAt = this.names.headTime;
      if (entryAt <= now && entryAt <= placeAt && entryAt <= departureAt && entryAt <= nameAt) this.becomeValid(this.valid++);
      else if (placeAt <= now && placeAt <= departureAt && placeAt <= nameAt) this.step();
      else if (nameAt <= now && nameAt <= departureAt) this.resolve();
      else if (departureAt <= now) this.depart();
      else break;
    }
    this.findNext();
  }

  /** Tells the observer what every place sends by still. Nothing is asked of this table afterwards. */
  review(now: VirtualTime): void {
    if (this.beliefs === null) return;
    this.advance(now);
    for (const { index, scope, views } of this.groups) {
      const places = Math.max(...views[0]!.places);
      for (let place = 0; place < places; place++)
        this.beliefs.sentUntil(place, this.viewAt(place, index), scope, this.sentBy(place, index), now - this.wayOut);
    }
  }

  private findNext(): void {
    this.seen = this.log.length;
    let next = Math.min(this.queue.headTime, this.names.headTime);
    if (this.valid < this.seen) next = Math.min(next, this.log.validFrom(this.valid));
    if (this.departed < this.departures.length) next = Math.min(next, this.departures[this.departed]!.at);
    this.nextAt = next;
  }

  private becomeValid(position: number): void {
    this.takeIn(position);
    for (const group of this.groupsOf.get(this.log.entry(position).service) ?? []) {
      if (isLookedUp(group.scope))
        for (let place = 0; place < this.places; place++) this.awaitName(place, group, this.log.validFrom(position));
    }
    for (let place = 0; place < this.places; place++) if (this.phase[place] === Phase.idle) this.wait(place);
  }

  private takeIn(position: number): void {
    const entry = this.log.entry(position);
    if (!this.writesChanges) {
      this.endpoints += entry.pods.length - (this.endpointsOf.get(entry.service) ?? 0);
      this.endpointsOf.set(entry.service, entry.pods.length);
    }
    const groups = this.groupsOf.get(entry.service);
    if (groups === undefined) return;
    const reader = new EntryReader(entry, this.zones);
    for (const group of groups) {
      group.newest = position;
      if (group.views.length === 1) this.see(group, 0, entry, reader);
      else for (const view of affectedViews(group, entry)) this.see(group, view, entry, reader);
    }
  }

  private see(group: Group, view: number, entry: EndpointEntry, reader: EntryReader): void {
    const versions = group.views[view]!;
    const before = versions.newest;
    const after = reader.seenFrom(group.scope, group.locations[view]!);
    // A view that an entry leaves as it was goes on with the version that it had.
    if (group.views.length > 1 && isSameSet(before, after)) return;
    versions.add(entry.position, after.pods.length, after);
    if (after.pods.length > 0) group.filled.add(view);
    else group.filled.delete(view);
    this.compare(versions, before, after, entry.position);
  }

  /** Both lists ascend by PodId. */
  private compare(versions: ServiceVersions, { pods: old }: EndpointSet, after: EndpointSet, position: number): void {
    let index = 0;
    for (let added = 0; added < after.pods.length; added++) {
      const pod = after.pods[added]!;
      while (index < old.length && old[index]! < pod) this.listener.left(versions, old[index++]!, position);
      if (index < old.length && old[index] === pod) index++;
      else this.listener.joined(versions, pod, after.nodes[added]!, position);
    }
    while (index < old.length) this.listener.left(versions, old[index++]!, position);
  }

  /** An entry is waiting: the place runs when it has learnt it and the last run is long enough ago. */
  private wait(place: number): void {
    this.phase[place] = Phase.waiting;
    this.queue.push(Math.max(this.learnNext(place), this.mayRunFrom(place)), place);
  }

  private mayRunFrom(place: number): VirtualTime {
    const { proxyMinSync } = this.settings;
    return this.burstOfTwo ? this.fullAt[place]! - proxyMinSync : this.lastRunEnd[place]! + proxyMinSync;
  }

  /** When the place learns its next entry, which must be valid. */
  private learnNext(place: number): VirtualTime {
    if (this.isDrawn[place] === 0) {
      const position = this.learning[place]!;
      const delivery = this.log.entry(position).committedAt + this.watch.draw(this.keyHi[place]!, this.keyLo[place]!, position);
      this.learntAt[place] = Math.max(this.learntAt[place]!, delivery);
      this.isDrawn[place] = 1;
    }
    return this.learntAt[place]!;
  }

  private step(): void {
    const now = this.queue.headTime;
    const place = this.queue.pop();
    if (this.phase[place] === Phase.waiting) this.run(place, now);
    else this.finishRun(place, now);
  }

  private run(place: number, now: VirtualTime): void {
    let changed = 0;
    while (this.learning[place]! < this.valid && this.learnNext(place) <= now) {
      changed += this.log.entry(this.learning[place]!).changed;
      this.learning[place]!++;
      this.isDrawn[place] = 0;
    }
    this.target[place] = this.learning[place]!;
    this.phase[place] = Phase.running;
    if (this.burstOfTwo) this.fullAt[place] = Math.max(this.fullAt[place]!, now) + this.settings.proxyMinSync;
    const written = this.writesChanges ? changed : this.endpoints;
    this.queue.push(now + Math.max(1, Math.round(this.settings.proxyRunTime + this.settings.proxyRunPerEndpoint * written)), place);
  }

  private finishRun(place: number, now: VirtualTime): void {
    for (let position = this.target[place]! - 1; position >= this.taken[place]!; position--) {
      for (const group of this.groupsOf.get(this.log.entry(position).service) ?? []) {
        if (isLookedUp(group.scope) || this.belief(place, group.index) >= position) continue;
        const versions = this.viewAt(place, group.index);
        if (versions.has(position)) this.believe(place, versions, position, now);
      }
    }
    this.taken[place] = this.target[place]!;
    this.lastRunEnd[place] = now;
    this.phase[place] = Phase.idle;
    if (this.learning[place]! < this.valid) this.wait(place);
  }

  private believe(place: number, versions: ServiceVersions, position: number, now: VirtualTime): void {
    const cell = place * this.groups.length + versions.group;
    const from = this.believed[cell]!;
    this.believed[cell] = position;
    this.changes++;
    versions.believe(place, from, position);
    this.departures.push({ at: now + this.wayOut, place, slot: versions.slot, from, to: position });
  }

  private depart(): void {
    const departure = this.departures[this.departed++]!;
    const versions = this.views[departure.slot]!;
    this.beliefs?.sentUntil(departure.place, versions, this.groups[versions.group]!.scope, departure.from, departure.at - this.wayOut);
    this.sent[departure.place * this.groups.length + versions.group] = departure.to;
    versions.send(departure.place, departure.from, departure.to);
    if (this.departed === this.departures.length) {
      this.departures.length = 0;
      this.departed = 0;
    }
  }

  // ── names ──

  /** The instants at which a place resolves a name are `dnsTtl` apart (a registry's: its refresh), from a phase of its own on. */
  private awaitName(place: number, { index, scope }: Group, after: VirtualTime): void {
    const cell = place * this.groups.length + index;
    if (this.isNameQueued[cell] === 1) return;
    this.isNameQueued[cell] = 1;
    const ttl = Math.max(1, scope.refresh ?? this.settings.dnsTtl);
    const phase = Math.floor(uniform(this.nameKey.hi ^ this.keyHi[place]!, this.nameKey.lo, 0) * ttl);
    this.names.push(phase + Math.max(0, Math.ceil((after - phase) / ttl)) * ttl, cell);
  }

  private resolve(): void {
    const now = this.names.headTime;
    const cell = this.names.pop();
    this.isNameQueued[cell] = 0;
    const place = Math.floor(cell / this.groups.length);
    const group = this.groups[cell - place * this.groups.length]!;
    const versions = group.views[0]!;
    let found = versions.newest.position;
    for (let index = versions.live.length - 1; index >= 0 && !this.isServed(found, now - (group.scope.lag ?? 0)); index--)
      found = versions.live[index]!.position;
    if (found > this.belief(place, group.index)) this.believe(place, versions, found, now);
    if (found < versions.newest.position) this.awaitName(place, group, now + 1);
  }

  /** Whether the name servers had learnt an entry by `now`. */
  private isServed(position: number, now: VirtualTime): boolean {
    if (position === NO_VERSION) return true;
    return this.log.entry(position).committedAt + this.watch.draw(this.nameKey.hi, this.nameKey.lo, position) <= now;
  }

  /** Fills `views` and `groups`, and returns the group of each audience. */
  private arrange(audiences: readonly Audience[], views: ServiceVersions[], groups: Group[]): number[] {
    const byKey = new Map<string, Audience[]>();
    const keys = audiences.map((audience) => {
      const { by, isLocal, lag, prefersOwn, refresh } = audience.scope ?? CLUSTER_SCOPE;
      return `${audience.service}/${by}/${isLocal}/${prefersOwn === true}/${refresh}/${lag}`;
    });
    keys.forEach((key, index) => byKey.set(key, [...(byKey.get(key) ?? []), audiences[index]!]));
    for (const members of byKey.values()) {
      const group = this.groupFor(members, groups.length, views);
      groups.push(group);
      this.groupsOf.set(group.service, [...(this.groupsOf.get(group.service) ?? []), group]);
    }
    const order = [...byKey.keys()];
    return keys.map((key) => order.indexOf(key));
  }

  private groupFor(audiences: readonly Audience[], index: number, views: ServiceVersions[]): Group {
    const { service, scope = CLUSTER_SCOPE } = audiences[0]!;
    const own: ServiceVersions[] = [];
    const locations: Location[] = [];
    const viewOfPlace = new Int32Array(this.places);
    const viewOfNode = new Map<number, number>();
    const known = new Map<number, number>();
    const members: number[][] = [];
    for (let place = 0; place < this.places; place++) {
      const location = this.locationOf(place);
      const key = viewKey(scope, location);
      let view = known.get(key);
      if (view === undefined) {
        view = known.size;
        known.set(key, view);
        locations.push(location);
        members.push(audiences.map(() => 0));
        if (scope.isLocal) viewOfNode.set(location.node, view);
      }
      viewOfPlace[place] = view;
      audiences.forEach(({ places }, audience) => {
        if (place < places) members[view]![audience]!++;
      });
    }
    const places = audiences.map((audience) => audience.places);
    for (const counts of members) {
      const versions = new ServiceVersions(service, views.length, places, { group: index, members: counts });
      views.push(versions);
      own.push(versions);
    }
    return { service, scope, index, views: own, locations, viewOfPlace, viewOfNode, filled: new Set(), newest: NO_VERSION };
  }

  private locationOf(place: number): Location {
    const node = this.zones.length === 0 ? place : place % this.zones.length;
    return { node, zone: this.zones[node] ?? -1 };
  }
}

/** Learnt by asking now and then, not from a proxy. */
function isLookedUp({ by }: ViewScope): boolean {
  return by === "dns" || by === "registry";
}

/** How late a place that looks through this scope knows an entry anyway, if a fault delays it by so much. */
export type UsualLateness = (delay: Duration) => Duration;

/**
 * Places look now and then, so they are late by up to one such span. Which of them a delay has kept waiting nobody
 * knows when a request is lost: of a delay that is long against the span, what comes before half of it would have been
 * lost anyway, on average; a short one is only to blame for what is later than any place would have been.
 */
export function usualLateness({ by, lag = 0, refresh }: ViewScope, settings: ProxySettings): UsualLateness {
  const { dnsTtl, proxyMinSync, proxyRunTime, watchLatencyFloor, watchLatencyP99 } = settings;
  const isAsked = by === "dns" || by === "registry";
  const span = isAsked ? (refresh ?? dnsTtl) : proxyMinSync;
  const always = Math.max(1, watchLatencyFloor, watchLatencyP99) + (isAsked ? lag : 2 * proxyRunTime);
  return (delay) => always + (delay >= span / 2 ? span / 2 : span);
}

/** Ascending, so that views change in an order of their own. */
function affectedViews({ views, scope, viewOfNode, filled }: Group, { nodes, fallback }: EndpointEntry): readonly number[] {
  if (!scope.isLocal) return views.map((_, view) => view);
  const affected = new Set(filled);
  for (const node of [...nodes, ...(fallback?.nodes ?? [])]) {
    const view = viewOfNode.get(node);
    if (view !== undefined) affected.add(view);
  }
  return [...affected].sort((a, b) => a - b);
}

function isSameSet(a: EndpointSet & { readonly hasReady: boolean }, b: EndpointSet & { readonly hasReady: boolean }): boolean {
  return (
    a.hasReady === b.hasReady &&
    a.pods.length === b.pods.length &&
    a.pods.every((pod, index) => pod === b.pods[index] && a.nodes[index] === b.nodes[index])
  );
}
