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
 *
 * Differs: clients beside the cluster
 * Differs: proxies run only for changes
 * Differs: traffic policies are Cluster
 */
import type { Bulletin } from "../../kernel/bulletin.ts";
import { streamKey } from "../../kernel/random.ts";
import { NEVER, type Duration, type VirtualTime } from "../../kernel/time.ts";
import type { EndpointEntry } from "./endpoint-log.ts";
import { KeyedLatency } from "./link.ts";
import { NO_VERSION, ServiceVersions } from "./service-versions.ts";
import { PlaceQueue } from "./place-queue.ts";

/** One load: the Service it targets and from how many places. Audiences of one Service keep this order. */
export interface Audience {
  readonly service: number;
  readonly places: number;
}

export interface ProxySettings {
  readonly watchLatency: Duration;
  readonly watchLatencyP99: Duration;
  readonly watchLatencyFloor: Duration;
  readonly proxyMinSync: Duration;
  readonly proxyRunTime: Duration;
  readonly proxyRunPerEndpoint: Duration;
}

/** Told of each endpoint that joins or leaves a watched Service, when the entry becomes valid. */
export interface MembershipListener {
  joined(versions: ServiceVersions, pod: number, node: number, position: number): void;
  left(versions: ServiceVersions, pod: number, position: number): void;
}

export interface ProxyTableOptions {
  readonly log: Bulletin<EndpointEntry>;
  readonly settings: ProxySettings;
  readonly seed: number;
  readonly audiences: readonly Audience[];
  /** A request's way to its endpoint: senders follow believers this much later. */
  readonly wayOut: Duration;
  readonly listener: MembershipListener;
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
  /** The watched Services, by slot. */
  readonly services: readonly ServiceVersions[];
  private readonly slotOf = new Map<number, number>();
  private readonly log: Bulletin<EndpointEntry>;
  private readonly settings: ProxySettings;
  private readonly listener: MembershipListener;
  private readonly wayOut: Duration;
  private readonly watch: KeyedLatency;

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
  /** Position a place believes, and the one its arriving requests were sent by: place × services + slot. */
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
    this.wayOut = options.wayOut;
    this.watch = new KeyedLatency(settings.watchLatencyFloor, settings.watchLatency, settings.watchLatencyP99);
    this.places = audiences.reduce((most, audience) => Math.max(most, audience.places), 0);
    this.services = this.watchedServices(audiences);
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
    this.believed = new Int32Array(this.places * this.services.length).fill(NO_VERSION);
    this.sent = new Int32Array(this.places * this.services.length).fill(NO_VERSION);
  }

  /** The watched Service of this number, if any load targets it. */
  versionsOf(service: number): ServiceVersions | null {
    const slot = this.slotOf.get(service);
    return slot === undefined ? null : this.services[slot]!;
  }

  /** Entries that are valid: positions below this one. */
  get validEntries(): number {
    return this.valid;
  }

  /** Position of the version that a place believes now. */
  belief(place: number, slot: number): number {
    return this.believed[place * this.services.length + slot]!;
  }

  /** Position of the version by which a place sent the requests that arrive now. */
  sentBy(place: number, slot: number): number {
    return this.sent[place * this.services.length + slot]!;
  }

  /** Every place has always believed what is valid at time 0. */
  settle(): void {
    while (this.valid < this.log.length && this.log.validFrom(this.valid) <= 0) this.takeIn(this.valid++);
    for (const versions of this.services) {
      const newest = versions.newest.position;
      versions.settle();
      for (let place = 0; place < this.places; place++) {
        this.believed[place * this.services.length + versions.slot] = newest;
        this.sent[place * this.services.length + versions.slot] = newest;
      }
    }
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
      if (entryAt <= now && entryAt <= placeAt && entryAt <= departureAt) this.becomeValid(this.valid++);
      else if (placeAt <= now && placeAt <= departureAt) this.step();
      else if (departureAt <= now) this.depart();
      else break;
    }
    this.findNext();
  }

  private findNext(): void {
    this.seen = this.log.length;
    let next = this.queue.headTime;
    if (this.valid < this.seen) next = Math.min(next, this.log.validFrom(this.valid));
    if (this.departed < this.departures.length) next = Math.min(next, this.departures[this.departed]!.at);
    this.nextAt = next;
  }

  private becomeValid(position: number): void {
    this.takeIn(position);
    for (let place = 0; place < this.places; place++) if (this.phase[place] === Phase.idle) this.wait(place);
  }

  private takeIn(position: number): void {
    const entry = this.log.entry(position);
    const versions = this.versionsOf(entry.service);
    if (versions === null) return;
    const before = versions.newest.position;
    versions.add(position, entry.pods.length);
    this.compare(versions, before === NO_VERSION ? null : this.log.entry(before), entry);
  }

  /** Both lists ascend by PodId. */
  private compare(versions: ServiceVersions, before: EndpointEntry | null, after: EndpointEntry): void {
    const old = before === null ? [] : before.pods;
    let index = 0;
    for (let added = 0; added < after.pods.length; added++) {
      const pod = after.pods[added]!;
      while (index < old.length && old[index]! < pod) this.listener.left(versions, old[index++]!, after.position);
      if (index < old.length && old[index] === pod) index++;
      else this.listener.joined(versions, pod, after.nodes[added]!, after.position);
    }
    while (index < old.length) this.listener.left(versions, old[index++]!, after.position);
  }

  /** An entry is waiting: the place runs when it has learnt it and the last run is long enough ago. */
  private wait(place: number): void {
    this.phase[place] = Phase.waiting;
    this.queue.push(Math.max(this.learnNext(place), this.lastRunEnd[place]! + this.settings.proxyMinSync), place);
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
    this.queue.push(now + Math.round(this.settings.proxyRunTime + this.settings.proxyRunPerEndpoint * changed), place);
  }

  private finishRun(place: number, now: VirtualTime): void {
    for (let position = this.target[place]! - 1; position >= this.taken[place]!; position--) {
      const versions = this.versionsOf(this.log.entry(position).service);
      if (versions !== null && this.belief(place, versions.slot) < position) this.believe(place, versions, position, now);
    }
    this.taken[place] = this.target[place]!;
    this.lastRunEnd[place] = now;
    this.phase[place] = Phase.idle;
    if (this.learning[place]! < this.valid) this.wait(place);
  }

  private believe(place: number, versions: ServiceVersions, position: number, now: VirtualTime): void {
    const cell = place * this.services.length + versions.slot;
    const from = this.believed[cell]!;
    this.believed[cell] = position;
    versions.believe(place, from, position);
    this.departures.push({ at: now + this.wayOut, place, slot: versions.slot, from, to: position });
  }

  private depart(): void {
    const departure = this.departures[this.departed++]!;
    this.sent[departure.place * this.services.length + departure.slot] = departure.to;
    this.services[departure.slot]!.send(departure.place, departure.from, departure.to);
    if (this.departed === this.departures.length) {
      this.departures.length = 0;
      this.departed = 0;
    }
  }

  private watchedServices(audiences: readonly Audience[]): ServiceVersions[] {
    const places = new Map<number, number[]>();
    for (const audience of audiences) {
      const known = places.get(audience.service);
      if (known === undefined) places.set(audience.service, [audience.places]);
      else known.push(audience.places);
    }
    const services: ServiceVersions[] = [];
    for (const [service, counts] of places) {
      this.slotOf.set(service, services.length);
      services.push(new ServiceVersions(service, services.length, counts));
    }
    return services;
  }
}
