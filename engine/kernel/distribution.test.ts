import { describe, expect, it } from "vitest";
import { sample, sampler, type Distribution } from "./distribution.ts";
import { childKey, streamKey } from "./random.ts";

const COUNT = 60_000;
const key = streamKey(3, "test", "distribution");

function draws(distribution: Distribution, count = COUNT): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => sample(distribution, key.hi, key.lo, index));
}

/** Φ by its continued series, good to 1e-12: only for the test. */
function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z);
  let term = z;
  let sum = z;
  for (let n = 1; n < 300; n++) sum += term *= (z * z) / (2 * n + 1);
  return Math.min(1, 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI));
}

const Z99 = 2.3263478740408408;
const continuous: readonly (readonly [Distribution, (x: number) => number])[] = [
  [{ type: "uniform", min: 5, max: 9 }, (x) => (x - 5) / 4],
  [{ type: "exponential", mean: 20 }, (x) => 1 - Math.exp(-x / 20)],
  [{ type: "normal", mean: 10, deviation: 3 }, (x) => normalBelow((x - 10) / 3)],
  [{ type: "logNormal", median: 100, p99: 700 }, (x) => normalBelow((Math.log(x / 100) / Math.log(7)) * Z99)],
  [{ type: "pareto", scale: 2, shape: 1.5 }, (x) => 1 - (2 / x) ** 1.5],
  [{ type: "weibull", scale: 4, shape: 0.7 }, (x) => 1 - Math.exp(-((x / 4) ** 0.7))],
];

it.each(continuous)("$type has its distribution function (Kolmogorov and Smirnov)", (distribution, below) => {
  const sorted = draws(distribution).toSorted();
  let distance = 0;
  for (let rank = 0; rank < COUNT; rank++) {
    const expected = below(sorted[rank]!);
    distance = Math.max(distance, Math.abs(expected - rank / COUNT), Math.abs(expected - (rank + 1) / COUNT));
  }
  // 1.95 is the quantile of 99.9 %.
  expect(distance * Math.sqrt(COUNT)).toBeLessThan(1.95);
});

it.each([
  [{ type: "exponential", mean: 1 } as const, 1, 1],
  [{ type: "normal", mean: 0, deviation: 1 } as const, 0, 1],
  [{ type: "uniform", min: 0, max: 12 } as const, 6, 12],
])("%o has its mean and variance", (distribution, mean, variance) => {
  const values = draws(distribution, 400_000);
  const measured = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, value) => sum + (value - measured) ** 2, 0) / values.length;
  expect(Math.abs(measured - mean)).toBeLessThan(5 * Math.sqrt(variance / values.length));
  expect(Math.abs(spread / variance - 1)).toBeLessThan(0.012);
});

it("reaches the tails of the ziggurats as often as they weigh", () => {
  const tails = [
    [{ type: "exponential", mean: 1 } as const, 7.69711747013105, 4.5413e-4],
    [{ type: "normal", mean: 0, deviation: 1 } as const, 3.6541528853610088, 2.5802e-4 / 2],
  ] as const;
  for (const [distribution, edge, chance] of tails) {
    const values = draws(distribution, 1_000_000);
    const beyond = values.filter((value) => value > edge).length;
    expect(Math.abs(beyond - chance * 1e6)).toBeLessThan(5 * Math.sqrt(chance * 1e6));
  }
});

it("draws a log-normal by its median and p99", () => {
  const sorted = draws({ type: "logNormal", median: 2000, p99: 15000 }, 200_000).toSorted();
  expect(Math.abs(sorted[100_000]! / 2000 - 1)).toBeLessThan(0.02);
  expect(Math.abs(sorted[198_000]! / 15000 - 1)).toBeLessThan(0.05);
});

it("draws measured values equally often and nothing else", () => {
  const counts = new Map<number, number>();
  for (const value of draws({ type: "empirical", values: [1, 5, 25, 125] })) counts.set(value, (counts.get(value) ?? 0) + 1);
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([1, 5, 25, 125]);
  for (const count of counts.values()) expect(Math.abs(count - COUNT / 4)).toBeLessThan(5 * Math.sqrt(COUNT / 4));
});

describe("the degenerate cases are constant", () => {
  it.each([
    [{ type: "constant", value: 7 }, 7],
    [{ type: "uniform", min: 4, max: 4 }, 4],
    [{ type: "logNormal", median: 9, p99: 9 }, 9],
    [{ type: "logNormal", median: 0, p99: 9 }, 0],
    [{ type: "normal", mean: 3, deviation: 0 }, 3],
  ] as const)("%o is always %d", (distribution, value) => {
    for (let index = 0; index < 50; index++) expect(sample(distribution, key.hi, key.lo, index)).toBe(value);
  });
});

it("gives the same draw for the same index, whatever was drawn before and through a sampler too", () => {
  for (const [distribution] of continuous) {
    const draw = sampler(distribution);
    const forward = draws(distribution, 3000);
    for (let index = 2999; index >= 0; index--) expect(draw(key.hi, key.lo, index)).toBe(forward[index]);
  }
});

it("does not correlate neighbouring indexes or neighbouring keys", () => {
  for (const distribution of [
    { type: "exponential", mean: 1 },
    { type: "normal", mean: 1, deviation: 1 },
  ] as const) {
    let alongIndex = 0;
    let alongKey = 0;
    for (let index = 0; index < COUNT; index++) {
      alongIndex += (sample(distribution, key.hi, key.lo, index) - 1) * (sample(distribution, key.hi, key.lo, index + 1) - 1);
      const one = childKey(key, index);
      const other = childKey(key, index + 1);
      alongKey += (sample(distribution, one.hi, one.lo, 0) - 1) * (sample(distribution, other.hi, other.lo, 0) - 1);
    }
    expect(Math.abs(alongIndex) / Math.sqrt(COUNT)).toBeLessThan(4.5);
    expect(Math.abs(alongKey) / Math.sqrt(COUNT)).toBeLessThan(4.5);
  }
});
