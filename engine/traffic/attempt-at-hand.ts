/** The attempt at hand: the stream of its draws, and what the network does to its packets. One at a time, so no attempt needs memory of its own. */
import { NO_TROUBLE, type Trouble } from "../application/packet-trouble.ts";
import { uniform, word as randomWord } from "../kernel/random.ts";
import { ATTEMPT, INTEGERS, LOAD, NUMBER, ORIGIN, PLACE, UNKNOWN, type RequestPool } from "./request-pool.ts";
import { DRAWS, PLACE_DRAW, type LoadTerms } from "./request-terms.ts";
import type { ClientDesk } from "./retry.ts";

export class AttemptAtHand {
  /** Of the request that `findKey` was asked for last. */
  hi: number = 0;
  lo: number = 0;
  trouble: Trouble = NO_TROUBLE;
  private readonly pool: RequestPool;
  private readonly terms: readonly LoadTerms[];
  private readonly firstNode: number;

  constructor(pool: RequestPool, terms: readonly LoadTerms[], firstNode: number) {
    this.pool = pool;
    this.terms = terms;
    this.firstNode = firstNode;
  }

  /** The request's own stream: (load, LP of origin, number there). */
  findKey(word: number): void {
    const key = this.terms[this.pool.integers[word * INTEGERS + LOAD]!]!.key;
    const origin = this.pool.integers[word * INTEGERS + ORIGIN]! - this.firstNode;
    const number = this.pool.integers[word * INTEGERS + NUMBER]!;
    const hi = randomWord(key.hi, key.lo, origin);
    const lo = randomWord(key.lo, key.hi, origin);
    this.hi = randomWord(hi, lo, number);
    this.lo = randomWord(lo, hi ^ 0xa511e9b3, number);
  }

  findPlace(word: number, places: number): void {
    const { integers } = this.pool;
    this.findKey(word);
    const index = integers[word * INTEGERS + ATTEMPT]! * DRAWS + PLACE_DRAW;
    integers[word * INTEGERS + PLACE] = Math.floor(uniform(this.hi, this.lo, index) * places);
  }

  identify(word: number, desk: ClientDesk): void {
    const { integers } = this.pool;
    if (integers[word * INTEGERS + NUMBER] === UNKNOWN) integers[word * INTEGERS + NUMBER] = desk.numbered++;
  }
}
