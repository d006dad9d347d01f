/** Shares against draws of the same distribution. False alarm of each test: 1 in 10,000, with fixed seeds. */
import { describe, expect, test } from "vitest";
import { logDeviation, sample, type Distribution } from "../../kernel/distribution.ts";
import { Stream, streamKey } from "../../kernel/random.ts";
import { TailTable } from "../../kernel/tail-table.ts";
import { bucketOf, BUCKETS } from "../../metrics/histogram.ts";
import { twoCountsChance } from "../../testdata/two-samples.ts";
import { LatencyLaw } from "./latency-law.ts";

const ALPHA = 1e-4;
const DRAWS = 60_000;
const TIMEOUT = 30_000;
const key = streamKey(1, "test", "latency law");
/** Cells of a twelfth of an octave or so, not single values. */
const cellOf = (micros: number): number => bucketOf(micros) >> 3;

const distributions: readonly Distribution[] = [
  { type: "constant", value: 2_000 },
  { type: "uniform", min: 500, max: 33_000 },
  { type: "exponential", mean: 9_000 },
  { type: "normal", mean: 20_000, deviation: 8_000 },
  { type: "logNormal", median: 4_000, p99: 30_000 },
  { type: "pareto", scale: 1_000, shape: 1.2 },
  { type: "weibull", scale: 10_000, shape: 1.5 },
  { type: "empirical", values: [900, 1_000, 5_000, 29_999, 30_000, 30_001, 50_000] },
];

function drawn(draw: (index: number) => number): { readonly cells: number[]; readonly late: number } {
  const cells = Array.from({ length: BUCKETS >> 3 }, () => 0);
  let late = 0;
  for (let index = 0; index < DRAWS; index++) {
    const work = Math.max(1, Math.round(draw(index)));
    if (work > TIMEOUT) late++;
    else cells[cellOf(work)]!++;
  }
  return { cells, late };
}

function spread(law: LatencyLaw, count: number): number[] {
  const cells = Array.from({ length: BUCKETS >> 3 }, () => 0);
  law.spread(new Stream(key), count, (micros, times) => (cells[cellOf(micros)]! += times));
  return cells;
}

describe.each(distributions)("answers of %j", (distribution) => {
  const law = new LatencyLaw({ distribution, isTable: false, timeout: TIMEOUT });
  const { cells, late } = drawn((index) => sample(distribution, key.hi, key.lo, index));

  test("are late as often as drawn ones", () => {
    const deviation = Math.sqrt(DRAWS * law.late * (1 - law.late));
    expect(Math.abs(late - DRAWS * law.late)).toBeLessThanOrEqual(4 * deviation);
  });

  test("in time spread as drawn ones do, and none is lost", () => {
    const others = spread(law, DRAWS);
    expect(others.reduce((sum, count) => sum + count, 0)).toBe(DRAWS);
    expect(twoCountsChance(cells, others)).toBeGreaterThan(ALPHA);
  });
});

test("answers of a log-normal table are late, and spread, as the table draws them", () => {
  const table = new TailTable(4_000, logDeviation(4_000, 20_000));
  const law = new LatencyLaw({ distribution: { type: "logNormal", median: 4_000, p99: 20_000 }, isTable: true, timeout: TIMEOUT });
  const { cells, late } = drawn((index) => table.duration(key.hi, key.lo, index));
  expect(Math.abs(late - DRAWS * law.late)).toBeLessThanOrEqual(4 * Math.sqrt(DRAWS * law.late));
  expect(twoCountsChance(cells, spread(law, DRAWS))).toBeGreaterThan(ALPHA);
});

test("answers that are always the same are in one bucket, never late", () => {
  const law = new LatencyLaw({ distribution: { type: "constant", value: 200 }, isTable: false, timeout: TIMEOUT });
  const told: (readonly [number, number])[] = [];
  law.spread(new Stream(key), 1_000_000, (micros, times) => told.push([micros, times]));
  expect(law.late).toBe(0);
  expect(told).toEqual([[200, 1_000_000]]);
});
