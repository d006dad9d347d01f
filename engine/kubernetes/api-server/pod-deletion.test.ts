import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { PodPhase, pendingPodStatus } from "../objects/pod.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { decideDeletion } from "./pod-deletion.ts";
import type { PodRecord } from "./pod-record.ts";

const now = 100 * SECOND + 900_000;

function pod(change: Partial<PodRecord> = {}, phase: PodPhase = PodPhase.Running): PodRecord {
  return {
    id: 1,
    resourceVersion: 1,
    owner: -1,
    workload: 0,
    ordinal: 0,
    template: 0,
    node: 0,
    createdAt: 0,
    deletionTimestamp: -1,
    deletionGracePeriodSeconds: -1,
    status: { ...pendingPodStatus, phase },
    cause: 0,
    ...change,
  };
}

describe("a first DELETE", () => {
  test.each([
    ["takes the Pod's own grace period", pod(), null, 130, 30, false],
    ["takes the one it is given", pod(), 5, 105, 5, false],
    ["with grace 0 removes it at once", pod(), 0, 100, 0, true],
    ["below 0 means 1", pod(), -7, 101, 1, false],
    ["removes a Pod that was never bound", pod({ node: -1 }), null, 100, 0, true],
    ["removes a Pod that has failed", pod({}, PodPhase.Failed), 60, 100, 0, true],
    ["removes a Pod that has succeeded", pod({}, PodPhase.Succeeded), null, 100, 0, true],
  ])("%s", (_, record, asked, deletionTimestamp, gracePeriodSeconds, removeAtOnce) => {
    expect(decideDeletion(record, 30, asked, now, newestVersions)).toEqual({
      type: "mark",
      deletionTimestamp,
      gracePeriodSeconds,
      removeAtOnce,
    });
  });
});

describe("a DELETE of a Pod that is being deleted, asked for at 90 with grace 30", () => {
  const deleting = pod({ deletionTimestamp: 120, deletionGracePeriodSeconds: 30 });
  test.each([
    ["without a grace period changes nothing", null, { type: "unchanged" }],
    ["with a longer one changes nothing", 40, { type: "unchanged" }],
    ["with the same one changes nothing", 30, { type: "unchanged" }],
    ["with a shorter one moves the deadline", 20, { type: "mark", deletionTimestamp: 110, gracePeriodSeconds: 20, removeAtOnce: false }],
    [
      "whose deadline would lie in the past sets it to now, with one second",
      5,
      { type: "mark", deletionTimestamp: 100, gracePeriodSeconds: 1, removeAtOnce: false },
    ],
    ["with 0 removes it, after a last version", 0, { type: "mark", deletionTimestamp: 100, gracePeriodSeconds: 0, removeAtOnce: true }],
  ])("%s", (_, asked, expected) => {
    expect(decideDeletion(deleting, 30, asked, now, newestVersions)).toEqual(expected);
  });

  test.each([
    [5, 95, 5, false],
    [0, 90, 0, true],
  ])(
    "before 1.25 stores the deadline as computed, also in the past (grace %i)",
    (asked, deletionTimestamp, gracePeriodSeconds, removeAtOnce) => {
      expect(decideDeletion(deleting, 30, asked, now, versionsOfMinor(20))).toEqual({
        type: "mark",
        deletionTimestamp,
        gracePeriodSeconds,
        removeAtOnce,
      });
    },
  );
});
