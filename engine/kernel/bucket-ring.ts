/**
 * Unsorted buckets of event records, in a ring: what is far away is only appended to the bucket of its
 * time, in blocks of a shared pool, so that every write is sequential. Hot: bench/event-queue.bench.ts.
 *
 *   bucket → block → block → block        a block: 64 records
 */
import { Records } from "./records.ts";
import type { VirtualTime } from "./time.ts";

/** Block of a record position: position >> BLOCK_SHIFT. */
export const BLOCK_SHIFT = 6;
export const BLOCK_SIZE: number = 1 << BLOCK_SHIFT;
/** Ends a chain; block 0 is never used. */
export const NO_BLOCK = 0;

export class BlockPool {
  times: Float64Array;
  words: Uint32Array;
  next: Int32Array = new Int32Array(64);
  private free = NO_BLOCK;
  private used = 1;

  constructor() {
    const records = new Records(64 * BLOCK_SIZE);
    this.times = records.times;
    this.words = records.words;
  }

  allocate(): number {
    let block = this.free;
    if (block === NO_BLOCK) {
      if (this.used === this.next.length) this.grow();
      block = this.used++;
    } else {
      this.free = this.next[block]!;
    }
    this.next[block] = NO_BLOCK;
    return block;
  }

  release(block: number): void {
    this.next[block] = this.free;
    this.free = block;
  }

  clear(): void {
    this.free = NO_BLOCK;
    this.used = 1;
  }

  private grow(): void {
    const records = new Records(this.next.length * 2 * BLOCK_SIZE);
    records.words.set(this.words);
    this.times = records.times;
    this.words = records.words;
    const next = new Int32Array(this.next.length * 2);
    next.set(this.next);
    this.next = next;
  }
}

export class BucketRing {
  /** First block of each bucket. */
  readonly heads: Int32Array;
  /** Position after the last record of each bucket; 0 when it is empty. */
  readonly ends: Int32Array;
  /** One bit for each bucket that holds something. */
  private readonly occupied: Int32Array;
  private readonly pool: BlockPool;
  private readonly mask: number;

  /** `slots` is a power of two, at least 32. */
  constructor(pool: BlockPool, slots: number) {
    this.pool = pool;
    this.heads = new Int32Array(slots);
    this.ends = new Int32Array(slots);
    this.occupied = new Int32Array(slots >> 5);
    this.mask = slots - 1;
  }

  append(slot: number, time: VirtualTime, classAndOrigin: number, number: number, receiver: number, payload: number): void {
    let at = this.ends[slot]!;
    if ((at & (BLOCK_SIZE - 1)) === 0) at = this.extend(slot, at);
    const pool = this.pool;
    pool.times[at * 3] = time;
    const words = pool.words;
    words[at * 6 + 2] = classAndOrigin;
    words[at * 6 + 3] = number;
    words[at * 6 + 4] = receiver;
    words[at * 6 + 5] = payload;
    this.ends[slot] = at + 1;
  }

  private extend(slot: number, end: number): number {
    const block = this.pool.allocate();
    if (end === 0) {
      this.heads[slot] = block;
      this.occupied[slot >> 5]! |= 1 << (slot & 31);
    } else {
      this.pool.next[(end - 1) >> BLOCK_SHIFT] = block;
    }
    return block << BLOCK_SHIFT;
  }

  /** Makes the bucket empty; its chain now belongs to whoever read `heads` and `ends` before. */
  forget(slot: number): void {
    this.heads[slot] = NO_BLOCK;
    this.ends[slot] = 0;
    this.occupied[slot >> 5]! &= ~(1 << (slot & 31));
  }

  /** How many slots after `from` (itself 0) the first occupied one lies, going round; -1 when none does within `span`. */
  distanceToNext(from: number, span: number): number {
    const wordMask = this.mask >> 5;
    let slot = from & this.mask;
    let distance = 0;
    while (distance < span) {
      const bits = this.occupied[slot >> 5]! >>> (slot & 31);
      if (bits !== 0) {
        distance += 31 - Math.clz32(bits & -bits);
        return distance < span ? distance : -1;
      }
      distance += 32 - (slot & 31);
      slot = (((slot >> 5) + 1) & wordMask) << 5;
    }
    return -1;
  }

  /** Every bucket is empty again; the pool is cleared by its owner. */
  clear(): void {
    this.heads.fill(NO_BLOCK);
    this.ends.fill(0);
    this.occupied.fill(0);
  }
}
