/** Why an answer comes too late for its client: the network, a queue, the work itself, what the server waits for, or what slows it down. */
import type { OpenEndedServer } from "../application/calling-server.ts";
import { hindranceOf, overloadOf } from "../application/overload.ts";
import type { Trouble } from "../application/packet-trouble.ts";
import type { ContainerServer } from "../application/server.ts";
import { applicationDetail, ApplicationTrait, CauseKind } from "../cause-kinds.ts";
import { NO_CAUSE, type CauseId, type CauseTable } from "../kernel/causes.ts";
import type { LpId } from "../kernel/event.ts";
import type { VirtualTime } from "../kernel/time.ts";
import type { AttemptAtHand } from "./attempt-at-hand.ts";
import { CAUSE, DESK, FLOATS, INTEGERS, INTENDED_AT, LOAD, RequestState, STATE, WAY_BACK, type RequestPool } from "./request-pool.ts";
import type { LoadTerms } from "./request-terms.ts";
import type { ClientDesk } from "./retry.ts";

/** A request at a server that calls others. */
export interface OpenEnded {
  readonly word: number;
  readonly pod: number;
  readonly server: OpenEndedServer;
  /** What its packets meet. */
  readonly trouble: Trouble;
  /** What held the server's own work up when it came. */
  readonly hindrance: CauseId;
}

export class RequestLateness {
  /** Requests at servers that call others, by word. */
  readonly open: Map<number, OpenEnded> = new Map<number, OpenEnded>();
  /** Of each server that has been too slow for a client's timeout: the row that says so, by load. */
  private readonly slow = new WeakMap<ContainerServer, CauseId[]>();
  private readonly causes: CauseTable;
  private readonly desks: readonly ClientDesk[];
  private readonly hand: AttemptAtHand;
  private readonly pool: RequestPool;
  private readonly terms: readonly LoadTerms[];

  constructor(causes: CauseTable, desks: readonly ClientDesk[], hand: AttemptAtHand, pool: RequestPool, terms: readonly LoadTerms[]) {
    this.causes = causes;
    this.desks = desks;
    this.hand = hand;
    this.pool = pool;
    this.terms = terms;
  }

  /** Without a wait in the queue the answer would be back at `soonest`. */
  causeOfLateness(now: VirtualTime, word: number, pod: number, server: ContainerServer, soonest: VirtualTime): CauseId {
    const deadline = this.pool.floats[word * FLOATS + INTENDED_AT]! + this.terms[this.pool.integers[word * INTEGERS + LOAD]!]!.timeout;
    const { trouble } = this.hand;
    const way = this.pool.integers[word * INTEGERS + WAY_BACK]!;
    if (trouble.delay > 0 && server.end + way - trouble.delay <= deadline) return trouble.cause;
    return soonest > deadline ? this.slownessOf(now, word, pod, server) : this.overloadOf(now, word, pod, server);
  }

  /** One row for each time that a server's queue costs requests, until a worker has been free again. */
  overloadOf(now: VirtualTime, word: number, pod: number, server: ContainerServer): CauseId {
    return overloadOf(this.causes, this.lpOf(word), pod, now, server, this.toldLoad(word));
  }

  /** One row for each process and load: its work alone takes longer than the client waits. */
  slownessOf(now: VirtualTime, word: number, pod: number, server: ContainerServer): CauseId {
    const load = this.pool.integers[word * INTEGERS + LOAD]!;
    let known = this.slow.get(server);
    if (known === undefined) this.slow.set(server, (known = []));
    const { causes } = this;
    const { current } = causes;
    known[load] ??= causes.note(
      this.lpOf(word),
      CauseKind.application,
      pod,
      now,
      NO_CAUSE,
      applicationDetail(ApplicationTrait.serviceTime, this.toldLoad(word)),
    );
    causes.current = current;
    return known[load];
  }

  /** Why a request that calls others is late, unless something has said so before. */
  noteLateness(now: VirtualTime, word: number): void {
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
    const hindrance = hindranceOf(this.causes, this.lpOf(word), pod, now, server, true);
    return hindrance === NO_CAUSE ? this.slownessOf(now, word, pod, server) : hindrance;
  }

  slowedBy(word: number): CauseId {
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

  private lpOf(word: number): LpId {
    return this.desks[this.pool.integers[word * INTEGERS + DESK]!]!.lp;
  }
}
