import fc from "fast-check";
import { expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { defaultSettings } from "../../settings.ts";
import { Harness, deployment, node } from "../control-plane.exam.ts";
import { maxSurgeOf } from "./rolling-update.ts";

const setImage = (second: number, image: string) =>
  ({ type: "setImage", at: second * SECOND, namespace: "default", kind: "Deployment", name: "web", container: null, image }) as const;
const nodes = Array.from({ length: 4 }, (_, index) => node(`node-${index}`));

// No such law holds for Pods: those of an old ReplicaSet go when its controller gets to it, and a status that lags
// behind lets a Deployment scale down too far for a moment. Both are so upstream.
test("whatever surge, latency and readiness: the sizes stay within the surge, and the rollout ends", () => {
  const share = fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      share,
      share,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 1, max: 3000 }),
      fc.nat(1000),
      (replicas, maxSurge, maxUnavailable, minReadySeconds, readyMs, seed) => {
        const strategy = { type: "RollingUpdate", maxSurge, maxUnavailable } as const;
        const harness = new Harness({
          objects: [deployment("web", { replicas, strategy, minReadySeconds })],
          nodes,
          start: "settled",
          seed,
          settings: { ...defaultSettings, kcmQps: 200 },
          actions: [setImage(5, "app:v2"), setImage(12, "app:v3")],
          readyAfter: (pod) => readyMs * MILLISECOND * (1 + (pod.ordinal % 3)),
        });
        const most = replicas + maxSurgeOf(strategy, replicas);
        harness.control.apiServer.observer = {
          podChanged: () => {},
          deploymentChanged: () => {},
          replicaSetChanged: () => expect(harness.control.view.deployments()[0]?.specReplicas).toBeLessThanOrEqual(most),
        };
        harness.runUntil(200 * SECOND);
        expect(harness.pods().map((pod) => pod.template)).toEqual(new Array(replicas).fill(2));
        expect(harness.control.deployments()[0]).toMatchObject({ desired: replicas, updated: replicas, available: replicas });
        expect(harness.control.atRest(harness.simulator.now)).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
});

test("old ReplicaSets beyond the history limit are deleted, the oldest first", () => {
  const harness = new Harness({
    objects: [deployment("web", { replicas: 2, revisionHistoryLimit: 1 })],
    start: "settled",
    actions: ["v2", "v3", "v4", "v5"].map((version, index) => setImage(10 + index * 20, `app:${version}`)),
  }).runUntil(100 * SECOND);
  expect([...harness.control.store.replicaSets.values()].map(({ template }) => template)).toEqual([3, 4]);
});

test("a paused Deployment scales but doesn't roll", () => {
  const paused = deployment("web", { replicas: 2, paused: true });
  const harness = new Harness({
    objects: [paused],
    start: "settled",
    actions: [
      setImage(10, "app:v2"),
      { type: "scale", at: 20 * SECOND, namespace: "default", kind: "Deployment", name: "web", replicas: 4 },
    ],
  }).runUntil(40 * SECOND);
  expect(harness.pods().map((pod) => pod.template)).toEqual([0, 0, 0, 0]);
});

test("scaling to 0 and back keeps the ReplicaSet", () => {
  const scale = (second: number, replicas: number) =>
    ({ type: "scale", at: second * SECOND, namespace: "default", kind: "Deployment", name: "web", replicas }) as const;
  const harness = new Harness({
    objects: [deployment("web", { replicas: 3 })],
    start: "settled",
    actions: [scale(10, 0), scale(20, 2)],
  }).runUntil(15 * SECOND);
  expect(harness.pods()).toHaveLength(0);
  harness.runUntil(30 * SECOND);
  expect(harness.sizes()).toEqual([2]);
  expect(harness.pods()).toHaveLength(2);
});
