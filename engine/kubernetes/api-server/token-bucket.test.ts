import fc from "fast-check";
import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { TokenBucket } from "./token-bucket.ts";

test("the burst goes at once, then one token comes every 50 ms at 20 a second", () => {
  const bucket = new TokenBucket(20, 3);
  expect([0, 0, 0, 0, 0].map((now) => bucket.reserve(now))).toEqual([0, 0, 0, 50_000, 100_000]);
});

test("a bucket left alone is full again, never fuller", () => {
  const bucket = new TokenBucket(20, 3);
  for (let times = 0; times < 5; times++) bucket.reserve(0);
  expect([9, 9, 9, 9].map((second) => bucket.reserve(second * SECOND))).toEqual([9 * SECOND, 9 * SECOND, 9 * SECOND, 9 * SECOND + 50_000]);
});

test("an infinite rate never waits", () => {
  const bucket = new TokenBucket(Infinity, 1);
  expect([5, 5, 5, 6].map((now) => bucket.reserve(now))).toEqual([5, 5, 5, 6]);
});

test("in any span of time no more tokens go out than burst plus refill", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(500_000), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 10 }),
      (gaps, rate, burst) => {
        const bucket = new TokenBucket(rate, burst);
        let now = 0;
        const starts = gaps.map((gap) => bucket.reserve((now += gap)));
        for (let from = 0; from < starts.length; from++) {
          for (let to = from; to < starts.length; to++) {
            const span = ((starts[to] ?? 0) - (starts[from] ?? 0)) / SECOND;
            expect(to - from + 1).toBeLessThanOrEqual(burst + span * rate + 1e-3);
          }
        }
      },
    ),
  );
});

test("tryTake takes nothing when it has to wait", () => {
  const bucket = new TokenBucket(0.1, 1);
  expect([0, 1, 9, 10, 11].map((second) => bucket.tryTake(second * SECOND))).toEqual([true, false, false, true, false]);
});
