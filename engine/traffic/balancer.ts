/**
 * The choices of a load whose requests are messages because a choice depends on earlier ones: affinity,
 * the schedulers of ipvs, and a load balancer that asks nodes for their health. Owned by the load's
 * source: attempts that fail go back there before they are repeated. What a kept connection was routed to
 * would be remembered here too: a proxy chooses for new connections only.
 *
 *   node of a load balancer   in ──failed `threshold` times──▶ out, a propagation later ──answered──▶ in
 *
 * Differs: routes are those of the beginning
 */
import { unreachable } from "../kernel/assert.ts";
import { uniform, word, type StreamKey } from "../kernel/random.ts";
import { NEVER, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { ServiceRoute } from "../kubernetes/network/service-route.ts";

export interface HealthCheckTimes {
  readonly period: Duration;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** From the verdict until requests follow it. */
  readonly propagation: Duration;
}

export interface BalancerOptions {
  readonly route: ServiceRoute;
  readonly places: number;
  /** Addresses that requests of one place come from. */
  readonly clients: number;
  readonly health: HealthCheckTimes;
  readonly key: StreamKey;
}

interface Session {
  pod: number;
  lastUsed: VirtualTime;
}

/** Sets the draw of a client's address apart from those of its request. */
const CLIENT = 0x1b873593;

export class Balancer {
  private readonly route: ServiceRoute;
  private readonly places: number;
  private readonly clients: number;
  private readonly key: StreamKey;
  /** By place × clients + client. */
  private readonly sessions = new Map<number, Session>();
  /** The Pod that each place's round robin chose last; -1: none. */
  private readonly last: Int32Array;
  readonly health: NodeHealth | null;

  constructor({ route, places, clients, health, key }: BalancerOptions) {
    this.route = route;
    this.places = places;
    this.clients = clients;
    this.key = key;
    this.last = new Int32Array(places).fill(-1);
    this.health = route.hasHealthChecks ? new NodeHealth(places, health, key) : null;
  }

  /** The place that a new request comes by, from a draw in [0, 1). */
  placeFor(now: VirtualTime, draw: number): number {
    return this.health === null ? Math.floor(draw * this.places) : this.health.placeFor(now, draw);
  }

  /** Index in `pods` (ascending, at least one); (hi, lo) is the request's stream, `draw` this attempt's in [0, 1). */
  choose(now: VirtualTime, place: number, pods: readonly number[], hi: number, lo: number, draw: number): number {
    const client = place * this.clients + Math.floor(uniform(hi ^ CLIENT, lo, 0) * this.clients);
    const { affinity } = this.route;
    if (affinity === 0) return this.pick(place, client, pods, draw);
    const session = this.sessions.get(client);
    const known = session === undefined || now - session.lastUsed >= affinity ? -1 : pods.indexOf(session.pod);
    const choice = known >= 0 ? known : this.pick(place, client, pods, draw);
    this.sessions.set(client, { pod: pods[choice]!, lastUsed: now });
    return choice;
  }

  private pick(place: number, client: number, pods: readonly number[], draw: number): number {
    const { pick } = this.route;
    switch (pick) {
      case "random":
        return Math.floor(draw * pods.length);
      // Every endpoint has weight 1.
      case "rr":
      case "wrr":
        return this.next(place, pods, draw);
      case "sh":
        return word(this.key.hi, this.key.lo, client) % pods.length;
      // Counted where ends are known: client-source.ts.
      case "lc":
        return Math.floor(draw * pods.length);
      case "dh":
        return word(this.key.lo, this.key.hi, 0) % pods.length;
      default:
        return unreachable(pick);
    }
  }

  /** The first time it begins anywhere: proxies have been running for long. */
  private next(place: number, pods: readonly number[], draw: number): number {
    const last = this.last[place]!;
    const following = last < 0 ? Math.floor(draw * pods.length) : pods.findIndex((pod) => pod > last);
    const choice = following < 0 ? 0 : following;
    this.last[place] = pods[choice]!;
    return choice;
  }
}

/** Which nodes a load balancer uses. Each is asked once a period, at a phase of its own. */
export class NodeHealth {
  private readonly times: HealthCheckTimes;
  /** Places by phase. */
  private readonly order: Int32Array;
  private readonly phases: Float64Array;
  /** Answers in a row that speak against the verdict. */
  private readonly contrary: Int32Array;
  private readonly verdicts: Uint8Array;
  private readonly used: Uint8Array;
  private readonly switchAt: Float64Array;
  private nextSwitch: VirtualTime = NEVER;
  private inUse: number[] = [];
  private cursor = 0;
  private round = 0;

  constructor(places: number, times: HealthCheckTimes, key: StreamKey) {
    this.times = times;
    this.phases = Float64Array.from({ length: places }, (_, place) => Math.floor(uniform(key.hi, key.lo ^ CLIENT, place) * times.period));
    this.order = Int32Array.from({ length: places }, (_, place) => place).sort((a, b) => this.phases[a]! - this.phases[b]! || a - b);
    this.contrary = new Int32Array(places);
    this.verdicts = new Uint8Array(places);
    this.used = new Uint8Array(places);
    this.switchAt = new Float64Array(places).fill(NEVER);
  }

  /** What checks had found before the run. */
  begin(isHealthy: (place: number) => boolean): void {
    this.used.forEach((_, place) => (this.used[place] = this.verdicts[place] = isHealthy(place) ? 1 : 0));
    this.list();
  }

  /** When the next node is asked. */
  get nextAt(): VirtualTime {
    return 1 + this.round * this.times.period + this.phases[this.order[this.cursor]!]!;
  }

  /** Asks every node that is due by `now`. */
  check(now: VirtualTime, isHealthy: (place: number) => boolean): void {
    while (this.nextAt <= now) {
      const place = this.order[this.cursor]!;
      this.cursor++;
      if (this.cursor === this.order.length) {
        this.cursor = 0;
        this.round++;
      }
      this.take(now, place, isHealthy(place) ? 1 : 0);
    }
  }

  /** A load balancer without a healthy node tries all of them. */
  placeFor(now: VirtualTime, draw: number): number {
    if (now >= this.nextSwitch) this.apply(now);
    return this.inUse.length === 0 ? Math.floor(draw * this.used.length) : this.inUse[Math.floor(draw * this.inUse.length)]!;
  }

  private take(now: VirtualTime, place: number, answer: number): void {
    if (answer === this.verdicts[place]) {
      this.contrary[place] = 0;
      return;
    }
    const needed = answer === 1 ? this.times.healthyThreshold : this.times.unhealthyThreshold;
    if (++this.contrary[place]! < needed) return;
    if (now >= this.nextSwitch) this.apply(now);
    this.contrary[place] = 0;
    this.verdicts[place] = answer;
    this.switchAt[place] = now + this.times.propagation;
    this.nextSwitch = Math.min(this.nextSwitch, this.switchAt[place]!);
  }

  private apply(now: VirtualTime): void {
    this.nextSwitch = NEVER;
    for (let place = 0; place < this.used.length; place++) {
      const at = this.switchAt[place]!;
      if (at <= now) {
        this.used[place] = this.verdicts[place]!;
        this.switchAt[place] = NEVER;
      } else if (at < this.nextSwitch) this.nextSwitch = at;
    }
    this.list();
  }

  private list(): void {
    this.inUse = [];
    this.used.forEach((isUsed, place) => {
      if (isUsed === 1) this.inUse.push(place);
    });
  }
}
