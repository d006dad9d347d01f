/**
 * The source of one load: the part of its requests that doesn't begin at an endpoint. Two kinds:
 *
 *   messages   every request: place, its view, a choice, a message to the endpoint. Evenly spaced loads, and
 *              Poisson ones whose choices depend on earlier ones (balancer.ts)
 *   split      only what finds no endpoint at its place; the rest is split at the endpoints
 */
import { NO_CAUSE, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { LogicalProcess } from "../kernel/logical-process.ts";
import { uniform, type StreamKey } from "../kernel/random.ts";
import type { Simulator } from "../kernel/simulator.ts";
import type { TimerId } from "../kernel/timer-table.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import type { EndpointNotice } from "../kubernetes/network/endpoint-log.ts";
import { ArrivalClock, POISSON_DRAWS } from "./arrival-clock.ts";
import type { AttemptEnded, AttemptMessage, ConnectionsClosed } from "./attempt.ts";
import type { Balancer } from "./balancer.ts";
import type { LoadSpec } from "./load-model.ts";
import { PoissonGaps } from "./poisson-arrivals.ts";
import { RateCurve } from "./rate-plan.ts";
import type { RequestLife } from "./request.ts";
import type { ClientDesk } from "./retry.ts";

/** Timer slots of a source's LP. */
export const SourceSlot = { arrival: 0, desk: 1, healthCheck: 2 } as const;

/** What a source is told: an entry of its Service is valid; an attempt failed elsewhere and is to be repeated. */
export type SourceMessage = EndpointNotice | AttemptMessage | AttemptEnded | ConnectionsClosed;

export interface TrafficSource extends LogicalProcess {
  /** Before the first event. */
  start(now: VirtualTime): void;
}

export interface SourceContext {
  readonly causes: CauseTable;
  readonly desk: ClientDesk;
  readonly key: StreamKey;
  readonly life: RequestLife;
  /** Index of the load. */
  readonly load: number;
  readonly lp: LpId;
  readonly proxies: ProxyTable;
  readonly simulator: Simulator;
  /** Through which views its places see their endpoints. */
  readonly group: number;
  readonly audience: number;
  readonly balancer: Balancer | null;
  /** Empties the mailbox slot of a message. */
  take(payload: number): SourceMessage;
}

export function createSource(spec: LoadSpec, isSplit: boolean, context: SourceContext): TrafficSource {
  return isSplit ? new SplitSource(spec, context) : new MessageSource(spec, context);
}

class MessageSource implements TrafficSource {
  readonly id: LpId;
  private readonly spec: LoadSpec;
  private readonly context: SourceContext;
  private readonly timer: TimerId;
  private readonly healthTimer: TimerId | null;
  private readonly clock: ArrivalClock;
  private number = 0;
  private nextAt: VirtualTime;

  constructor(spec: LoadSpec, context: SourceContext) {
    const { timers } = context.simulator;
    this.id = context.lp;
    this.spec = spec;
    this.context = context;
    this.timer = timers.create(context.lp, SourceSlot.arrival, 0);
    this.healthTimer = (context.balancer?.health ?? null) === null ? null : timers.create(context.lp, SourceSlot.healthCheck, 0);
    this.clock = new ArrivalClock(spec, context.key);
    this.nextAt = this.clock.after(spec.from);
  }

  start(now: VirtualTime): void {
    const { balancer, proxies, simulator } = this.context;
    this.arm(now);
    const health = balancer?.health ?? null;
    if (health === null || this.healthTimer === null) return;
    proxies.advance(now);
    health.begin((place) => this.isHealthy(place));
    simulator.arm(this.healthTimer, Math.max(now + 1, health.nextAt));
  }

  /** Places read the log themselves, so notices of entries say nothing new. */
  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    const { causes, desk, life } = this.context;
    const message = this.context.take(payload);
    causes.current = NO_CAUSE;
    if (message.kind === "attempt") life.resend(now, desk, message);
    else if (message.kind === "attemptEnded") life.takeOver(now, desk, message);
  }

  onTimer(now: VirtualTime, slot: number): void {
    const { causes, desk, life, load } = this.context;
    causes.current = NO_CAUSE;
    if (slot === SourceSlot.desk) life.wake(now, desk);
    else if (slot === SourceSlot.healthCheck) this.checkHealth(now);
    else {
      while (this.nextAt <= now) {
        const place = this.nextPlace(now);
        life.send(now, desk, load, place, this.number++);
        this.nextAt = this.clock.after(now);
      }
      this.arm(now);
    }
  }

  private nextPlace(now: VirtualTime): number {
    const { balancer, key } = this.context;
    const { candidate } = this.clock;
    const index = this.spec.executor === "constant-arrival-rate" ? candidate : candidate * POISSON_DRAWS + 2;
    const draw = uniform(key.hi, key.lo, index);
    return balancer === null ? Math.floor(draw * this.spec.places) : balancer.placeFor(now, draw);
  }

  private arm(now: VirtualTime): void {
    const at = Math.max(now + 1, this.nextAt);
    if (at < this.spec.until) this.context.simulator.arm(this.timer, at);
  }

  private checkHealth(now: VirtualTime): void {
    const { balancer, proxies, simulator } = this.context;
    const health = balancer?.health ?? null;
    if (health === null || this.healthTimer === null) return;
    proxies.advance(now);
    health.check(now, (place) => this.isHealthy(place));
    if (health.nextAt < this.spec.until) simulator.arm(this.healthTimer, Math.max(now + 1, health.nextAt));
  }

  /** The health check port of a node answers 503 when its proxy knows of no ready endpoint there. */
  private isHealthy(place: number): boolean {
    const { group, proxies } = this.context;
    return proxies.viewAt(place, group).version(proxies.belief(place, group)).hasReady;
  }
}

/** Candidates come at the load's rate, and only while some place may see no endpoint. */
class SplitSource implements TrafficSource {
  readonly id: LpId;
  private readonly spec: LoadSpec;
  private readonly context: SourceContext;
  private readonly timer: TimerId;
  private readonly gaps = new PoissonGaps();
  private candidate = 0;
  private isArmed = false;
  /** What places saw at the proxies' change number `seen`. */
  private seen = -1;
  private share = 0;
  private readonly places: number[] = [];
  private readonly curve: RateCurve | null;

  constructor(spec: LoadSpec, context: SourceContext) {
    this.curve = spec.plan === undefined ? null : new RateCurve(spec.plan, spec.from);
    this.id = context.lp;
    this.spec = spec;
    this.context = context;
    this.timer = context.simulator.timers.create(context.lp, SourceSlot.arrival, 0);
  }

  start(now: VirtualTime): void {
    this.wakeUp(now);
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    const { causes, desk, life } = this.context;
    const message = this.context.take(payload);
    if (message.kind === "attemptEnded") {
      causes.current = NO_CAUSE;
      life.takeOver(now, desk, message);
      return;
    }
    this.wakeUp(now);
  }

  onTimer(now: VirtualTime, slot: number): void {
    const { causes, desk, key, life, load, proxies } = this.context;
    causes.current = NO_CAUSE;
    if (slot === SourceSlot.desk) {
      life.wake(now, desk);
      return;
    }
    this.isArmed = false;
    proxies.advance(now);
    const index = this.candidate * 4;
    if (uniform(key.hi, key.lo, index + 1) * this.thinning(now) < this.shareWithoutEndpoint()) {
      life.findNoEndpoint(now, desk, load, this.placeWithoutEndpoint(uniform(key.hi, key.lo, index + 2)));
    }
    this.wakeUp(now);
  }

  private wakeUp(now: VirtualTime): void {
    const { group, key, proxies, simulator } = this.context;
    proxies.advance(now);
    if (this.isArmed || !proxies.viewsOf(group).some(({ mayBeEmpty }) => mayBeEmpty)) return;
    const begin = Math.max(now, this.spec.from);
    // Of a plan at its highest rate: most candidates of such a load find endpoints anyway.
    const at = begin + this.gaps.next(1_000_000 / this.spec.rate, this.gaps.remainder, key.hi, key.lo, ++this.candidate * 4);
    if (at >= this.spec.until) return;
    this.isArmed = true;
    simulator.arm(this.timer, at);
  }

  /** Highest rate ÷ the rate now. */
  private thinning(now: VirtualTime): number {
    if (this.curve === null) return 1;
    this.curve.seek(now);
    return this.curve.rate === 0 ? Infinity : this.spec.rate / 1_000_000 / this.curve.rate;
  }

  /** Of all requests, as places believe now. */
  private shareWithoutEndpoint(): number {
    this.lookAround();
    return this.share;
  }

  /** One of the places that see no endpoint, uniformly. */
  private placeWithoutEndpoint(draw: number): number {
    this.lookAround();
    return this.places[Math.floor(draw * this.places.length)]!;
  }

  private lookAround(): void {
    const { audience, group, proxies } = this.context;
    if (this.seen === proxies.changes) return;
    this.seen = proxies.changes;
    this.share = proxies.viewsOf(group).reduce((sum, versions) => sum + versions.shareWithoutEndpoint(audience), 0);
    this.places.length = 0;
    for (let place = 0; place < this.spec.places; place++) {
      if (proxies.viewAt(place, group).version(proxies.belief(place, group)).size === 0) this.places.push(place);
    }
  }
}
