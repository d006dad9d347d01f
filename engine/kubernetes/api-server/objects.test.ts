/** Objects of the common table: ReplicationControllers as the example, garbage collection, quotas, Namespaces. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { Harness, container, deployment, replicaSet, template, type HarnessOptions } from "../control-plane.exam.ts";
import type { KubernetesObject } from "../objects/index.ts";
import type { ResourceQuota } from "../objects/resource-quota.ts";
import { isActive } from "./pod-facts.ts";

const meta = (name: string, namespace = "default"): KubernetesObject["metadata"] => ({ name, namespace, labels: {}, annotations: {} });

function controller(name: string, replicas: number): KubernetesObject {
  const written = template(name);
  return {
    kind: "ReplicationController",
    metadata: meta(name),
    spec: { replicas, selector: written.labels, template: written, minReadySeconds: 0 },
  };
}

function quota(hard: ResourceQuota["spec"]["hard"]): KubernetesObject {
  return { kind: "ResourceQuota", metadata: meta("compute"), spec: { hard, scopes: [] } };
}

function run(until: number, options: Partial<HarnessOptions> & Pick<HarnessOptions, "objects">): Harness {
  return new Harness({ start: "empty", ...options }).runUntil(until);
}

const activePods = (harness: Harness): number => harness.control.store.pods.filter((pod) => pod !== undefined && isActive(pod)).length;
const deleting = (kind: "Deployment" | "Namespace" | "ReplicaSet", name: string, cascade?: "foreground" | "orphan") =>
  ({
    type: "delete",
    at: MINUTE,
    namespace: kind === "Namespace" ? "" : "default",
    kind,
    name,
    gracePeriodSeconds: null,
    force: false,
    ...(cascade === undefined ? {} : { cascade }),
  }) as const;

describe("a ReplicationController", () => {
  test("makes its Pods under its own name and counts them as a ReplicaSet does", () => {
    const { store } = run(MINUTE, { objects: [controller("web", 3)] }).control;
    const record = store.findObject("ReplicationController", "default", "web");
    expect(record?.status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, observedGeneration: 1 });
    for (const pod of store.pods) expect(store.podName(pod!)).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test("follows a scale, whose spec raises the generation, and rests", () => {
    const scale = { type: "scale", at: MINUTE, namespace: "default", kind: "ReplicationController", name: "web", replicas: 1 } as const;
    const harness = run(3 * MINUTE, { objects: [controller("web", 3)], actions: [scale] });
    const record = harness.control.store.findObject("ReplicationController", "default", "web");
    expect(activePods(harness)).toBe(1);
    expect(record?.generation).toBe(2);
    expect(record?.status).toMatchObject({ replicas: 1, observedGeneration: 2 });
    expect(harness.control.atRest(harness.simulator.now)).toBe(true);
  });

  test("applied again as it is writes nothing", () => {
    const again = (at: number) => ({ type: "apply", at, objects: [controller("web", 2)] }) as const;
    const version = (actions: HarnessOptions["actions"]): number =>
      run(2 * MINUTE, { objects: [controller("web", 2)], ...(actions === undefined ? {} : { actions }) }).control.store.resourceVersion;
    expect(version([again(MINUTE)])).toBe(version([]));
  });
});

describe("deleting a Deployment", () => {
  const objects = [deployment("web", { replicas: 3 })];

  test("in the background takes it away before its Pods", () => {
    const harness = run(MINUTE + SECOND / 2, { objects, actions: [deleting("Deployment", "web")], gone: 5 * SECOND });
    expect(harness.control.store.deployments.size).toBe(0);
    expect(harness.control.store.pods.filter((pod) => pod !== undefined)).toHaveLength(3);
    expect(harness.runUntil(2 * MINUTE).control.store.pods.filter((pod) => pod !== undefined)).toHaveLength(0);
  });

  test("in the foreground keeps it until its ReplicaSet and their Pods are gone", () => {
    const harness = run(MINUTE + 4 * SECOND, { objects, actions: [deleting("Deployment", "web", "foreground")], gone: 5 * SECOND });
    const [record] = [...harness.control.store.deployments.values()];
    expect(record).toMatchObject({ finalizers: ["foregroundDeletion"], deletionTimestamp: 60, generation: 2 });
    expect(activePods(harness)).toBe(0);
    harness.runUntil(2 * MINUTE);
    expect(harness.control.store.pods.filter((pod) => pod !== undefined)).toHaveLength(0);
    expect(harness.control.store.replicaSets.size).toBe(0);
    expect(harness.control.store.deployments.size).toBe(0);
  });

  test("as orphans leaves its ReplicaSet, which goes on by itself", () => {
    const harness = run(2 * MINUTE, { objects, actions: [deleting("Deployment", "web", "orphan")] });
    expect(harness.control.store.deployments.size).toBe(0);
    expect([...harness.control.store.replicaSets.values()].map(({ owner, replicas }) => [owner, replicas])).toEqual([[-1, 3]]);
    expect(activePods(harness)).toBe(3);
  });
});

test("Pods of a ReplicaSet that is deleted as orphans keep their names and stand for themselves", () => {
  const objects = [replicaSet("web", 2)];
  const before = run(MINUTE, { objects }).control.store;
  const { store } = run(2 * MINUTE, { objects, actions: [deleting("ReplicaSet", "web", "orphan")] }).control;
  expect(store.replicaSets.size).toBe(0);
  expect(store.pods.map((pod) => pod?.owner)).toEqual([-1, -1]);
  expect(store.pods.map((pod) => store.podName(pod!))).toEqual(before.pods.map((pod) => before.podName(pod!)));
});

describe("a ResourceQuota", () => {
  const asking = (cpu: number) => template("web", { containers: [container({ resources: { requests: { cpu }, limits: {} } })] });

  test("lets no more Pods through than it has room for, and counts them", () => {
    const { store } = run(MINUTE, { objects: [quota({ pods: 2 }), deployment("web", { replicas: 5 })] }).control;
    expect(store.pods.filter((pod) => pod !== undefined)).toHaveLength(2);
    expect(store.findObject("ResourceQuota", "default", "compute")?.status).toMatchObject({ hard: { pods: 2 }, used: { pods: 2 } });
  });

  test("gives what ended Pods had to others", () => {
    const actions = [{ type: "scale", at: MINUTE, namespace: "default", kind: "Deployment", name: "a", replicas: 0 }] as const;
    const objects = [quota({ pods: 3 }), deployment("a", { replicas: 3 }), deployment("b", { replicas: 2 })];
    const harness = run(30 * MINUTE, { objects, actions });
    expect(activePods(harness)).toBe(2);
  });

  test("on requests.cpu counts millicores", () => {
    const { store } = run(MINUTE, {
      objects: [quota({ "requests.cpu": 1000 }), deployment("web", { replicas: 4, template: asking(300) })],
    }).control;
    expect(store.findObject("ResourceQuota", "default", "compute")?.status).toMatchObject({ used: { "requests.cpu": 900 } });
  });
});

test("a Pod whose PriorityClass isn't there is refused", () => {
  const written = template("web", { priorityClassName: "gold" });
  const { store } = run(MINUTE, { objects: [deployment("web", { replicas: 1, template: written })] }).control;
  expect(store.pods).toHaveLength(0);
  const gold: KubernetesObject = {
    kind: "PriorityClass",
    metadata: meta("gold", ""),
    spec: { value: 1000, globalDefault: false, preemptionPolicy: "PreemptLowerPriority" },
  };
  expect(run(MINUTE, { objects: [gold, deployment("web", { replicas: 1, template: written })] }).control.store.pods).toHaveLength(1);
});

test("deleting a Namespace takes all that is in it, then itself", () => {
  const objects: KubernetesObject[] = [
    { kind: "Namespace", metadata: meta("default", "") },
    deployment("web", { replicas: 3 }),
    controller("old", 2),
  ];
  const harness = run(MINUTE + 2 * SECOND, { objects, actions: [deleting("Namespace", "default")], gone: 5 * SECOND });
  expect(harness.control.store.findObject("Namespace", "", "default")?.status).toEqual({ phase: "Terminating" });
  expect(activePods(harness)).toBe(0);
  const { store } = harness.runUntil(3 * MINUTE).control;
  expect(store.pods.filter((pod) => pod !== undefined)).toHaveLength(0);
  expect([store.deployments.size, store.replicaSets.size, store.objects.size]).toEqual([0, 0, 0]);
});
