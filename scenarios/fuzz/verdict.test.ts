import { expect, test } from "vitest";
import { sampleResult } from "../../reports/testdata/sample-result.ts";
import { errorFailure, verdictOf } from "./verdict.ts";

test("errors that differ in numbers alone are one", () => {
  const [one, other] = [errorFailure("row 17 of 20 is empty\n  at x.ts:1"), errorFailure("row 3 of 20 is empty\n  at y.ts:9")];
  expect(one.bucket).toBe("error row # of # is empty");
  expect(other.bucket).toBe(one.bucket);
  expect(one.message).toContain("x.ts:1");
});

test("the first broken invariant goes before any threshold", () => {
  const violations = [
    { invariant: "later", time: 9_000_000, message: "b", cause: 0 },
    { invariant: "sooner", time: 2_000_000, message: "a", cause: 0 },
  ];
  const failure = verdictOf({ ...sampleResult(), violations }, [neverHolds]);
  expect(failure).toEqual({ kind: "invariant", bucket: "invariant sooner", message: "invariant sooner at 2s: a" });
});

test("an invariant's failure names the kinds of what led to it", () => {
  const violations = [{ invariant: "i", time: 90_000_000, message: "of default/web", cause: 101 }];
  expect(verdictOf({ ...sampleResult(), violations }, [])!.bucket).toMatch(/^invariant i \| .+/);
});

test("a threshold's failure names what most of the losses share, by kinds alone", () => {
  const failure = verdictOf(sampleResult(), [neverHolds])!;
  expect(failure.kind).toBe("threshold");
  expect(failure.bucket).toMatch(/^threshold requests_lost count<0 \| /);
  expect(failure.bucket).not.toMatch(/web/);
  expect(verdictOf(sampleResult(), [])).toBeNull();
});

const neverHolds = { metric: "requests_lost", tags: {}, text: "count<0", aggregate: { type: "count" }, operator: "<", value: 0 } as const;
