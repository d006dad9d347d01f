/**
 * The requests in flight of one shard, as records of 64 bytes (one cache line): a request is a word, its
 * record here. Records are reused and never enter a key or a draw. Hot: bench/traffic.bench.ts.
 *
 *   free ──▶ serving ──▶ free        served, reset, or given up by the client
 *     └────▶ waiting ──▶ free        for a retry, or to learn of a failure (an attempt at an address that is gone)
 */
export const RequestState = { free: 0, serving: 1, waitingToRetry: 2, waitingToFail: 3 } as const;
export type RequestState = (typeof RequestState)[keyof typeof RequestState];

/** A field not filled in yet: the place of a split arrival, the number of a request without retries. */
export const UNKNOWN = -1;

/** Floats of a record: word × FLOATS + field. */
export const FLOATS = 8;
/** Intended send time; while serving, when the server will be done; why it will be lost. */
export const INTENDED_AT = 0;
export const SERVED_AT = 1;
export const CAUSE = 2;

/** Integers of a record, behind its floats: word × INTEGERS + field. */
export const INTEGERS = 16;
/** How long the answer travels. */
export const WAY_BACK = 6;
/** Client place, or UNKNOWN: nobody asked yet. */
export const PLACE = 7;
/** LP in which it began, and its number there, or UNKNOWN. */
export const ORIGIN = 8;
export const NUMBER = 9;
/** Index of the desk (retry.ts) of the LP that has it now. */
export const DESK = 10;
export const LOAD = 11;
export const ATTEMPT = 12;
export const STATE = 13;
/** How an attempt that waits to fail will end. */
export const OUTCOME = 14;
export const SITUATION = 15;

export class RequestPool {
  floats: Float64Array;
  integers: Int32Array;
  /** Records ever used: everything at or above is free. */
  used = 0;
  private free: Int32Array = new Int32Array(64);
  private freeCount = 0;

  constructor() {
    this.floats = new Float64Array(64 * FLOATS);
    this.integers = new Int32Array(this.floats.buffer);
  }

  take(): number {
    if (this.freeCount > 0) return this.free[--this.freeCount]!;
    if (this.used * FLOATS === this.floats.length) this.grow();
    return this.used++;
  }

  release(word: number): void {
    this.integers[word * INTEGERS + STATE] = RequestState.free;
    this.free[this.freeCount++] = word;
  }

  private grow(): void {
    this.floats = grown(this.floats, new Float64Array(this.floats.length * 2));
    this.integers = new Int32Array(this.floats.buffer);
    this.free = grown(this.free, new Int32Array(this.free.length * 2));
  }
}

/** `larger` with the old column's values in front. */
export function grown<Column extends ArrayLike<number> & { set(from: ArrayLike<number>): void }>(
  column: Column,
  larger: NoInfer<Column>,
): Column {
  larger.set(column);
  return larger;
}
