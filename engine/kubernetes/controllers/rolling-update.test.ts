/** Steps of a rollout that no vector shows. */
import { describe, expect, test } from "vitest";
import type { DeploymentSpec } from "../objects/deployment.ts";
import {
  isSaturated,
  maxSurgeOf,
  maxUnavailableOf,
  proportionalSizes,
  reconciledNewSize,
  scaleDownsOfOld,
  type AnnotatedSize,
  type ReplicaSetSize,
} from "./rolling-update.ts";

const strategy: DeploymentSpec["strategy"] = { type: "RollingUpdate", maxSurge: 3, maxUnavailable: 2 };

describe("a Deployment that was scaled down in the middle of a rollout", () => {
  const current = { replicas: 3, availableReplicas: 0 };

  test("takes nothing from old replicas while their ReplicaSet's status is older than its size", () => {
    expect(scaleDownsOfOld(strategy, 5, [{ replicas: 5, availableReplicas: 11 }], current)).toEqual([]);
  });

  test("goes on when the status is there", () => {
    expect(scaleDownsOfOld(strategy, 5, [{ replicas: 5, availableReplicas: 5 }], current)).toEqual([{ index: 0, replicas: 3 }]);
  });

  test("keeps what was taken from older ReplicaSets before", () => {
    const old = [
      { replicas: 2, availableReplicas: 1 },
      { replicas: 5, availableReplicas: 11 },
    ];
    expect(scaleDownsOfOld(strategy, 5, old, current)).toEqual([{ index: 0, replicas: 1 }]);
  });
});

const rolling = (maxSurge: number | string, maxUnavailable: number | string): DeploymentSpec["strategy"] => ({
  type: "RollingUpdate",
  maxSurge,
  maxUnavailable,
});
const recreate = { ...rolling("25%", "25%"), type: "Recreate" } as const;

test.each([
  ["surge rounds up and unavailability down", rolling("25%", "25%"), 10, 3, 2],
  ["nobody is unavailable of none", rolling(0, "25%"), 0, 0, 0],
  ["no more than there are", rolling(0, 7), 3, 0, 3],
  ["both 0 leave one", rolling(0, "10%"), 3, 0, 1],
  ["Recreate has neither", recreate, 10, 0, 0],
  ["no percentage is as good as nothing", rolling("some", "25%"), 10, 0, 0],
  ["nor is this", rolling(2, "some"), 10, 0, 0],
] as const)("%s", (_, strategy, replicas, surge, unavailable) => {
  expect([maxSurgeOf(strategy, replicas), maxUnavailableOf(strategy, replicas)]).toEqual([surge, unavailable]);
});

test.each([
  ["grows as far as the surge allows", rolling(2, 0), 10, 10, 0, 2],
  ["stays where there is no room", rolling(2, 0), 10, 12, 2, 2],
  ["stays where there are too many", rolling(2, 0), 10, 13, 2, 2],
  ["never above what is wanted", rolling(5, 0), 10, 10, 9, 10],
  ["shrinks to what is wanted", rolling(2, 0), 3, 9, 5, 3],
  ["is all at once with Recreate", recreate, 10, 10, 0, 10],
] as const)("the new ReplicaSet %s", (_, strategy, replicas, total, current, size) => {
  expect(reconciledNewSize(strategy, replicas, total, current)).toBe(size);
});

const size = (replicas: number, availableReplicas = replicas): ReplicaSetSize => ({ replicas, availableReplicas });

test.each<[string, readonly ReplicaSetSize[], ReplicaSetSize, readonly (readonly [index: number, replicas: number])[]]>([
  ["nothing where no old one is left", [size(0)], size(10), []],
  ["nothing while the new one isn't available", [size(8)], size(4, 0), []],
  ["as many as new ones are available", [size(8)], size(4, 2), [[0, 6]]],
  ["what isn't available first, of the oldest on", [size(3, 1), size(5)], size(4, 2), [[0, 1]]],
  [
    "then from the oldest on",
    [size(1), size(7)],
    size(4),
    [
      [0, 0],
      [1, 4],
    ],
  ],
  [
    "from others, where an empty one's status is old",
    [{ replicas: 0, availableReplicas: 1 }, size(5, 3)],
    size(5),
    [
      [1, 3],
      [1, 2],
    ],
  ],
  ["nothing more where a status is old", [{ replicas: 3, availableReplicas: 4 }, size(5)], size(4), []],
])("of old ReplicaSets a step takes %s", (_, old, current, writes) => {
  const found = scaleDownsOfOld(rolling(2, 2), 10, old, current);
  expect(found.map(({ index, replicas }) => [index, replicas])).toEqual(writes);
});

const annotated = (replicas: number, maxReplicas: number): AnnotatedSize => ({
  replicas,
  availableReplicas: replicas,
  desiredReplicas: 10,
  maxReplicas,
});

test.each<[string, readonly AnnotatedSize[], number, number, readonly number[]]>([
  ["nothing is to be added", [annotated(7, 12), annotated(5, 12)], 10, 12, [7, 5]],
  ["more is spread by size, the rest goes to the first", [annotated(7, 12), annotated(5, 12)], 15, 12, [10, 7]],
  ["less is taken by size", [annotated(7, 12), annotated(5, 12)], 5, 12, [4, 3]],
  ["all go when none is wanted", [annotated(7, 12), annotated(5, 12)], 0, 12, [0, 0]],
  ["empty ones stay empty", [annotated(12, 12), annotated(0, 12)], 20, 12, [22, 0]],
  ["without annotation the status stands in", [annotated(6, -1), annotated(6, 0)], 20, 12, [11, 11]],
  ["without either the first takes all", [annotated(6, 0), annotated(6, 0)], 20, 0, [16, 6]],
  ["there is nobody", [], 10, 0, []],
])("a scale in the middle of a rollout: %s", (_, sets, replicas, statusReplicas, sizes) => {
  expect(proportionalSizes(sets, rolling(2, 2), replicas, statusReplicas)).toEqual(sizes);
});

test("the new ReplicaSet is all there is to be had once it is complete, annotated so, and available", () => {
  const whole = annotated(10, 12);
  expect(isSaturated(whole, 10)).toBe(true);
  expect(isSaturated(null, 10)).toBe(false);
  for (const field of ["replicas", "availableReplicas", "desiredReplicas"] as const)
    expect(isSaturated({ ...whole, [field]: 9 }, 10)).toBe(false);
});
