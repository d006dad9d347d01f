/**
 * Where shards meet at the end of a window: a few cells of shared memory and one barrier. Each shard offers
 * what it knows (its next event, whether it has more mail, whether it was told to stop); once all have
 * arrived, each reads all offers and comes to the same conclusion. Offers have two turns, like mailboxes
 * (exchange.ts). Whoever fails breaks the barrier, so nobody waits for the dead. Hot: bench/shards.bench.ts.
 */
import type { VirtualTime } from "../engine/kernel/time.ts";

/** A cache line of its own for each cell that several threads write. */
const LINE_WORDS = 16;
const Cell = { arrived: 0, generation: LINE_WORDS, failed: 2 * LINE_WORDS, stop: 3 * LINE_WORDS } as const;
const HEADER_WORDS = 4 * LINE_WORDS;
/** Each shard owns two lines of float64 cells: its offers of two turns, and what it tells the display. */
const SHARD_NUMBERS = 16;
const Offer = { next: 0, isMore: 1, isStop: 2 } as const;
const OFFER_NUMBERS = 4;
const Sign = { now: 8, events: 9, pods: 10, lost: 11 } as const;
/** In the line of the shard with the thread's number, of which there are never more: the shard that the thread works on. */
const AT_WORK = 12;
/** About 20 µs of looking before a shard goes to sleep: a wake-up costs as much. */
const SPINS_MAX = 600;
const SPINS_MIN = 8;

/** A hint to the processor that this is a spin; absent in older engines. */
const pause: () => void = (Atomics as { pause?: () => void }).pause ?? ((): void => {});

/** What a shard shows to the display while it runs. */
export interface ShardSign {
  readonly now: VirtualTime;
  readonly events: number;
  readonly pods: number;
  readonly lost: number;
}

export function rendezvousMemory(shards: number): SharedArrayBuffer {
  return new SharedArrayBuffer(HEADER_WORDS * 4 + shards * SHARD_NUMBERS * 8);
}

export class Rendezvous {
  /** Wall milliseconds spent waiting here. */
  waitedMs = 0;
  private readonly shards: number;
  private readonly threads: number;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;
  private readonly spinsMax: number;
  private spins: number;

  /** `spin` only where every thread has a core of its own; else a waiting thread sleeps at once. */
  constructor(memory: SharedArrayBuffer, shards: number, threads: number, spin: boolean) {
    this.shards = shards;
    this.threads = threads;
    this.words = new Int32Array(memory, 0, HEADER_WORDS);
    this.numbers = new Float64Array(memory, HEADER_WORDS * 4);
    this.spinsMax = spin ? SPINS_MAX : 0;
    this.spins = this.spinsMax;
  }

  offer(shard: number, turn: number, next: VirtualTime, isMore: boolean): void {
    const at = shard * SHARD_NUMBERS + turn * OFFER_NUMBERS;
    this.numbers[at + Offer.next] = next;
    this.numbers[at + Offer.isMore] = isMore ? 1 : 0;
    this.numbers[at + Offer.isStop] = Atomics.load(this.words, Cell.stop);
  }

  /** The next event of each shard. */
  readNexts(turn: number, into: Float64Array): void {
    for (let shard = 0; shard < this.shards; shard++)
      into[shard] = this.numbers[shard * SHARD_NUMBERS + turn * OFFER_NUMBERS + Offer.next]!;
  }

  isMore(turn: number): boolean {
    return this.someOffers(turn, Offer.isMore);
  }

  /** Someone had been told to stop when it made its offer: all stop at this bound. */
  isStop(turn: number): boolean {
    return this.someOffers(turn, Offer.isStop);
  }

  /** Waits until every thread has arrived; false when the run has failed. */
  arrive(): boolean {
    const generation = Atomics.load(this.words, Cell.generation);
    // Read after the generation: who fails later changes it, so nobody falls asleep at a barrier that is broken.
    if (Atomics.load(this.words, Cell.failed) !== 0) return false;
    if (Atomics.add(this.words, Cell.arrived, 1) === this.threads - 1) {
      Atomics.store(this.words, Cell.arrived, 0);
      this.open();
    } else {
      this.wait(generation);
    }
    return Atomics.load(this.words, Cell.failed) === 0;
  }

  /** Breaks the barrier for good. The first to fail is remembered. */
  fail(shard: number): void {
    Atomics.compareExchange(this.words, Cell.failed, 0, shard + 1);
    this.open();
  }

  /** The shard that failed first, -1: none. */
  get failed(): number {
    return Atomics.load(this.words, Cell.failed) - 1;
  }

  /** Asks all shards to stop at the end of the present window. */
  stop(): void {
    Atomics.store(this.words, Cell.stop, 1);
  }

  show(shard: number, sign: ShardSign): void {
    const at = shard * SHARD_NUMBERS;
    this.numbers[at + Sign.now] = sign.now;
    this.numbers[at + Sign.events] = sign.events;
    this.numbers[at + Sign.pods] = sign.pods;
    this.numbers[at + Sign.lost] = sign.lost;
  }

  showNow(shard: number, now: VirtualTime): void {
    this.numbers[shard * SHARD_NUMBERS + Sign.now] = now;
  }

  sign(shard: number): ShardSign {
    const at = shard * SHARD_NUMBERS;
    const { numbers } = this;
    return {
      now: numbers[at + Sign.now]!,
      events: numbers[at + Sign.events]!,
      pods: numbers[at + Sign.pods]!,
      lost: numbers[at + Sign.lost]!,
    };
  }

  /** A thread turns to one of its shards. */
  enter(thread: number, shard: number): void {
    this.numbers[thread * SHARD_NUMBERS + AT_WORK] = shard;
  }

  atWork(thread: number): number {
    return this.numbers[thread * SHARD_NUMBERS + AT_WORK]!;
  }

  private someOffers(turn: number, what: number): boolean {
    for (let at = turn * OFFER_NUMBERS + what; at < this.shards * SHARD_NUMBERS; at += SHARD_NUMBERS) {
      if (this.numbers[at] !== 0) return true;
    }
    return false;
  }

  private open(): void {
    Atomics.add(this.words, Cell.generation, 1);
    Atomics.notify(this.words, Cell.generation);
  }

  private wait(generation: number): void {
    if (Atomics.load(this.words, Cell.generation) !== generation) return;
    const from = performance.now();
    if (this.spinUntilOpen(generation)) {
      this.spins = Math.min(this.spinsMax, this.spins * 2);
    } else {
      // Looking was in vain: look half as long next time, but never stop trying where there are cores enough.
      this.spins = Math.min(this.spinsMax, Math.max(SPINS_MIN, this.spins >> 1));
      while (Atomics.load(this.words, Cell.generation) === generation) Atomics.wait(this.words, Cell.generation, generation);
    }
    this.waitedMs += performance.now() - from;
  }

  private spinUntilOpen(generation: number): boolean {
    for (let spin = 0; spin < this.spins; spin++) {
      pause();
      if (Atomics.load(this.words, Cell.generation) !== generation) return true;
    }
    return false;
  }
}
