import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { backOffBefore, RetryBudget, type RetryPolicy } from "./retry-policy.ts";

const policy: RetryPolicy = { max: 9, backoff: 100 * MILLISECOND };

describe("a back-off", () => {
  test.each<[string, Partial<RetryPolicy>, number, number[]]>([
    ["doubles", {}, 0.5, [100, 200, 400, 800]],
    ["grows by its factor", { factor: 3 }, 0.5, [100, 300, 900]],
    ["stays with a factor of 1", { factor: 1 }, 0.5, [100, 100, 100]],
    ["ends at its highest", { backoffMax: 250 * MILLISECOND }, 0.5, [100, 200, 250, 250]],
    ["with full jitter lies anywhere below", { jitter: "full" }, 0.25, [25, 50, 100]],
    ["with equal jitter lies in the upper half", { jitter: "equal" }, 0.5, [75, 150, 300]],
  ])("%s", (_, fields, draw, expected) => {
    expect(expected.map((__, number) => backOffBefore({ ...policy, ...fields }, number, draw) / MILLISECOND)).toEqual(expected);
  });

  test("of many retries never gets beyond a day", () => {
    expect(backOffBefore(policy, 100, 0)).toBe(86_400 * SECOND);
  });

  property.prop([
    fc.constantFrom("none" as const, "full" as const, "equal" as const),
    fc.nat(20),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  ])("is whole and never longer than without jitter", (jitter, number, draw) => {
    const wait = backOffBefore({ ...policy, jitter }, number, draw);
    expect(Number.isInteger(wait)).toBe(true);
    expect(wait).toBeLessThanOrEqual(backOffBefore(policy, number, 0));
  });
});

describe("a budget", () => {
  /** 100 requests per second and place. */
  const rate = 100 / SECOND;

  test("gives what ten quiet seconds saved, then its share of the rate", () => {
    const budget = new RetryBudget(0.1, 2);
    let given = 0;
    for (let at = 0; at < 60 * SECOND; at += 10 * MILLISECOND) if (budget.take(at, 1, rate)) given++;
    expect(Math.abs(given - (100 + 600))).toBeLessThanOrEqual(1);
  });

  test("belongs to its place", () => {
    const budget = new RetryBudget(0.1, 2);
    while (budget.take(0, 0, rate));
    expect(budget.take(0, 0, rate)).toBe(false);
    expect(budget.take(0, 1, rate)).toBe(true);
  });

  test("of a place that sends next to nothing lets one through at first", () => {
    const budget = new RetryBudget(0.1, 1);
    expect([budget.take(0, 0, 1e-9), budget.take(1, 0, 1e-9)]).toEqual([true, false]);
  });
});
