import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { streamKey } from "../kernel/random.ts";
import { SECOND } from "../kernel/time.ts";
import { ServiceVersions, STILL } from "../kubernetes/network/service-versions.ts";
import { evenArrival } from "./constant-arrival-rate.ts";
import { EndpointRows, ENDPOINT_FIELDS, LEAVE } from "./endpoint-rows.ts";
import { PoissonGaps } from "./poisson-arrivals.ts";

describe("evenly spaced arrivals", () => {
  property.prop([fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 20 })])(
    "number exactly rate × duration",
    (rate, seconds) => {
      expect(evenArrival(0, rate, rate * seconds - 1)).toBeLessThan(seconds * SECOND);
      expect(evenArrival(0, rate, rate * seconds)).toBeGreaterThanOrEqual(seconds * SECOND);
    },
  );

  test("lie one interval apart", () => {
    expect([0, 1, 2].map((number) => evenArrival(7, 1000, number))).toEqual([507, 1507, 2507]);
  });
});

describe("Poisson gaps", () => {
  test.each([1.25, 2, 20, 1000])("of mean %d µs add up to it, whole and at least 1 µs", (mean) => {
    const key = streamKey(3, "test", "gaps");
    const gaps = new PoissonGaps();
    let remainder = 0;
    let sum = 0;
    let isWhole = true;
    const count = 200_000;
    for (let index = 0; index < count; index++) {
      const gap = gaps.next(mean, remainder, key.hi, key.lo, index);
      remainder = gaps.remainder;
      isWhole &&= Number.isInteger(gap) && gap >= 1;
      sum += gap;
    }
    expect(isWhole).toBe(true);
    expect(Math.abs(sum / count / mean - 1)).toBeLessThan(4 / Math.sqrt(count));
  });
});

describe("endpoint rows", () => {
  test("remember a membership that ended while places still believe in it", () => {
    const versions = new ServiceVersions(0, 0, [2]);
    versions.add(0, 1);
    versions.settle();
    const rows = new EndpointRows(1, 1);
    const row = rows.create(0, 42, 0);
    expect(rows.shareOf(row, 0, versions)).toBe(1);
    versions.add(1, 0);
    rows.leave(row, 1);
    versions.add(2, 2);
    rows.rejoin(row, 2, versions);
    versions.believe(1, 0, 2);
    versions.send(1, 0, 2);
    // Place 0 still sends all it has to this endpoint, place 1 half of it.
    expect(rows.shareOf(row, 0, versions)).toBeCloseTo(0.75);
    expect([0, 1, 2].map((position) => rows.isIn(row, position))).toEqual([true, false, true]);
    expect(rows.isForgotten(row, versions)).toBe(false);
    versions.believe(0, 0, 1);
    versions.send(0, 0, 1);
    expect(rows.shareOf(row, 0, versions)).toBeCloseTo(0.25);
  });

  test("are found until they are removed, and then reused", () => {
    const rows = new EndpointRows(2, 3);
    const created = Array.from({ length: 200 }, (_, pod) => rows.create(pod % 2, pod, 5));
    expect(new Set(created).size).toBe(200);
    expect(rows.find(1, 7)).toBe(created[7]);
    expect(rows.find(0, 7)).toBeUndefined();
    rows.remove(created[7]!);
    expect(rows.find(1, 7)).toBeUndefined();
    const again = rows.create(0, 900, 6);
    expect(again).toBe(created[7]);
    expect(rows.endpoints[again * ENDPOINT_FIELDS + LEAVE]).toBe(STILL);
  });
});
