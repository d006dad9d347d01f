/**
 * How attempts end other than answered: another one follows, or the request is lost; or whoever keeps the books hears of it.
 *
 *   failed ─▶ told to the source, which decides (conversations, calls; a budget that lies there)
 *      ├────▶ attempts, time and budget left ─▶ waits for its back-off at the desk, or leaves for who chooses
 *      └────▶ lost
 */
import type { CauseId, CauseTable } from "../kernel/causes.ts";
import { NO_CAUSE } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { Sender } from "../kernel/mailbox.ts";
import { uniform } from "../kernel/random.ts";
import { NEVER, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { Link } from "../kubernetes/network/link.ts";
import type { Accounting } from "./accounting.ts";
import type { AttemptAtHand } from "./attempt-at-hand.ts";
import type { AttemptEnded, AttemptMessage, TrafficMessage } from "./attempt.ts";
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
  RequestState,
  SITUATION,
  STATE,
  UNKNOWN,
  type RequestPool,
} from "./request-pool.ts";
import type { AttemptEnd, LoadTerms } from "./request-terms.ts";
import { backOffBefore } from "./retry-policy.ts";
import type { ClientDesk } from "./retry.ts";

/** Sets the draw of a back-off's jitter apart from those of the attempt. */
const JITTER = 0x7f4a7c15;

export interface RequestEndsOptions {
  readonly accounting: Accounting;
  readonly causes: CauseTable;
  readonly desks: readonly ClientDesk[];
  readonly hand: AttemptAtHand;
  readonly link: Link;
  readonly mailbox: Sender<TrafficMessage>;
  readonly pool: RequestPool;
  readonly terms: readonly LoadTerms[];
}

export class RequestEnds {
  private readonly accounting: Accounting;
  private readonly causes: CauseTable;
  private readonly desks: readonly ClientDesk[];
  private readonly hand: AttemptAtHand;
  private readonly link: Link;
  private readonly mailbox: Sender<TrafficMessage>;
  private readonly pool: RequestPool;
  private readonly terms: readonly LoadTerms[];

  constructor(options: RequestEndsOptions) {
    this.accounting = options.accounting;
    this.causes = options.causes;
    this.desks = options.desks;
    this.hand = options.hand;
    this.link = options.link;
    this.mailbox = options.mailbox;
    this.pool = options.pool;
    this.terms = options.terms;
  }

  /** An attempt ended other than answered. */
  fail(now: VirtualTime, word: number, end: AttemptEnd): void {
    const { knownAt, outcome, situation, cause } = end;
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    const desk = this.deskOf(word);
    const intendedAt = pool.floats[word * FLOATS + INTENDED_AT]!;
    if (terms.isTold) {
      const deadline = intendedAt + terms.timeout;
      const { trouble } = this.hand;
      const isSlow = knownAt > deadline;
      // The client has given up before it hears of it.
      const why = isSlow && trouble.delay > 0 && knownAt - trouble.delay <= deadline ? trouble.cause : cause;
      const at = Math.max(isSlow ? deadline : knownAt, now + this.link.wayOut);
      this.tell(word, at, isSlow ? Outcome.timedOut : outcome, isSlow ? EndpointSituation.slowAnswer : situation, why);
      return;
    }
    this.accounting.failAttempt(load, intendedAt, outcome);
    if (terms.budget !== null && desk.lp !== terms.source && pool.integers[word * INTEGERS + ATTEMPT]! < terms.retry.max) {
      this.hand.identify(word, desk);
      this.accounting.depart(load, intendedAt);
      this.tell(word, Math.max(knownAt, now + this.link.wayOut), outcome, situation, cause);
      return;
    }
    this.retryOrLose(now, word, end);
  }

  retryOrLose(now: VirtualTime, word: number, end: AttemptEnd): void {
    const { knownAt, outcome, situation, cause } = end;
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const terms = this.terms[load]!;
    const desk = this.deskOf(word);
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
    this.hand.identify(word, desk);
    this.hand.findKey(word);
    return backOffBefore(retry, attempt, uniform(this.hand.hi ^ JITTER, this.hand.lo, attempt));
  }

  /** Takes a token of the place's budget, if there is a budget. */
  private affords(now: VirtualTime, word: number): boolean {
    const { integers } = this.pool;
    const { budget, places, rateAt } = this.terms[integers[word * INTEGERS + LOAD]!]!;
    if (budget === null) return true;
    if (integers[word * INTEGERS + PLACE] === UNKNOWN) this.hand.findPlace(word, places);
    return budget.take(now, integers[word * INTEGERS + PLACE]!, rateAt(now));
  }

  /** The source learns at `at` how an attempt ended; the request leaves this LP. */
  tell(word: number, at: VirtualTime, outcome: Outcome, situation: EndpointSituation, why: CauseId): void {
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
  foretell(now: VirtualTime, word: number): void {
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

  /** The client will know of the failure only then. */
  failLater(now: VirtualTime, word: number, end: AttemptEnd): void {
    const { knownAt: at, outcome, situation, cause } = end;
    const pool = this.pool;
    if (this.terms[pool.integers[word * INTEGERS + LOAD]!]!.isTold) {
      this.tell(word, Math.max(at, now + this.link.wayOut), outcome, situation, cause);
      return;
    }
    pool.integers[word * INTEGERS + STATE] = RequestState.waitingToFail;
    pool.integers[word * INTEGERS + OUTCOME] = outcome;
    pool.integers[word * INTEGERS + SITUATION] = situation;
    pool.floats[word * FLOATS + CAUSE] = cause;
    this.deskOf(word).wait(Math.max(now + 1, at), word);
  }

  /** The client's own timeout: no time is left for a retry. */
  giveUp(word: number, deadline: VirtualTime): void {
    const pool = this.pool;
    const load = pool.integers[word * INTEGERS + LOAD]!;
    const intendedAt = pool.floats[word * FLOATS + INTENDED_AT]!;
    this.accounting.failAttempt(load, intendedAt, Outcome.timedOut);
    this.accounting.lose(load, intendedAt, deadline, Outcome.timedOut, EndpointSituation.slowAnswer, pool.floats[word * FLOATS + CAUSE]!);
  }

  /** The request leaves this LP as a message. */
  post(receiver: LpId, at: VirtualTime, word: number, pod: number, attempt: number): void {
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

  /** Whom to tell of a request that is told. */
  private sourceOf(word: number): LpId {
    const { integers } = this.pool;
    const { isCall, source } = this.terms[integers[word * INTEGERS + LOAD]!]!;
    return isCall ? integers[word * INTEGERS + ORIGIN]! : source;
  }

  private deskOf(word: number): ClientDesk {
    return this.desks[this.pool.integers[word * INTEGERS + DESK]!]!;
  }
}
