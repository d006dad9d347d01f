/**
 * Arrivals of steady endpoints, in bulk. Where nothing is under way that could treat requests otherwise, an arrival's
 * whole fate follows from its draws: it starts when those before it leave it a worker and ends when its work is done.
 * Such arrivals are drawn ahead, from the draws that they would make anyway, and let in when somebody looks at the server;
 * the timer stands at the first one that its server can't hold or that comes too late for its client.
 * Hot: `draw` and `catchUp`, bench/traffic.bench.ts, bench/fuzz.bench.ts.
 *
 *   drawn ──somebody looks, later than its end──▶ answered: counted with others like it
 *     │  └──somebody looks while it is served───▶ in flight, as if it had just come
 *     └──what it rests on changes───────────────▶ forgotten: the timer stands at the first one to come, whose draws are the same
 *
 *   rests on                                            and who tells
 *   places believe one version                          the notice of an entry, which every node of the Service gets
 *   the process listens, at its own pace                the server (stopListening, die, a pace)
 *   nothing else takes the workers, nor memory          the server, at whatever else it admits, and when its limit changes
 *   the address answers, and packets come through       the node (EndpointArrivals.review)
 *
 * An arrival at the very instant of a look comes before or after it as its timer would: by slot.
 */
import type { ServerFeed, VirtualServer } from "../application/server.ts";
import { assert } from "../kernel/assert.ts";
import { uniform } from "../kernel/random.ts";
import type { Simulator } from "../kernel/simulator.ts";
import { NEVER, type VirtualTime } from "../kernel/time.ts";
import { exponential } from "../kernel/ziggurat.ts";
import type { Link } from "../kubernetes/network/link.ts";
import type { Accounting } from "./accounting.ts";
import type { SplitLoad } from "./endpoint-arrivals.ts";
import { ARRIVAL_FIELDS, CANDIDATE, COUNT, DRAWN, KEY_HI, KEY_LO, REMAINDER, TIMER, type EndpointRows } from "./endpoint-rows.ts";
import { grown } from "./request-pool.ts";
import type { RequestLife } from "./request.ts";
import { DRAWS, WAY_BACK_DRAW, WORK_DRAW } from "./request-terms.ts";
import type { ClientDesk } from "./retry.ts";

/** Draws of one candidate, before those of the request. */
export const GAP = 0;
export const ACCEPT = 1;

/** Arrivals in a plan, from the first one on; a plan that is kept to makes the next one twice as long. */
const FIRST_LENGTH = 16;
const LENGTH_MIN = 8;
const LENGTH_MAX = 128;
/** Arrivals that all plans for one Service may hold, more or less: 24 bytes each. */
const PLANNED_MAX = 1 << 20;
/** Shorter plans cost more than the events that they save; so many arrivals pass before the next try, or after a try in vain. */
const WORTH_IT = 4;
const PAUSE = 16;
const LONG_PAUSE = 256;
/** Most requests that a plan has at the server at once. */
const HELD_MAX = 32;
/** Candidates of a plan that no place sends are skipped: at most so many for each arrival. */
const CANDIDATES_PER_ARRIVAL = 8;

/** µs: what takes as long or longer is of no plan. */
const ENDLESS = 0x7fffffff;

/** Integers of a planned arrival: its work, how long it is at the server, its answer's way back, its candidate's number less the plan's first. */
export const PLAN_NUMBERS = 4;
export const PLANNED_WORK = 0;
export const PLANNED_STAY = 1;
export const PLANNED_WAY_BACK = 2;
const OFFSET = 3;

/** Whose endpoint it is. */
export interface PlanOwner {
  readonly desk: ClientDesk;
  /** The place that sent a planned arrival, or UNKNOWN where nobody will ask. */
  placeOf(arrival: number, index: number): number;
}

/** What is planned at a server, for one load. */
class ArrivalPlan implements ServerFeed {
  /** Another load's plan at the same server. */
  next: ArrivalPlan | null = null;
  owner: PlanOwner;
  load: SplitLoad;
  server: VirtualServer;
  arrival = 0;
  /** In the key of its timer. */
  slot = 0;
  /** Arrivals in the memory: the first one, the first one that hasn't come yet, and behind the last one. */
  first = 0;
  size = 0;
  at = 0;
  end = 0;
  /** Most requests at the server when one of them has come. */
  most = 0;
  /** After a pause. */
  isTrial = false;
  /** What the draws began with. */
  startAt: VirtualTime = 0;
  startCandidate = 0;
  startRemainder = 0;
  meanGap = 0;
  private readonly plans: ArrivalPlans;

  constructor(plans: ArrivalPlans, owner: PlanOwner, load: SplitLoad, server: VirtualServer) {
    this.plans = plans;
    this.owner = owner;
    this.load = load;
    this.server = server;
  }

  catchUp(now: VirtualTime): void {
    this.plans.catchUp(this, now);
  }

  catchUpBefore(now: VirtualTime): void {
    this.plans.catchUpBefore(this, now);
  }

  get planned(): number {
    return this.next === null ? this.most : this.most + this.next.planned;
  }

  interrupt(now: VirtualTime): void {
    this.plans.interrupt(this, now);
  }

  reconsider(): void {
    this.plans.reconsider(this);
  }
}

export interface ArrivalPlansOptions {
  readonly accounting: Accounting;
  readonly life: RequestLife;
  readonly link: Link;
  readonly rows: EndpointRows;
  readonly simulator: Simulator;
}

/** The plans of one shard. */
export class ArrivalPlans {
  /** Slot of the arrival being dispatched; 0: something else is, before all arrivals of this instant. */
  slot: number = 0;
  private readonly accounting: Accounting;
  private readonly life: RequestLife;
  private readonly link: Link;
  private readonly rows: EndpointRows;
  private readonly simulator: Simulator;
  private readonly memory = new PlanMemory();
  /** By arrival row. */
  private readonly plans: (ArrivalPlan | null)[] = [];
  private readonly spare: ArrivalPlan[] = [];
  /** By arrival row: how long the next plan may be; below 0: so many arrivals pass before the next try. */
  private wanted = new Int16Array(64);
  /** What comes behind the plan being drawn. */
  private pendingAt: VirtualTime = NEVER;
  private pendingCandidate = 0;
  private pendingRemainder = 0;
  /** Ends of what is at the server while a plan is drawn, ascending. */
  private readonly ends = new Float64Array(HELD_MAX + LENGTH_MAX);

  constructor(options: ArrivalPlansOptions) {
    this.accounting = options.accounting;
    this.life = options.life;
    this.link = options.link;
    this.rows = options.rows;
    this.simulator = options.simulator;
  }

  /** A row begins anew. */
  welcome(arrival: number): void {
    if (arrival >= this.wanted.length) this.wanted = grown(this.wanted, new Int16Array(Math.max(arrival + 1, this.wanted.length * 2)));
    this.wanted[arrival] = FIRST_LENGTH;
  }

  /** Whether it is time to plan again. */
  isWanted(arrival: number): boolean {
    return this.wanted[arrival]! > 0 || ++this.wanted[arrival]! > 0;
  }

  /**
   * Draws what comes after `now`, as far as it starts at once and is answered in time, and arms the timer at what comes
   * then. `share` of all candidates come; `endpoints`: how many share the load. False: nothing was drawn.
   */
  draw(
    now: VirtualTime,
    owner: PlanOwner,
    arrival: number,
    load: SplitLoad,
    bound: number,
    share: number,
    server: VirtualServer,
    endpoints: number,
  ): boolean {
    if (server.feed !== null) this.catchUp(server.feed as ArrivalPlan, now, true);
    // What waits for a worker is known as long as nothing else comes; beside another plan each has to start at once.
    const room = server.feed === null ? server.mostHeld : (server.atOnce - this.plannedAt(server) + 1) >> 1;
    const limit = Math.min(HELD_MAX, room);
    if (limit <= server.held || !(bound > 0)) return false;
    const wanted = this.wanted[arrival]!;
    const length = Math.min(Math.max(LENGTH_MIN, wanted), lengthFor(endpoints));
    const first = this.memory.allocate(length);
    const plan = this.planFor(owner, arrival, load, server);
    const { arrivals } = this.rows;
    const base = arrival * ARRIVAL_FIELDS;
    plan.isTrial = wanted < LENGTH_MIN;
    plan.slot = this.simulator.timers.slot[arrivals[base + TIMER]!]!;
    plan.first = first;
    plan.size = length;
    plan.at = first;
    plan.startAt = now;
    plan.startCandidate = arrivals[base + CANDIDATE]!;
    plan.startRemainder = arrivals[base + REMAINDER]!;
    plan.meanGap = 1 / (load.rate * bound);
    arrivals[base + DRAWN] = bound;
    const drawn = this.drawTimes(plan, share, bound);
    this.drawFates(plan, drawn);
    this.fit(plan, drawn, limit);
    return true;
  }

  /** Draws when arrivals come, and in `pending` what comes behind the last one. Returns where they end. */
  private drawTimes(plan: ArrivalPlan, share: number, bound: number): number {
    const { numbers, times } = this.memory;
    const { arrivals } = this.rows;
    const { meanGap, startCandidate } = plan;
    const base = plan.arrival * ARRIVAL_FIELDS;
    const hi = arrivals[base + KEY_HI]!;
    const lo = arrivals[base + KEY_LO]!;
    const { until } = plan.load;
    const end = plan.first + plan.size;
    const candidatesEnd = startCandidate + plan.size * CANDIDATES_PER_ARRIVAL;
    let at = plan.first;
    let time = plan.startAt;
    let remainder = plan.startRemainder;
    for (let candidate = startCandidate + 1; ; candidate++) {
      const exact = exponential(hi, lo, candidate * DRAWS + GAP) * meanGap + remainder;
      const gap = exact < 1 ? 1 : Math.floor(exact);
      if (time + gap >= until) {
        this.pendingAt = NEVER;
        this.pendingCandidate = candidate;
        this.pendingRemainder = remainder;
        return at;
      }
      time += gap;
      remainder = exact - gap;
      if (at === end || candidate > candidatesEnd) {
        this.pendingAt = time;
        this.pendingCandidate = candidate;
        this.pendingRemainder = remainder;
        return at;
      }
      if (share < bound && uniform(hi, lo, candidate * DRAWS + ACCEPT) * bound >= share) continue;
      times[at] = time;
      numbers[at * PLAN_NUMBERS + OFFSET] = candidate - startCandidate;
      at++;
    }
  }

  /** Draws the work of each and its answer's way back. */
  private drawFates(plan: ArrivalPlan, end: number): void {
    const { link } = this;
    const { numbers } = this.memory;
    const { arrivals } = this.rows;
    const base = plan.arrival * ARRIVAL_FIELDS;
    const hi = arrivals[base + KEY_HI]!;
    const lo = arrivals[base + KEY_LO]!;
    const work = this.life.workOf(plan.server.behaviour);
    for (let number = plan.first * PLAN_NUMBERS; number < end * PLAN_NUMBERS; number += PLAN_NUMBERS) {
      const index = (plan.startCandidate + numbers[number + OFFSET]!) * DRAWS;
      const drawn = Math.round(work(hi, lo, index + WORK_DRAW));
      const wayBack = link.wayBack(hi, lo, index + WAY_BACK_DRAW);
      numbers[number + PLANNED_WORK] = drawn < 1 ? 1 : drawn < ENDLESS ? drawn : ENDLESS;
      numbers[number + PLANNED_WAY_BACK] = wayBack < ENDLESS ? wayBack : ENDLESS;
    }
  }

  /** The plan goes as far as the server can hold each arrival and its client gets the answer; what comes then is expected. */
  private fit(plan: ArrivalPlan, drawn: number, limit: number): void {
    const { ends } = this;
    const { numbers, times } = this.memory;
    const { workers } = plan.server;
    const patience = Math.min(ENDLESS - 1, this.life.patienceOf(plan.load.load));
    let first = 0;
    let last = plan.server.copyEnds(ends);
    let most = 0;
    let at = plan.first;
    for (; at < drawn; at++) {
      const time = times[at]!;
      while (first < last && ends[first]! <= time) first++;
      const held = last - first;
      if (held >= limit) break;
      const number = at * PLAN_NUMBERS;
      // Of those before it, in order, all but one worker's each have left when it starts.
      const start = held < workers ? time : ends[last - workers]!;
      const end = start + numbers[number + PLANNED_WORK]!;
      if (end - time + numbers[number + PLANNED_WAY_BACK]! > patience) break;
      numbers[number + PLANNED_STAY] = end - time;
      let place = last++;
      for (; place > first && ends[place - 1]! > end; place--) ends[place] = ends[place - 1]!;
      ends[place] = end;
      if (held >= most) most = held + 1;
    }
    plan.end = at;
    plan.most = most;
    if (at === plan.first) {
      // No plan is left that could be taken back: the next candidate is awaited, whether it will come or not.
      this.takeBack(plan, plan.startAt);
      this.shorten(plan, 0);
      this.drop(plan);
      return;
    }
    if (at === drawn) {
      this.expect(plan.arrival, this.pendingCandidate, this.pendingRemainder, this.pendingAt);
      return;
    }
    this.takeBack(plan, times[at]! - 1);
    this.shorten(plan, at - plan.first);
  }

  /** Only so many arrivals came of a plan. */
  private shorten(plan: ArrivalPlan, came: number): void {
    this.wanted[plan.arrival] = came >= WORTH_IT ? Math.min(plan.size, lengthOf(came)) : plan.isTrial ? -LONG_PAUSE : -PAUSE;
  }

  /** The timer fired at what comes after the plan, if there is one. */
  complete(arrival: number, now: VirtualTime): void {
    const plan = this.plans[arrival];
    if (plan === undefined || plan === null) return;
    this.catchUp(plan.server.feed as ArrivalPlan, now, true);
    assert(plan.at === plan.end, "a timer fired before what was planned ahead of it");
    if (plan.end === plan.first + plan.size) this.wanted[arrival] = Math.min(LENGTH_MAX, plan.size * 2);
    this.drop(plan);
  }

  /** What the plan of a row rests on may have changed. */
  interruptRow(arrival: number, now: VirtualTime): void {
    const plan = this.plans[arrival];
    if (plan !== undefined && plan !== null) this.interrupt(plan.server.feed as ArrivalPlan, now);
  }

  /** The run ends: all that has come by then is let in. */
  finish(end: VirtualTime): void {
    this.slot = Infinity;
    for (const plan of this.plans) {
      if (plan === null || plan === undefined) continue;
      const head = plan.server.feed;
      if (head !== null) this.catchUp(head as ArrivalPlan, end - 1);
      plan.server.feed = null;
    }
    this.slot = 0;
  }

  /** Somebody looks at what was counted before `now`, but at no server: what has ended since the last arrival counts later, as it would. */
  look(now: VirtualTime): void {
    for (const plan of this.plans) if (plan !== null && plan !== undefined && plan.server.feed === plan) this.catchUp(plan, now, true);
  }

  /** Lets in what has come by `now`, of all plans at the server of `head`. */
  catchUp(head: ArrivalPlan, now: VirtualTime, isLook: boolean = false): void {
    head.server.touch();
    if (head.next !== null) {
      this.catchUpAll(head, now, isLook);
      return;
    }
    const { numbers, times } = this.memory;
    const limit = head.slot < this.slot ? now : now - 1;
    const from = head.at;
    const { end, server } = head;
    if (from === end || times[from]! > limit) return;
    // Up to `settled` everything has ended by the next arrival, or by now.
    let busyUntil = server.heldUntil;
    let settled = from;
    let at = from;
    for (; at < end; at++) {
      const time = times[at]!;
      if (time > limit) break;
      if (time >= busyUntil) settled = at;
      const served = time + numbers[at * PLAN_NUMBERS + PLANNED_STAY]!;
      if (served > busyUntil) busyUntil = served;
    }
    if (busyUntil <= now && !isLook) settled = at;
    this.answer(head, from, settled, at);
    if (settled === at) return;
    server.feed = null;
    for (let each = settled; each < at; each++) this.letIn(head, each);
    server.feed = head;
  }

  /** What whoever looked at `now`, before all arrivals of that instant, would have let in. */
  catchUpBefore(head: ArrivalPlan, now: VirtualTime): void {
    const { slot } = this;
    this.slot = 0;
    this.catchUp(head, now);
    this.slot = slot;
  }

  /** The same for several plans: their arrivals come in the order of their timers. */
  private catchUpAll(head: ArrivalPlan, now: VirtualTime, isLook: boolean): void {
    const { numbers, times } = this.memory;
    const { server } = head;
    if (!this.hasCome(head, now)) return;
    const plans: { readonly plan: ArrivalPlan; readonly from: number; readonly limit: VirtualTime; settled: number }[] = [];
    for (let plan: ArrivalPlan | null = head; plan !== null; plan = plan.next)
      plans.push({ plan, from: plan.at, limit: plan.slot < this.slot ? now : now - 1, settled: plan.at });
    plans.sort((a, b) => a.plan.slot - b.plan.slot);
    const nextOf = (): (typeof plans)[number] | null => {
      let found: (typeof plans)[number] | null = null;
      for (const each of plans) {
        const { at, end } = each.plan;
        if (at < end && times[at]! <= each.limit && (found === null || times[at]! < times[found.plan.at]!)) found = each;
      }
      return found;
    };
    let busyUntil = server.heldUntil;
    for (let next = nextOf(); next !== null; next = nextOf()) {
      const at = next.plan.at++;
      if (times[at]! >= busyUntil) for (const each of plans) each.settled = each === next ? at : each.plan.at;
      busyUntil = Math.max(busyUntil, times[at]! + numbers[at * PLAN_NUMBERS + PLANNED_STAY]!);
    }
    for (const each of plans) {
      const { plan, from } = each;
      if (busyUntil <= now && !isLook) each.settled = plan.at;
      const until = plan.at;
      this.answer(plan, from, each.settled, until);
      plan.at = each.settled;
    }
    server.feed = null;
    for (let next = nextOf(); next !== null; next = nextOf()) this.letIn(next.plan, next.plan.at++);
    server.feed = head;
  }

  private hasCome(head: ArrivalPlan, now: VirtualTime): boolean {
    for (let plan: ArrivalPlan | null = head; plan !== null; plan = plan.next)
      if (plan.at < plan.end && this.memory.times[plan.at]! <= (plan.slot < this.slot ? now : now - 1)) return true;
    return false;
  }

  /** Of the arrivals [from, until) those before `settled` are over. */
  private answer(plan: ArrivalPlan, from: number, settled: number, until: number): void {
    const { load } = plan.load;
    this.rows.arrivals[plan.arrival * ARRIVAL_FIELDS + COUNT]! += until - from;
    plan.at = until;
    if (settled === from) return;
    const work = this.accounting.answerAll(load, this.link.wayOut, this.memory.times, this.memory.numbers, from, settled);
    plan.server.addWork(work);
  }

  private letIn(plan: ArrivalPlan, at: number): void {
    const { numbers, times } = this.memory;
    const number = at * PLAN_NUMBERS;
    const index = (plan.startCandidate + numbers[number + OFFSET]!) * DRAWS;
    const place = plan.owner.placeOf(plan.arrival, index);
    this.life.letIn(
      times[at]!,
      plan.owner.desk,
      plan.load.load,
      place,
      plan.server,
      numbers[number + PLANNED_WORK]!,
      numbers[number + PLANNED_STAY]!,
      numbers[number + PLANNED_WAY_BACK]!,
    );
  }

  /** What was to come at the server of `head` is drawn one by one again. */
  interrupt(head: ArrivalPlan, now: VirtualTime): void {
    this.catchUp(head, now, true);
    for (let plan: ArrivalPlan | null = head; plan !== null;) {
      const { next }: ArrivalPlan = plan;
      const came = plan.at - plan.first;
      if (this.wanted[plan.arrival]! > 0) this.shorten(plan, came);
      this.takeBack(plan, plan.slot < this.slot ? now : now - 1);
      this.drop(plan);
      plan = next;
    }
  }

  /** Something else was let in, or the server's limit changed: is there still a worker for each? */
  reconsider(head: ArrivalPlan): void {
    const { now } = this.simulator;
    this.catchUp(head, now, true);
    const { server } = head;
    let nextAt = Infinity;
    for (let plan: ArrivalPlan | null = head; plan !== null; plan = plan.next)
      if (plan.at < plan.end) nextAt = Math.min(nextAt, this.memory.times[plan.at]!);
    const planned = this.plannedAt(server);
    const isApart = nextAt >= server.heldUntil && planned <= server.mostHeld;
    if (!isApart && server.held + planned > server.atOnce) this.interrupt(head, now);
  }

  /** Finds the candidate that comes next after `limit` and awaits it. */
  private takeBack(plan: ArrivalPlan, limit: VirtualTime): void {
    const { arrivals } = this.rows;
    const base = plan.arrival * ARRIVAL_FIELDS;
    const hi = arrivals[base + KEY_HI]!;
    const lo = arrivals[base + KEY_LO]!;
    const { meanGap } = plan;
    const { until } = plan.load;
    let { startCandidate: candidate, startAt: time, startRemainder: remainder } = plan;
    do {
      const exact = exponential(hi, lo, ++candidate * DRAWS + GAP) * meanGap + remainder;
      const gap = exact < 1 ? 1 : Math.floor(exact);
      if (time + gap >= until) {
        this.expect(plan.arrival, candidate, remainder, NEVER);
        return;
      }
      time += gap;
      remainder = exact - gap;
    } while (time <= limit);
    this.expect(plan.arrival, candidate, remainder, time);
  }

  /** `at` NEVER: none comes any more. */
  private expect(arrival: number, candidate: number, remainder: number, at: VirtualTime): void {
    const { arrivals } = this.rows;
    const base = arrival * ARRIVAL_FIELDS;
    arrivals[base + CANDIDATE] = candidate;
    arrivals[base + REMAINDER] = remainder;
    if (at === NEVER) this.simulator.cancel(arrivals[base + TIMER]!);
    else this.simulator.armBehind(arrivals[base + TIMER]!, at);
  }

  /** Requests that plans have at the server at most. */
  private plannedAt(server: VirtualServer): number {
    return server.feed === null ? 0 : server.feed.planned;
  }

  private planFor(owner: PlanOwner, arrival: number, load: SplitLoad, server: VirtualServer): ArrivalPlan {
    const plan = this.spare.pop() ?? new ArrivalPlan(this, owner, load, server);
    plan.owner = owner;
    plan.load = load;
    plan.server = server;
    plan.arrival = arrival;
    plan.next = server.feed as ArrivalPlan | null;
    server.feed = plan;
    while (this.plans.length <= arrival) this.plans.push(null);
    this.plans[arrival] = plan;
    return plan;
  }

  private drop(plan: ArrivalPlan): void {
    const { server } = plan;
    if (server.feed === plan) server.feed = plan.next;
    else {
      let before = server.feed as ArrivalPlan;
      while (before.next !== plan) before = before.next!;
      before.next = plan.next;
    }
    plan.next = null;
    this.plans[plan.arrival] = null;
    this.memory.release(plan.first, plan.size);
    this.spare.push(plan);
  }
}

/** As long as a plan for so many arrivals has to be: a power of two. */
function lengthOf(count: number): number {
  return count <= LENGTH_MIN ? LENGTH_MIN : 1 << (32 - Math.clz32(count - 1));
}

/** Plans for a Service with very many endpoints are shorter: that is what their memory costs. */
function lengthFor(endpoints: number): number {
  const most = Math.floor(PLANNED_MAX / Math.max(1, endpoints));
  return most >= LENGTH_MAX ? LENGTH_MAX : most <= LENGTH_MIN ? LENGTH_MIN : 1 << (31 - Math.clz32(most));
}

/** Memory of the plans of one shard: blocks of powers of two arrivals. */
class PlanMemory {
  /** Both are replaced by larger copies when they are full: read them anew after `allocate`. */
  times: Float64Array = new Float64Array(8 * FIRST_LENGTH);
  numbers: Int32Array = new Int32Array(8 * FIRST_LENGTH * PLAN_NUMBERS);
  private used = 0;
  private readonly free: number[][] = [];

  allocate(size: number): number {
    const block = this.free[31 - Math.clz32(size)]?.pop();
    if (block !== undefined) return block;
    if (this.used + size > this.times.length) {
      this.times = grown(this.times, new Float64Array(this.times.length * 2 + size));
      this.numbers = grown(this.numbers, new Int32Array(this.times.length * PLAN_NUMBERS));
    }
    const first = this.used;
    this.used += size;
    return first;
  }

  release(first: number, size: number): void {
    (this.free[31 - Math.clz32(size)] ??= []).push(first);
  }
}
