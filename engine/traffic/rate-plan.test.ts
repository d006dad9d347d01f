import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { streamKey } from "../kernel/random.ts";
import { NEVER, SECOND } from "../kernel/time.ts";
import { ArrivalClock } from "./arrival-clock.ts";
import type { LoadSpec } from "./load-model.ts";
import { EvenArrivals, expectedArrivals, highestRate, RateCurve, type RatePlan } from "./rate-plan.ts";

/** Up for 10 s, a jump down, quiet for 10 s, then over again. */
const saw: RatePlan = {
  points: [
    { at: 0, rate: 0 },
    { at: 10 * SECOND, rate: 1000 },
    { at: 10 * SECOND, rate: 100 },
  ],
  period: 20 * SECOND,
};

describe("a rate plan", () => {
  test.each([
    [0, 0],
    [5, 500],
    [10, 100],
    [19, 100],
    [20, 0],
    [25, 500],
    [45, 500],
  ])("after %d s has a rate of %d per second", (seconds, rate) => {
    const curve = new RateCurve(saw, 7 * SECOND);
    curve.seek((7 + seconds) * SECOND);
    expect(curve.rate * SECOND).toBeCloseTo(rate, 6);
    expect(curve.most * SECOND).toBeGreaterThanOrEqual(rate - 1e-6);
    expect(curve.end).toBeGreaterThan((7 + seconds) * SECOND);
  });

  test("that doesn't repeat keeps its last rate", () => {
    const curve = new RateCurve({ ...saw, period: null }, 0);
    curve.seek(1000 * SECOND);
    expect([curve.rate * SECOND, curve.end]).toEqual([100, NEVER]);
  });

  test("knows its highest rate and what it amounts to", () => {
    expect(highestRate(saw)).toBe(1000);
    expect(expectedArrivals(saw, 40 * SECOND)).toBeCloseTo(2 * (5000 + 1000), 6);
  });
});

const rates = fc.array(fc.record({ length: fc.integer({ min: 0, max: 20 }), rate: fc.integer({ min: 0, max: 2000 }) }), {
  minLength: 1,
  maxLength: 6,
});

function planOf(steps: readonly { readonly length: number; readonly rate: number }[]): RatePlan {
  let at = 0;
  return { points: steps.map(({ length, rate }, index) => ({ at: (at += index === 0 ? 0 : length * SECOND), rate })), period: null };
}

property.prop([rates])("evenly spaced arrivals of a plan are as many as it amounts to, to half a one, in order", (steps) => {
  const plan = planOf(steps);
  const arrivals = new EvenArrivals(plan, 3 * SECOND);
  const until = 8 * SECOND;
  let count = 0;
  let last = 0;
  for (let at = arrivals.next(until); at < until; at = arrivals.next(until)) {
    expect(at).toBeGreaterThanOrEqual(last);
    last = at;
    count++;
  }
  expect(Math.abs(count - expectedArrivals(plan, 5 * SECOND))).toBeLessThanOrEqual(0.5001);
});

test("Poisson arrivals of a plan follow it bucket by bucket", () => {
  const spec = { executor: "poisson-arrival-rate", rate: 1000, plan: saw, from: 0, until: 1000 * SECOND } as LoadSpec;
  const clock = new ArrivalClock(spec, streamKey(3, "test", "plan"));
  const counts = new Array<number>(20).fill(0);
  for (let at = clock.after(0); at < spec.until; at = clock.after(at)) counts[Math.floor(at / SECOND) % 20]!++;
  const turns = 50;
  counts.forEach((count, second) => {
    const expected = turns * (second < 10 ? 100 * (second + 0.5) : 100);
    expect(Math.abs(count - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
  });
});
