/**
 * The requests in flight of one shard, as columns: a request is a word, its row here. Rows are reused and
 * never enter a key or a draw. Hot: bench/traffic.bench.ts.
 *
 *   free ──▶ serving ──▶ free        served, reset, or given up by the client
 *     └────▶ waiting ──▶ free        for a retry, or to learn of a failure (an attempt at an address that is gone)
 */
export const RequestState = { free: 0, serving: 1, waitingToRetry: 2, waitingToFail: 3 } as const;
export type RequestState = (typeof RequestState)[keyof typeof RequestState];

/** A column not filled in yet: the place of a split arrival, the number of a request without retries. */
export const UNKNOWN = -1;

export class RequestPool {
  state: Uint8Array = new Uint8Array(64);
  load: Uint16Array = new Uint16Array(64);
  attempt: Uint8Array = new Uint8Array(64);
  /** Client place, or UNKNOWN: nobody asked yet. */
  place: Int32Array = new Int32Array(64);
  /** LP in which it began, and its number there (or UNKNOWN). */
  origin: Int32Array = new Int32Array(64);
  number: Int32Array = new Int32Array(64);
  /** Index of the desk (retry.ts) of the LP that has it now. */
  desk: Int32Array = new Int32Array(64);
  intendedAt: Float64Array = new Float64Array(64);
  /** Serving: when the server will be done, and how long the answer travels. */
  servedAt: Float64Array = new Float64Array(64);
  wayBack: Float64Array = new Float64Array(64);
  pod: Int32Array = new Int32Array(64);
  /** Why it will be lost: of an attempt that waits to fail or that the client will give up. */
  outcome: Uint8Array = new Uint8Array(64);
  situation: Uint8Array = new Uint8Array(64);
  cause: Float64Array = new Float64Array(64);
  /** Rows ever used: everything at or above is free. */
  used = 0;
  private free: Int32Array = new Int32Array(64);
  private freeCount = 0;

  take(): number {
    if (this.freeCount > 0) return this.free[--this.freeCount]!;
    if (this.used === this.state.length) this.grow();
    return this.used++;
  }

  release(word: number): void {
    this.state[word] = RequestState.free;
    this.free[this.freeCount++] = word;
  }

  private grow(): void {
    const capacity = this.state.length * 2;
    this.state = grown(this.state, new Uint8Array(capacity));
    this.load = grown(this.load, new Uint16Array(capacity));
    this.attempt = grown(this.attempt, new Uint8Array(capacity));
    this.place = grown(this.place, new Int32Array(capacity));
    this.origin = grown(this.origin, new Int32Array(capacity));
    this.number = grown(this.number, new Int32Array(capacity));
    this.desk = grown(this.desk, new Int32Array(capacity));
    this.intendedAt = grown(this.intendedAt, new Float64Array(capacity));
    this.servedAt = grown(this.servedAt, new Float64Array(capacity));
    this.wayBack = grown(this.wayBack, new Float64Array(capacity));
    this.pod = grown(this.pod, new Int32Array(capacity));
    this.outcome = grown(this.outcome, new Uint8Array(capacity));
    this.situation = grown(this.situation, new Uint8Array(capacity));
    this.cause = grown(this.cause, new Float64Array(capacity));
    this.free = grown(this.free, new Int32Array(capacity));
  }
}

/** `larger` with the old column's values in front. */
export function grown<Column extends ArrayLike<number> & { set(from: ArrayLike<number>): void }>(column: Column, larger: NoInfer<Column>): Column {
  larger.set(column);
  return larger;
}
