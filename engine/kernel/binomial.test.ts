/** Both methods against the exact shares of each count. False alarm of each test: 1 in 10,000, with fixed seeds. */
import { describe, expect, test } from "vitest";
import { chiSquareChance } from "../testdata/two-samples.ts";
import { binomial, failureRate } from "./binomial.ts";
import { Stream, streamKey } from "./random.ts";

const ALPHA = 1e-4;
const DRAWS = 40_000;

function sharesOf(trials: number, chance: number): number[] {
  const shares = [Math.exp(trials * Math.log1p(-chance))];
  for (let count = 0; count < trials; count++) shares.push((shares[count]! * ((trials - count) / (count + 1)) * chance) / (1 - chance));
  return shares;
}

describe("binomial counts", () => {
  test.each([
    [1, 0.3],
    [10, 0.5],
    [12, 0.9],
    [50, 0.01],
    [1000, 0.001],
    [30, 0.45],
    [100, 0.1],
    [400, 0.5],
    [500, 0.93],
  ])("of %i trials with chance %d have their exact shares", (trials, chance) => {
    const stream = new Stream(streamKey(1, "test", `binomial ${trials} ${chance}`));
    const counts = Array.from({ length: trials + 1 }, () => 0);
    for (let draw = 0; draw < DRAWS; draw++) counts[binomial(stream, trials, chance)]!++;
    expect(chiSquareChance(counts, sharesOf(trials, chance))).toBeGreaterThan(ALPHA);
  });

  test("of a billion trials have the mean and deviation that they should", () => {
    const stream = new Stream(streamKey(1, "test", "binomial billion"));
    const [trials, chance, draws] = [1e9, 0.03, 2000];
    const values = Array.from({ length: draws }, () => binomial(stream, trials, chance));
    const deviation = Math.sqrt(trials * chance * (1 - chance));
    const mean = values.reduce((sum, value) => sum + value, 0) / draws;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws - 1);
    expect(Math.abs(mean - trials * chance) / (deviation / Math.sqrt(draws))).toBeLessThan(4);
    expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / draws));
  });

  test("that can't be otherwise take no draw", () => {
    const stream = new Stream(streamKey(1, "test", "none"));
    const first = new Stream(streamKey(1, "test", "none")).next();
    expect([binomial(stream, 0, 0.5), binomial(stream, 7, 0), binomial(stream, 7, 1)]).toEqual([0, 0, 7]);
    expect(stream.next()).toBe(first);
  });
});

test.each([1e-12, 1e-9, 9.9e-6, 1.1e-5, 0.01, 0.5, 0.999])("the rate of failures with chance %d is -log(1 - p)", (chance) => {
  expect(failureRate(chance) / -Math.log1p(-chance)).toBeCloseTo(1, 10);
});
