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
import { isOpenEnded, type OpenEndedServer } from "../application/calling-server.ts";
import { EndpointState, type EndpointHost } from "../application/endpoint-host.ts";
import { hindranceOf } from "../application/overload.ts";
import { NO_TROUBLE } from "../application/packet-trouble.ts";
import { Admission, type ContainerServer, type RequestSink } from "../application/server.ts";
import { CauseKind } from "../cause-kinds.ts";
import { assert, unreachable } from "../kernel/assert.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import { sampler, type Sampler } from "../kernel/distribution.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { uniform } from "../kernel/random.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { Link } from "../kubernetes/network/link.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import type { LiveVersion } from "../kubernetes/network/service-versions.ts";
import type { Accounting } from "./accounting.ts";
import { AttemptAtHand } from "./attempt-at-hand.ts";
import type { AttemptEnded, AttemptMessage, TrafficMessage } from "./attempt.ts";
import { EndpointUse } from "./endpoint-use.ts";
import { EndpointSituation, Outcome } from "./outcome.ts";
import { RequestEnds } from "./request-ends.ts";
import { RequestLateness, type OpenEnded } from "./request-lateness.ts";
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
import { Silence, type SilenceOptions } from "./request-silence.ts";
import { CHOICE_DRAW, DRAWS, SOME_DAY, WAY_BACK_DRAW, WORK_DRAW, type AttemptEnd, type LoadTerms } from "./request-terms.ts";
import type { ClientDesk } from "./retry.ts";
import { ServerWatch } from "./server-watch.ts";

export interface RequestLifeOptions extends SilenceOptions {
  /** The instant of the event at hand. */
  readonly clock: { readonly now: VirtualTime };
  /** LP of node 0. */
  readonly firstNode: number;
  readonly link: Link;
  readonly mailbox: Sender<TrafficMessage>;
}

/** Words from here on at a desk: a deadline, not a request. */
const FIRST_DEADLINE = 0x40000000;
/** Names the draw of whether a request fails. */
const FAILS = 0x6fa11;
/** Names the draws of what its packets meet. */
const PACKETS = 0x2f6e2b1;
/** µs; an answer that is later came too late for any client. */
const LATEST = 1_000_000_000;
/** Outcome of an attempt on its way to its server, of a source that is told. */
const ON_OPEN_CONNECTION = 1;

/** A request whose end, expected in time, nobody knows: what else comes may hold it up beyond its deadline. */
interface Promised {
  readonly word: number;
  readonly pod: number;
  readonly server: ContainerServer;
  /** A word serves one request after the other. */
  readonly request: number;
  readonly attempt: number;
  readonly intendedAt: VirtualTime;
}

export class RequestLife implements RequestSink {
  readonly pool: RequestPool = new RequestPool();
  readonly desks: ClientDesk[] = [];
  private readonly hand: AttemptAtHand;
  private readonly ends: RequestEnds;
  private readonly lateness: RequestLateness;
  private readonly silence: Silence;
  private readonly accounting: Accounting;
  private readonly clock: { readonly now: VirtualTime };
  private readonly causes: CauseTable;
  private readonly connectTimeout: Duration;
  private readonly firstNode: number;
  private readonly link: Link;
  private readonly mailbox: Sender<TrafficMessage>;
  private readonly proxies: ProxyTable;
  private readonly terms: readonly LoadTerms[];
  /** Servers that are looked at once more when the run ends. */
  private readonly pacedServers = new Set<ContainerServer>();
  /** Servers that serve what a source follows. */
  private readonly watch = new ServerWatch();
  private readonly use = new EndpointUse();
  private readonly samplers = new Map<ApplicationBehaviour, Sampler>();
  private lastBehaviour: ApplicationBehaviour | null = null;
  private lastSampler: Sampler = () => 0;
  /** The desk of each such server's node. */
  private readonly openDesks = new WeakMap<ContainerServer, ClientDesk>();
  private readonly deadlines: (OpenEnded | Promised | null)[] = [];
  private readonly freeDeadlines: number[] = [];

  constructor(options: RequestLifeOptions) {
    this.accounting = options.accounting;
    this.clock = options.clock;
    this.causes = options.causes;
    this.connectTimeout = options.connectTimeout;
    this.firstNode = options.firstNode;
    this.link = options.link;
    this.mailbox = options.mailbox;
    this.proxies = options.proxies;
    this.terms = options.terms;
    const { desks, pool, terms } = this;
    this.hand = new AttemptAtHand(pool, terms, this.firstNode);
    this.ends = new RequestEnds({ ...options, desks, hand: this.hand, pool });
    this.lateness = new RequestLateness(this.causes, desks, this.hand, pool, terms);
    this.silence = new Silence(options, pool);
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

  /** A request that was planned (arrival-plan.ts) came to its endpoint, was to be there for `stay`, and may be so still. */
  letIn(
    at: VirtualTime,
    desk: ClientDesk,
    load: number,
    place: number,
    server: ContainerServer,
    work: Duration,
    stay: Duration,
    wayBack: Duration,
  ): void {
    const word = this.begin(at - this.link.wayOut, desk, load, place, UNKNOWN);
    const admission = server.admit(at, work, word, load);
    assert(admission === Admission.accepted && server.end === at + stay, "a planned request was held up");
    const { floats, integers } = this.pool;
    integers[word * INTEGERS + STATE] = RequestState.serving;
    integers[word * INTEGERS + WAY_BACK] = wayBack;
    floats[word * FLOATS + SERVED_AT] = server.end;
  }

  /** The work that a request makes at containers that behave so, before it is rounded. */
  workOf(behaviour: ApplicationBehaviour): Sampler {
    return this.samplerOf(behaviour);
  }

  /** How long a client waits for its answer from when the request is at the endpoint. */
  patienceOf(load: number): Duration {
    return this.terms[load]!.timeout - this.link.wayOut;
  }

  /** A client sends the first attempt of a request as a message. */
  send(now: VirtualTime, desk: ClientDesk, load: number, place: number, number: number): void {
    this.choose(now, this.begin(now, desk, load, place, number));
  }

  /** A request finds no endpoint in its place's view. */
  findNoEndpoint(now: VirtualTime, desk: ClientDesk, load: number, place: number): void {
    this.missEndpoint(now, this.begin(now, desk, load, place, UNKNOWN));
  }

  /** An attempt that failed elsewhere comes back to be tried again. */
  resend(now: VirtualTime, desk: ClientDesk, message: AttemptMessage): void {
    const word = this.unpack(desk, message);
    this.accounting.repeat(message.load, message.intendedAt);
    this.choose(now, word);
  }

  /** An attempt that travelled as a message reaches its endpoint. */
  receive(now: VirtualTime, desk: ClientDesk, host: EndpointHost, message: AttemptMessage): void {
    const word = this.unpack(desk, message);
    this.hand.findKey(word);
    this.serve(now, word, message.pod, host, this.hand.hi, this.hand.lo, message.attempt * DRAWS);
  }

  /** A failure elsewhere, of a load whose retries are on a budget: here it is decided whether another attempt follows. */
  takeOver(now: VirtualTime, desk: ClientDesk, message: AttemptEnded): void {
    const word = this.unpack(desk, message);
    const { outcome, situation, why } = message;
    this.ends.retryOrLose(now, word, {
      knownAt: now,
      outcome: outcome as Outcome,
      situation: situation as EndpointSituation,
      cause: why,
    });
  }

  /** What a client at `place` meets that finds no endpoint, and when it knows. */
  absenceAt(now: VirtualTime, load: number, place: number, deadline: VirtualTime): AttemptEnd {
    return this.silence.absenceAt(now, load, place, deadline);
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
        this.ends.fail(now, word, {
          knownAt: now,
          outcome: pool.integers[word * INTEGERS + OUTCOME] as Outcome,
          situation: pool.integers[word * INTEGERS + SITUATION] as EndpointSituation,
          cause: pool.floats[word * FLOATS + CAUSE]!,
        });
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
      const why = terms.isCall ? this.lateness.slowedBy(word) : NO_CAUSE;
      if (this.lateness.open.has(word) && answeredAt > intendedAt + terms.timeout) {
        this.lateness.noteLateness(at, word);
        this.ends.foretell(this.clock.now, word);
      }
      this.lateness.open.delete(word);
      this.ends.tell(word, Math.max(answeredAt, this.clock.now + this.link.wayOut), Outcome.answered, EndpointSituation.slowAnswer, why);
      return;
    }
    const deadline = intendedAt + terms.timeout;
    if (this.lateness.open.size > 0) {
      if (answeredAt > deadline) this.lateness.noteLateness(at, word);
      this.lateness.open.delete(word);
    }
    if (answeredAt <= deadline) this.accounting.answer(load, intendedAt, answeredAt);
    else this.ends.giveUp(word, deadline);
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
      if (cause !== NO_CAUSE && this.terms[load]!.isTold) this.ends.foretell(this.clock.now, word);
    }
  }

  /** It was served, but what it needed of another Service failed. */
  failed(word: number, at: VirtualTime, cause: CauseId): void {
    const { floats, integers } = this.pool;
    const { isTold, timeout } = this.terms[integers[word * INTEGERS + LOAD]!]!;
    const deadline = floats[word * FLOATS + INTENDED_AT]! + timeout;
    this.lateness.open.delete(word);
    if (deadline <= at && !isTold) {
      floats[word * FLOATS + CAUSE] = cause;
      this.ends.giveUp(word, deadline);
      this.pool.release(word);
      return;
    }
    const knownAt = at + integers[word * INTEGERS + WAY_BACK]!;
    this.ends.fail(at, word, { knownAt, outcome: Outcome.serverError, situation: EndpointSituation.dependencyFailed, cause });
  }

  reset(word: number, at: VirtualTime, cause: CauseId): void {
    const pool = this.pool;
    const desk = this.desks[pool.integers[word * INTEGERS + DESK]!]!;
    const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    const isTooLate = deadline <= at && !this.terms[pool.integers[word * INTEGERS + LOAD]!]!.isTold;
    if (isTooLate) this.lateness.noteLateness(at, word);
    this.lateness.open.delete(word);
    if (isTooLate) {
      this.ends.giveUp(word, deadline);
      pool.release(word);
      return;
    }
    const kind = this.silence.kindOf(cause, desk);
    // A dead node says nothing: the client waits until it gives up.
    if (kind === CauseKind.nodeLost)
      this.ends.failLater(at, word, { knownAt: deadline, outcome: Outcome.timedOut, situation: EndpointSituation.nodeLost, cause });
    else {
      const situation = kind === CauseKind.oomKilled ? EndpointSituation.outOfMemory : EndpointSituation.killedWhileServing;
      this.ends.fail(at, word, { knownAt: at + pool.integers[word * INTEGERS + WAY_BACK]!, outcome: Outcome.reset, situation, cause });
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
    for (const { word } of this.lateness.open.values()) {
      const { isTold, timeout } = this.terms[pool.integers[word * INTEGERS + LOAD]!]!;
      if (!isTold && pool.floats[word * FLOATS + INTENDED_AT]! + timeout < end) this.lateness.noteLateness(end - 1, word);
    }
    for (let word = 0; word < pool.used; word++) {
      if (pool.integers[word * INTEGERS + STATE] === RequestState.free) continue;
      // Its source keeps the books.
      if (this.terms[pool.integers[word * INTEGERS + LOAD]!]!.isTold) continue;
      const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[pool.integers[word * INTEGERS + LOAD]!]!.timeout;
      if (pool.integers[word * INTEGERS + STATE] === RequestState.serving && pool.floats[word * FLOATS + SERVED_AT]! < end)
        this.served(word, pool.floats[word * FLOATS + SERVED_AT]!);
      else if (pool.integers[word * INTEGERS + STATE] === RequestState.serving && deadline < end) {
        this.ends.giveUp(word, deadline);
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
      this.ends.failLater(now, word, { knownAt: at, outcome, situation: EndpointSituation.nodeLost, cause: trouble.cause });
      return;
    }
    this.hand.trouble = trouble.delay === Infinity ? NO_TROUBLE : { ...trouble, delay: Math.min(trouble.delay, LATEST) };
    this.reach(now, word, pod, host, wayBack + this.hand.trouble.delay, hi, lo, index);
    this.hand.trouble = NO_TROUBLE;
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
    const server = host.serverOf(pod, load, now);
    if (server === null) {
      this.refuse(now, word, pod, host, wayBack);
      return;
    }
    if (server.isPaced && server.isListening && server.failing > 0 && uniform(hi ^ FAILS, lo, index) < server.failing) {
      const { failBlame: cause } = server;
      this.ends.fail(now, word, { knownAt: now + wayBack, outcome: Outcome.serverError, situation: EndpointSituation.failing, cause });
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
          pool.floats[word * FLOATS + CAUSE] = this.lateness.causeOfLateness(now, word, pod, server, now + work + wayBack);
        else if (terms.isCall) pool.floats[word * FLOATS + CAUSE] = NO_CAUSE;
        if (terms.isCall && !isOpenEnded(server) && this.hand.trouble.delay > 0 && pool.floats[word * FLOATS + CAUSE] === NO_CAUSE)
          pool.floats[word * FLOATS + CAUSE] = this.hand.trouble.cause;
        if (terms.isTold && !isOpenEnded(server)) this.follow(now, word, pod, server, wayBack);
        if (admission === Admission.outOfMemory) this.runOutOfMemory(now, pod, host, server);
        return;
      case Admission.notListening:
        this.refuse(now, word, pod, host, wayBack);
        return;
      case Admission.silent: {
        const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + terms.timeout;
        const situation = EndpointSituation.slowAnswer;
        this.ends.failLater(now, word, { knownAt: deadline, outcome: Outcome.timedOut, situation, cause: server.blame });
        return;
      }
      case Admission.queueFull:
        this.ends.fail(now, word, {
          knownAt: now + wayBack,
          outcome: Outcome.serverError,
          situation: EndpointSituation.overload,
          cause: this.lateness.overloadOf(now, word, pod, server),
        });
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
    const soonest = now + work + way;
    // What would be late without any hindrance has none to blame.
    const hindrance = soonest > deadline ? NO_CAUSE : hindranceOf(this.causes, this.deskOf(word).lp, pod, now, server, isLate);
    floats[word * FLOATS + CAUSE] =
      hindrance !== NO_CAUSE || !isLate ? hindrance : this.lateness.causeOfLateness(now, word, pod, server, soonest);
  }

  /** The process dies, now or a moment later, and resets what is in flight, the request that was too much included. */
  private runOutOfMemory(now: VirtualTime, pod: number, host: EndpointHost, server: ContainerServer): void {
    this.causes.current = host.causeOf(pod);
    host.killForMemory(server, now);
  }

  private refuse(now: VirtualTime, word: number, pod: number, host: EndpointHost, wayBack: Duration): void {
    const desk = this.deskOf(word);
    const cause = this.silence.causeOfSilence(now, word, pod, host);
    const situation = this.silence.isRemoved(now, word, pod)
      ? EndpointSituation.routedAfterRemoval
      : this.silence.situationOfSilence(host.causeOf(pod), desk);
    const { integers } = this.pool;
    const terms = this.terms[integers[word * INTEGERS + LOAD]!]!;
    const isOnOpen = terms.isTold && integers[word * INTEGERS + OUTCOME] === ON_OPEN_CONNECTION;
    this.ends.fail(now, word, { knownAt: now + wayBack, outcome: isOnOpen ? Outcome.reset : Outcome.refused, situation, cause });
  }

  /** Its source wants to know when it ends, and if that will be too late, why. */
  private follow(now: VirtualTime, word: number, pod: number, server: ContainerServer, wayBack: Duration): void {
    const { floats, integers } = this.pool;
    const load = integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    this.watch.observe(now, server, this.deskOf(word));
    if (terms.keepsConnections) this.watch.keepConnection(server, load, pod);
    const intendedAt = floats[word * FLOATS + INTENDED_AT]!;
    if (floats[word * FLOATS + SERVED_AT] === SOME_DAY) {
      const request = integers[word * INTEGERS + NUMBER]!;
      const attempt = integers[word * INTEGERS + ATTEMPT]!;
      this.awaitDeadline(now, { word, pod, server, request, attempt, intendedAt }, intendedAt + terms.timeout);
    } else if (floats[word * FLOATS + SERVED_AT]! + wayBack > intendedAt + terms.timeout) this.ends.foretell(now, word);
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
    const entry: OpenEnded = { word, pod, server, trouble: this.hand.trouble, hindrance: server.hindrance };
    this.lateness.open.set(word, entry);
    floats[word * FLOATS + SERVED_AT] = SOME_DAY;
    floats[word * FLOATS + CAUSE] = NO_CAUSE;
    if (keepsConnections) this.watch.keepConnection(server, load, pod);
    if (!isTold) return;
    this.awaitDeadline(now, entry, floats[word * FLOATS + INTENDED_AT]! + timeout);
  }

  private awaitDeadline(now: VirtualTime, entry: OpenEnded | Promised, deadline: VirtualTime): void {
    const index = this.freeDeadlines.pop() ?? this.deadlines.length;
    this.deadlines[index] = entry;
    this.deskOf(entry.word).wait(Math.max(now + 1, deadline - this.link.wayOut), FIRST_DEADLINE + index);
  }

  private passDeadline(now: VirtualTime, index: number): void {
    const entry = this.deadlines[index]!;
    this.deadlines[index] = null;
    this.freeDeadlines.push(index);
    if (entry === null) return;
    if ("request" in entry) return this.breakPromise(now, entry);
    if (this.lateness.open.get(entry.word) !== entry) return;
    this.lateness.noteLateness(now, entry.word);
    this.ends.foretell(now, entry.word);
  }

  /** Should its answer still be in time, its source has heard of that before. */
  private breakPromise(now: VirtualTime, { word, pod, server, request, attempt, intendedAt }: Promised): void {
    const { floats, integers } = this.pool;
    server.settle(now);
    const isOver =
      integers[word * INTEGERS + STATE] !== RequestState.serving ||
      integers[word * INTEGERS + NUMBER] !== request ||
      integers[word * INTEGERS + ATTEMPT] !== attempt ||
      floats[word * FLOATS + INTENDED_AT] !== intendedAt ||
      floats[word * FLOATS + SERVED_AT] !== SOME_DAY;
    if (isOver) return;
    if (floats[word * FLOATS + CAUSE] === NO_CAUSE) {
      const hindrance = hindranceOf(this.causes, this.deskOf(word).lp, pod, now, server, true);
      floats[word * FLOATS + CAUSE] = hindrance === NO_CAUSE ? this.lateness.overloadOf(now, word, pod, server) : hindrance;
    }
    this.ends.foretell(now, word);
  }

  private reachNothing(now: VirtualTime, word: number, pod: number, host: EndpointHost, state: EndpointState): void {
    const pool = this.pool;
    const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    const at = Math.min(deadline, now - this.link.wayOut + this.connectTimeout);
    const situation =
      state === EndpointState.nodeLost
        ? EndpointSituation.nodeLost
        : this.silence.isRemoved(now, word, pod)
          ? EndpointSituation.routedAfterRemoval
          : EndpointSituation.addressGone;
    const cause = this.silence.causeOfSilence(now, word, pod, host);
    this.ends.failLater(now, word, { knownAt: at, outcome: Outcome.unreachable, situation, cause });
  }

  private retry(now: VirtualTime, word: number, desk: ClientDesk): void {
    const pool = this.pool;
    pool.integers[word * INTEGERS + ATTEMPT]!++;
    this.accounting.repeat(pool.integers[word * INTEGERS + LOAD]!, pool.floats[word * FLOATS + INTENDED_AT]!);
    this.hand.identify(word, desk);
    this.choose(now, word);
  }

  /** The client picks an endpoint as its place sees them now, and the attempt travels there. */
  private choose(now: VirtualTime, word: number): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    const index = pool.integers[word * INTEGERS + ATTEMPT]! * DRAWS;
    this.proxies.advance(now);
    this.hand.findKey(word);
    if (pool.integers[word * INTEGERS + PLACE] === UNKNOWN) this.hand.findPlace(word, terms.places);
    const place = pool.integers[word * INTEGERS + PLACE]!;
    const { nodes, pods } = this.beliefOf(place, terms.group);
    if (pods.length === 0) {
      this.missEndpoint(now, word);
      return;
    }
    const draw = uniform(this.hand.hi, this.hand.lo, index + CHOICE_DRAW);
    const choice =
      terms.balancer === null ? Math.floor(draw * pods.length) : terms.balancer.choose(now, place, pods, this.hand.hi, this.hand.lo, draw);
    const attempt = pool.integers[word * INTEGERS + ATTEMPT]!;
    if (attempt === 0) this.use.note(load, pods[choice]!, now);
    this.ends.post(this.firstNode + nodes[choice]!, now + this.link.wayOut, word, pods[choice]!, attempt);
  }

  private beliefOf(place: number, group: number): LiveVersion {
    return this.proxies.viewAt(place, group).version(this.proxies.belief(place, group));
  }

  /** The place sees no endpoint: its proxy refuses, or drops what only other nodes could serve. */
  private missEndpoint(now: VirtualTime, word: number): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const deadline = pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[load]!.timeout;
    const absence = this.absenceAt(now, load, pool.integers[word * INTEGERS + PLACE]!, deadline);
    if (absence.knownAt > now) this.ends.failLater(now, word, absence);
    else this.ends.fail(now, word, absence);
  }

  private deskOf(word: number): ClientDesk {
    return this.desks[this.pool.integers[word * INTEGERS + DESK]!]!;
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
