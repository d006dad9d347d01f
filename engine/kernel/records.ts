/**
 * Event records: 24 bytes in one piece, which costs fewer cache lines and pages than a column for each
 * word would. Two views of one buffer, at record `at`:
 *
 *   times[at × 3]                              time
 *   words[at × 6 + 2], … + 3, … + 4, … + 5     class and origin, number, receiver, payload
 *
 * Hot: bench/event-queue.bench.ts.
 */
const RECORD_BYTES = 24;

export class Records {
  readonly capacity: number;
  readonly times: Float64Array;
  readonly words: Uint32Array;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(capacity * RECORD_BYTES);
    this.capacity = capacity;
    this.times = new Float64Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  /** The same records with room for `capacity`. */
  grown(capacity: number): Records {
    const longer = new Records(capacity);
    longer.words.set(this.words);
    return longer;
  }
}
