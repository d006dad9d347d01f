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
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(DRAWS);
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

/** Gives these numbers, then the middle of everything, which any method takes at once; counts how many were asked for. */
class Scripted extends Stream {
  taken = 0;
  private readonly numbers: readonly number[];

  constructor(numbers: readonly number[]) {
    super({ hi: 0, lo: 0 });
    this.numbers = numbers;
  }

  override next(): number {
    return this.numbers[this.taken++] ?? (this.taken % 2 === 1 ? 0.5 : 0);
  }
}

describe("by inversion", () => {
  test("the share of a count ends below its upper edge", () => {
    expect([0.25, 0.75, 0.5 - 2 ** -53, 0.5].map((number) => binomial(new Scripted([number]), 1, 0.5))).toEqual([0, 1, 0, 1]);
  });

  test("what no count has a share of is drawn again", () => {
    const almostOne = 1 - 2 ** -53;
    // Found by search: the shares of 7 counts add up to less than the largest number drawn.
    const short = [...Array(40).keys()]
      .map((step) => (step + 1) / 100)
      .filter((chance) => binomial(new Scripted([almostOne, 0]), 6, chance) === 0);
    expect(short.length).toBeGreaterThan(0);
    for (const chance of short) {
      const stream = new Scripted([almostOne, almostOne, 0]);
      expect([binomial(stream, 6, chance), stream.taken]).toEqual([0, 3]);
    }
  });

  test("takes one number where fewer than ten successes are expected, and two a try from there", () => {
    const taken = [19, 20].map((trials) => {
      const stream = new Scripted([]);
      binomial(stream, trials, 0.5);
      return stream.taken;
    });
    expect(taken).toEqual([1, 2]);
  });

  test("more than half are what half or less leave", () => {
    for (const number of [0, 0.1, 0.3, 0.5, 0.9]) {
      for (const trials of [5, 30, 1000]) {
        expect(binomial(new Scripted([number, 0]), trials, 0.75)).toBe(trials - binomial(new Scripted([number, 0]), trials, 0.25));
      }
    }
  });
});

/** By Hörmann's paper: what a first number proposes, and up to which second number that is taken; -1: never. */
function proposal(u: number, trials: number, chance: number): { readonly count: number; readonly limit: number } {
  const deviation = Math.sqrt(trials * chance * (1 - chance));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * chance;
  const edge = 0.5 - Math.abs(u - 0.5);
  const count = Math.floor(((2 * a) / edge + b) * (u - 0.5) + trials * chance + 0.5);
  if (count < 0 || count > trials) return { count, limit: -1 };
  const ratio = Math.exp(logShare(count, trials, chance) - logShare(Math.floor((trials + 1) * chance), trials, chance));
  return { count, limit: (ratio * (a / (edge * edge) + b)) / ((2.83 + 5.1 / b) * deviation) };
}

/** The log of a count's share, from sums of logs. */
function logShare(count: number, trials: number, chance: number): number {
  let sum = count * Math.log(chance) + (trials - count) * Math.log(1 - chance);
  for (let k = 1; k <= count; k++) sum += Math.log((trials - count + k) / k);
  return sum;
}

describe("by transformed rejection", () => {
  test.each([
    [20, 0.5],
    [40, 0.3],
    [24, 0.45],
    [500, 0.02],
    [3000, 0.11],
  ])("of %i trials with chance %d takes what is proposed up to its exact limit, and no further", (trials, chance) => {
    const edgeCases = { within: 0, beyond: 0, lowest: false, highest: false, outside: 0 };
    for (let step = 1; step < 4000; step++) {
      const u = step / 4000;
      const { count, limit } = proposal(u, trials, chance);
      if (limit === -1) {
        const stream = new Scripted([u, 0]);
        binomial(stream, trials, chance);
        expect(stream.taken).toBe(4);
        edgeCases.outside++;
        continue;
      }
      // What is too small for the sums above tells nothing.
      if (limit < 1e-200) continue;
      const below = new Scripted([u, Math.min(limit * (1 - 1e-8), 1)]);
      expect([binomial(below, trials, chance), below.taken]).toEqual([count, 2]);
      edgeCases.within++;
      edgeCases.lowest ||= count === 0;
      edgeCases.highest ||= count === trials;
      if (limit * (1 + 1e-8) >= 1) continue;
      const above = new Scripted([u, limit * (1 + 1e-8)]);
      binomial(above, trials, chance);
      expect(above.taken).toBe(4);
      edgeCases.beyond++;
    }
    expect(edgeCases.within).toBeGreaterThan(3000);
    expect(edgeCases.beyond).toBeGreaterThan(300);
    expect(edgeCases.outside).toBeGreaterThan(0);
    expect(edgeCases.lowest).toBe(trials <= 500);
    expect(edgeCases.highest).toBe(trials <= 40);
  });
});

test.each([1e-12, 1e-9, 9.9e-6, 1.1e-5, 0.01, 0.5, 0.999])("the rate of failures with chance %d is -log(1 - p)", (chance) => {
  expect(failureRate(chance) / -Math.log1p(-chance)).toBeCloseTo(1, 10);
});
