/** Back-off of Jobs since 1.26: from the end of the last failed Pod. */
import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { doubled, noFailures, recordEnds, remainingBackOff } from "./job-back-off.ts";

test.each([
  [1, 10],
  [2, 20],
  [4, 80],
  [6, 320],
  [7, 600],
  [50, 600],
])("after %d failures in a row the wait is %d s", (failures, seconds) => {
  expect(remainingBackOff({ failures, lastFailure: 100 }, 100 * SECOND, 10 * SECOND, 600 * SECOND)).toBe(seconds * SECOND);
});

test("what has passed since the failure counts", () => {
  expect(remainingBackOff({ failures: 2, lastFailure: 100 }, 115 * SECOND, 10 * SECOND, 600 * SECOND)).toBe(5 * SECOND);
  expect(remainingBackOff({ failures: 2, lastFailure: 100 }, 200 * SECOND, 10 * SECOND, 600 * SECOND)).toBe(0);
  expect(remainingBackOff(noFailures, 0, 10 * SECOND, 600 * SECOND)).toBe(0);
});

test("a success forgets the failures before it", () => {
  const failed = recordEnds(noFailures, [], [3, 5]);
  expect(failed).toEqual({ failures: 2, lastFailure: 5 });
  expect(recordEnds(failed, [], [])).toBe(failed);
  expect(recordEnds(failed, [9], [7])).toEqual(noFailures);
  expect(recordEnds(failed, [9], [8, 11])).toEqual({ failures: 1, lastFailure: 11 });
});

test("doubling stops at the greatest wait", () => {
  expect([0, 1, 2, 9].map((times) => doubled(10, times, 360))).toEqual([10, 20, 40, 360]);
});
