import { describe, expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import type { ApiResponse, ReplicaSetRecord } from "../api-server/client.ts";
import { Harness, deployment, node, replicaSet } from "../control-plane.exam.ts";
import { slowStartBatches } from "./replica-set.ts";

test("creations go out in batches of 1, 2, 4 and what is left (D5)", () => {
  expect(slowStartBatches(10, 1)).toEqual([1, 2, 4, 3]);
  expect(slowStartBatches(0, 1)).toEqual([]);
  expect(slowStartBatches(3, 4)).toEqual([3]);
});

test("the batches follow one another by a round trip", () => {
  const harness = new Harness({
    objects: [replicaSet("web", 10)],
    start: "empty",
    settings: { apiWriteLatency: 10 * MILLISECOND, apiWriteLatencyP99: 10 * MILLISECOND, apiWriteLatencyFloor: 10 * MILLISECOND },
  });
  const times = new Map<number, number>();
  harness.control.apiServer.observer = {
    deploymentChanged: () => {},
    podChanged: (before, _, now) => {
      if (before === undefined) times.set(now, (times.get(now) ?? 0) + 1);
    },
  };
  harness.runUntil(SECOND);
  const [first = 0, ...rest] = [...times.keys()];
  expect([...times.values()]).toEqual([1, 2, 4, 3]);
  expect(rest.map((time) => time - first)).toEqual([10, 20, 30].map((ms) => ms * MILLISECOND));
});

test("one error in the batch of 4 ends them: 7 attempted, 3 not (D5)", () => {
  const harness = new Harness({ objects: [replicaSet("web", 10)], start: "empty" });
  const { controllers, store } = harness.control;
  harness.runUntil(SECOND);
  const [record] = [...store.replicaSets.values()] as [ReplicaSetRecord];
  const steps = controllers.replicaSet["create"](record, 10);
  const attempted: number[] = [];
  const answers = (count: number, failing: number): ApiResponse[] =>
    Array.from({ length: count }, (_, index) => ({ status: index < failing ? "forbidden" : "ok" }));
  let step = steps.next();
  while (step.done !== true) {
    const { length } = step.value;
    attempted.push(length);
    step = steps.next(answers(length, length === 4 ? 1 : 0));
  }
  expect(attempted).toEqual([1, 2, 4]);
  expect(step.value).toBe("forbidden");
  // Neither the failed one nor the 3 that were skipped are waited for; the 6 that succeeded are.
  for (let seen = 0; seen < 6; seen++) {
    expect(controllers.replicaSet["expectations"].areSatisfied(record.id, harness.simulator.now)).toBe(false);
    controllers.replicaSet["expectations"].creationObserved(record.id);
  }
  expect(controllers.replicaSet["expectations"].areSatisfied(record.id, harness.simulator.now)).toBe(true);
});

describe("scaling down gives up", () => {
  const scaleTo = (replicas: number) =>
    ({ type: "scale", at: 30 * SECOND, namespace: "default", kind: "ReplicaSet", name: "web", replicas }) as const;

  test("Pods without a node first", () => {
    const harness = new Harness({
      objects: [replicaSet("web", 5)],
      start: "empty",
      nodes: [node("small", { pods: 3 })],
      actions: [scaleTo(3)],
    }).runUntil(40 * SECOND);
    expect(harness.pods().map((pod) => pod.node)).toEqual([0, 0, 0]);
  });

  test("Pods that aren't ready before those that are", () => {
    const harness = new Harness({
      objects: [replicaSet("web", 4)],
      start: "empty",
      readyAfter: (pod) => (pod.ordinal % 2 === 0 ? SECOND : Infinity),
      actions: [scaleTo(2)],
    }).runUntil(40 * SECOND);
    expect(harness.pods().map((pod) => pod.ordinal)).toEqual([0, 2]);
  });

  test("Pods that share a node with others of their Deployment", () => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 5 })],
      start: "settled",
      nodes: [node("a", { pods: 1 }), node("b", { pods: 4 })],
      actions: [{ type: "scale", at: 30 * SECOND, namespace: "default", kind: "Deployment", name: "web", replicas: 2 }],
    }).runUntil(40 * SECOND);
    expect(
      harness
        .pods()
        .map((pod) => pod.node)
        .sort((a, b) => a - b),
    ).toEqual([0, 1]);
  });
});

test("a conflict with the Deployment's write is repaired by another sync", () => {
  const harness = new Harness({
    objects: [deployment("web", { replicas: 3 })],
    start: "settled",
    actions: [30, 30.001, 30.002, 30.003].map(
      (second, index) =>
        ({ type: "scale", at: second * SECOND, namespace: "default", kind: "Deployment", name: "web", replicas: 4 + index }) as const,
    ),
    settings: { watchLatency: 20 * MILLISECOND, watchLatencyP99: 20 * MILLISECOND, watchLatencyFloor: 20 * MILLISECOND },
  }).runUntil(60 * SECOND);
  expect(harness.pods()).toHaveLength(7);
  expect(harness.control.deployments()[0]).toMatchObject({ updated: 7, ready: 7, available: 7 });
});
