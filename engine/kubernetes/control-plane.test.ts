/** The control plane as a whole, with kubelets that only wait. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../cause-kinds.ts";
import type { CauseRow } from "../kernel/causes.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { defaultSettings } from "../settings.ts";
import { Harness, barePod, container, deployment, node, replicaSet, service, template, type HarnessOptions } from "./control-plane.exam.ts";
import { whyNoEndpoint } from "./missing-endpoints.ts";
import { NodeReady } from "./objects/node.ts";

const rollout = { type: "setImage", namespace: "default", kind: "Deployment", name: "web", container: null, image: "app:v2" } as const;

/** Every state (sizes of old and new, available replicas of both) that the store rests in for at least 10 ms, with the second it began. */
function rolloutSteps(harness: Harness, until: number): string[] {
  const steps: string[] = [];
  while (harness.simulator.nextTime() < until) {
    const before = harness.simulator.now;
    const next = harness.simulator.nextTime();
    const sets = [...harness.control.store.replicaSets.values()].sort((a, b) => a.template - b.template);
    if (next - before > 10 * MILLISECOND && sets.length === 2) {
      const available = sets.reduce((sum, { status }) => sum + status.availableReplicas, 0);
      const step = `old ${sets[0]?.replicas} new ${sets[1]?.replicas} available ${available}`;
      if (steps.at(-1) !== step) steps.push(step);
    }
    harness.runUntil(next + 1);
  }
  return steps;
}

describe("a rolling update 25%/25% where every new Pod is available 5 s after its creation (D4)", () => {
  function sizesOver(
    replicas: number,
    readyAfter: HarnessOptions["readyAfter"] = 5 * SECOND,
  ): { readonly sizes: string[]; readonly rests: string[] } {
    const options: HarnessOptions = {
      objects: [deployment("web", { replicas })],
      start: "settled",
      actions: [{ ...rollout, at: 10 * SECOND }],
      readyAfter: readyAfter ?? 0,
      settings: { controllerSync: MILLISECOND },
    };
    const sizes: string[] = [];
    const harness = new Harness(options);
    while (harness.simulator.nextTime() < 40 * SECOND) {
      harness.runUntil(harness.simulator.nextTime() + 1);
      const [old, current] = harness.sizes();
      const step = `${Math.floor(harness.simulator.now / SECOND) - 10} ${old} ${current}`;
      if (current !== undefined && sizes.at(-1)?.replace(/^\d+/, "") !== step.replace(/^\d+/, "")) sizes.push(step);
    }
    return { sizes, rests: rolloutSteps(new Harness(options), 40 * SECOND) };
  }

  test("4 replicas: up and down in turn", () => {
    const { sizes, rests } = sizesOver(4);
    expect(sizes).toEqual(["0 4 1", "0 3 1", "0 3 2", "5 1 2", "5 1 4", "10 0 4"]);
    expect(rests).toEqual(["old 3 new 2 available 3", "old 1 new 4 available 3", "old 0 new 4 available 4"]);
  });

  test("10 replicas: up and down in turn", () => {
    const { sizes, rests } = sizesOver(10);
    expect(sizes).toEqual(["0 10 3", "0 8 3", "0 8 5", "5 3 5", "5 3 10", "10 0 10"]);
    expect(rests).toEqual(["old 8 new 5 available 8", "old 3 new 10 available 8", "old 0 new 10 available 10"]);
  });

  test("1 replica: the new one first, the old one goes when it is available", () => {
    expect(sizesOver(1).sizes).toEqual(["0 1 1", "5 0 1"]);
  });

  test("Pods that become available one by one move the sizes one by one", () => {
    expect(sizesOver(4, (pod) => 5 * SECOND + pod.ordinal * 100 * MILLISECOND).sizes).toEqual([
      "0 4 1",
      "0 3 1",
      "0 3 2",
      "5 2 2",
      "5 2 3",
      "5 1 3",
      "5 1 4",
      "10 0 4",
    ]);
  });
});

test("Recreate: no new Pod before the last old one is gone", () => {
  const harness = new Harness({
    objects: [deployment("web", { replicas: 3, strategy: { type: "Recreate" } })],
    start: "settled",
    actions: [{ ...rollout, at: 10 * SECOND }],
    gone: 4 * SECOND,
  });
  harness.runUntil(13 * SECOND);
  expect(harness.pods().map((pod) => pod.deletionTimestamp >= 0)).toEqual([true, true, true]);
  harness.runUntil(20 * SECOND);
  expect(harness.pods().map((pod) => pod.template)).toEqual([1, 1, 1]);
  expect(harness.control.deployments()).toEqual([{ label: "default/web", desired: 3, updated: 3, ready: 3, available: 3 }]);
});

test("a settled cluster is at rest and stays so", () => {
  const harness = new Harness({ objects: [deployment("web", { replicas: 5 }), replicaSet("cache", 3), service("web")], start: "settled" });
  const writes = harness.control.store.resourceVersion;
  harness.runUntil(120 * SECOND);
  expect(harness.control.atRest(harness.simulator.now)).toBe(true);
  expect(harness.pods()).toHaveLength(8);
  expect(harness.control.store.resourceVersion).toBe(writes);
  expect(harness.endpointLog.length).toBe(1);
  expect(harness.endpointLog.entry(0).pods).toEqual([0, 1, 2, 3, 4]);
  expect(harness.endpointLog.validFrom(0)).toBe(0);
});

describe("an empty start", () => {
  const objects = [deployment("web", { replicas: 4 }), replicaSet("cache", 2), barePod("job"), service("web")];

  test("ends with the same Pods at rest as a settled one", () => {
    const harness = new Harness({ objects, start: "empty" }).runUntil(60 * SECOND);
    const settled = new Harness({ objects, start: "settled" }).runUntil(60 * SECOND);
    const names = (of: Harness): string[] =>
      of.control
        .summaries()
        .filter(({ isReady }) => isReady)
        .map(({ name }) => name)
        .sort();
    expect(names(harness)).toEqual([...names(settled), "job"].sort());
    expect(harness.pods()).toHaveLength(7);
    expect(harness.control.atRest(harness.simulator.now)).toBe(true);
    expect(harness.endpointLog.entry(harness.endpointLog.length - 1).pods).toHaveLength(4);
    expect(harness.control.deployments()).toEqual([{ label: "default/web", desired: 4, updated: 4, ready: 4, available: 4 }]);
  });

  test("is over within seconds with ordinary latencies, and the rollout's record ends with it", () => {
    const harness = new Harness({ objects, start: "empty", settings: defaultSettings }).runUntil(60 * SECOND);
    expect(harness.pods().every((pod) => pod.node >= 0)).toBe(true);
    const [first] = harness.control.rollouts();
    expect(first).toMatchObject({ workload: 0 });
    expect(first?.until).toBeLessThan(10 * SECOND);
    expect(first?.until).toBeGreaterThan(SECOND);
  });
});

test("the clients' limits make 500 creations last between 20 and 45 seconds", () => {
  const harness = new Harness({ objects: [replicaSet("cache", 500)], start: "empty", settings: defaultSettings, nodes: many(10) });
  harness.runUntil(20 * SECOND);
  expect(harness.pods().length).toBeLessThan(500);
  harness.runUntil(45 * SECOND);
  expect(harness.pods()).toHaveLength(500);
});

describe("endpoints", () => {
  test("a Pod leaves when its deletion is seen, and its node hears of it when the entry becomes valid", () => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 3 }), service("web")],
      start: "settled",
      actions: [{ type: "scale", at: 10 * SECOND, namespace: "default", kind: "Deployment", name: "web", replicas: 2 }],
      settings: { watchLatencyFloor: 700, watchLatency: 700, watchLatencyP99: 700 },
    }).runUntil(30 * SECOND);
    const entries = Array.from({ length: harness.endpointLog.length }, (_, position) => harness.endpointLog.entry(position));
    expect(entries.map(({ pods }) => pods.length)).toEqual([3, 2, 2]);
    expect(harness.endpointLog.validFrom(1)).toBe((entries[1]?.committedAt ?? 0) + 700);
    expect(entries.map(({ position }) => position)).toEqual([0, 1, 2]);
  });

  test("terminating Pods that still serve stand in while none is ready", () => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 2 }), service("web")],
      start: "settled",
      gone: 20 * SECOND,
      actions: [{ type: "scale", at: 10 * SECOND, namespace: "default", kind: "Deployment", name: "web", replicas: 0 }],
    }).runUntil(20 * SECOND);
    expect(harness.endpointLog.entry(harness.endpointLog.length - 1).pods).toEqual([0, 1]);
    harness.runUntil(60 * SECOND);
    expect(harness.endpointLog.entry(harness.endpointLog.length - 1).pods).toEqual([]);
  });

  test("a Service that is deleted loses its endpoints, one that comes later finds its Pods", () => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 2 }), service("web")],
      start: "settled",
      actions: [
        { type: "delete", at: 10 * SECOND, namespace: "default", kind: "Service", name: "web", gracePeriodSeconds: null, force: false },
        { type: "apply", at: 20 * SECOND, objects: [service("other", { app: "web" })] },
      ],
    }).runUntil(30 * SECOND);
    const last = (number: number): readonly number[] | undefined =>
      Array.from({ length: harness.endpointLog.length }, (_, position) => harness.endpointLog.entry(position))
        .filter((entry) => entry.service === number)
        .at(-1)?.pods;
    expect(last(0)).toEqual([]);
    expect(last(1)).toEqual([0, 1]);
  });
});

describe("actions", () => {
  test("deleting a Deployment takes its ReplicaSets and Pods, two calls each under one limit", () => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 100 })],
      start: "settled",
      nodes: many(10),
      settings: { kcmQps: 20, kcmBurst: 30 },
      actions: [
        { type: "delete", at: 10 * SECOND, namespace: "default", kind: "Deployment", name: "web", gracePeriodSeconds: null, force: false },
      ],
    });
    harness.runUntil(15 * SECOND);
    expect(harness.control.store.deployments.size).toBe(0);
    expect(harness.control.store.replicaSets.size).toBe(0);
    expect(harness.pods().filter((pod) => pod.deletionTimestamp < 0).length).toBeGreaterThan(0);
    harness.runUntil(30 * SECOND);
    expect(harness.pods()).toHaveLength(0);
  });

  test("a Pod that is deleted is replaced as soon as the deletion is seen", () => {
    const harness = new Harness({
      objects: [replicaSet("cache", 2), barePod("job")],
      start: "empty",
      gone: 20 * SECOND,
      actions: [{ type: "delete", at: 10 * SECOND, namespace: "default", kind: "Pod", name: "job", gracePeriodSeconds: 0, force: true }],
    }).runUntil(11 * SECOND);
    expect(harness.control.summaries().find(({ name }) => name === "job")).toMatchObject({ isGone: true });
    expect(harness.pods()).toHaveLength(2);
  });

  test("applying the same objects again changes nothing", () => {
    const objects = [deployment("web", { replicas: 2 }), service("web")];
    const harness = new Harness({ objects, start: "empty", actions: [{ type: "apply", at: 30 * SECOND, objects }] }).runUntil(29 * SECOND);
    const writes = harness.control.store.resourceVersion;
    harness.runUntil(40 * SECOND);
    expect(harness.control.store.resourceVersion).toBe(writes);
  });

  test("scaling in the middle of a rollout keeps the proportions", () => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 10 })],
      start: "settled",
      readyAfter: 1000 * SECOND,
      actions: [
        { ...rollout, at: 10 * SECOND },
        { type: "scale", at: 20 * SECOND, namespace: "default", kind: "Deployment", name: "web", replicas: 20 },
      ],
    }).runUntil(30 * SECOND);
    // 8 old and 5 new of 13 become 25 of which the old get round(8 · 25 / 13).
    expect(harness.sizes()).toEqual([15, 10]);
  });

  test("a rollout that cannot go on reports its deadline and goes on when the image changes again", () => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 4, progressDeadlineSeconds: 60 })],
      start: "settled",
      readyAfter: (pod) => (pod.template === 1 ? Infinity : 2 * SECOND),
      actions: [
        { ...rollout, at: 10 * SECOND },
        { ...rollout, image: "app:v1", at: 100 * SECOND },
      ],
    }).runUntil(90 * SECOND);
    const status = (): string | undefined => [...harness.control.store.deployments.values()][0]?.status.progressing?.reason;
    expect(status()).toBe("ProgressDeadlineExceeded");
    harness.runUntil(120 * SECOND);
    expect(status()).toBe("NewReplicaSetAvailable");
    expect(harness.sizes()).toEqual([4, 0]);
    expect([...harness.control.store.replicaSets.values()].map(({ revision }) => revision)).toEqual([3, 2]);
    expect(harness.control.rollouts().map(({ until }) => Math.floor(until / SECOND))).toEqual([100, 102]);
  });
});

test("minReadySeconds delays each step by itself", () => {
  const harness = new Harness({
    objects: [deployment("web", { replicas: 4, minReadySeconds: 10 })],
    start: "settled",
    actions: [{ ...rollout, at: 10 * SECOND }],
    readyAfter: SECOND,
    settings: { controllerSync: MILLISECOND },
  }).runUntil(20 * SECOND);
  expect(harness.sizes()).toEqual([3, 2]);
  harness.runUntil(22 * SECOND);
  expect(harness.sizes()).toEqual([1, 4]);
  harness.runUntil(33 * SECOND);
  expect(harness.sizes()).toEqual([0, 4]);
});

describe("a node that dies at t = 60 (D6)", () => {
  function lose(options: Partial<HarnessOptions> = {}): Harness {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 6 }), service("web")],
      start: "settled",
      settings: { kcmQps: 20, kcmBurst: 30, taintPass: 100 * MILLISECOND, controllerSync: MILLISECOND },
      ...options,
    }).runUntil(60 * SECOND);
    const [first] = harness.kubelets;
    if (first !== undefined) first.isAlive = false;
    return harness;
  }

  /** When something first holds, in seconds after the death. */
  function when(harness: Harness, holds: () => boolean): number {
    while (!holds() && harness.simulator.nextTime() < 600 * SECOND) harness.runUntil(harness.simulator.nextTime() + 1);
    return (harness.simulator.now - 60 * SECOND) / SECOND;
  }

  test("turns Unknown, loses its endpoints, is tainted, and its Pods are replaced 300 s later", () => {
    for (const seed of [1, 2, 3]) {
      const harness = lose({ seed });
      const { store } = harness.control;
      const unknown = when(harness, () => store.nodes[0]?.ready === NodeReady.Unknown);
      expect(unknown).toBeGreaterThanOrEqual(47);
      expect(unknown).toBeLessThan(57);
      const noEndpoints = when(harness, () => !harness.endpointLog.entry(harness.endpointLog.length - 1).nodes.includes(0));
      expect(noEndpoints - unknown).toBeLessThan(1.2);
      const tainted = when(harness, () => store.nodes[0]?.taints.some(({ effect }) => effect === "NoExecute") ?? false);
      expect(tainted - unknown).toBeLessThan(0.12);
      const evicted = when(harness, () => harness.pods().some((pod) => pod.deletionTimestamp >= 0));
      expect(evicted - tainted).toBeGreaterThanOrEqual(300);
      expect(evicted - tainted).toBeLessThan(300.1);
      harness.runUntil(harness.simulator.now + 5 * SECOND);
      expect(harness.control.view.activePods(0)).toBe(6);
      expect(
        harness
          .pods()
          .filter((pod) => pod.deletionTimestamp >= 0)
          .every((pod) => pod.node === 0),
      ).toBe(true);
      expect(
        harness
          .pods()
          .filter((pod) => pod.deletionTimestamp < 0)
          .every((pod) => pod.node !== 0),
      ).toBe(true);
    }
  });

  test("the taint waits longer after Unknown if a setting says so, and the monitor's phase is a setting", () => {
    const settings = {
      taintPass: 100 * MILLISECOND,
      controllerSync: MILLISECOND,
      noExecuteQueueDelay: 8 * SECOND,
      nodeMonitorPeriodPhase: 0,
    };
    const harness = lose({ settings });
    const { store } = harness.control;
    const unknown = when(harness, () => store.nodes[0]?.ready === NodeReady.Unknown);
    // Passes at 1 µs, 5 s + 1 µs, …
    expect(unknown % 5).toBeLessThan(0.1);
    const tainted = when(harness, () => store.nodes[0]?.taints.some(({ effect }) => effect === "NoExecute") ?? false);
    expect(tainted - unknown).toBeGreaterThan(7.9);
    expect(tainted - unknown).toBeLessThan(8.2);
  });

  test("Pods that don't say stay on a lost node as long as the settings say", () => {
    const harness = lose({
      settings: { taintPass: 100 * MILLISECOND, controllerSync: MILLISECOND, tolerationSecondsUnreachable: 20 * SECOND },
    });
    const { store } = harness.control;
    const tainted = when(harness, () => store.nodes[0]?.taints.some(({ effect }) => effect === "NoExecute") ?? false);
    const evicted = when(harness, () => harness.pods().some((pod) => pod.deletionTimestamp >= 0));
    expect(evicted - tainted).toBeGreaterThanOrEqual(20);
    expect(evicted - tainted).toBeLessThan(20.1);
  });

  test("a second lost node of the zone waits ten seconds for its taint", () => {
    const harness = lose({ nodes: many(10) });
    const second = harness.kubelets[1];
    if (second !== undefined) second.isAlive = false;
    const { store } = harness.control;
    const isTainted = (index: number) => (): boolean => store.nodes[index]?.taints.some(({ effect }) => effect === "NoExecute") ?? false;
    const first = when(harness, () => isTainted(0)() || isTainted(1)());
    const both = when(harness, () => isTainted(0)() && isTainted(1)());
    expect(both - first).toBeGreaterThan(9.9);
    expect(both - first).toBeLessThan(10.2);
  });

  test("a node that returns in time keeps its Pods and loses its taints", () => {
    const harness = lose();
    const { store } = harness.control;
    when(harness, () => store.nodes[0]?.taints.some(({ effect }) => effect === "NoExecute") ?? false);
    harness.runUntil(200 * SECOND);
    harness.kubelets[0]?.revive(200 * SECOND + 1);
    harness.runUntil(210 * SECOND);
    expect(store.nodes[0]).toMatchObject({ ready: NodeReady.True, taints: [] });
    harness.runUntil(600 * SECOND);
    expect(harness.pods().every((pod) => pod.deletionTimestamp < 0)).toBe(true);
  });

  test("with every node silent nobody is tainted", () => {
    const harness = lose();
    for (const kubelet of harness.kubelets) kubelet.isAlive = false;
    harness.runUntil(500 * SECOND);
    expect(harness.control.store.nodes.map(({ ready }) => ready)).toEqual([NodeReady.Unknown, NodeReady.Unknown, NodeReady.Unknown]);
    expect(harness.pods().every((pod) => pod.deletionTimestamp < 0)).toBe(true);
  });

  test("an eviction's cause leads back to the node", () => {
    const harness = lose().runUntil(420 * SECOND);
    const rows = new Map(harness.causes.rows().map((row) => [row.id, row]));
    const created = [...rows.values()].filter(({ kind }) => kind === CauseKind.podCreated).at(-1);
    expect(chain(rows, created)).toEqual([
      CauseKind.podCreated,
      CauseKind.podDeleted,
      CauseKind.podEvicted,
      CauseKind.nodeTainted,
      CauseKind.nodeUnknown,
    ]);
  });
});

test("a Pod's cause leads back over the rollout's step to the action, whatever had the controller make it just then", () => {
  const harness = new Harness({
    objects: [deployment("web", { replicas: 1 })],
    start: "settled",
    actions: [{ ...rollout, at: 10 * SECOND }],
  }).runUntil(30 * SECOND);
  const rows = new Map(harness.causes.rows().map((row) => [row.id, row]));
  const deleted = [...rows.values()].find(({ kind }) => kind === CauseKind.podDeleted);
  expect(chain(rows, deleted)).toEqual([CauseKind.podDeleted, CauseKind.rolloutStep, CauseKind.deploymentChanged, CauseKind.action]);
});

describe("a row for each step of a rollout", () => {
  test.each([4, 10])("of %i replicas exists only if the step was made", (replicas) => {
    const harness = new Harness({
      objects: [deployment("web", { replicas })],
      start: "settled",
      actions: [{ ...rollout, at: 10 * SECOND }],
      // Slow enough that a status arrives while a write is on its way: the write meets a conflict.
      settings: {
        apiWriteLatency: 8 * MILLISECOND,
        apiWriteLatencyP99: 40 * MILLISECOND,
        watchLatency: 4 * MILLISECOND,
        watchLatencyP99: 20 * MILLISECOND,
      },
    });
    const made: string[] = [];
    const last = new Map([...harness.control.store.replicaSets.values()].map((set) => [set.id, set.replicas]));
    harness.control.apiServer.observer = {
      podChanged: () => {},
      deploymentChanged: () => {},
      replicaSetChanged: (id, now) => {
        const size = harness.control.store.replicaSets.get(id)!.replicas;
        const by = size - (last.get(id) ?? 0);
        last.set(id, size);
        if (by !== 0) made.push(`${now} ${by}`);
      },
    };
    harness.runUntil(60 * SECOND);
    const noted = harness.causes.rows().filter(({ kind }) => kind === CauseKind.rolloutStep);
    expect(harness.sizes()).toEqual([0, replicas]);
    expect(noted.map(({ time, detail }) => `${time} ${detail}`)).toEqual(made);
  });
});

test("the Pods of a deleted workload lead back to its deletion", () => {
  const remove = (kind: "Deployment" | "ReplicaSet", name: string) =>
    ({ type: "delete", at: 10 * SECOND, namespace: "default", kind, name, gracePeriodSeconds: null, force: false }) as const;
  const harness = new Harness({
    objects: [deployment("web", { replicas: 1 }), replicaSet("set", 1)],
    start: "settled",
    actions: [remove("Deployment", "web"), remove("ReplicaSet", "set")],
  }).runUntil(30 * SECOND);
  const rows = new Map(harness.causes.rows().map((row) => [row.id, row]));
  const deleted = [...rows.values()].filter(({ kind }) => kind === CauseKind.podDeleted);
  expect(deleted.map((row) => chain(rows, row))).toEqual(
    [0, 1].map(() => [CauseKind.podDeleted, CauseKind.workloadDeleted, CauseKind.action]),
  );
});

describe("a Service without endpoints", () => {
  /** Causes of its entries without endpoints, each once. */
  function causesOfNone(harness: Harness): number[][] {
    const rows = new Map(harness.causes.rows().map((row) => [row.id, row]));
    const causes = new Set<number>();
    for (let position = 0; position < harness.endpointLog.length; position++) {
      const { pods, cause } = harness.endpointLog.entry(position);
      if (pods.length === 0) causes.add(cause);
    }
    return [...causes].map((cause) => chain(rows, rows.get(cause)));
  }

  test("blames what took the last one away, not what happens until there is one again", () => {
    const harness = new Harness({ objects: [deployment("web", { replicas: 1 }), service("web")], start: "settled" }).runUntil(10 * SECOND);
    harness.kubelets[harness.pods()[0]!.node]!.isAlive = false;
    harness.runUntil(420 * SECOND);
    const entries = Array.from({ length: harness.endpointLog.length }, (_, position) => harness.endpointLog.entry(position));
    // Unready with its node, terminating five minutes later, replaced after that.
    expect(entries.map(({ pods }) => pods.length)).toEqual([1, 0, 0, 1]);
    expect(causesOfNone(harness)).toEqual([[CauseKind.endpointsChanged, CauseKind.nodeUnknown]]);
  });

  const huge = { containers: [container({ resources: { requests: { cpu: 500_000, memory: 1024 }, limits: {} } })] };
  test.each([
    ["that selects nothing", [replicaSet("other", 1), service("web")], CauseKind.noPodSelected],
    ["whose Pods fit on no node", [replicaSet("web", 1, huge), service("web")], CauseKind.unschedulable],
    ["whose Deployment has no replicas", [deployment("web", { replicas: 0 }), service("web")], CauseKind.scaledToZero],
  ])("%s from the beginning says so", (_, objects, kind) => {
    const harness = new Harness({ objects, start: "settled" }).runUntil(30 * SECOND);
    expect(causesOfNone(harness)).toEqual([[kind]]);
  });

  test("that is applied later is missed until it has one", () => {
    const harness = new Harness({
      objects: [replicaSet("web", 1)],
      start: "settled",
      actions: [{ type: "apply", at: 10 * SECOND, objects: [service("web")] }],
    }).runUntil(30 * SECOND);
    expect(causesOfNone(harness)).toEqual([[CauseKind.noService]]);
    expect(harness.endpointLog.entry(harness.endpointLog.length - 1).pods).toEqual([0]);
  });

  test("whose workload comes at t = 0 only says so", () => {
    const later = replicaSet("web", 1);
    const { store } = new Harness({
      objects: [service("web")],
      start: "settled",
      actions: [{ type: "apply", at: SECOND, objects: [later] }],
    }).control;
    expect(whyNoEndpoint(0, store, [later])).toEqual({ kind: CauseKind.notAtRest, subject: 0 });
  });

  test.each([
    ["and a workload that has yet to start", [service("web"), deployment("web", { replicas: 1 })], CauseKind.notStartedYet],
    ["and a workload without replicas", [service("web"), replicaSet("web", 0)], CauseKind.scaledToZero],
    ["and nothing that it selects", [service("web"), replicaSet("other", 1)], CauseKind.noPodSelected],
    ["and isn't there yet itself", [replicaSet("web", 1)], CauseKind.noService],
  ])("of an empty cluster %s", (_name, objects, kind) => {
    const actions = [{ type: "apply" as const, at: SECOND, objects: [service("web")] }];
    const harness = new Harness({ objects, start: "empty", actions });
    const [cause] = harness.control.beginEmpty(objects);
    expect(harness.causes.rows().find(({ id }) => id === cause)).toMatchObject({ kind, subject: 0, time: 0 });
  });
});

describe("the scheduler", () => {
  const big = { containers: [container({ resources: { requests: { cpu: 5000, memory: 1024 }, limits: {} } })] };

  test("leaves a Pod that fits nowhere pending, says why, and binds it when room becomes free", () => {
    const harness = new Harness({
      objects: [replicaSet("big", 4, big)],
      start: "empty",
      actions: [
        { type: "scale", at: 30 * SECOND, namespace: "default", kind: "ReplicaSet", name: "big", replicas: 3 },
        { type: "scale", at: 60 * SECOND, namespace: "default", kind: "ReplicaSet", name: "big", replicas: 4 },
      ],
    }).runUntil(20 * SECOND);
    expect(harness.control.unscheduled()).toEqual([
      expect.stringMatching(/^default\/big-.....: 0\/3 nodes are available: 3 Insufficient cpu\.$/),
    ]);
    harness.runUntil(50 * SECOND);
    expect(harness.control.unscheduled()).toEqual([]);
    expect(harness.pods().every((pod) => pod.node >= 0)).toBe(true);
  });

  test("gives freed room to the Pod that waits for it, only after the old one is gone", () => {
    const harness = new Harness({
      objects: [replicaSet("big", 3, big), barePod("late", big)],
      start: "settled",
      gone: 10 * SECOND,
      actions: [
        { type: "apply", at: 10 * SECOND, objects: [barePod("late", big)] },
        { type: "scale", at: 20 * SECOND, namespace: "default", kind: "ReplicaSet", name: "big", replicas: 2 },
      ],
    }).runUntil(29 * SECOND);
    expect(harness.control.unscheduled()).toHaveLength(1);
    harness.runUntil(45 * SECOND);
    expect(harness.control.unscheduled()).toEqual([]);
  });

  test("respects taints, node selectors and cordoned capacity", () => {
    const nodes = [
      node("tainted", { taints: [{ key: "gpu", value: "", effect: "NoSchedule" }] }),
      node("plain"),
      node("labelled", { labels: { disk: "ssd" } }),
    ];
    const harness = new Harness({
      objects: [replicaSet("any", 4), replicaSet("ssd", 2, { nodeSelector: { disk: "ssd" } })],
      start: "empty",
      nodes,
    }).runUntil(20 * SECOND);
    const nodesOf = (workload: number): number[] =>
      [
        ...new Set(
          harness
            .pods()
            .filter((pod) => pod.workload === workload)
            .map((pod) => pod.node),
        ),
      ].sort((a, b) => a - b);
    expect(nodesOf(0)).toEqual([1, 2]);
    expect(nodesOf(1)).toEqual([2]);
  });
});

test("the gauge of Pods by state sums up to the Pods there are", () => {
  const harness = new Harness({
    objects: [deployment("web", { replicas: 4 })],
    start: "settled",
    actions: [{ ...rollout, at: 10 * SECOND }],
  }).runUntil(30 * SECOND);
  const { timeSeries } = harness.recorder.snapshot();
  const total = (state: string): number => (timeSeries[`pods{state=${state}}`] ?? []).reduce((sum, change) => sum + change, 0);
  expect(total("ready")).toBe(4);
  expect(total("pending") + total("running") + total("terminating") + total("crash-looping")).toBe(0);
});

test("the same seed gives the same run, to the last write", () => {
  const run = (): unknown => {
    const harness = new Harness({
      objects: [deployment("web", { replicas: 8 }), service("web")],
      start: "settled",
      actions: [{ ...rollout, at: 10 * SECOND }],
      settings: defaultSettings,
      seed: 7,
    }).runUntil(60 * SECOND);
    return [harness.causes.rows(), harness.control.summaries(), harness.control.store.resourceVersion, harness.simulator.events];
  };
  expect(run()).toEqual(run());
});

test("a bare template of another name keeps its Pods apart from a Service that doesn't select it", () => {
  const harness = new Harness({
    objects: [deployment("web", { replicas: 1 }), deployment("api", { replicas: 1, template: template("api") }), service("web")],
    start: "settled",
  }).runUntil(SECOND);
  expect(harness.endpointLog.entry(0).pods).toEqual([0]);
});

function many(count: number): ReturnType<typeof node>[] {
  return Array.from({ length: count }, (_, index) => node(`node-${index}`));
}

/** Kinds from a row up to its root. */
function chain(rows: ReadonlyMap<number, CauseRow>, row: CauseRow | undefined): number[] {
  const kinds: number[] = [];
  for (let at = row; at !== undefined; at = rows.get(at.parent)) kinds.push(at.kind);
  return kinds;
}
