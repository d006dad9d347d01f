/**
 * Random numbers without state: word `index` of the stream of (seed, purpose, entity). A draw made for
 * one entity never shifts another's, and a new purpose leaves old draws as they were. Entities are
 * named by stable names (namespace/kind/name/ordinal), never by row. Hot: bench/phold.bench.ts.
 */

/** Names one stream; two words so that a million streams don't collide. */
export interface StreamKey {
  readonly hi: number;
  readonly lo: number;
}

/** The key of a stream: 64 bits hashed from seed, purpose and the entity's stable name. */
export function streamKey(seed: number, purpose: string, entity: string): StreamKey {
  let hi = (seed ^ 0x9e3779b9) >>> 0;
  let lo = (Math.floor(seed / 4294967296) ^ 0x85ebca6b) >>> 0;
  const text = `${purpose}\u0000${entity}`;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    hi = Math.imul(hi ^ code, 0x01000193) >>> 0;
    lo = (Math.imul(lo, 0x5bd1e995) ^ code ^ (hi >>> 15)) >>> 0;
  }
  return { hi: mix(hi ^ lo), lo: mix(lo + Math.imul(hi, 0x9e3779b1)) };
}

/** A stream below another: pod `ordinal` of a workload, attempt `ordinal` of a probe. */
export function childKey(key: StreamKey, ordinal: number): StreamKey {
  return { hi: word(key.hi, key.lo, ordinal), lo: word(key.lo, key.hi ^ 0xa511e9b3, ordinal) };
}

/** 32 random bits: word `index` of the stream (hi, lo). */
export function word(hi: number, lo: number, index: number): number {
  let a = hi ^ Math.imul(index, 0x9e3779b1);
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
  a = Math.imul(a ^ (a >>> 13) ^ lo, 0xc2b2ae35);
  a = Math.imul(a ^ (a >>> 16) ^ index, 0x7feb352d);
  a = Math.imul(a ^ (a >>> 15), 0x846ca68b);
  return (a ^ (a >>> 16)) >>> 0;
}

/** Word `part` of a draw that needs more than the two of `uniform` (rejections): off every stream's own words. */
export function subWord(hi: number, lo: number, index: number, part: number): number {
  return word(hi ^ Math.imul(part, 0x632be5ab), lo ^ Math.imul(part, 0x9e6c63d1) ^ 0x5851f42d, index);
}

/** Uniform in [0, 1) with 53 bits, from words 2·index and 2·index + 1. */
export function uniform(hi: number, lo: number, index: number): number {
  const top = word(hi, lo, 2 * index) >>> 5;
  const bottom = word(hi, lo, 2 * index + 1) >>> 6;
  return (top * 67108864 + bottom) / 9007199254740992;
}

function mix(value: number): number {
  let a = value | 0;
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (a ^ (a >>> 16)) >>> 0;
}

/** A stream that counts its own draws, for what is drawn rarely. */
export class Stream {
  private readonly hi: number;
  private readonly lo: number;
  private index = 0;

  constructor(key: StreamKey) {
    this.hi = key.hi;
    this.lo = key.lo;
  }

  next(): number {
    return uniform(this.hi, this.lo, this.index++);
  }

  /** An integer in [0, bound). */
  nextBelow(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}
