/** Back-off of Jobs since 1.26: from the end of the last failed Pod. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { PodCondition, type ContainerState } from "../objects/pod.ts";
import { doubled, finishedAt, noFailures, recordEnds, remainingBackOff } from "./job-back-off.ts";

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
  expect(recordEnds(failed, [9, 6], [8, 9])).toEqual(noFailures);
  expect(recordEnds(failed, [9, 6], [11, 8, 13])).toEqual({ failures: 2, lastFailure: 13 });
});

test("doubling stops at the greatest wait", () => {
  expect([0, 1, 2, 9].map((times) => doubled(10, times, 360))).toEqual([10, 20, 40, 360]);
});

describe("a Pod ended", () => {
  const ended = (finishedAt: number): ContainerState => ({ type: "terminated", reason: "Error", exitCode: 1, startedAt: 1, finishedAt });
  const running: ContainerState = { type: "running", startedAt: 1 };
  const { PodScheduled, Ready } = PodCondition;

  function podOf(
    states: readonly ContainerState[],
    conditions: number,
    readySince: number,
    deletion: { readonly deletionTimestamp: number; readonly deletionGracePeriodSeconds: number } = {
      deletionTimestamp: -1,
      deletionGracePeriodSeconds: -1,
    },
  ): PodRecord {
    const containers = states.map((state) => ({ state }));
    return { createdAt: 100, status: { containers, conditions, readySince }, ...deletion } as unknown as PodRecord;
  }

  test.each<[string, PodRecord, number]>([
    ["with its last container", podOf([ended(150), ended(170), ended(160)], PodScheduled, 120), 170],
    ["when it was last seen ready, while a container runs", podOf([ended(150), running], PodScheduled, 120), 120],
    ["the same without containers", podOf([], PodScheduled, 120), 120],
    ["when it was made, if it was never ready", podOf([running], PodScheduled, -1), 100],
    ["when it was made, if it is ready", podOf([running], PodScheduled | Ready, 120), 100],
    ["when it was made, if no node was found", podOf([running], 0, 120), 100],
    ["at the beginning of the run, if it was unready then", podOf([running], PodScheduled, 0), 0],
    ["when its deletion was asked for", podOf([running], 0, -1, { deletionTimestamp: 230, deletionGracePeriodSeconds: 30 }), 200],
    [
      "when its deletion was asked for without grace",
      podOf([running], 0, -1, { deletionTimestamp: 230, deletionGracePeriodSeconds: -1 }),
      230,
    ],
    ["at second 1 as well", podOf([ended(1)], PodScheduled, 120), 1],
  ])("%s", (_, pod, at) => {
    expect(finishedAt(pod)).toBe(at);
  });
});
