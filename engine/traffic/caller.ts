/**
 * The calls that the Pods of one node make on other Services, in the node's LP. A call looks for an endpoint as the
 * proxy of its own node believes, travels there as a message and is followed to its end; another Pod may be its end
 * even on the same node.
 *
 *   call    attempt ──answered──▶ answered
 *            ▲   └── failed, or not answered within its timeout ──▶ back-off ──▶ attempt again,  or lost
 *   run     wave by wave (calls.ts); a lost call without a fallback ends it, and nobody waits for the rest
 *
 * Differs: abandoned work goes on
 * Differs: deadlines of calls
 */
import type { EndpointHost } from "../application/endpoint-host.ts";
import { EndpointState } from "../application/endpoint-host.ts";
import { wavesOf, type CallMaker, type CallRun, type CallSpec, type CallsBlamed, type CallsEnded } from "../application/calls.ts";
import { CauseKind } from "../cause-kinds.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { childKey, streamKey, uniform, type StreamKey } from "../kernel/random.ts";
import type { Duration, VirtualTime } from "../kernel/time.ts";
import type { ProxyTable } from "../kubernetes/network/service-proxy.ts";
import type { AttemptEnded, AttemptMessage } from "./attempt.ts";
import type { Balancer } from "./balancer.ts";
import type { CallBooks } from "./call-books.ts";
import { Outcome } from "./outcome.ts";
import { PresentRate } from "./present-rate.ts";
import type { RequestLife } from "./request.ts";
import { backOffBefore, RetryBudget } from "./retry-policy.ts";
import type { ClientDesk } from "./retry.ts";

/** One kind of call: by whom, and what. Its index is its number. */
export interface CallEdge {
  /** Unique together with the Service. */
  readonly caller: string;
  readonly call: CallSpec;
  /** Number of the Service that is called, as in the endpoint log. */
  readonly service: number;
}

/** What the callers of one shard share. */
export interface CallerContext {
  readonly balancerOf: (edge: number) => Balancer | null;
  readonly books: CallBooks;
  readonly causes: CauseTable;
  readonly connectTimeout: Duration;
  readonly edges: readonly CallEdge[];
  /** LP of node 0. */
  readonly firstNode: LpId;
  /** Number of edge 0 among the loads, which come first. */
  readonly firstEdge: number;
  readonly life: RequestLife;
  readonly mailbox: Sender<AttemptMessage>;
  readonly proxies: ProxyTable;
  readonly seed: number;
  readonly wayOut: Duration;
}

interface Run extends CallRun {
  readonly pod: number;
  readonly waves: CallSpec[][];
  wave: number;
  readonly open: Set<Call>;
  readonly ended: CallsEnded;
  /** Told why an answer came late, or a call failed. */
  readonly blamed: CallsBlamed;
  readonly beganAt: VirtualTime;
  /** What it was told last. */
  blame: CauseId;
  isOver: boolean;
}

interface Call {
  readonly run: Run;
  readonly edge: number;
  readonly number: number;
  readonly sentAt: VirtualTime;
  attempt: number;
  /** Of the attempt under way. */
  attemptAt: VirtualTime;
  isWaiting: boolean;
  /** Why word of this attempt never reached the Pod. */
  silence: CauseId;
  /** Row of what made an earlier attempt fail. */
  blame: CauseId;
}

/** What keeps the calls of one edge from being answered, before anybody says why. */
interface Slowness {
  readonly row: CauseId;
  /** Last given as a reason. */
  askedAt: VirtualTime;
  /** What a call under way at the time told later on, and when it was told so last. */
  why: CauseId;
  heardAt: VirtualTime;
}

interface Failure {
  readonly outcome: Outcome;
  readonly why: CauseId;
}

interface Alarm {
  readonly kind: "timeout" | "retry" | "failure";
  readonly edge: number;
  readonly number: number;
  readonly attempt: number;
  readonly failure: Failure | null;
}

/** Purposes of an edge's draws on one node, below its key. */
const Purpose = { count: 0, choice: 1, backOff: 2 } as const;

export class Caller implements CallMaker {
  private readonly context: CallerContext;
  private readonly lp: LpId;
  private readonly place: number;
  private readonly desk: ClientDesk;
  private readonly host: EndpointHost;
  private readonly keys: readonly StreamKey[];
  private readonly budgets: readonly (RetryBudget | null)[];
  private readonly rates: readonly PresentRate[];
  private readonly edgeOf = new Map<CallSpec, number>();
  /** Unanswered ones, by edge and number. */
  private readonly calls: Map<number, Call>[];
  private readonly numbers: number[];
  private readonly counted: number[];
  private readonly alarms: Alarm[] = [];
  private readonly freeAlarms: number[] = [];
  /** Rows of failed calls, by edge and what made them fail. */
  private readonly rows: Map<CauseId, CauseId>[];
  private readonly slow: (Slowness | null)[];
  /** What answers have told last of why they failed, or came late, by edge. */
  private readonly told: ({ readonly why: CauseId; readonly at: VirtualTime } | null)[];
  private isClosed = false;

  /** `desk`: of its own, on the node's LP. */
  constructor(context: CallerContext, place: number, desk: ClientDesk, host: EndpointHost) {
    const { edges, firstNode, seed } = context;
    this.context = context;
    this.place = place;
    this.lp = firstNode + place;
    this.desk = desk;
    this.host = host;
    this.keys = edges.map(({ caller, call }) => childKey(streamKey(seed, "calls", `${caller} ${call.namespace}/${call.service}`), place));
    this.budgets = edges.map(({ call }) => (call.retries.budget === undefined ? null : new RetryBudget(call.retries.budget, 1)));
    this.rates = edges.map(() => new PresentRate());
    this.calls = edges.map(() => new Map<number, Call>());
    this.rows = edges.map(() => new Map<CauseId, CauseId>());
    this.slow = edges.map(() => null);
    this.told = edges.map(() => null);
    this.numbers = edges.map(() => 0);
    this.counted = edges.map(() => 0);
    edges.forEach(({ call }, edge) => this.edgeOf.set(call, edge));
  }

  begin(now: VirtualTime, calls: readonly CallSpec[], pod: number, ended: CallsEnded, blamed: CallsBlamed): CallRun | null {
    // The run is over: whoever waits is in flight.
    if (this.isClosed) return { waitsFor: () => NO_CAUSE };
    const waves = wavesOf(calls, (call) => this.countOf(call));
    if (waves.length === 0) return null;
    const run: Run = {
      pod,
      waves,
      wave: 0,
      open: new Set(),
      ended,
      blamed,
      beganAt: now,
      blame: NO_CAUSE,
      isOver: false,
      waitsFor: (at) => this.waitRow(at, run),
    };
    this.beginWave(now, run);
    return run;
  }

  abandon(now: VirtualTime, run: CallRun, _cause: CauseId): void {
    const own = run as Run;
    own.isOver = true;
    for (const call of own.open) {
      this.context.books.endAttempt(call.edge, call.sentAt, Outcome.reset);
      this.context.books.lose(call.edge, call.sentAt);
      this.calls[call.edge]!.delete(call.number);
    }
    own.open.clear();
    void now;
  }

  /** An answer, or word of a failure, comes back. */
  hear(now: VirtualTime, message: AttemptEnded): void {
    const edge = message.load - this.context.firstEdge;
    const call = this.calls[edge]?.get(message.request);
    this.context.causes.current = NO_CAUSE;
    if (call === undefined || call.attempt !== message.attempt || call.isWaiting) {
      this.explain(now, edge, message.intendedAt, message.why);
      return;
    }
    // Nothing reaches a node that is cut off: the call runs into its timeout.
    if (this.isCutOff(now, call.run.pod)) {
      call.silence = this.host.causeOf(call.run.pod);
      return;
    }
    this.explain(now, edge, message.intendedAt, message.why);
    const outcome = message.outcome as Outcome;
    if (outcome !== Outcome.answered) {
      this.fail(now, call, { outcome, why: message.why });
      return;
    }
    this.context.books.answer(edge, call.sentAt, now);
    if (message.why !== NO_CAUSE) this.blame(now, call.run, this.failureRow(now, edge, message.why));
    this.settle(now, call, NO_CAUSE);
  }

  wake(now: VirtualTime): void {
    for (let alarm = this.desk.next(now); alarm !== -1; alarm = this.desk.next(now)) this.ring(now, alarm);
  }

  /** No call is made any more. */
  close(): void {
    this.isClosed = true;
  }

  /** What is unanswered when the run ends. */
  finish(): void {
    this.calls.forEach((calls, edge) => {
      for (const { sentAt } of calls.values()) this.context.books.keepInFlight(edge, sentAt);
      calls.clear();
    });
  }

  // ── runs ──

  private countOf(call: CallSpec): number {
    const whole = Math.floor(call.perRequest);
    const chance = call.perRequest - whole;
    if (chance === 0) return whole;
    const edge = this.edgeOf.get(call)!;
    const { hi, lo } = childKey(this.keys[edge]!, Purpose.count);
    return whole + (uniform(hi, lo, this.counted[edge]!++) < chance ? 1 : 0);
  }

  private beginWave(now: VirtualTime, run: Run): void {
    const calls = run.waves[run.wave]!.map((spec): Call => {
      const edge = this.edgeOf.get(spec)!;
      const number = this.numbers[edge]!++;
      return { run, edge, number, sentAt: now, attempt: 0, attemptAt: now, isWaiting: false, silence: NO_CAUSE, blame: NO_CAUSE };
    });
    for (const call of calls) {
      run.open.add(call);
      this.calls[call.edge]!.set(call.number, call);
      this.context.books.begin(call.edge, now);
      this.rates[call.edge]!.note(now);
      this.attempt(now, call);
    }
  }

  /** A call has ended for good. */
  private settle(now: VirtualTime, call: Call, failure: CauseId): void {
    const { run } = call;
    this.calls[call.edge]!.delete(call.number);
    run.open.delete(call);
    if (run.isOver) return;
    if (failure !== NO_CAUSE && this.specOf(call).fallback === "fail") {
      run.isOver = true;
      run.ended(now, failure);
      return;
    }
    if (run.open.size > 0) return;
    run.wave++;
    if (run.wave < run.waves.length && !this.isClosed) {
      this.beginWave(now, run);
      return;
    }
    run.isOver = true;
    run.ended(now, NO_CAUSE);
  }

  // ── attempts ──

  private attempt(now: VirtualTime, call: Call): void {
    const { balancerOf, firstEdge, firstNode, life, mailbox, proxies, wayOut } = this.context;
    const { attempt, edge, number, run } = call;
    const { timeout } = this.specOf(call);
    call.attemptAt = now;
    call.isWaiting = false;
    call.silence = NO_CAUSE;
    this.wait(now + timeout, call, "timeout", null);
    if (this.isCutOff(now, run.pod)) {
      // The node may be there again when the call gives up.
      call.silence = this.host.causeOf(run.pod);
      const failure = { outcome: Outcome.unreachable, why: call.silence };
      this.wait(now + Math.min(timeout, this.context.connectTimeout), call, "failure", failure);
      return;
    }
    proxies.advance(now);
    const load = firstEdge + edge;
    const group = proxies.groupOf(load);
    const { nodes, pods } = proxies.viewAt(this.place, group).version(proxies.belief(this.place, group));
    if (pods.length === 0) {
      const { knownAt: at, outcome, cause } = life.absenceAt(now, load, this.place, now + timeout);
      call.silence = cause;
      this.wait(Math.max(now + 1, at), call, "failure", { outcome, why: cause });
      return;
    }
    const { hi, lo } = childKey(childKey(this.keys[edge]!, Purpose.choice), number);
    const draw = uniform(hi, lo, attempt);
    const balancer = balancerOf(edge);
    const choice = balancer === null ? Math.floor(draw * pods.length) : balancer.choose(now, this.place, pods, hi, lo, draw);
    mailbox.post(firstNode + nodes[choice]!, now + wayOut, {
      kind: "attempt",
      load,
      pod: pods[choice]!,
      place: this.place,
      attempt,
      intendedAt: now,
      request: number,
      origin: this.lp,
    });
  }

  private fail(now: VirtualTime, call: Call, { outcome, why }: Failure): void {
    const { books } = this.context;
    const { attempt, edge, sentAt } = call;
    const { retries } = this.specOf(call);
    books.endAttempt(edge, sentAt, outcome);
    const row = this.failureRow(now, edge, why);
    call.blame = row;
    this.blame(now, call.run, row);
    if (!call.run.isOver && !this.isClosed && attempt < retries.max && this.affords(now, edge)) {
      const { hi, lo } = childKey(childKey(this.keys[edge]!, Purpose.backOff), call.number);
      call.isWaiting = true;
      this.wait(now + Math.max(1, backOffBefore(retries, attempt, uniform(hi, lo, attempt))), call, "retry", null);
      return;
    }
    books.lose(edge, sentAt);
    this.settle(now, call, row);
  }

  private affords(now: VirtualTime, edge: number): boolean {
    return this.budgets[edge]?.take(now, 0, this.rates[edge]!.at(now)) ?? true;
  }

  private isCutOff(now: VirtualTime, pod: number): boolean {
    return this.host.stateOf(pod, now) === EndpointState.nodeLost;
  }

  private specOf({ edge }: Call): CallSpec {
    return this.context.edges[edge]!.call;
  }

  // ── alarms ──

  private wait(at: VirtualTime, { attempt, edge, number }: Call, kind: Alarm["kind"], failure: Failure | null): void {
    const index = this.freeAlarms.pop() ?? this.alarms.length;
    this.alarms[index] = { kind, edge, number, attempt, failure };
    this.desk.wait(at, index);
  }

  private ring(now: VirtualTime, index: number): void {
    const { kind, edge, number, attempt, failure } = this.alarms[index]!;
    this.freeAlarms.push(index);
    const call = this.calls[edge]!.get(number);
    if (call === undefined || call.attempt !== attempt) return;
    this.context.causes.current = NO_CAUSE;
    if (kind === "retry") {
      call.attempt++;
      this.context.books.repeat(edge, call.sentAt);
      this.attempt(now, call);
    } else if (!call.isWaiting) this.fail(now, call, failure ?? { outcome: Outcome.timedOut, why: this.silenceOf(now, call) });
  }

  /** Nobody said why no answer came in time. */
  private silenceOf(now: VirtualTime, { run, silence }: Call): CauseId {
    return this.isCutOff(now, run.pod) ? this.host.causeOf(run.pod) : silence;
  }

  // ── causes ──

  /** The row of calls that failed, or came late, because of `why`: one for each edge and reason. */
  private failureRow(now: VirtualTime, edge: number, why: CauseId): CauseId {
    return why === NO_CAUSE ? this.slownessOf(now, edge) : this.row(now, edge, why, CauseKind.dependencyFailed);
  }

  private blame(now: VirtualTime, run: Run, row: CauseId): void {
    run.blame = row;
    run.blamed(now, row);
  }

  /** Calls that had trouble before are to blame until those under way have taken longer. */
  private waitRow(now: VirtualTime, run: Run): CauseId {
    for (const call of run.open) {
      if (call.blame !== NO_CAUSE) return call.blame;
      const isRecent = now - call.sentAt < call.sentAt - run.beganAt;
      return isRecent && run.blame !== NO_CAUSE ? run.blame : this.failureRow(now, call.edge, this.silenceOf(now, call));
    }
    return NO_CAUSE;
  }

  /** Calls are slow, and nobody has said why yet: one row until another reason is told, or none for as long as a call may take. */
  private slownessOf(now: VirtualTime, edge: number): CauseId {
    const { causes, edges } = this.context;
    const known = this.slow[edge]!;
    if (known !== null && (known.why === NO_CAUSE || now - known.heardAt <= edges[edge]!.call.timeout)) {
      known.askedAt = now;
      return known.row;
    }
    const { current } = causes;
    // What others have told within the time that a call may take is most likely it; else those under way will tell.
    const told = this.told[edge]!;
    const isRecent = told !== null && now - told.at <= edges[edge]!.call.timeout;
    const why = isRecent ? told.why : NO_CAUSE;
    const row = causes.note(this.lp, CauseKind.dependencySlow, edges[edge]!.service, now, why);
    causes.current = current;
    this.slow[edge] = { row, askedAt: now, why, heardAt: isRecent ? told.at : now };
    return row;
  }

  /** An attempt that was sent at `sentAt` tells why it failed, or took so long: so did the others that were under way. */
  private explain(now: VirtualTime, edge: number, sentAt: VirtualTime, why: CauseId): void {
    const known = this.slow[edge];
    if (why !== NO_CAUSE) this.told[edge] = { why, at: now };
    if (why === NO_CAUSE || known === null || known === undefined || sentAt > known.askedAt) return;
    if (known.why === NO_CAUSE) {
      known.why = why;
      this.context.causes.explain(known.row, why);
    } else if (known.why !== why) {
      this.slow[edge] = null;
      return;
    }
    known.heardAt = now;
  }

  private row(now: VirtualTime, edge: number, why: CauseId, kind: CauseKind): CauseId {
    const { causes, edges } = this.context;
    const rows = this.rows[edge]!;
    let row = rows.get(why);
    if (row !== undefined) return row;
    const { current } = causes;
    row = causes.note(this.lp, kind, edges[edge]!.service, now, why);
    causes.current = current;
    rows.set(why, row);
    return row;
  }
}
