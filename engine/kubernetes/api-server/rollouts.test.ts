import { expect, test } from "vitest";
import { deployment } from "../control-plane.exam.ts";
import { emptyDeploymentStatus, type DeploymentRecord } from "./records.ts";
import { Rollouts } from "./rollouts.ts";

function record(updatedReplicas: number, change: Partial<DeploymentRecord> = {}): DeploymentRecord {
  return {
    id: 0,
    resourceVersion: 1,
    generation: 2,
    namespace: "default",
    name: "web",
    workload: 7,
    template: 0,
    spec: deployment("web", { replicas: 3 }).spec,
    revision: 1,
    createdAt: 0,
    status: { ...emptyDeploymentStatus, observedGeneration: 2, replicas: 3, updatedReplicas, availableReplicas: 3 },
    cause: 0,
    ...change,
  };
}

test("a rollout lasts until every replica is new and available", () => {
  const rollouts = new Rollouts();
  rollouts.began(7, 100, 5);
  rollouts.statusWritten(record(2), 200);
  expect(rollouts.all()).toEqual([{ workload: 7, from: 100, until: -1, ending: "unfinished", cause: 5 }]);
  rollouts.statusWritten(record(3), 300);
  rollouts.statusWritten(record(3), 400);
  expect(rollouts.all()).toEqual([{ workload: 7, from: 100, until: 300, ending: "complete", cause: 5 }]);
});

test("a status of an older generation ends nothing", () => {
  const rollouts = new Rollouts();
  rollouts.began(7, 100, 5);
  rollouts.statusWritten(record(3, { generation: 3 }), 300);
  expect(rollouts.all()[0]?.until).toBe(-1);
});

test("a newer template ends the rollout before", () => {
  const rollouts = new Rollouts();
  rollouts.began(7, 100, 5);
  rollouts.began(7, 150, 6);
  expect(rollouts.all()).toMatchObject([
    { until: 150, ending: "superseded" },
    { until: -1, ending: "unfinished" },
  ]);
});

test("a Deployment's end breaks its rollout off, but not one that was complete", () => {
  const rollouts = new Rollouts();
  rollouts.began(7, 100, 5);
  rollouts.statusWritten(record(3), 300);
  rollouts.began(7, 400, 6);
  rollouts.deleted(7, 450);
  rollouts.deleted(8, 450);
  expect(rollouts.all()).toMatchObject([
    { until: 300, ending: "complete" },
    { until: 450, ending: "deleted" },
  ]);
});
