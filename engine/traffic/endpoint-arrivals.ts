/**
 * Arrivals split at the endpoints of one node, run in the node's LP: an open Poisson stream that places
 * spread uniformly over endpoints is, at each endpoint, a Poisson stream whose rate follows from what the
 * places believe. Candidates come at the Service's bound and are accepted with share ÷ bound, which is
 * exact for any change of beliefs; when the bound rises, pending candidates are drawn anew (exponential
 * gaps have no memory). While nothing changes, what comes next is planned ahead (arrival-plan.ts) instead of being an
 * event each. Hot: `onTimer`, bench/traffic.bench.ts.
 *
 *   unknown ──joins──▶ listed ──leaves──▶ removed, but still believed ──last place learns──▶ forgotten
 *                         ◀──────rejoins──────┘        traffic goes on, also to a dead node
 */
import { EndpointState, type EndpointHost } from "../application/endpoint-host.ts";
import { VirtualServer } from "../application/server.ts";
import { assert } from "../kernel/assert.ts";
import { NO_CAUSE, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import { streamKey, uniform } from "../kernel/random.ts";
import type { Simulator } from "../kernel/simulator.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import { STILL, type ServiceVersions } from "../kubernetes/network/service-versions.ts";
import type { Accounting } from "./accounting.ts";
import { ACCEPT, GAP, type ArrivalPlans, type PlanOwner } from "./arrival-plan.ts";
import type { Caller } from "./caller.ts";
import type { AttemptEnded, AttemptMessage } from "./attempt.ts";
import {
  ARRIVAL_FIELDS,
  CANDIDATE,
  COUNT,
  DRAWN,
  ENDPOINT_FIELDS,
  KEY_HI,
  KEY_LO,
  LEAVE,
  POD,
  REMAINDER,
  SINCE,
  SLOT,
  TIMER,
  type EndpointRows,
} from "./endpoint-rows.ts";
import { PoissonGaps } from "./poisson-arrivals.ts";
import type { RateCurve } from "./rate-plan.ts";
import { DRAWS } from "./request-terms.ts";
import type { RequestLife } from "./request.ts";
import { UNKNOWN } from "./request-pool.ts";
import type { ClientDesk } from "./retry.ts";

/** Timer slots of traffic within a node's LP: these and above. */
export const FIRST_TRAFFIC_SLOT = 0x80000000;
/** Slot of the desk: clients whose last attempt ended on this node. */
export const DESK_SLOT = 0xffffffff;
/** Slot of the desk of what its Pods call. */
export const CALL_SLOT = 0xfffffffe;

/** A Poisson load, as its endpoints see it. */
export interface SplitLoad {
  /** Index among all loads. */
  readonly load: number;
  /** Names the streams of its arrivals. */
  readonly label: string;
  /** Requests per µs; of a curve the highest. */
  readonly rate: number;
  /** How the rate varies at the endpoints; null: it doesn't. */
  readonly curve: RateCurve | null;
  /** The first and last instants of sending, one way out later. */
  readonly from: VirtualTime;
  readonly until: VirtualTime;
  readonly hasRetries: boolean;
  /** Retries are counted by place. */
  readonly hasBudget: boolean;
  /** Its places see different endpoints. */
  readonly hasViews: boolean;
  /** Its requests come to the same container of a Pod throughout. */
  readonly staysPut: boolean;
}

/** What the arrivals of one shard share. */
export interface ArrivalContext {
  readonly accounting: Accounting;
  readonly causes: CauseTable;
  readonly life: RequestLife;
  readonly loads: number;
  readonly log: Bulletin<EndpointEntry>;
  /** Null: each arrival is an event. */
  readonly plans: ArrivalPlans | null;
  readonly proxies: ProxyTable;
  readonly rows: EndpointRows;
  readonly seed: number;
  readonly simulator: Simulator;
  /** By view, then audience; null: that load sends messages instead. */
  readonly split: readonly (readonly (SplitLoad | null)[])[];
}

/** Sums of shares are rounded. */
const ROUNDING = 1.000001;
/** Sets the draw of a sender apart from the candidate's own. */
const SENDER = 0x3c6ef372;

export class EndpointArrivals implements PlanOwner {
  readonly lp: LpId;
  readonly host: EndpointHost;
  readonly desk: ClientDesk;
  /** Makes the calls of this node's Pods; null: no Pod calls. */
  readonly caller: Caller | null;
  private readonly context: ArrivalContext;
  private readonly rows: EndpointRows;
  private readonly proxies: ProxyTable;
  private readonly gaps = new PoissonGaps();
  /** Rows that joined since this LP was last told. */
  private readonly joined: number[] = [];
  /** Rows of this node, in order of joining. */
  private readonly present: number[] = [];
  private ordinals = 0;
  /** How often a forgotten Pod came back: its streams must not repeat. */
  private readonly returns = new Map<number, number>();

  constructor(lp: LpId, host: EndpointHost, desk: ClientDesk, context: ArrivalContext, caller: Caller | null = null) {
    this.caller = caller;
    this.lp = lp;
    this.host = host;
    this.desk = desk;
    this.context = context;
    this.rows = context.rows;
    this.proxies = context.proxies;
  }

  /** Told by the log's reader, in the order of entries and Pods; takes effect at the notice of the entry. */
  join(row: number): void {
    this.joined.push(row);
  }

  /** Before the first event: endpoints that are there from the start. */
  start(now: VirtualTime): void {
    this.proxies.advance(now);
    this.welcome(now);
  }

  /** An entry of the log that touches this node becomes valid now. */
  notice(now: VirtualTime, position: number): void {
    const { service } = this.context.log.entry(position);
    this.interruptPlans(now, service);
    this.proxies.advance(now);
    this.welcome(now);
    const rows = this.rows;
    for (const row of this.present) {
      const versions = this.proxies.views[rows.endpoints[row * ENDPOINT_FIELDS + SLOT]!]!;
      if (versions.service !== service) continue;
      for (let audience = 0; audience < rows.width; audience++) {
        const load = this.context.split[versions.slot]![audience];
        if (load === null || load === undefined || versions.bound <= rows.arrivals[(row * rows.width + audience) * ARRIVAL_FIELDS + DRAWN]!)
          continue;
        // A candidate that rounding owes is past: only what lies ahead is drawn anew.
        const remainder = (row * rows.width + audience) * ARRIVAL_FIELDS + REMAINDER;
        rows.arrivals[remainder] = Math.min(0, rows.arrivals[remainder]!);
        this.draw(now, row * rows.width + audience, load, versions);
      }
    }
  }

  /** Faults changed how Pods of this node are reached. */
  review(now: VirtualTime): void {
    this.interruptPlans(now, null);
  }

  /** Of the endpoints of one Service, or of all. */
  private interruptPlans(now: VirtualTime, service: number | null): void {
    const { plans } = this.context;
    if (plans === null) return;
    const { endpoints, width } = this.rows;
    for (const row of this.present) {
      if (service !== null && this.proxies.views[endpoints[row * ENDPOINT_FIELDS + SLOT]!]!.service !== service) continue;
      for (let audience = 0; audience < width; audience++) plans.interruptRow(row * width + audience, now);
    }
  }

  /** An attempt reaches this node. */
  attempt(now: VirtualTime, message: AttemptMessage): void {
    this.context.causes.current = NO_CAUSE;
    this.context.life.receive(now, this.desk, this.host, message);
  }

  /** A call of one of this node's Pods ended. */
  attemptEnded(now: VirtualTime, message: AttemptEnded): void {
    this.context.causes.current = NO_CAUSE;
    this.caller?.hear(now, message);
  }

  onTimer(now: VirtualTime, slot: number, tag: number): void {
    const { plans } = this.context;
    this.context.causes.current = NO_CAUSE;
    if (plans !== null) plans.slot = slot;
    if (slot === CALL_SLOT) this.caller?.wake(now);
    else if (slot === DESK_SLOT) this.context.life.wake(now, this.desk);
    else this.arrive(now, tag);
    if (plans !== null) plans.slot = 0;
  }

  /** A candidate: is it an arrival, and when is the next one? */
  private arrive(now: VirtualTime, arrival: number): void {
    const { rows } = this;
    const { plans } = this.context;
    plans?.complete(arrival, now);
    this.proxies.advance(now);
    const width = rows.width;
    const row = width === 1 ? arrival : Math.floor(arrival / width);
    const audience = arrival - row * width;
    const slot = rows.endpoints[row * ENDPOINT_FIELDS + SLOT]!;
    const versions = this.proxies.views[slot]!;
    const share = rows.shareOf(row, audience, versions);
    const base = arrival * ARRIVAL_FIELDS;
    const drawn = rows.arrivals[base + DRAWN]!;
    assert(share <= drawn * ROUNDING, "an endpoint's share is above its bound: the notice of an entry is missing");
    if (share === 0 && rows.isForgotten(row, versions)) {
      this.forget(now, row);
      return;
    }
    const load = this.context.split[slot]![audience]!;
    const index = rows.arrivals[base + CANDIDATE]! * DRAWS;
    const hi = rows.arrivals[base + KEY_HI]!;
    const lo = rows.arrivals[base + KEY_LO]!;
    const bar = load.curve === null ? drawn : drawn * thinningAt(load.curve, now);
    const isPlanned = plans !== null && this.isSteady(row, load, versions) && plans.isWanted(arrival);
    if (!isPlanned) this.draw(now, arrival, load, versions);
    if (share >= bar || uniform(hi, lo, index + ACCEPT) * bar < share) this.letIn(now, row, arrival, load, versions, index);
    if (isPlanned && !this.plan(now, row, arrival, load, versions, share, plans)) this.draw(now, arrival, load, versions);
  }

  private letIn(now: VirtualTime, row: number, arrival: number, load: SplitLoad, versions: ServiceVersions, index: number): void {
    const { arrivals, endpoints, width } = this.rows;
    const base = arrival * ARRIVAL_FIELDS;
    const hi = arrivals[base + KEY_HI]!;
    const lo = arrivals[base + KEY_LO]!;
    arrivals[base + COUNT]!++;
    // Who sent it matters only to a retry, and only while places differ, or where the network parts them.
    const isAsked = load.hasBudget || this.host.isTroubled === true || (load.hasRetries && (versions.live.length > 1 || load.hasViews));
    const place = isAsked ? this.senderOf(row, arrival - row * width, versions, hi, lo, index) : UNKNOWN;
    this.context.life.arrive(now, this.desk, this.host, load.load, endpoints[row * ENDPOINT_FIELDS + POD]!, place, hi, lo, index);
  }

  /** Whether all places believe one thing of an endpoint, and nothing else makes its arrivals come otherwise than the last one. */
  private isSteady(row: number, load: SplitLoad, versions: ServiceVersions): boolean {
    return (
      load.curve === null && load.staysPut && versions.live.length === 1 && this.rows.endpoints[row * ENDPOINT_FIELDS + LEAVE] === STILL
    );
  }

  /** False: what comes next is an event. */
  private plan(
    now: VirtualTime,
    row: number,
    arrival: number,
    load: SplitLoad,
    versions: ServiceVersions,
    share: number,
    plans: ArrivalPlans,
  ): boolean {
    const { host } = this;
    const pod = this.rows.endpoints[row * ENDPOINT_FIELDS + POD]!;
    if (share === 0 || host.isTroubled === true || host.stateOf(pod, now) !== EndpointState.up) return false;
    const server = host.serverOf(pod, load.load, now);
    return server instanceof VirtualServer && plans.draw(now, this, arrival, load, versions.bound, share, server, versions.newest.size);
  }

  /** What was planned was sent while all places believed one version. */
  placeOf(arrival: number, index: number): number {
    const { arrivals, endpoints, width } = this.rows;
    const row = Math.floor(arrival / width);
    const versions = this.proxies.views[endpoints[row * ENDPOINT_FIELDS + SLOT]!]!;
    const audience = arrival - row * width;
    const { hasBudget, hasRetries, hasViews } = this.context.split[versions.slot]![audience]!;
    if (!hasBudget && !(hasRetries && hasViews)) return UNKNOWN;
    const base = arrival * ARRIVAL_FIELDS;
    return this.senderOf(row, audience, versions, arrivals[base + KEY_HI]!, arrivals[base + KEY_LO]!, index);
  }

  /** Arms the next candidate at the present bound. */
  private draw(now: VirtualTime, arrival: number, load: SplitLoad, versions: ServiceVersions): void {
    if (load.curve !== null) {
      this.drawOnCurve(now, arrival, load, load.curve, versions.bound);
      return;
    }
    const arrivals = this.rows.arrivals;
    const base = arrival * ARRIVAL_FIELDS;
    const bound = versions.bound;
    const candidate = ++arrivals[base + CANDIDATE]!;
    const begin = now < load.from ? load.from : now;
    arrivals[base + DRAWN] = bound;
    if (bound > 0 && begin < load.until) {
      const gaps = this.gaps;
      const gap = gaps.next(
        1 / (load.rate * bound),
        arrivals[base + REMAINDER]!,
        arrivals[base + KEY_HI]!,
        arrivals[base + KEY_LO]!,
        candidate * DRAWS + GAP,
      );
      if (begin + gap < load.until) {
        arrivals[base + REMAINDER] = gaps.remainder;
        this.context.simulator.arm(arrivals[base + TIMER]!, begin + gap);
        return;
      }
    }
    // Nothing more comes at this bound; a higher one draws again.
    this.context.simulator.cancel(arrivals[base + TIMER]!);
  }

  /** Segment by segment: what would come behind a segment's end is drawn anew from there, at the next one's rate. */
  private drawOnCurve(now: VirtualTime, arrival: number, load: SplitLoad, curve: RateCurve, bound: number): void {
    const { arrivals } = this.rows;
    const base = arrival * ARRIVAL_FIELDS;
    const { gaps } = this;
    arrivals[base + DRAWN] = bound;
    let begin = now < load.from ? load.from : now;
    while (bound > 0 && begin < load.until) {
      curve.seek(begin);
      if (curve.most > 0) {
        const candidate = ++arrivals[base + CANDIDATE]!;
        const index = candidate * DRAWS + GAP;
        const gap = gaps.next(
          1 / (curve.most * bound),
          arrivals[base + REMAINDER]!,
          arrivals[base + KEY_HI]!,
          arrivals[base + KEY_LO]!,
          index,
        );
        if (begin + gap < curve.end) {
          if (begin + gap >= load.until) break;
          arrivals[base + REMAINDER] = gaps.remainder;
          this.context.simulator.arm(arrivals[base + TIMER]!, begin + gap);
          return;
        }
      }
      arrivals[base + REMAINDER] = 0;
      begin = curve.end;
    }
    this.context.simulator.cancel(arrivals[base + TIMER]!);
  }

  private welcome(now: VirtualTime): void {
    if (this.joined.length === 0) return;
    for (const row of this.joined) {
      const slot = this.rows.endpoints[row * ENDPOINT_FIELDS + SLOT]!;
      const ordinal = this.ordinals++;
      this.present.push(row);
      this.context.split[slot]!.forEach((load, audience) => {
        if (load === null) return;
        const arrival = row * this.rows.width + audience;
        const key = streamKey(
          this.context.seed,
          `arrivals ${load.label}${this.proxies.viewNames[slot]!}`,
          this.streamName(this.rows.endpoints[row * ENDPOINT_FIELDS + POD]!),
        );
        this.context.plans?.welcome(arrival);
        this.rows.arrivals[arrival * ARRIVAL_FIELDS + KEY_HI] = key.hi;
        this.rows.arrivals[arrival * ARRIVAL_FIELDS + KEY_LO] = key.lo;
        this.rows.arrivals[arrival * ARRIVAL_FIELDS + CANDIDATE] = -1;
        this.rows.arrivals[arrival * ARRIVAL_FIELDS + REMAINDER] = 0;
        this.rows.arrivals[arrival * ARRIVAL_FIELDS + COUNT] = 0;
        this.rows.arrivals[arrival * ARRIVAL_FIELDS + SINCE] = now;
        this.rows.arrivals[arrival * ARRIVAL_FIELDS + TIMER] = this.context.simulator.timers.create(
          this.lp,
          FIRST_TRAFFIC_SLOT + ordinal * this.context.loads + load.load,
          arrival,
        );
        this.draw(now, arrival, load, this.proxies.views[slot]!);
      });
    }
    this.joined.length = 0;
  }

  private streamName(pod: number): string {
    const returns = this.returns.get(pod);
    const name = this.host.stableName?.(pod) ?? `pod ${pod}`;
    return returns === undefined ? name : `${name} again ${returns}`;
  }

  /** Accounts for how the loads spread; at the end of the run. */
  finish(end: VirtualTime): void {
    for (const row of this.present) this.account(end, row);
  }

  private account(now: VirtualTime, row: number): void {
    const { arrivals, endpoints, width } = this.rows;
    this.context.split[endpoints[row * ENDPOINT_FIELDS + SLOT]!]!.forEach((load, audience) => {
      if (load === null) return;
      const base = (row * width + audience) * ARRIVAL_FIELDS;
      const from = Math.max(load.from, arrivals[base + SINCE]!);
      this.context.accounting.useEndpoint(load.load, arrivals[base + COUNT]!, Math.min(now, load.until) - from);
    });
  }

  private forget(now: VirtualTime, row: number): void {
    const rows = this.rows;
    this.account(now, row);
    const pod = rows.endpoints[row * ENDPOINT_FIELDS + POD]!;
    this.returns.set(pod, (this.returns.get(pod) ?? 0) + 1);
    this.context.split[rows.endpoints[row * ENDPOINT_FIELDS + SLOT]!]!.forEach((load, audience) => {
      if (load === null) return;
      const timer = rows.arrivals[(row * rows.width + audience) * ARRIVAL_FIELDS + TIMER]!;
      this.context.simulator.cancel(timer);
      this.context.simulator.timers.release(timer);
    });
    this.present.splice(this.present.indexOf(row), 1);
    rows.remove(row);
  }

  /** The place that sent an arrival: a version by its share of this endpoint's rate, then one of its senders. */
  private senderOf(row: number, audience: number, versions: ServiceVersions, hi: number, lo: number, index: number): number {
    let rest = uniform(hi ^ SENDER, lo, index) * this.rows.shareOf(row, audience, versions);
    let chosen = -1;
    for (let at = 0; at < versions.live.length; at++) {
      const version = versions.live[at]!;
      if (version.senders[audience] === 0 || !this.rows.isIn(row, version.position)) continue;
      chosen = at;
      rest -= version.share[audience]!;
      if (rest < 0) break;
    }
    const version = versions.live[chosen]!;
    let skip = Math.floor(uniform(hi ^ SENDER, lo, index + 1) * version.senders[audience]!);
    for (let place = 0; ; place++) {
      if (this.proxies.viewAt(place, versions.group) !== versions) continue;
      if (this.proxies.sentBy(place, versions.group) === version.position && skip-- === 0) return place;
    }
  }
}

/** By how much candidates are too many: they come at the segment's highest rate. */
function thinningAt(curve: RateCurve, now: VirtualTime): number {
  curve.seek(now);
  return curve.rate === 0 ? FAR_TOO_MANY : curve.most / curve.rate;
}

/** None of them counts. */
const FAR_TOO_MANY = 1e300;
