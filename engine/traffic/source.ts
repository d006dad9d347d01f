/**
 * The source of one load: the part of its requests that doesn't begin at an endpoint. Two kinds:
 *
 *   constant arrival rate   every request: place, its view, a uniform choice, a message to the endpoint
 *   Poisson                 only what finds no endpoint at its place; the rest is split at the endpoints
 */
import { NO_CAUSE, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { LogicalProcess } from "../kernel/logical-process.ts";
import { uniform, type StreamKey } from "../kernel/random.ts";
import type { Simulator } from "../kernel/simulator.ts";
import type { TimerId } from "../kernel/timer-table.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import type { ServiceVersions } from "../kubernetes/network/service-versions.ts";
import { evenArrival } from "./constant-arrival-rate.ts";
import type { ConstantArrivalRate, LoadSpec, PoissonArrivalRate } from "./load-model.ts";
import { PoissonGaps } from "./poisson-arrivals.ts";
import type { RequestLife } from "./request.ts";
import type { ClientDesk } from "./retry.ts";

/** Timer slots of a source's LP. */
export const SourceSlot = { arrival: 0, desk: 1 } as const;

/** The message that tells a source of an entry of its Service: the only kind it gets. */
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
  readonly versions: ServiceVersions;
  readonly audience: number;
  /** Empties the mailbox slot of a message; the notice's content is in the log. */
  discard(payload: number): void;
}

export function createSource(spec: LoadSpec, context: SourceContext): TrafficSource {
  return spec.executor === "constant-arrival-rate" ? new ConstantSource(spec, context) : new PoissonSource(spec, context);
}

class ConstantSource implements TrafficSource {
  readonly id: LpId;
  private readonly spec: ConstantArrivalRate;
  private readonly context: SourceContext;
  private readonly timer: TimerId;
  private number = 0;

  constructor(spec: ConstantArrivalRate, context: SourceContext) {
    this.id = context.lp;
    this.spec = spec;
    this.context = context;
    this.timer = context.simulator.timers.create(context.lp, SourceSlot.arrival, 0);
  }

  start(now: VirtualTime): void {
    this.arm(now);
  }

  /** Notices of entries: its places read the log themselves. */
  onMessage(_now: VirtualTime, _origin: LpId, payload: number): void {
    this.context.discard(payload);
  }

  onTimer(now: VirtualTime, slot: number): void {
    const { causes, desk, key, life, load } = this.context;
    causes.current = NO_CAUSE;
    if (slot === SourceSlot.desk) {
      life.wake(now, desk);
      return;
    }
    while (evenArrival(this.spec.from, this.spec.rate, this.number) <= now) {
      const place = Math.floor(uniform(key.hi, key.lo, this.number) * this.spec.places);
      life.send(now, desk, load, place, this.number++);
    }
    this.arm(now);
  }

  private arm(now: VirtualTime): void {
    const at = Math.max(now + 1, evenArrival(this.spec.from, this.spec.rate, this.number));
    if (at < this.spec.until) this.context.simulator.arm(this.timer, at);
  }
}

/** Candidates come at the load's rate, and only while some place may see no endpoint. */
class PoissonSource implements TrafficSource {
  readonly id: LpId;
  private readonly spec: PoissonArrivalRate;
  private readonly context: SourceContext;
  private readonly timer: TimerId;
  private readonly gaps = new PoissonGaps();
  private candidate = 0;
  private isArmed = false;

  constructor(spec: PoissonArrivalRate, context: SourceContext) {
    this.id = context.lp;
    this.spec = spec;
    this.context = context;
    this.timer = context.simulator.timers.create(context.lp, SourceSlot.arrival, 0);
  }

  start(now: VirtualTime): void {
    this.wakeUp(now);
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    this.context.discard(payload);
    this.wakeUp(now);
  }

  onTimer(now: VirtualTime, slot: number): void {
    const { causes, desk, key, life, load, proxies, versions, audience } = this.context;
    causes.current = NO_CAUSE;
    if (slot === SourceSlot.desk) {
      life.wake(now, desk);
      return;
    }
    this.isArmed = false;
    proxies.advance(now);
    const index = this.candidate * 4;
    if (uniform(key.hi, key.lo, index + 1) < versions.shareWithoutEndpoint(audience)) {
      life.findNoEndpoint(now, desk, load, this.placeWithoutEndpoint(uniform(key.hi, key.lo, index + 2)));
    }
    this.wakeUp(now);
  }

  private wakeUp(now: VirtualTime): void {
    this.context.proxies.advance(now);
    if (this.isArmed || !this.context.versions.mayBeEmpty) return;
    const { key, simulator } = this.context;
    const begin = Math.max(now, this.spec.from);
    const at = begin + this.gaps.next(1_000_000 / this.spec.rate, this.gaps.remainder, key.hi, key.lo, ++this.candidate * 4);
    if (at >= this.spec.until) return;
    this.isArmed = true;
    simulator.arm(this.timer, at);
  }

  /** One of the places that see no endpoint, uniformly. */
  private placeWithoutEndpoint(draw: number): number {
    const { proxies, versions } = this.context;
    const empty = versions.live.filter((version) => version.size === 0).map((version) => version.position);
    const places: number[] = [];
    for (let place = 0; place < this.spec.places; place++) if (empty.includes(proxies.belief(place, versions.slot))) places.push(place);
    return places[Math.floor(draw * places.length)]!;
  }
}
