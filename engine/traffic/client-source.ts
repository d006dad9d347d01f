/**
 * The source of a load that follows each of its requests to the end, because what happens next depends on it:
 * users that wait for their answers, least connections, connections that are kept, hedging. Every attempt is a
 * message out and one back; books are kept here alone.
 *
 *   user: thinking ──▶ sends ──▶ waits for the request's end ──▶ thinking
 *
 *   request   open ── an attempt is answered ──▶ answered              other attempts are abandoned
 *              │ ├── the last attempt fails ──▶ waits to retry ──▶ open,  or lost
 *              │ └── slow: another attempt beside it (hedging)
 *              └──── its client's timeout ──▶ lost: timed out
 *
 * Differs: abandoned work goes on
 */
import { sampler, type Sampler } from "../kernel/distribution.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { childKey, uniform, type StreamKey } from "../kernel/random.ts";
import type { Simulator } from "../kernel/simulator.ts";
import type { TimerId } from "../kernel/timer-table.ts";
import { NEVER, SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import type { LiveVersion } from "../kubernetes/network/service-versions.ts";
import type { Accounting } from "./accounting.ts";
import type { AttemptEnded, AttemptMessage } from "./attempt.ts";
import type { Balancer } from "./balancer.ts";
import { ArrivalClock } from "./arrival-clock.ts";
import { ConnectionPool, type Connection } from "./connections.ts";
import type { LoadSpec } from "./load-model.ts";
import { EndpointSituation, Outcome } from "./outcome.ts";
import { isClosed } from "./path.ts";
import type { RequestLife } from "./request.ts";
import { backOffBefore, type RetryBudget } from "./retry-policy.ts";
import type { ClientDesk } from "./retry.ts";
import { SourceSlot, type SourceMessage, type TrafficSource } from "./source.ts";
import { UserPlan } from "./user-plan.ts";

export interface ClientContext {
  readonly accounting: Accounting;
  readonly balancer: Balancer | null;
  readonly budget: RetryBudget | null;
  readonly causes: CauseTable;
  readonly desk: ClientDesk;
  /** LP of node 0. */
  readonly firstNode: LpId;
  readonly group: number;
  readonly key: StreamKey;
  readonly life: RequestLife;
  readonly load: number;
  readonly lp: LpId;
  readonly mailbox: Sender<AttemptMessage>;
  readonly proxies: ProxyTable;
  readonly simulator: Simulator;
  readonly usesLeastConnections: boolean;
  readonly wayOut: Duration;
  take(payload: number): SourceMessage;
}

interface Attempt {
  readonly number: number;
  readonly pod: number;
  readonly connection: Connection | null;
  /** Of one that found no endpoint: what the client will have met when it knows. */
  readonly absence?: Failure;
}

interface Request {
  readonly number: number;
  /** -1: of an open load. */
  readonly user: number;
  readonly place: number;
  readonly intendedAt: VirtualTime;
  readonly deadline: VirtualTime;
  /** Unanswered ones. */
  readonly open: Attempt[];
  attempts: number;
  retries: number;
  hedges: number;
}

interface Failure {
  readonly outcome: Outcome;
  readonly situation: EndpointSituation;
  readonly why: CauseId;
}

/** What the desk wakes this source for. */
interface Alarm {
  readonly kind: "think" | "retry" | "hedge" | "deadline" | "absence";
  /** Number of a request, or of a user. */
  readonly number: number;
  readonly failure: Failure | null;
}

/** Purposes of the draws of one source, below its key. */
const Purpose = { arrivals: 0, requests: 1, attempts: 2, think: 3, connections: 4 } as const;
/** Over such windows the present rate of closed loads is measured, for their retry budgets. */
const WINDOW = 10 * SECOND;

export class ClientSource implements TrafficSource {
  readonly id: LpId;
  private readonly spec: LoadSpec;
  private readonly context: ClientContext;
  private readonly timer: TimerId;
  private readonly healthTimer: TimerId | null;
  private readonly clock: ArrivalClock;
  private readonly requests = new Map<number, Request>();
  private readonly alarms: Alarm[] = [];
  private readonly freeAlarms: number[] = [];
  private readonly placeKey: StreamKey;
  private readonly attemptKey: StreamKey;
  private readonly thinkKey: StreamKey;
  private readonly connectionKey: StreamKey;
  private readonly think: Sampler;
  private readonly plan: UserPlan | null;
  private readonly pools: ConnectionPool[];
  /** Unanswered attempts of a place by Pod, for least connections. */
  private readonly load: Map<number, number>[];
  private readonly rounds: Int32Array;
  private number = 0;
  private opened = 0;
  private nextAt: VirtualTime = NEVER;
  private windowFrom: VirtualTime = 0;
  private inWindow = 0;
  private inLastWindow = 0;

  constructor(spec: LoadSpec, context: ClientContext) {
    const { timers } = context.simulator;
    const { key, lp } = context;
    this.id = lp;
    this.spec = spec;
    this.context = context;
    this.timer = timers.create(lp, SourceSlot.arrival, 0);
    this.healthTimer = (context.balancer?.health ?? null) === null ? null : timers.create(lp, SourceSlot.healthCheck, 0);
    this.clock = new ArrivalClock(spec, childKey(key, Purpose.arrivals));
    this.placeKey = childKey(key, Purpose.requests);
    this.attemptKey = childKey(key, Purpose.attempts);
    this.thinkKey = childKey(key, Purpose.think);
    this.connectionKey = childKey(key, Purpose.connections);
    this.think = isClosed(spec) ? sampler(spec.thinkTime) : () => 0;
    this.plan = spec.executor === "ramping-vus" ? new UserPlan(spec.userPlan, spec.from) : null;
    const { connections } = spec;
    this.pools = connections === undefined ? [] : Array.from({ length: spec.places }, () => new ConnectionPool(connections));
    this.load = context.usesLeastConnections ? Array.from({ length: spec.places }, () => new Map<number, number>()) : [];
    this.rounds = new Int32Array(usersOf(spec));
  }

  start(now: VirtualTime): void {
    const { balancer, proxies, simulator } = this.context;
    const health = balancer?.health ?? null;
    if (health !== null && this.healthTimer !== null) {
      proxies.advance(now);
      health.begin((place) => this.isHealthy(place));
      simulator.arm(this.healthTimer, Math.max(now + 1, health.nextAt));
    }
    if (!isClosed(this.spec)) {
      this.nextAt = this.clock.after(this.spec.from);
      this.armArrival(now);
      return;
    }
    // Users have been at it for some time: each begins somewhere in its first pause.
    for (let user = 0; user < this.rounds.length; user++) {
      const phase = uniform(this.thinkKey.hi, this.thinkKey.lo ^ FIRST_PAUSE, user);
      this.awaitUser(Math.max(now, this.spec.from), user, Math.floor(this.pauseOf(user) * phase));
    }
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    const message = this.context.take(payload);
    this.context.causes.current = NO_CAUSE;
    if (message.kind === "attemptEnded") this.hear(now, message);
    else if (message.kind === "connectionsClosed") for (const pool of this.pools) pool.closeAll(message.pod);
  }

  onTimer(now: VirtualTime, slot: number): void {
    const { causes, desk } = this.context;
    causes.current = NO_CAUSE;
    if (slot === SourceSlot.healthCheck) {
      this.checkHealth(now);
      return;
    }
    if (slot === SourceSlot.desk) {
      for (let alarm = desk.next(now); alarm !== -1; alarm = desk.next(now)) this.ring(now, alarm);
      return;
    }
    while (this.nextAt <= now) {
      this.begin(now, -1);
      this.nextAt = this.clock.after(now);
    }
    this.armArrival(now);
  }

  /** Accounts for what is unanswered when the run ends. */
  finish(end: VirtualTime): void {
    const { accounting, load } = this.context;
    for (const request of this.requests.values()) {
      const { deadline, intendedAt } = request;
      if (deadline >= end) accounting.keepInFlight(load, intendedAt);
      else {
        this.count({ intendedAt }, deadline, unansweredOf(request));
        this.giveUp(request, 1);
      }
    }
    this.requests.clear();
  }

  // ── users and arrivals ──

  private armArrival(now: VirtualTime): void {
    const at = Math.max(now + 1, this.nextAt);
    if (at < this.spec.until) this.context.simulator.arm(this.timer, at);
  }

  private pauseOf(user: number): Duration {
    const { hi, lo } = childKey(this.thinkKey, user);
    return Math.max(1, Math.round(this.think(hi, lo, this.rounds[user]!)));
  }

  private awaitUser(now: VirtualTime, user: number, pause: Duration): void {
    const ready = now + Math.max(1, pause);
    const at = this.plan === null ? ready : this.plan.presentFrom(user, ready, this.spec.until);
    if (at < this.spec.until) this.wait(at, { kind: "think", number: user, failure: null });
  }

  private begin(now: VirtualTime, user: number): void {
    const { accounting, load } = this.context;
    const number = this.number++;
    const request: Request = {
      number,
      user,
      place: user >= 0 ? user % this.spec.places : this.placeOf(now, number),
      intendedAt: now,
      deadline: now + this.spec.timeout,
      open: [],
      attempts: 0,
      retries: 0,
      hedges: 0,
    };
    accounting.begin(load, now);
    this.requests.set(number, request);
    this.wait(request.deadline, { kind: "deadline", number, failure: null });
    this.countFirst(now);
    this.launch(now, request);
  }

  private placeOf(now: VirtualTime, number: number): number {
    const draw = uniform(this.placeKey.hi, this.placeKey.lo, number);
    return this.context.balancer?.placeFor(now, draw) ?? Math.floor(draw * this.spec.places);
  }

  // ── attempts ──

  private launch(now: VirtualTime, request: Request): void {
    const { firstNode, load, lp, mailbox, wayOut } = this.context;
    const number = request.attempts++;
    if (this.spec.hedging !== undefined && request.hedges < this.spec.hedging.max)
      this.wait(now + Math.max(1, this.spec.hedging.after), { kind: "hedge", number: request.number, failure: null });
    const index = request.number * ATTEMPT_DRAWS + (number % ATTEMPT_DRAWS);
    const kept = this.pools[request.place]?.take(now, uniform(this.connectionKey.hi, this.connectionKey.lo, index)) ?? null;
    const target = kept ?? this.choose(now, request, index);
    if (target === null) {
      this.missEndpoint(now, request, number);
      return;
    }
    const connection = kept ?? this.open(now, request.place, target.pod, target.node);
    request.open.push({ number, pod: target.pod, connection });
    this.carry(request.place, target.pod, 1);
    if (number === 0) this.context.life.noteUse(load, target.pod, now);
    mailbox.post(firstNode + target.node, now + wayOut, {
      kind: "attempt",
      load,
      pod: target.pod,
      place: request.place,
      attempt: number,
      intendedAt: request.intendedAt,
      request: request.number,
      origin: lp,
      ...(kept === null ? {} : { isOnOpenConnection: true }),
    });
  }

  private open(now: VirtualTime, place: number, pod: number, node: number): Connection | null {
    const { hi, lo } = this.connectionKey;
    return this.pools[place]?.add(now, pod, node, uniform(hi ^ FIRST_PAUSE, lo, this.opened++)) ?? null;
  }

  private choose(now: VirtualTime, request: Request, index: number): { readonly pod: number; readonly node: number } | null {
    const { balancer, group, proxies } = this.context;
    proxies.advance(now);
    const { nodes, pods } = this.beliefOf(request.place, group, proxies);
    if (pods.length === 0) return null;
    const draw = uniform(this.attemptKey.hi, this.attemptKey.lo, index);
    const tried = request.open.map(({ pod }) => pod);
    // A hedge goes elsewhere, if there is an elsewhere.
    const others = tried.length === 0 ? pods : pods.filter((pod) => !tried.includes(pod));
    const among = others.length === 0 ? pods : others;
    const { hi, lo } = childKey(this.placeKey, request.number);
    const choice = this.context.usesLeastConnections
      ? this.leastLoaded(request.place, among, draw)
      : balancer === null
        ? Math.floor(draw * among.length)
        : balancer.choose(now, request.place, among, hi, lo, draw);
    const pod = among[choice]!;
    return { pod, node: nodes[pods.indexOf(pod)]! };
  }

  private beliefOf(place: number, group: number, proxies: ProxyTable): LiveVersion {
    return proxies.viewAt(place, group).version(proxies.belief(place, group));
  }

  /** Of several with as little, one at random. */
  private leastLoaded(place: number, pods: readonly number[], draw: number): number {
    const counts = this.load[place]!;
    let least = Infinity;
    let ties = 0;
    for (const pod of pods) {
      const count = counts.get(pod) ?? 0;
      if (count < least) ties = 0;
      if (count <= least) ties++;
      least = Math.min(least, count);
    }
    let skip = Math.floor(draw * ties);
    return pods.findIndex((pod) => (counts.get(pod) ?? 0) === least && skip-- === 0);
  }

  private carry(place: number, pod: number, by: number): void {
    const counts = this.load[place];
    if (counts === undefined) return;
    const count = (counts.get(pod) ?? 0) + by;
    if (count === 0) counts.delete(pod);
    else counts.set(pod, count);
  }

  private missEndpoint(now: VirtualTime, request: Request, number: number): void {
    const { knownAt: at, outcome, situation, cause } = this.context.life.absenceAt(now, this.context.load, request.place, request.deadline);
    const failure: Failure = { outcome, situation, why: cause };
    if (at <= now) {
      this.fail(now, request, failure);
      return;
    }
    request.open.push({ number, pod: -1, connection: null, absence: failure });
    this.wait(at, { kind: "absence", number: request.number, failure });
  }

  // ── ends ──

  private hear(now: VirtualTime, message: AttemptEnded): void {
    const request = this.requests.get(message.request);
    const index = request?.open.findIndex(({ number }) => number === message.attempt) ?? -1;
    if (request === undefined || index < 0) return;
    if (now > request.deadline) {
      this.lose(now, request, request.deadline, { ...unanswered, why: message.why }, 1);
      return;
    }
    const [attempt] = request.open.splice(index, 1);
    const isAnswered = message.outcome === Outcome.answered;
    this.drop(now, request, attempt!, isAnswered);
    if (isAnswered) {
      const { accounting, load } = this.context;
      accounting.answer(load, request.intendedAt, now);
      for (let beaten = 0; beaten < request.open.length; beaten++) accounting.failAttempt(load, request.intendedAt, Outcome.abandoned);
      this.end(now, request);
    } else
      this.fail(now, request, { outcome: message.outcome as Outcome, situation: message.situation as EndpointSituation, why: message.why });
  }

  /** An attempt is over: its connection is free, or broken. */
  private drop(now: VirtualTime, request: Request, { connection, pod }: Attempt, isSound: boolean): void {
    if (pod >= 0) this.carry(request.place, pod, -1);
    if (connection !== null) this.pools[request.place]!.release(now, connection, isSound);
  }

  private fail(now: VirtualTime, request: Request, failure: Failure): void {
    const { accounting, budget, load } = this.context;
    const { retries } = this.spec;
    if (failure.outcome === Outcome.timedOut && now >= request.deadline) {
      this.lose(now, request, request.deadline, failure, 0);
      return;
    }
    accounting.failAttempt(load, request.intendedAt, failure.outcome);
    // Another one may still be answered.
    if (request.open.length > 0) return;
    const draw = uniform(this.attemptKey.hi ^ FIRST_PAUSE, this.attemptKey.lo, request.number * ATTEMPT_DRAWS + request.retries);
    const at = Math.max(now + 1, now + backOffBefore(retries, request.retries, draw));
    const mayRetry = request.retries < retries.max && at < request.deadline;
    if (mayRetry && (budget === null || budget.take(now, request.place, this.rateAt(now)))) {
      request.retries++;
      this.wait(at, { kind: "retry", number: request.number, failure: null });
      return;
    }
    accounting.lose(load, request.intendedAt, now, failure.outcome, failure.situation, failure.why);
    this.end(now, request);
  }

  /** The client's own timeout. `told`: of the attempts that are open, those that `failure` is about. */
  private lose(now: VirtualTime, request: Request, at: VirtualTime, failure: Failure, told: number): void {
    this.count(request, at, failure);
    this.giveUp(request, told);
    this.end(now, request);
  }

  /** The other attempts under way time out with it. */
  private giveUp({ intendedAt, open }: Request, told: number): void {
    const { accounting, load } = this.context;
    for (let other = told; other < open.length; other++) accounting.failAttempt(load, intendedAt, Outcome.timedOut);
  }

  private count({ intendedAt }: Pick<Request, "intendedAt">, at: VirtualTime, { outcome, situation, why }: Failure): void {
    const { accounting, load } = this.context;
    accounting.failAttempt(load, intendedAt, outcome);
    accounting.lose(load, intendedAt, at, outcome, situation, why);
  }

  /** What is still open is abandoned: of HTTP/2 only the stream, else the connection with it. */
  private end(now: VirtualTime, request: Request): void {
    for (const attempt of request.open) this.drop(now, request, attempt, this.spec.connections?.kind === "http2");
    request.open.length = 0;
    this.requests.delete(request.number);
    if (request.user < 0) return;
    this.rounds[request.user]!++;
    // What fails at once is learned no sooner than an answer could be: else a user who doesn't think would ask in each microsecond.
    const { wayOut } = this.context;
    this.awaitUser(now, request.user, Math.max(this.pauseOf(request.user), request.intendedAt + 2 * wayOut - now));
  }

  // ── alarms ──

  private wait(at: VirtualTime, alarm: Alarm): void {
    const index = this.freeAlarms.pop() ?? this.alarms.length;
    this.alarms[index] = alarm;
    this.context.desk.wait(at, index);
  }

  private ring(now: VirtualTime, index: number): void {
    const { failure, kind, number } = this.alarms[index]!;
    this.freeAlarms.push(index);
    if (kind === "think") {
      this.begin(now, number);
      return;
    }
    const request = this.requests.get(number);
    if (request === undefined) return;
    if (kind === "retry") this.launchAgain(now, request);
    else if (kind === "hedge") this.hedge(now, request);
    else if (kind === "absence") this.missed(now, request, failure!);
    else this.lose(now, request, request.deadline, unansweredOf(request), 1);
  }

  private launchAgain(now: VirtualTime, request: Request): void {
    this.context.accounting.repeat(this.context.load, request.intendedAt);
    this.launch(now, request);
  }

  private hedge(now: VirtualTime, request: Request): void {
    if (request.open.length === 0 || request.hedges >= (this.spec.hedging?.max ?? 0)) return;
    request.hedges++;
    this.launchAgain(now, request);
  }

  private missed(now: VirtualTime, request: Request, failure: Failure): void {
    const index = request.open.findIndex(({ pod }) => pod < 0);
    if (index < 0) return;
    request.open.splice(index, 1);
    this.fail(now, request, failure);
  }

  // ── the present rate ──

  private countFirst(now: VirtualTime): void {
    if (this.context.budget === null) return;
    this.turnWindow(now);
    this.inWindow++;
  }

  /** First attempts of one place per µs. */
  private rateAt(now: VirtualTime): number {
    this.turnWindow(now);
    return (this.inWindow + this.inLastWindow) / (now - this.windowFrom + WINDOW) / this.spec.places;
  }

  private turnWindow(now: VirtualTime): void {
    if (now < this.windowFrom + WINDOW) return;
    this.inLastWindow = now < this.windowFrom + 2 * WINDOW ? this.inWindow : 0;
    this.inWindow = 0;
    this.windowFrom = now - (now % WINDOW);
  }

  // ── the load balancer in front ──

  private checkHealth(now: VirtualTime): void {
    const { balancer, proxies, simulator } = this.context;
    const health = balancer?.health ?? null;
    if (health === null || this.healthTimer === null) return;
    proxies.advance(now);
    health.check(now, (place) => this.isHealthy(place));
    if (health.nextAt < this.spec.until) simulator.arm(this.healthTimer, Math.max(now + 1, health.nextAt));
  }

  private isHealthy(place: number): boolean {
    return this.beliefOf(place, this.context.group, this.context.proxies).hasReady;
  }
}

/** Draws of one request's attempts, side by side. */
const ATTEMPT_DRAWS = 256;
/** Sets a second purpose of one key apart. */
const FIRST_PAUSE = 0x2545f491;

/** Nobody said why no answer came in time. */
const unanswered: Failure = { outcome: Outcome.timedOut, situation: EndpointSituation.slowAnswer, why: NO_CAUSE };

/** The client gives up: an attempt that found no endpoint says why, else nobody does. */
function unansweredOf({ open }: Request): Failure {
  return open.find(({ absence }) => absence !== undefined)?.absence ?? unanswered;
}

function usersOf(spec: LoadSpec): number {
  if (spec.executor === "constant-vus") return spec.users;
  if (spec.executor !== "ramping-vus") return 0;
  return spec.userPlan.points.reduce((most, { rate }) => Math.max(most, Math.ceil(rate)), 0);
}
