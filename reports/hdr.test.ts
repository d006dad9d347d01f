/** Percentiles against the exact ones of the same values. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { Histogram } from "../engine/metrics/histogram.ts";
import type { HistogramSnapshot } from "../engine/metrics/recorder.ts";
import { mergeHistograms, percentilesOf, summariseLatency } from "./hdr.ts";

const values = fc.array(fc.integer({ min: 1, max: 3_600_000_000 }), { minLength: 1, maxLength: 200 });

describe("percentiles", () => {
  test.prop([values, fc.constantFrom(50, 90, 99, 99.9)])("lie within 1 % of the exact value at that rank", (seen, percentile) => {
    const sorted = seen.toSorted((left, right) => left - right);
    const exact = sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)]!;
    const found = percentilesOf(snapshotOf(seen))(percentile);
    expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.max(1, exact * 0.01));
  });

  test.prop([values, values])("don't depend on how the values were split into histograms", (left, right) => {
    const merged = summariseLatency([snapshotOf(left), snapshotOf(right)]);
    expect(merged).toEqual(summariseLatency([snapshotOf([...left, ...right])]));
  });

  test("never lie outside of what was seen", () => {
    expect(summariseLatency([snapshotOf([1_000_003])])).toMatchObject({
      count: 1,
      min: 1_000_003,
      p50: 1_000_003,
      p999: 1_000_003,
      max: 1_000_003,
    });
  });

  test("of nothing are nothing", () => {
    expect(summariseLatency([])).toBeNull();
    expect(mergeHistograms([]).count).toBe(0);
  });
});

function snapshotOf(seen: readonly number[]): HistogramSnapshot {
  const histogram = new Histogram();
  for (const value of seen) histogram.record(value);
  const buckets = [...histogram.counts].flatMap((count, bucket) => (count === 0 ? [] : [[bucket, count] as const]));
  return { count: histogram.count, sum: histogram.sum, min: histogram.min, max: histogram.max, buckets };
}
