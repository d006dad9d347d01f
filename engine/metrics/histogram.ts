/**
 * Log-linear buckets over [1 µs, 1 h]: 128 linear buckets per power of two, so the relative error is
 * at most 1/128 < 1 %. Recording is one shift and one increment; merging is integer addition.
 */
const SUB_BUCKET_BITS = 7;
const SUB_BUCKETS = 1 << SUB_BUCKET_BITS;
const HIGHEST = 3_600_000_000;
export const BUCKETS: number = (32 - SUB_BUCKET_BITS + 1) * SUB_BUCKETS;

/** Of whoever hasn't recorded anything: many a histogram of a small run never does. */
const NOTHING = new Float64Array(BUCKETS);

export class Histogram {
  /** Read only: those of an empty one are shared. */
  counts: Float64Array;
  count = 0;
  /** Sum of the recorded values in µs (exact below 2⁵³). */
  sum = 0;
  min: number = HIGHEST;
  max = 0;

  constructor(counts: Float64Array = NOTHING) {
    this.counts = counts;
  }

  record(micros: number, times = 1): void {
    if (this.counts === NOTHING) this.counts = new Float64Array(BUCKETS);
    const value = micros > HIGHEST ? HIGHEST : micros < 0 ? 0 : micros;
    this.counts[bucketOf(value)]! += times;
    this.count += times;
    this.sum += value * times;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  merge(other: Histogram): void {
    if (this.counts === NOTHING) this.counts = new Float64Array(BUCKETS);
    for (let bucket = 0; bucket < this.counts.length; bucket++) this.counts[bucket]! += other.counts[bucket]!;
    this.count += other.count;
    this.sum += other.sum;
    this.min = this.min < other.min ? this.min : other.min;
    this.max = this.max > other.max ? this.max : other.max;
  }

  reset(): void {
    this.counts = NOTHING;
    this.count = 0;
    this.sum = 0;
    this.min = HIGHEST;
    this.max = 0;
  }
}

/** The bucket of a value in µs. */
export function bucketOf(micros: number): number {
  const value = micros >>> 0;
  if (value < SUB_BUCKETS * 2) return value;
  const shift = 32 - Math.clz32(value) - (SUB_BUCKET_BITS + 1);
  return (shift + 1) * SUB_BUCKETS + (value >>> shift) - SUB_BUCKETS;
}

/** The highest value in µs that falls into a bucket. */
export function highestIn(bucket: number): number {
  if (bucket < SUB_BUCKETS * 2) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  const width = 1 << shift;
  return (bucket - shift * SUB_BUCKETS) * width + width - 1;
}
