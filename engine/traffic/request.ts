/**
 * The life of a request: pick an endpoint, reach it, be served, and how it ends. The last attempt's end
 * is recorded by the LP in which it happens. Hot: bench/traffic.bench.ts.
 *
 *                 ┌────────── retry: place's view now, one way out ◀──────────┐ attempts left, and time
 *                 ▼                                                           │
 *   sent ──▶ at the endpoint ──▶ served in time ──▶ answered                  │
 *     │           ├── served too late ──▶ timed out (the client's own end: no retry)
 *     │           ├── killed under it ──▶ reset ──────────────────────────────┤
 *     │           ├── nothing listens ──▶ refused ────────────────────────────┤──▶ lost
 *     │           ├── queue full ──▶ server error ────────────────────────────┤
 *     │           └── no such address ──▶ unreachable, when connecting gives up ┤
 *     ├── no endpoint in the place's view ──▶ no endpoint ────────────────────┤
 *     └── none on the place's node, by policy ──▶ dropped: unreachable ───────┘
 *
 * A load whose choices depend on earlier ones (balancer.ts) is chosen for at its source: what fails elsewhere
 * goes back there to be tried again.
 *
 * An end is fixed where it happens; the answer's way back counts in its latency. In flight at the horizon
 * is what has no such end yet.
 */
import type { ApplicationBehaviour } from "../application/application.ts";
import { EndpointState, type EndpointHost } from "../application/endpoint-host.ts";
import { Admission, type ContainerServer, type RequestSink } from "../application/server.ts";
import { overloadOf } from "../application/overload.ts";
import { applicationDetail, ApplicationTrait, CauseKind } from "../cause-kinds.ts";
import { unreachable } from "../kernel/assert.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import { sampler, type Sampler } from "../kernel/distribution.ts";
import type { LpId } from "../kernel/event.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { uniform, word as randomWord, type StreamKey } from "../kernel/random.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import type { Link } from "../kubernetes/network/link.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import { NO_VERSION, type LiveVersion, type ServiceVersions } from "../kubernetes/network/service-versions.ts";
import type { Accounting } from "./accounting.ts";
import type { AttemptMessage } from "./attempt.ts";
import type { Balancer } from "./balancer.ts";
import { EndpointSituation, Outcome } from "./outcome.ts";
import {
  ATTEMPT,
  CAUSE,
  DESK,
  FLOATS,
  INTEGERS,
  INTENDED_AT,
  LOAD,
  NUMBER,
  ORIGIN,
  OUTCOME,
  PLACE,
  RequestPool,
  RequestState,
  SERVED_AT,
  SITUATION,
  STATE,
  UNKNOWN,
  WAY_BACK,
} from "./request-pool.ts";
import type { ClientDesk } from "./retry.ts";

/** What requests of one load have in common. */
export interface LoadTerms {
  readonly timeout: Duration;
  readonly retriesMax: number;
  readonly backoff: Duration;
  readonly places: number;
  /** Through which views its places see their endpoints. */
  readonly group: number;
  /** Chooses, at the LP `source`; null: any LP may choose, at random. */
  readonly balancer: Balancer | null;
  readonly source: LpId;
  /** A place without an endpoint drops its requests while there is an endpoint elsewhere. */
  readonly dropsWithoutLocal: boolean;
  /** Names the draws of requests that travel as messages. */
  readonly key: StreamKey;
}

export interface RequestLifeOptions {
  readonly accounting: Accounting;
  readonly causes: CauseTable;
  /** Why a load's Service has no endpoint before its first entry in the log. */
  readonly causeBefore: (load: number) => CauseId;
  /** Why it still has none, of an entry without endpoints that became valid at `since`; NO_CAUSE: what the entry says. */
  readonly blameAt?: (load: number, since: VirtualTime, now: VirtualTime) => CauseId;
  readonly connectTimeout: Duration;
  /** LP of node 0. */
  readonly firstNode: number;
  readonly link: Link;
  readonly log: Bulletin<EndpointEntry>;
  readonly mailbox: Sender<AttemptMessage>;
  readonly proxies: ProxyTable;
  readonly terms: readonly LoadTerms[];
}

/** Draws of one attempt, in order, from its index on. An arrival's gap comes before them (endpoint-arrivals.ts). */
export const DRAWS = 4;
const CHOICE_DRAW = 0;
const PLACE_DRAW = 1;
const WORK_DRAW = 2;
const WAY_BACK_DRAW = 3;

export class RequestLife implements RequestSink {
  readonly pool: RequestPool = new RequestPool();
  readonly desks: ClientDesk[] = [];
  private readonly accounting: Accounting;
  private readonly causes: CauseTable;
  private readonly causeBefore: (load: number) => CauseId;
  private readonly blameAt: (load: number, since: VirtualTime, now: VirtualTime) => CauseId;
  private readonly connectTimeout: Duration;
  private readonly firstNode: number;
  private readonly link: Link;
  private readonly log: Bulletin<EndpointEntry>;
  private readonly mailbox: Sender<AttemptMessage>;
  private readonly proxies: ProxyTable;
  private readonly terms: readonly LoadTerms[];
  /** Of each server that has been too slow for a client's timeout: the row that says so, by load. */
  private readonly slow = new WeakMap<ContainerServer, CauseId[]>();
  private readonly samplers = new Map<ApplicationBehaviour, Sampler>();
  private lastBehaviour: ApplicationBehaviour | null = null;
  private lastSampler: Sampler = () => 0;
  private readonly kinds = new Map<CauseId, number>();
  /** Stream of the request at hand (`findKey`). */
  private hi = 0;
  private lo = 0;

  constructor(options: RequestLifeOptions) {
    this.accounting = options.accounting;
    this.causes = options.causes;
    this.causeBefore = options.causeBefore;
    this.blameAt = options.blameAt ?? (() => NO_CAUSE);
    this.connectTimeout = options.connectTimeout;
    this.firstNode = options.firstNode;
    this.link = options.link;
    this.log = options.log;
    this.mailbox = options.mailbox;
    this.proxies = options.proxies;
    this.terms = options.terms;
  }

  /** A split arrival reaches its endpoint: it was sent one way out ago. Draws come from (hi, lo), `index` on. */
  arrive(
    now: VirtualTime,
    desk: ClientDesk,
    host: EndpointHost,
    load: number,
    pod: number,
    place: number,
    hi: number,
    lo: number,
    index: number,
  ): void {
    const word = this.begin(now - this.link.wayOut, desk, load, place, UNKNOWN);
    this.serve(now, word, pod, host, hi, lo, index);
  }

  /** A client sends the first attempt of a request as a message. */
  send(now: VirtualTime, desk: ClientDesk, load: number, place: number, number: number): void {
    this.choose(now, this.begin(now, desk, load, place, number), desk);
  }

  /** A request finds no endpoint in its place's view. */
  findNoEndpoint(now: VirtualTime, desk: ClientDesk, load: number, place: number): void {
    this.missEndpoint(now, this.begin(now, desk, load, place, UNKNOWN), desk);
  }

  /** An attempt that failed elsewhere comes back to be tried again. */
  resend(now: VirtualTime, desk: ClientDesk, message: AttemptMessage): void {
    const word = this.unpack(desk, message);
    this.choose(now, word, desk);
  }

  /** An attempt that travelled as a message reaches its endpoint. */
  receive(now: VirtualTime, desk: ClientDesk, host: EndpointHost, message: AttemptMessage): void {
    const word = this.unpack(desk, message);
    this.findKey(word);
    this.serve(now, word, message.pod, host, this.hi, this.lo, message.attempt * DRAWS);
  }

  /** The desk's timer fired. */
  wake(now: VirtualTime, desk: ClientDesk): void {
    const pool = this.pool;
    for (let word = desk.next(now); word !== -1; word = desk.next(now)) {
      if (pool.integers[word * INTEGERS + STATE] === RequestState.waitingToRetry) this.retry(now, word, desk);
      else
        this.fail(
          now,
          word,
          desk,
          now,
          pool.integers[word * INTEGERS + OUTCOME] as Outcome,
          pool.integers[word * INTEGERS + SITUATION] as EndpointSituation,
          pool.floats[word * FLOATS + CAUSE]!,
        );
    }
  }

  served(word: number, at: VirtualTime): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const intendedAt = pool.floats[word * FLOATS + INTENDED_AT]!;
    const answeredAt = at + pool.integers[word * INTEGERS + WAY_BACK]!;
    const deadline = intendedAt + this.terms[load]!.timeout;
    if (answeredAt <= deadline) this.accounting.answer(load, intendedAt, answeredAt);
    else this.giveUp(word, deadline);
    pool.release(word);
  }

  reset(word: number, at: VirtualTime, cause: CauseId): void {
    const pool = this.pool;
    const desk = this.desks[pool.integers[word * INTEGERS + DESK]!]!;
    const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    if (deadline <= at) {
      this.giveUp(word, deadline);
      pool.release(word);
      return;
    }
    const kind = this.kindOf(cause, desk);
    // A dead node says nothing: the client waits until it gives up.
    if (kind === CauseKind.nodeLost) this.failLater(at, word, desk, deadline, Outcome.timedOut, EndpointSituation.nodeLost, cause);
    else {
      const situation = kind === CauseKind.oomKilled ? EndpointSituation.outOfMemory : EndpointSituation.killedWhileServing;
      this.fail(at, word, desk, at + pool.integers[word * INTEGERS + WAY_BACK]!, Outcome.reset, situation, cause);
    }
  }

  /** Accounts for what is in flight when the run ends; events at `end` itself were not dispatched. */
  finish(end: VirtualTime): void {
    const pool = this.pool;
    for (let word = 0; word < pool.used; word++) {
      if (pool.integers[word * INTEGERS + STATE] === RequestState.free) continue;
      const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[pool.integers[word * INTEGERS + LOAD]!]!.timeout;
      if (pool.integers[word * INTEGERS + STATE] === RequestState.serving && pool.floats[word * FLOATS + SERVED_AT]! < end)
        this.served(word, pool.floats[word * FLOATS + SERVED_AT]!);
      else if (pool.integers[word * INTEGERS + STATE] === RequestState.serving && deadline < end) {
        this.giveUp(word, deadline);
        pool.release(word);
      } else {
        this.accounting.keepInFlight(pool.integers[word * INTEGERS + LOAD]!, pool.floats[word * FLOATS + INTENDED_AT]!);
        pool.release(word);
      }
    }
    this.accounting.finish();
  }

  private unpack(desk: ClientDesk, message: AttemptMessage): number {
    const pool = this.pool;
    const word = pool.take();
    this.accounting.arrive(message.load, message.intendedAt);
    pool.integers[word * INTEGERS + LOAD] = message.load;
    pool.integers[word * INTEGERS + ATTEMPT] = message.attempt;
    pool.integers[word * INTEGERS + PLACE] = message.place;
    pool.integers[word * INTEGERS + ORIGIN] = message.origin;
    pool.integers[word * INTEGERS + NUMBER] = message.request;
    pool.integers[word * INTEGERS + DESK] = desk.index;
    pool.floats[word * FLOATS + INTENDED_AT] = message.intendedAt;
    return word;
  }

  private begin(intendedAt: VirtualTime, desk: ClientDesk, load: number, place: number, number: number): number {
    const pool = this.pool;
    const word = pool.take();
    pool.integers[word * INTEGERS + LOAD] = load;
    pool.integers[word * INTEGERS + ATTEMPT] = 0;
    pool.integers[word * INTEGERS + PLACE] = place;
    pool.integers[word * INTEGERS + ORIGIN] = desk.lp;
    pool.integers[word * INTEGERS + NUMBER] = number;
    pool.integers[word * INTEGERS + DESK] = desk.index;
    pool.floats[word * FLOATS + INTENDED_AT] = intendedAt;
    this.accounting.begin(load, intendedAt);
    return word;
  }

  private serve(now: VirtualTime, word: number, pod: number, host: EndpointHost, hi: number, lo: number, index: number): void {
    const wayBack = this.link.wayBack(hi, lo, index + WAY_BACK_DRAW);
    const state = host.stateOf(pod, now);
    switch (state) {
      case EndpointState.up:
        this.enter(now, word, pod, host, wayBack, hi, lo, index);
        return;
      case EndpointState.notListening:
        this.refuse(now, word, pod, host, wayBack);
        return;
      case EndpointState.gone:
      case EndpointState.nodeLost:
        this.reachNothing(now, word, pod, host, state);
        return;
      default:
        unreachable(state);
    }
  }

  private enter(
    now: VirtualTime,
    word: number,
    pod: number,
    host: EndpointHost,
    wayBack: Duration,
    hi: number,
    lo: number,
    index: number,
  ): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    const server = host.serverOf(pod, load);
    if (server === null) {
      this.refuse(now, word, pod, host, wayBack);
      return;
    }
    const work = Math.max(1, Math.round(this.samplerOf(server.behaviour)(hi, lo, index + WORK_DRAW)));
    const admission = server.admit(now, work, word);
    switch (admission) {
      case Admission.accepted:
      case Admission.outOfMemory:
        pool.integers[word * INTEGERS + STATE] = RequestState.serving;
        pool.integers[word * INTEGERS + WAY_BACK] = wayBack;
        pool.floats[word * FLOATS + SERVED_AT] = server.end;
        if (server.end + wayBack > pool.floats[word * FLOATS + INTENDED_AT]! + terms.timeout)
          pool.floats[word * FLOATS + CAUSE] = this.causeOfLateness(now, word, pod, server, now + work + wayBack);
        if (admission === Admission.outOfMemory) this.runOutOfMemory(now, pod, host, server);
        return;
      case Admission.notListening:
        this.refuse(now, word, pod, host, wayBack);
        return;
      case Admission.queueFull:
        this.fail(
          now,
          word,
          this.deskOf(word),
          now + wayBack,
          Outcome.serverError,
          EndpointSituation.overload,
          this.overloadOf(now, word, pod, server),
        );
        return;
      default:
        unreachable(admission);
    }
  }

  /** Without a wait in the queue the answer would be back at `soonest`. */
  private causeOfLateness(now: VirtualTime, word: number, pod: number, server: ContainerServer, soonest: VirtualTime): CauseId {
    const deadline = this.pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[this.pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    return soonest > deadline ? this.slownessOf(now, word, pod, server) : this.overloadOf(now, word, pod, server);
  }

  /** One row for each time that a server's queue costs requests, until a worker has been free again. */
  private overloadOf(now: VirtualTime, word: number, pod: number, server: ContainerServer): CauseId {
    return overloadOf(this.causes, this.deskOf(word).lp, pod, now, server, this.pool.integers[word * INTEGERS + LOAD]!);
  }

  /** One row for each process and load: its work alone takes longer than the client waits. */
  private slownessOf(now: VirtualTime, word: number, pod: number, server: ContainerServer): CauseId {
    const load = this.pool.integers[word * INTEGERS + LOAD]!;
    let known = this.slow.get(server);
    if (known === undefined) this.slow.set(server, (known = []));
    const { causes } = this;
    const { current } = causes;
    known[load] ??= causes.note(
      this.deskOf(word).lp,
      CauseKind.application,
      pod,
      now,
      NO_CAUSE,
      applicationDetail(ApplicationTrait.serviceTime, load),
    );
    causes.current = current;
    return known[load];
  }

  /** The process dies, now or a moment later, and resets what is in flight, the request that was too much included. */
  private runOutOfMemory(now: VirtualTime, pod: number, host: EndpointHost, server: ContainerServer): void {
    this.causes.current = host.causeOf(pod);
    host.killForMemory(server, now);
  }

  private refuse(now: VirtualTime, word: number, pod: number, host: EndpointHost, wayBack: Duration): void {
    const desk = this.deskOf(word);
    const cause = host.causeOf(pod);
    const situation = this.isRemoved(now, word, pod) ? EndpointSituation.routedAfterRemoval : this.situationOfSilence(cause, desk);
    this.fail(now, word, desk, now + wayBack, Outcome.refused, situation, cause);
  }

  private reachNothing(now: VirtualTime, word: number, pod: number, host: EndpointHost, state: EndpointState): void {
    const pool = this.pool;
    const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    const at = Math.min(deadline, now - this.link.wayOut + this.connectTimeout);
    const situation =
      state === EndpointState.nodeLost
        ? EndpointSituation.nodeLost
        : this.isRemoved(now, word, pod)
          ? EndpointSituation.routedAfterRemoval
          : EndpointSituation.addressGone;
    this.failLater(now, word, this.deskOf(word), at, Outcome.unreachable, situation, host.causeOf(pod));
  }

  private retry(now: VirtualTime, word: number, desk: ClientDesk): void {
    const pool = this.pool;
    pool.integers[word * INTEGERS + ATTEMPT]!++;
    if (pool.integers[word * INTEGERS + NUMBER] === UNKNOWN) pool.integers[word * INTEGERS + NUMBER] = desk.numbered++;
    this.choose(now, word, desk);
  }

  /** The client picks an endpoint as its place sees them now, and the attempt travels there. */
  private choose(now: VirtualTime, word: number, desk: ClientDesk): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    const index = pool.integers[word * INTEGERS + ATTEMPT]! * DRAWS;
    this.proxies.advance(now);
    this.findKey(word);
    if (pool.integers[word * INTEGERS + PLACE] === UNKNOWN)
      pool.integers[word * INTEGERS + PLACE] = Math.floor(uniform(this.hi, this.lo, index + PLACE_DRAW) * terms.places);
    const place = pool.integers[word * INTEGERS + PLACE]!;
    const { nodes, pods } = this.beliefOf(place, terms.group);
    if (pods.length === 0) {
      this.missEndpoint(now, word, desk);
      return;
    }
    const draw = uniform(this.hi, this.lo, index + CHOICE_DRAW);
    const choice =
      terms.balancer === null ? Math.floor(draw * pods.length) : terms.balancer.choose(now, place, pods, this.hi, this.lo, draw);
    this.post(this.firstNode + nodes[choice]!, now + this.link.wayOut, word, pods[choice]!, pool.integers[word * INTEGERS + ATTEMPT]!);
  }

  /** The request leaves this LP as a message. */
  private post(receiver: LpId, at: VirtualTime, word: number, pod: number, attempt: number): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const message: AttemptMessage = {
      kind: "attempt",
      load,
      pod,
      place: pool.integers[word * INTEGERS + PLACE]!,
      attempt,
      intendedAt: pool.floats[word * FLOATS + INTENDED_AT]!,
      request: pool.integers[word * INTEGERS + NUMBER]!,
      origin: pool.integers[word * INTEGERS + ORIGIN]!,
    };
    this.accounting.depart(load, message.intendedAt);
    this.mailbox.post(receiver, at, message);
    pool.release(word);
  }

  private beliefOf(place: number, group: number): LiveVersion {
    return this.proxies.viewAt(place, group).version(this.proxies.belief(place, group));
  }

  /** The place sees no endpoint: its proxy refuses, or drops what only other nodes could serve. */
  private missEndpoint(now: VirtualTime, word: number, desk: ClientDesk): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const { dropsWithoutLocal, group, timeout } = this.terms[load]!;
    const newest = this.proxies.newestOf(group);
    const cause = this.causeOfVersion(this.proxies.belief(pool.integers[word * INTEGERS + PLACE]!, group), load, now);
    if (dropsWithoutLocal && newest !== NO_VERSION && this.log.entry(newest).pods.length > 0) {
      const at = Math.min(pool.floats[word * FLOATS + INTENDED_AT]! + timeout, now + this.connectTimeout);
      this.failLater(now, word, desk, at, Outcome.unreachable, EndpointSituation.noLocalEndpoint, cause);
      return;
    }
    this.fail(now, word, desk, now, Outcome.noEndpoint, EndpointSituation.noEndpoint, cause);
  }

  /** An attempt ended other than answered; the client knows at `knownAt`. */
  private fail(
    now: VirtualTime,
    word: number,
    desk: ClientDesk,
    knownAt: VirtualTime,
    outcome: Outcome,
    situation: EndpointSituation,
    cause: CauseId,
  ): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    const intendedAt = pool.floats[word * FLOATS + INTENDED_AT]!;
    this.accounting.failAttempt(load, intendedAt, outcome);
    const retryAt = Math.max(now + 1, knownAt + terms.backoff);
    if (pool.integers[word * INTEGERS + ATTEMPT]! < terms.retriesMax && retryAt < intendedAt + terms.timeout) {
      if (terms.balancer !== null && desk.lp !== terms.source) {
        const at = Math.max(retryAt, now + this.link.wayOut);
        this.post(terms.source, at, word, UNKNOWN, pool.integers[word * INTEGERS + ATTEMPT]! + 1);
        return;
      }
      pool.integers[word * INTEGERS + STATE] = RequestState.waitingToRetry;
      desk.wait(retryAt, word);
      return;
    }
    this.accounting.lose(load, intendedAt, knownAt, outcome, situation, cause);
    pool.release(word);
  }

  /** The client will know of the failure only at `at`. */
  private failLater(
    now: VirtualTime,
    word: number,
    desk: ClientDesk,
    at: VirtualTime,
    outcome: Outcome,
    situation: EndpointSituation,
    cause: CauseId,
  ): void {
    const pool = this.pool;
    pool.integers[word * INTEGERS + STATE] = RequestState.waitingToFail;
    pool.integers[word * INTEGERS + OUTCOME] = outcome;
    pool.integers[word * INTEGERS + SITUATION] = situation;
    pool.floats[word * FLOATS + CAUSE] = cause;
    desk.wait(Math.max(now + 1, at), word);
  }

  /** The client's own timeout: no time is left for a retry. */
  private giveUp(word: number, deadline: VirtualTime): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const intendedAt = pool.floats[word * FLOATS + INTENDED_AT]!;
    this.accounting.failAttempt(load, intendedAt, Outcome.timedOut);
    this.accounting.lose(load, intendedAt, deadline, Outcome.timedOut, EndpointSituation.slowAnswer, pool.floats[word * FLOATS + CAUSE]!);
  }

  /** Whether the newest valid version no longer lists the Pod; if so, since when is measured. */
  private isRemoved(now: VirtualTime, word: number, pod: number): boolean {
    const load = this.pool.integers[word * INTEGERS + LOAD]!;
    this.proxies.advance(now);
    const place = this.pool.integers[word * INTEGERS + PLACE]!;
    const { group } = this.terms[load]!;
    const { live } = place === UNKNOWN ? this.viewWith(group, pod) : this.proxies.viewAt(place, group);
    let index = live.length - 1;
    while (index >= 0 && !isListed(live[index]!, pod)) index--;
    if (index === live.length - 1) return false;
    this.accounting.routeLate(load, this.pool.floats[word * FLOATS + INTENDED_AT]!, now - this.log.validFrom(live[index + 1]!.position));
    return true;
  }

  /** Of a split arrival whose sender nobody asked for: a view that lists the Pod. */
  private viewWith(group: number, pod: number): ServiceVersions {
    const views = this.proxies.viewsOf(group);
    return views.find(({ live }) => live.some((version) => isListed(version, pod))) ?? views[0]!;
  }

  /** Why nothing listens at an endpoint that is still listed. */
  private situationOfSilence(cause: CauseId, desk: ClientDesk): EndpointSituation {
    switch (this.kindOf(cause, desk)) {
      case 0:
      case CauseKind.settled:
      case CauseKind.podCreated:
      case CauseKind.podBound:
      case CauseKind.containerStarted:
      case CauseKind.nodeReturned:
        return EndpointSituation.notListeningYet;
      case CauseKind.oomKilled:
        return EndpointSituation.outOfMemory;
      case CauseKind.nodeLost:
        return EndpointSituation.nodeLost;
      default:
        return EndpointSituation.listenerClosed;
    }
  }

  /** Kind of a cause that this LP noted itself; others may stand in another shard's table and read as 0. */
  private kindOf(cause: CauseId, desk: ClientDesk): number {
    if (Math.floor(cause / 4294967296) !== desk.lp) return 0;
    const known = this.kinds.get(cause);
    if (known !== undefined) return known;
    const kind = this.causes.kindOf(cause);
    this.kinds.set(cause, kind);
    return kind;
  }

  private causeOfVersion(position: number, load: number, now: VirtualTime): CauseId {
    if (position === NO_VERSION) return this.causeBefore(load);
    const blamed = this.blameAt(load, this.log.validFrom(position), now);
    return blamed === NO_CAUSE ? this.log.entry(position).cause : blamed;
  }

  private deskOf(word: number): ClientDesk {
    return this.desks[this.pool.integers[word * INTEGERS + DESK]!]!;
  }

  /** The request's own stream: (load, LP of origin, number there). */
  private findKey(word: number): void {
    const key = this.terms[this.pool.integers[word * INTEGERS + LOAD]!]!.key;
    const origin = this.pool.integers[word * INTEGERS + ORIGIN]! - this.firstNode;
    const number = this.pool.integers[word * INTEGERS + NUMBER]!;
    const hi = randomWord(key.hi, key.lo, origin);
    const lo = randomWord(key.lo, key.hi, origin);
    this.hi = randomWord(hi, lo, number);
    this.lo = randomWord(lo, hi ^ 0xa511e9b3, number);
  }

  private samplerOf(behaviour: ApplicationBehaviour): Sampler {
    if (behaviour === this.lastBehaviour) return this.lastSampler;
    let found = this.samplers.get(behaviour);
    if (found === undefined) {
      found = sampler(behaviour.serviceTime);
      this.samplers.set(behaviour, found);
    }
    this.lastBehaviour = behaviour;
    this.lastSampler = found;
    return found;
  }
}

function isListed({ pods }: LiveVersion, pod: number): boolean {
  let low = 0;
  let high = pods.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (pods[middle]! === pod) return true;
    if (pods[middle]! < pod) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
