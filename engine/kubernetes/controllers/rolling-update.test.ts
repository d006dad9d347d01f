/** Steps of a rollout that no vector shows. */
import { describe, expect, test } from "vitest";
import type { DeploymentSpec } from "../objects/deployment.ts";
import { scaleDownsOfOld } from "./rolling-update.ts";

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
