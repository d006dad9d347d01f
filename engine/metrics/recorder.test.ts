/** Measures that nobody has written to cost nothing, and look as if they were there. */
import { expect, test } from "vitest";
import { SECOND } from "../kernel/time.ts";
import { bucketOf, BUCKETS, Histogram } from "./histogram.ts";
import { Recorder } from "./recorder.ts";

function recorder(): Recorder {
  return new Recorder(3 * SECOND, 0, SECOND);
}

test("what one histogram records is in no other that is still empty", () => {
  const [one, other] = [new Histogram(), new Histogram()];
  one.record(5, 2);
  expect(one.counts[bucketOf(5)]).toBe(2);
  expect(other.counts[bucketOf(5)]).toBe(0);
  expect(new Histogram().counts).toHaveLength(BUCKETS);
  other.merge(one);
  one.record(5);
  expect(other.counts[bucketOf(5)]).toBe(2);
  one.reset();
  expect(one.counts[bucketOf(5)]).toBe(0);
  expect(other.counts[bucketOf(5)]).toBe(2);
});

test("a snapshot has every bucket in which something is, from the least value to the greatest", () => {
  const measured = recorder();
  const [full, empty] = [measured.histogram("request_duration{load=a}"), measured.histogram("request_duration{load=b}")];
  for (const micros of [0, 7, 1000, 1001, 5_000_000_000]) measured.observe(full, 1, micros);
  const { histograms } = measured.snapshot();
  expect(histograms["request_duration{load=a}"]).toEqual({
    count: 5,
    sum: 3_600_002_008,
    min: 0,
    max: 3_600_000_000,
    buckets: [
      [0, 1],
      [7, 1],
      [bucketOf(1000), 2],
      [bucketOf(3_600_000_000), 1],
    ],
  });
  expect(histograms["request_duration{load=b}"]).toEqual({ count: 0, sum: 0, min: 3_600_000_000, max: 0, buckets: [] });
  expect(empty).not.toBe(full);
});

test("a series of which nothing was marked is zeros, and begins when something is", () => {
  const measured = recorder();
  const [quiet, busy] = [measured.timeSeries("a"), measured.timeSeries("b")];
  measured.mark(busy, 2 * SECOND, 3);
  measured.mark(busy, 9 * SECOND);
  expect(measured.snapshot().timeSeries).toEqual({ a: [0, 0, 0, 0], b: [0, 0, 3, 0] });
  measured.bucketsOf(quiet)[1]! += 4;
  measured.mark(quiet, SECOND);
  expect(measured.snapshot().timeSeries["a"]).toEqual([0, 5, 0, 0]);
});
