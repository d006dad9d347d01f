/** The disruption controller in a whole cluster: whose replicas count, what is remembered, what it records. */
import { expect, it, test } from "vitest";
import type { ClusterShard } from "../../cluster.ts";
import { SECOND } from "../../kernel/time.ts";
import type { ObjectRecord } from "../api-server/object-record.ts";
import { clusterSpec, oneShard } from "../../testdata/cluster.ts";

const labels = { app: "web" };
const podSpec = { containers: [{ name: "app", image: "app:v1" }] };
const template = { metadata: { labels }, spec: podSpec };
const selector = { matchLabels: labels };

const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: { replicas: 4, selector, template } };
const statefulSet = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db" },
  spec: { replicas: 3, serviceName: "db", selector: { matchLabels: { app: "web" } }, template },
};
const bare = { apiVersion: "v1", kind: "Pod", metadata: { name: "tool", labels }, spec: podSpec };
const daemonSet = { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "agent" }, spec: { selector, template } };

function budget(spec: object): object {
  return { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web" }, spec: { selector, ...spec } };
}

function start(manifests: readonly object[], settled = true, version = "1.36"): ClusterShard {
  const spec = clusterSpec(
    {
      seed: 1,
      kubernetesVersion: version,
      duration: "5m",
      start: settled ? "settled" : "empty",
      nodes: [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
      applications: manifests.length === 1 ? [] : [{ selector: {}, image: { present: true } }],
    },
    manifests,
  );
  return oneShard(spec, { events: true });
}

function budgetOf(shard: ClusterShard): ObjectRecord<"PodDisruptionBudget"> {
  const object = shard.control!.store.findObject("PodDisruptionBudget", "default", "web");
  if (object?.kind !== "PodDisruptionBudget") throw new Error("no budget");
  return object;
}

function reasons(shard: ClusterShard): string[] {
  return shard
    .events!.list(60 * SECOND)
    .filter(({ object }) => object.kind === "PodDisruptionBudget")
    .map(({ component, reason, count }) => `${component} ${reason} ${count}`);
}

const status = (desiredHealthy: number, expectedPods: number, currentHealthy: number): object => ({
  desiredHealthy,
  expectedPods,
  currentHealthy,
  disruptionsAllowed: expectedPods === 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy),
});

test.each([
  ["of Pods, for a number", [deployment, bare], { minAvailable: 2 }, status(2, 5, 5)],
  ["of replicas, for a share", [deployment], { minAvailable: "50%" }, status(2, 4, 4)],
  ["of all controllers' replicas", [deployment, statefulSet], { maxUnavailable: 1 }, status(6, 7, 7)],
  ["but not of Pods without a controller", [deployment, bare], { maxUnavailable: "25%" }, status(3, 4, 5)],
  ["of nobody, without Pods", [], { minAvailable: "50%" }, status(0, 0, 0)],
])("a budget is a matter %s", (_, manifests, spec, expected) => {
  for (const settled of [true, false]) {
    const shard = start([...manifests, budget(spec)], settled);
    shard.simulator.runUntil(60 * SECOND);
    expect(budgetOf(shard).status).toMatchObject({ observedGeneration: 1, ...expected });
  }
});

it("has the status of a settled budget from the beginning, and writes none", () => {
  const shard = start([deployment, budget({ minAvailable: 2 })]);
  const { resourceVersion } = budgetOf(shard);
  expect(budgetOf(shard).status).toMatchObject(status(2, 4, 4));
  shard.simulator.runUntil(60 * SECOND);
  expect(budgetOf(shard).resourceVersion).toBe(resourceVersion);
});

test.each([
  ["NoPods", [], { minAvailable: 1 }, "1.36"],
  ["UnmanagedPods", [bare], { maxUnavailable: 1 }, "1.36"],
  ["CalculateExpectedPodCountFailed", [daemonSet], { maxUnavailable: 1 }, "1.36"],
])("records %s", (reason, manifests, spec, version) => {
  const shard = start([...manifests, budget(spec)], false, version);
  shard.simulator.runUntil(60 * SECOND);
  expect(reasons(shard).some((text) => text.startsWith(`controllermanager ${reason} `))).toBe(true);
});

it("forgets a granted eviction two minutes later, if its Pod stayed", () => {
  const shard = start([deployment, budget({ minAvailable: 2 })]);
  shard.simulator.runUntil(10 * SECOND);
  const { store } = shard.control!;
  const { id, status: before } = budgetOf(shard);
  const pod = store.pods.find((record) => record !== undefined)!.id;
  // A granted eviction whose DELETE never came, as the watch brings it.
  store.putObject({ ...budgetOf(shard), status: { ...before, disruptionsAllowed: 1, disruptedPods: [{ pod, at: 10 }] } });
  shard.control!["cache"].take({ type: "object", id, kind: "PodDisruptionBudget", record: budgetOf(shard) });
  shard.simulator.runUntil(100 * SECOND);
  expect(budgetOf(shard).status).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1, disruptedPods: [{ pod, at: 10 }] });
  shard.simulator.runUntil(140 * SECOND);
  expect(budgetOf(shard).status).toMatchObject({ currentHealthy: 4, disruptionsAllowed: 2, disruptedPods: [] });
});
