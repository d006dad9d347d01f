/** Draws of one case by its number: the same whoever draws, in whatever order. */
import fc from "fast-check";

/** Seed and number mixed, so that neighbours have nothing in common. 32 bits, as fast-check takes them. */
export function mixed(seed: number, index: number): number {
  let mix = Math.imul((seed ^ 0x9e3779b9) >>> 0, 0x85ebca6b) ^ Math.imul((index + 1) >>> 0, 0xc2b2ae35);
  mix = Math.imul(mix ^ (mix >>> 16), 0x7feb352d);
  mix = Math.imul(mix ^ (mix >>> 15), 0x846ca68b);
  return (mix ^ (mix >>> 16)) | 0;
}

export function drawOne<Value>(arbitrary: fc.Arbitrary<Value>, seed: number, index: number): Value {
  const [drawn] = fc.sample(arbitrary, { seed: mixed(seed, index), numRuns: 1 });
  return drawn!;
}

/** Without fast-check's preference for bounds and short lists: where each draw is a case, they would be most of all cases. */
export function drawEvenly<Value>(arbitrary: fc.Arbitrary<Value>, seed: number, index: number): Value {
  const [drawn] = fc.sample(arbitrary, { seed: mixed(seed, index), numRuns: 1, unbiased: true });
  return drawn!;
}
