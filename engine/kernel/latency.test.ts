import { expect, it } from "vitest";
import { logDeviation, logNormal } from "./distribution.ts";
import { Latency } from "./latency.ts";
import { streamKey } from "./random.ts";

function draws(latency: Latency, count: number): number[] {
  return Array.from({ length: count }, () => latency.next());
}

it("has the median and p99 of floor and tail together", () => {
  const sorted = draws(new Latency(2_000, 5_000, 30_000, streamKey(1, "latency", "a")), 100_000).toSorted((a, b) => a - b);
  expect(Math.abs(sorted[50_000]! / 5_000 - 1)).toBeLessThan(0.02);
  expect(Math.abs(sorted[99_000]! / 30_000 - 1)).toBeLessThan(0.05);
  expect(sorted[0]).toBeGreaterThanOrEqual(2_000);
});

it.each([
  [250, 250, 9_000, 250],
  [250, 0, 9_000, 250],
  [0, 0, 0, 1],
  [1_000, 1_500, 1_500, 1_500],
])("floor %d, median %d, p99 %d is the constant %d", (floor, median, p99, value) => {
  expect(new Set(draws(new Latency(floor, median, p99, streamKey(1, "latency", "b")), 100))).toEqual(new Set([value]));
});

it("is a whole number of microseconds, at least one, and repeats for the same key", () => {
  const key = streamKey(9, "latency", "c");
  const first = draws(new Latency(0, 2, 40, key), 5_000);
  expect(first.every((value) => Number.isInteger(value) && value >= 1)).toBe(true);
  expect(draws(new Latency(0, 2, 40, key), 5_000)).toEqual(first);
});

it("takes one index of its stream a draw, from the first on", () => {
  const key = streamKey(9, "latency", "d");
  const tails = [0, 1, 2, 3].map((index) => logNormal(3_000, logDeviation(3_000, 28_000), key.hi, key.lo, index));
  expect(draws(new Latency(2_000, 5_000, 30_000, key), 4)).toEqual(tails.map((tail) => 2_000 + Math.round(tail)));
});
