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
import { NO_TROUBLE, type Trouble } from "../application/packet-trouble.ts";
import { isOpenEnded, type OpenEndedServer } from "../application/calling-server.ts";
import { Admission, type ContainerServer, type RequestSink } from "../application/server.ts";
import { hindranceOf, overloadOf } from "../application/overload.ts";
import { applicationDetail, ApplicationTrait, CauseKind } from "../cause-kinds.ts";
import { unreachable } from "../kernel/assert.ts";
import type { Bulletin } from "../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import { sampler, type Sampler } from "../kernel/distribution.ts";
import type { LpId } from "../kernel/event.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { uniform, word as randomWord, type StreamKey } from "../kernel/random.ts";
import { NEVER, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { EndpointEntry } from "../kubernetes/network/endpoint-log.ts";
import type { Link } from "../kubernetes/network/link.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import { NO_VERSION, type LiveVersion, type ServiceVersions } from "../kubernetes/network/service-versions.ts";
import type { Accounting } from "./accounting.ts";
import type { AttemptEnded, AttemptMessage, TrafficMessage } from "./attempt.ts";
import type { Balancer } from "./balancer.ts";
import { EndpointUse } from "./endpoint-use.ts";
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
import { backOffBefore, type RetryBudget, type RetryPolicy } from "./retry-policy.ts";
import type { ClientDesk } from "./retry.ts";
import { ServerWatch } from "./server-watch.ts";

/** What requests of one load have in common. */
export interface LoadTerms {
  readonly timeout: Duration;
  readonly retry: RetryPolicy;
  /** Of the places, at the LP `source`; null: retries cost nothing. */
  readonly budget: RetryBudget | null;
  /** First attempts of one place per µs: what its budget is filled by. */
  readonly rateAt: (now: VirtualTime) => number;
  readonly places: number;
  /** Through which views its places see their endpoints. */
  readonly group: number;
  /** Chooses, at the LP `source`; null: any LP may choose, at random. */
  readonly balancer: Balancer | null;
  readonly source: LpId;
  /** The source follows each attempt and keeps the books (client-source.ts): ends are told, not counted. */
  readonly isTold: boolean;
  /** It is called by Pods (caller.ts): what is told goes to where the call began, and books are kept there. */
  readonly isCall: boolean;
  /** Its connections outlive requests. */
  readonly keepsConnections: boolean;
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
  /** What keeps a load's proxies from knowing that a Pod is no endpoint any more; left out: nothing does. */
  readonly lateAt?: (load: number, pod: number, now: VirtualTime) => CauseId;
  readonly connectTimeout: Duration;
  /** The instant of the event at hand. */
  readonly clock: { readonly now: VirtualTime };
  /** LP of node 0. */
  readonly firstNode: number;
  readonly link: Link;
  readonly log: Bulletin<EndpointEntry>;
  readonly mailbox: Sender<TrafficMessage>;
  readonly proxies: ProxyTable;
  readonly terms: readonly LoadTerms[];
}

/** Draws of one attempt, in order, from its index on. An arrival's gap comes before them (endpoint-arrivals.ts). */
export const DRAWS = 4;
/** Served at an instant that isn't known yet, and not known to be too late. */
const SOME_DAY = 1e300;
/** Words from here on at a desk: a deadline, not a request. */
const FIRST_DEADLINE = 0x40000000;
/** Names the draw of whether a request fails. */
const FAILS = 0x6fa11;
/** Names the draws of what its packets meet. */
const PACKETS = 0x2f6e2b1;
/** µs; an answer that is later came too late for any client. */
const LATEST = 1_000_000_000;
const CHOICE_DRAW = 0;
const PLACE_DRAW = 1;
const WORK_DRAW = 2;
const WAY_BACK_DRAW = 3;
/** Outcome of an attempt on its way to its server, of a source that is told. */
const ON_OPEN_CONNECTION = 1;
/** Sets the draw of a back-off's jitter apart from those of the attempt. */
const JITTER = 0x7f4a7c15;

/** What a client meets that finds no endpoint. */
export interface Absence {
  /** When it knows. */
  readonly at: VirtualTime;
  readonly outcome: Outcome;
  readonly situation: EndpointSituation;
  readonly cause: CauseId;
}

/** A request at a server that calls others. */
interface OpenEnded {
  readonly word: number;
  readonly pod: number;
  readonly server: OpenEndedServer;
  /** What its packets meet. */
  readonly trouble: Trouble;
  /** What held the server's own work up when it came. */
  readonly hindrance: CauseId;
}

export class RequestLife implements RequestSink {
  readonly pool: RequestPool = new RequestPool();
  readonly desks: ClientDesk[] = [];
  private readonly accounting: Accounting;
  private readonly clock: { readonly now: VirtualTime };
  private readonly causes: CauseTable;
  private readonly causeBefore: (load: number) => CauseId;
  private readonly lateAt: (load: number, pod: number, now: VirtualTime) => CauseId;
  private readonly blameAt: (load: number, since: VirtualTime, now: VirtualTime) => CauseId;
  private readonly connectTimeout: Duration;
  private readonly firstNode: number;
  private readonly link: Link;
  private readonly log: Bulletin<EndpointEntry>;
  private readonly mailbox: Sender<TrafficMessage>;
  private readonly proxies: ProxyTable;
  private readonly terms: readonly LoadTerms[];
  /** Servers that are looked at once more when the run ends. */
  private readonly pacedServers = new Set<ContainerServer>();
  /** Of each server that has been too slow for a client's timeout: the row that says so, by load. */
  private readonly slow = new WeakMap<ContainerServer, CauseId[]>();
  /** Servers that serve what a source follows. */
  private readonly watch = new ServerWatch();
  private readonly use = new EndpointUse();
  private readonly samplers = new Map<ApplicationBehaviour, Sampler>();
  private lastBehaviour: ApplicationBehaviour | null = null;
  private lastSampler: Sampler = () => 0;
  private readonly kinds = new Map<CauseId, number>();
  /** Requests at servers that call others, by word. */
  private readonly open = new Map<number, OpenEnded>();
  /** The desk of each such server's node. */
  private readonly openDesks = new WeakMap<ContainerServer, ClientDesk>();
  private readonly deadlines: (OpenEnded | null)[] = [];
  private readonly freeDeadlines: number[] = [];
  /** What the network does to the attempt at hand. */
  private trouble: Trouble = NO_TROUBLE;
  /** Stream of the request at hand (`findKey`). */
  private hi = 0;
  private lo = 0;

  constructor(options: RequestLifeOptions) {
    this.accounting = options.accounting;
    this.clock = options.clock;
    this.causes = options.causes;
    this.causeBefore = options.causeBefore;
    this.blameAt = options.blameAt ?? (() => NO_CAUSE);
    this.lateAt = options.lateAt ?? (() => NO_CAUSE);
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
    this.accounting.repeat(message.load, message.intendedAt);
    this.choose(now, word, desk);
  }

  /** An attempt that travelled as a message reaches its endpoint. */
  receive(now: VirtualTime, desk: ClientDesk, host: EndpointHost, message: AttemptMessage): void {
    const word = this.unpack(desk, message);
    this.findKey(word);
    this.serve(now, word, message.pod, host, this.hi, this.lo, message.attempt * DRAWS);
  }

  /** A failure elsewhere, of a load whose retries are on a budget: here it is decided whether another attempt follows. */
  takeOver(now: VirtualTime, desk: ClientDesk, message: AttemptEnded): void {
    const word = this.unpack(desk, message);
    this.retryOrLose(now, word, desk, now, message.outcome as Outcome, message.situation as EndpointSituation, message.why);
  }

  /** What a client at `place` meets that finds no endpoint, and when it knows. */
  absenceAt(now: VirtualTime, load: number, place: number, deadline: VirtualTime): Absence {
    const { dropsWithoutLocal, group } = this.terms[load]!;
    const newest = this.proxies.newestOf(group);
    const cause = this.causeOfVersion(this.proxies.belief(place, group), load, now);
    if (dropsWithoutLocal && newest !== NO_VERSION && this.log.entry(newest).pods.length > 0) {
      const at = Math.min(deadline, now + this.connectTimeout);
      return { at, outcome: Outcome.unreachable, situation: EndpointSituation.noLocalEndpoint, cause };
    }
    return { at: now, outcome: Outcome.noEndpoint, situation: EndpointSituation.noEndpoint, cause };
  }

  /** The process in a Pod closes its connections, by dying or on its way out. */
  closed(server: ContainerServer, now: VirtualTime): void {
    const { current } = this.causes;
    for (const { load, pod } of this.watch.connectionsOf(server))
      this.mailbox.post(this.terms[load]!.source, now + this.link.wayOut, { kind: "connectionsClosed", load, pod });
    this.causes.current = current;
  }

  /** The desk's timer fired. */
  wake(now: VirtualTime, desk: ClientDesk): void {
    const pool = this.pool;
    for (let word = desk.next(now); word !== -1; word = desk.next(now)) {
      if (word < 0) this.watch.wake(now, word);
      else if (word >= FIRST_DEADLINE) this.passDeadline(now, word - FIRST_DEADLINE);
      else if (pool.integers[word * INTEGERS + STATE] === RequestState.waitingToRetry) this.retry(now, word, desk);
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
    const terms = this.terms[load]!;
    if (terms.isTold) {
      // A Pod that calls wants to know what would have made it late.
      const why = terms.isCall ? this.slowedBy(word) : NO_CAUSE;
      if (this.open.has(word) && answeredAt > intendedAt + terms.timeout) {
        this.noteLateness(at, word);
        this.foretell(this.clock.now, word);
      }
      this.open.delete(word);
      this.tell(word, Math.max(answeredAt, this.clock.now + this.link.wayOut), Outcome.answered, EndpointSituation.slowAnswer, why);
      return;
    }
    const deadline = intendedAt + terms.timeout;
    if (this.open.size > 0) {
      if (answeredAt > deadline) this.noteLateness(at, word);
      this.open.delete(word);
    }
    if (answeredAt <= deadline) this.accounting.answer(load, intendedAt, answeredAt);
    else this.giveUp(word, deadline);
    pool.release(word);
  }

  paced(server: ContainerServer): void {
    if (server.isPaced) this.pacedServers.add(server);
    else this.pacedServers.delete(server);
  }

  /** Why it will be late, if it is; of one that was late already, what made it so stays. */
  delayed(word: number, cause: CauseId): void {
    const { floats, integers } = this.pool;
    const load = integers[word * INTEGERS + LOAD]!;
    const deadline = floats[word * FLOATS + INTENDED_AT]! + this.terms[load]!.timeout;
    const servedAt = floats[word * FLOATS + SERVED_AT]!;
    const wasLate = servedAt !== SOME_DAY && servedAt + integers[word * INTEGERS + WAY_BACK]! > deadline;
    if (wasLate) floats[word * FLOATS + SERVED_AT] = Infinity;
    else {
      floats[word * FLOATS + SERVED_AT] = SOME_DAY;
      if (cause !== NO_CAUSE || servedAt !== SOME_DAY) floats[word * FLOATS + CAUSE] = cause;
      if (cause !== NO_CAUSE && this.terms[load]!.isTold) this.foretell(this.clock.now, word);
    }
  }

  /** It was served, but what it needed of another Service failed. */
  failed(word: number, at: VirtualTime, cause: CauseId): void {
    const { floats, integers } = this.pool;
    const { isTold, timeout } = this.terms[integers[word * INTEGERS + LOAD]!]!;
    const deadline = floats[word * FLOATS + INTENDED_AT]! + timeout;
    this.open.delete(word);
    if (deadline <= at && !isTold) {
      floats[word * FLOATS + CAUSE] = cause;
      this.giveUp(word, deadline);
      this.pool.release(word);
      return;
    }
    const knownAt = at + integers[word * INTEGERS + WAY_BACK]!;
    this.fail(at, word, this.deskOf(word), knownAt, Outcome.serverError, EndpointSituation.dependencyFailed, cause);
  }

  reset(word: number, at: VirtualTime, cause: CauseId): void {
    const pool = this.pool;
    const desk = this.desks[pool.integers[word * INTEGERS + DESK]!]!;
    const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    const isTooLate = deadline <= at && !this.terms[pool.integers[word * INTEGERS + LOAD]!]!.isTold;
    if (isTooLate) this.noteLateness(at, word);
    this.open.delete(word);
    if (isTooLate) {
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

  /** Calls `visit` for each request that its client has given up and nobody has counted, as its server hasn't come to it. Changes nothing. */
  visitOverdue(now: VirtualTime, visit: (load: number, intendedAt: VirtualTime) => void): void {
    const { floats, integers, used } = this.pool;
    for (let word = 0; word < used; word++) {
      const load = integers[word * INTEGERS + LOAD]!;
      if (integers[word * INTEGERS + STATE] !== RequestState.serving || this.terms[load]!.isTold) continue;
      const intendedAt = floats[word * FLOATS + INTENDED_AT]!;
      const deadline = intendedAt + this.terms[load]!.timeout;
      const servedAt = floats[word * FLOATS + SERVED_AT]!;
      if (deadline < now && servedAt !== SOME_DAY && servedAt + integers[word * INTEGERS + WAY_BACK]! > deadline) visit(load, intendedAt);
    }
  }

  /** Accounts for what is in flight when the run ends; events at `end` itself were not dispatched. */
  finish(end: VirtualTime): void {
    const pool = this.pool;
    for (const server of this.pacedServers) server.settle(end - 1);
    // In the order of admission, which for each node is the same on any number of shards; that of words isn't.
    for (const { word } of this.open.values()) {
      const { isTold, timeout } = this.terms[pool.integers[word * INTEGERS + LOAD]!]!;
      if (!isTold && pool.floats[word * FLOATS + INTENDED_AT]! + timeout < end) this.noteLateness(end - 1, word);
    }
    for (let word = 0; word < pool.used; word++) {
      if (pool.integers[word * INTEGERS + STATE] === RequestState.free) continue;
      // Its source keeps the books.
      if (this.terms[pool.integers[word * INTEGERS + LOAD]!]!.isTold) continue;
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
    this.use.finish(this.accounting);
    this.accounting.finish();
  }

  /** A source that follows its requests sends a first attempt. */
  noteUse(load: number, pod: number, now: VirtualTime): void {
    this.use.note(load, pod, now);
  }

  private unpack(desk: ClientDesk, message: AttemptMessage | AttemptEnded): number {
    const pool = this.pool;
    const word = pool.take();
    if (!this.terms[message.load]!.isTold) this.accounting.arrive(message.load, message.intendedAt);
    pool.integers[word * INTEGERS + LOAD] = message.load;
    pool.integers[word * INTEGERS + ATTEMPT] = message.attempt;
    pool.integers[word * INTEGERS + PLACE] = message.place;
    pool.integers[word * INTEGERS + ORIGIN] = message.origin;
    pool.integers[word * INTEGERS + NUMBER] = message.request;
    pool.integers[word * INTEGERS + DESK] = desk.index;
    pool.floats[word * FLOATS + INTENDED_AT] = message.intendedAt;
    // A record that is served needs no outcome: until then it tells how the attempt came.
    pool.integers[word * INTEGERS + OUTCOME] = message.kind === "attempt" && message.isOnOpenConnection === true ? ON_OPEN_CONNECTION : 0;
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
    if (host.isTroubled === true) this.serveInTrouble(now, word, pod, host, wayBack, hi, lo, index);
    else this.reach(now, word, pod, host, wayBack, hi, lo, index);
  }

  /** Packets may be late or lost: all of it counts on the way back. */
  private serveInTrouble(
    now: VirtualTime,
    word: number,
    pod: number,
    host: EndpointHost,
    wayBack: Duration,
    hi: number,
    lo: number,
    index: number,
  ): void {
    const { floats, integers } = this.pool;
    const base = word * INTEGERS;
    const load = integers[base + LOAD]!;
    const { isTold, timeout } = this.terms[load]!;
    const opens = !(isTold && integers[base + OUTCOME] === ON_OPEN_CONNECTION);
    const trouble = host.troubleOf!(pod, load, integers[base + PLACE]!, now, opens, hi ^ PACKETS, lo, index);
    const state = host.stateOf(pod, now);
    if (trouble.delay === Infinity && (state === EndpointState.up || state === EndpointState.notListening)) {
      const deadline = floats[word * FLOATS + INTENDED_AT]! + timeout;
      const at = opens ? Math.min(deadline, now - this.link.wayOut + this.connectTimeout) : deadline;
      const outcome = opens ? Outcome.unreachable : Outcome.timedOut;
      this.failLater(now, word, this.deskOf(word), at, outcome, EndpointSituation.nodeLost, trouble.cause);
      return;
    }
    this.trouble = trouble.delay === Infinity ? NO_TROUBLE : { ...trouble, delay: Math.min(trouble.delay, LATEST) };
    this.reach(now, word, pod, host, wayBack + this.trouble.delay, hi, lo, index);
    this.trouble = NO_TROUBLE;
  }

  private reach(
    now: VirtualTime,
    word: number,
    pod: number,
    host: EndpointHost,
    wayBack: Duration,
    hi: number,
    lo: number,
    index: number,
  ): void {
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
    if (server.isPaced && server.isListening && server.failing > 0 && uniform(hi ^ FAILS, lo, index) < server.failing) {
      this.fail(now, word, this.deskOf(word), now + wayBack, Outcome.serverError, EndpointSituation.failing, server.failBlame);
      return;
    }
    const work = Math.max(1, Math.round(this.samplerOf(server.behaviour)(hi, lo, index + WORK_DRAW)));
    const admission = server.admit(now, work, word, load);
    switch (admission) {
      case Admission.accepted:
      case Admission.outOfMemory:
        pool.integers[word * INTEGERS + STATE] = RequestState.serving;
        pool.integers[word * INTEGERS + WAY_BACK] = wayBack;
        pool.floats[word * FLOATS + SERVED_AT] = server.end;
        if (isOpenEnded(server)) this.accompany(now, word, pod, server);
        else if (server.isPaced) this.expect(now, word, pod, server, work);
        else if (server.end + wayBack > pool.floats[word * FLOATS + INTENDED_AT]! + terms.timeout)
          pool.floats[word * FLOATS + CAUSE] = this.causeOfLateness(now, word, pod, server, now + work + wayBack);
        else if (terms.isCall) pool.floats[word * FLOATS + CAUSE] = NO_CAUSE;
        if (terms.isCall && !isOpenEnded(server) && this.trouble.delay > 0 && pool.floats[word * FLOATS + CAUSE] === NO_CAUSE)
          pool.floats[word * FLOATS + CAUSE] = this.trouble.cause;
        if (terms.isTold && !isOpenEnded(server)) this.follow(now, word, pod, server, wayBack);
        if (admission === Admission.outOfMemory) this.runOutOfMemory(now, pod, host, server);
        return;
      case Admission.notListening:
        this.refuse(now, word, pod, host, wayBack);
        return;
      case Admission.silent: {
        const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + terms.timeout;
        this.failLater(now, word, this.deskOf(word), deadline, Outcome.timedOut, EndpointSituation.slowAnswer, server.blame);
        return;
      }
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

  /** At a server whose pace may change nobody knows the end: why it will be late, if it is, is noted beforehand. */
  private expect(now: VirtualTime, word: number, pod: number, server: ContainerServer, work: Duration): void {
    const { floats, integers } = this.pool;
    const load = integers[word * INTEGERS + LOAD]!;
    const way = integers[word * INTEGERS + WAY_BACK]!;
    const deadline = floats[word * FLOATS + INTENDED_AT]! + this.terms[load]!.timeout;
    const isLate = server.end + way > deadline;
    floats[word * FLOATS + SERVED_AT] = isLate ? Infinity : SOME_DAY;
    const hindrance = hindranceOf(this.causes, this.deskOf(word).lp, pod, now, server, isLate);
    floats[word * FLOATS + CAUSE] =
      hindrance !== NO_CAUSE || !isLate ? hindrance : this.causeOfLateness(now, word, pod, server, now + work + way);
  }

  /** Without a wait in the queue the answer would be back at `soonest`. */
  private causeOfLateness(now: VirtualTime, word: number, pod: number, server: ContainerServer, soonest: VirtualTime): CauseId {
    const deadline = this.pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[this.pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    const { trouble } = this;
    const way = this.pool.integers[word * INTEGERS + WAY_BACK]!;
    if (trouble.delay > 0 && server.end + way - trouble.delay <= deadline) return trouble.cause;
    return soonest > deadline ? this.slownessOf(now, word, pod, server) : this.overloadOf(now, word, pod, server);
  }

  /** One row for each time that a server's queue costs requests, until a worker has been free again. */
  private overloadOf(now: VirtualTime, word: number, pod: number, server: ContainerServer): CauseId {
    return overloadOf(this.causes, this.deskOf(word).lp, pod, now, server, this.toldLoad(word));
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
      applicationDetail(ApplicationTrait.serviceTime, this.toldLoad(word)),
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
    const cause = this.causeOfSilence(now, word, pod, host);
    const situation = this.isRemoved(now, word, pod) ? EndpointSituation.routedAfterRemoval : this.situationOfSilence(cause, desk);
    const { integers } = this.pool;
    const terms = this.terms[integers[word * INTEGERS + LOAD]!]!;
    const isOnOpen = terms.isTold && integers[word * INTEGERS + OUTCOME] === ON_OPEN_CONNECTION;
    this.fail(now, word, desk, now + wayBack, isOnOpen ? Outcome.reset : Outcome.refused, situation, cause);
  }

  /** Its source wants to know when it ends, and if that will be too late, why. */
  private follow(now: VirtualTime, word: number, pod: number, server: ContainerServer, wayBack: Duration): void {
    const { floats, integers } = this.pool;
    const load = integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    this.watch.observe(now, server, this.deskOf(word));
    if (terms.keepsConnections) this.watch.keepConnection(server, load, pod);
    if (
      floats[word * FLOATS + SERVED_AT]! !== SOME_DAY &&
      floats[word * FLOATS + SERVED_AT]! + wayBack > floats[word * FLOATS + INTENDED_AT]! + terms.timeout
    )
      this.foretell(now, word);
  }

  /** The pace of a server changed: what it serves ends at other instants. Or one that calls others has got on. */
  moved(server: ContainerServer, now: VirtualTime): void {
    const desk = this.openDesks.get(server);
    if (desk === undefined) this.watch.again(now, server);
    else if (server.inFlight(now) > 0) this.watch.observe(now, server, desk);
    else this.watch.forget(server);
  }

  /** A server that calls others: looked at whenever own work of it is done. */
  lookAfter(server: OpenEndedServer, desk: ClientDesk): void {
    this.openDesks.set(server, desk);
  }

  /** Nobody knows when this one ends. Who is told at the end must hear why before it gives up. */
  private accompany(now: VirtualTime, word: number, pod: number, server: OpenEndedServer): void {
    const { floats, integers } = this.pool;
    const load = integers[word * INTEGERS + LOAD]!;
    const { isTold, keepsConnections, timeout } = this.terms[load]!;
    const entry: OpenEnded = { word, pod, server, trouble: this.trouble, hindrance: server.hindrance };
    this.open.set(word, entry);
    floats[word * FLOATS + SERVED_AT] = SOME_DAY;
    floats[word * FLOATS + CAUSE] = NO_CAUSE;
    if (keepsConnections) this.watch.keepConnection(server, load, pod);
    if (!isTold) return;
    const index = this.freeDeadlines.pop() ?? this.deadlines.length;
    this.deadlines[index] = entry;
    const deadline = floats[word * FLOATS + INTENDED_AT]! + timeout;
    this.deskOf(word).wait(Math.max(now + 1, deadline - this.link.wayOut), FIRST_DEADLINE + index);
  }

  private passDeadline(now: VirtualTime, index: number): void {
    const entry = this.deadlines[index]!;
    this.deadlines[index] = null;
    this.freeDeadlines.push(index);
    if (entry === null || this.open.get(entry.word) !== entry) return;
    this.noteLateness(now, entry.word);
    this.foretell(now, entry.word);
  }

  /** Why a request that calls others is late, unless something has said so before. */
  private noteLateness(now: VirtualTime, word: number): void {
    const { floats } = this.pool;
    const entry = this.open.get(word);
    if (entry === undefined || floats[word * FLOATS + CAUSE] !== NO_CAUSE) return;
    floats[word * FLOATS + CAUSE] = this.latenessOf(now, entry);
  }

  private latenessOf(now: VirtualTime, { word, pod, server, trouble, hindrance: heldUp }: OpenEnded): CauseId {
    const { floats, integers } = this.pool;
    const deadline = floats[word * FLOATS + INTENDED_AT]! + this.terms[integers[word * INTEGERS + LOAD]!]!.timeout;
    if (trouble.delay > 0 && now + integers[word * INTEGERS + WAY_BACK]! - trouble.delay < deadline) return trouble.cause;
    const delay = server.delayOf(now, word);
    if (delay !== "calls" && heldUp !== NO_CAUSE) return heldUp;
    if (delay === "queue") return this.overloadOf(now, word, pod, server);
    const waited = delay === "calls" ? server.waitsFor(now, word) : NO_CAUSE;
    if (waited !== NO_CAUSE) return waited;
    const hindrance = hindranceOf(this.causes, this.deskOf(word).lp, pod, now, server, true);
    return hindrance === NO_CAUSE ? this.slownessOf(now, word, pod, server) : hindrance;
  }

  private slowedBy(word: number): CauseId {
    const { floats, integers } = this.pool;
    const entry = this.open.get(word);
    if (entry !== undefined) return (entry.trouble.delay > 0 ? entry.trouble.cause : NO_CAUSE) || entry.server.blame || entry.hindrance;
    return integers[word * INTEGERS + STATE] === RequestState.serving ? floats[word * FLOATS + CAUSE]! : NO_CAUSE;
  }

  /** As causes name it; -1: a Pod's call, of no load. */
  private toldLoad(word: number): number {
    const load = this.pool.integers[word * INTEGERS + LOAD]!;
    return this.terms[load]!.isCall ? -1 : load;
  }

  /** Whom to tell of a request that is told. */
  private sourceOf(word: number): LpId {
    const { integers } = this.pool;
    const { isCall, source } = this.terms[integers[word * INTEGERS + LOAD]!]!;
    return isCall ? integers[word * INTEGERS + ORIGIN]! : source;
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
    this.failLater(now, word, this.deskOf(word), at, Outcome.unreachable, situation, this.causeOfSilence(now, word, pod, host));
  }

  private retry(now: VirtualTime, word: number, desk: ClientDesk): void {
    const pool = this.pool;
    pool.integers[word * INTEGERS + ATTEMPT]!++;
    this.accounting.repeat(pool.integers[word * INTEGERS + LOAD]!, pool.floats[word * FLOATS + INTENDED_AT]!);
    this.identify(word, desk);
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
    if (pool.integers[word * INTEGERS + PLACE] === UNKNOWN) this.findPlace(word, terms.places);
    const place = pool.integers[word * INTEGERS + PLACE]!;
    const { nodes, pods } = this.beliefOf(place, terms.group);
    if (pods.length === 0) {
      this.missEndpoint(now, word, desk);
      return;
    }
    const draw = uniform(this.hi, this.lo, index + CHOICE_DRAW);
    const choice =
      terms.balancer === null ? Math.floor(draw * pods.length) : terms.balancer.choose(now, place, pods, this.hi, this.lo, draw);
    const attempt = pool.integers[word * INTEGERS + ATTEMPT]!;
    if (attempt === 0) this.use.note(load, pods[choice]!, now);
    this.post(this.firstNode + nodes[choice]!, now + this.link.wayOut, word, pods[choice]!, attempt);
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
    const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[load]!.timeout;
    const { at, outcome, situation, cause } = this.absenceAt(now, load, pool.integers[word * INTEGERS + PLACE]!, deadline);
    if (at > now) this.failLater(now, word, desk, at, outcome, situation, cause);
    else this.fail(now, word, desk, now, outcome, situation, cause);
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
    if (terms.isTold) {
      const deadline = intendedAt + terms.timeout;
      const isSlow = knownAt > deadline;
      // The client has given up before it hears of it.
      const why = isSlow && this.trouble.delay > 0 && knownAt - this.trouble.delay <= deadline ? this.trouble.cause : cause;
      const at = Math.max(isSlow ? deadline : knownAt, now + this.link.wayOut);
      this.tell(word, at, isSlow ? Outcome.timedOut : outcome, isSlow ? EndpointSituation.slowAnswer : situation, why);
      return;
    }
    this.accounting.failAttempt(load, intendedAt, outcome);
    if (terms.budget !== null && desk.lp !== terms.source && pool.integers[word * INTEGERS + ATTEMPT]! < terms.retry.max) {
      this.identify(word, desk);
      this.accounting.depart(load, intendedAt);
      this.tell(word, Math.max(knownAt, now + this.link.wayOut), outcome, situation, cause);
      return;
    }
    this.retryOrLose(now, word, desk, knownAt, outcome, situation, cause);
  }

  private retryOrLose(
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
    const retryAt = this.mayRetry(word) ? Math.max(now + 1, knownAt + this.backOffOf(word, desk)) : NEVER;
    if (retryAt < intendedAt + terms.timeout && this.affords(now, word)) {
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

  private mayRetry(word: number): boolean {
    const { integers } = this.pool;
    return integers[word * INTEGERS + ATTEMPT]! < this.terms[integers[word * INTEGERS + LOAD]!]!.retry.max;
  }

  private backOffOf(word: number, desk: ClientDesk): Duration {
    const { integers } = this.pool;
    const { retry } = this.terms[integers[word * INTEGERS + LOAD]!]!;
    const attempt = integers[word * INTEGERS + ATTEMPT]!;
    if (retry.jitter === undefined) return backOffBefore(retry, attempt, 0);
    this.identify(word, desk);
    this.findKey(word);
    return backOffBefore(retry, attempt, uniform(this.hi ^ JITTER, this.lo, attempt));
  }

  /** Takes a token of the place's budget, if there is a budget. */
  private affords(now: VirtualTime, word: number): boolean {
    const { integers } = this.pool;
    const { budget, places, rateAt } = this.terms[integers[word * INTEGERS + LOAD]!]!;
    if (budget === null) return true;
    if (integers[word * INTEGERS + PLACE] === UNKNOWN) this.findPlace(word, places);
    return budget.take(now, integers[word * INTEGERS + PLACE]!, rateAt(now));
  }

  private identify(word: number, desk: ClientDesk): void {
    const { integers } = this.pool;
    if (integers[word * INTEGERS + NUMBER] === UNKNOWN) integers[word * INTEGERS + NUMBER] = desk.numbered++;
  }

  private findPlace(word: number, places: number): void {
    const { integers } = this.pool;
    this.findKey(word);
    const index = integers[word * INTEGERS + ATTEMPT]! * DRAWS + PLACE_DRAW;
    integers[word * INTEGERS + PLACE] = Math.floor(uniform(this.hi, this.lo, index) * places);
  }

  /** The source learns at `at` how an attempt ended; the request leaves this LP. */
  private tell(word: number, at: VirtualTime, outcome: Outcome, situation: EndpointSituation, why: CauseId): void {
    const { current } = this.causes;
    this.causes.current = NO_CAUSE;
    this.mailbox.post(this.sourceOf(word), at, this.endOf(word, outcome, situation, why));
    this.causes.current = current;
    this.pool.release(word);
  }

  private endOf(word: number, outcome: Outcome, situation: EndpointSituation, why: CauseId): AttemptEnded {
    const { floats, integers } = this.pool;
    const base = word * INTEGERS;
    return {
      kind: "attemptEnded",
      load: integers[base + LOAD]!,
      pod: UNKNOWN,
      place: integers[base + PLACE]!,
      attempt: integers[base + ATTEMPT]!,
      intendedAt: floats[word * FLOATS + INTENDED_AT]!,
      request: integers[base + NUMBER]!,
      origin: integers[base + ORIGIN]!,
      outcome,
      situation,
      why,
    };
  }

  /** Why an attempt will be too late reaches the source when its client gives up; the attempt goes on. */
  private foretell(now: VirtualTime, word: number): void {
    const { floats, integers } = this.pool;
    const terms = this.terms[integers[word * INTEGERS + LOAD]!]!;
    const at = Math.max(now + this.link.wayOut, floats[word * FLOATS + INTENDED_AT]! + terms.timeout);
    const { current } = this.causes;
    this.causes.current = NO_CAUSE;
    this.mailbox.post(
      this.sourceOf(word),
      at,
      this.endOf(word, Outcome.timedOut, EndpointSituation.slowAnswer, floats[word * FLOATS + CAUSE]!),
    );
    this.causes.current = current;
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
    if (this.terms[pool.integers[word * INTEGERS + LOAD]!]!.isTold) {
      this.tell(word, Math.max(at, now + this.link.wayOut), outcome, situation, cause);
      return;
    }
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
    // Nobody remembers the version that listed it: the attempt came by a connection that is older.
    if (index < 0 && live[0]!.position === NO_VERSION) return true;
    if (!this.terms[load]!.isCall)
      this.accounting.routeLate(load, this.pool.floats[word * FLOATS + INTENDED_AT]!, now - this.log.validFrom(live[index + 1]!.position));
    return true;
  }

  /** Of a split arrival whose sender nobody asked for: a view that lists the Pod. */
  private viewWith(group: number, pod: number): ServiceVersions {
    const views = this.proxies.viewsOf(group);
    return views.find(({ live }) => live.some((version) => isListed(version, pod))) ?? views[0]!;
  }

  /** Why an attempt met a Pod that doesn't answer: what ended it, or what kept the proxies from knowing. */
  private causeOfSilence(now: VirtualTime, word: number, pod: number, host: EndpointHost): CauseId {
    const late = this.lateAt(this.pool.integers[word * INTEGERS + LOAD]!, pod, now);
    return late === NO_CAUSE ? host.causeOf(pod) : late;
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
