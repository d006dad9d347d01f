/** Cordon, taint, evict and drain through the whole cluster: budgets, refusals, outcomes. */
import { describe, expect, it, test } from "vitest";
import { CauseKind } from "../cause-kinds.ts";
import type { ClusterShard } from "../cluster.ts";
import { SECOND } from "../kernel/time.ts";
import { isActive, isReady } from "../kubernetes/api-server/client.ts";
import type { PodDisruptionBudgetStatus } from "../kubernetes/objects/pod-disruption-budget.ts";
import { oneShard, readCluster } from "../testdata/cluster.ts";

const labels = { app: "web" };
const podSpec = { containers: [{ name: "app", image: "app:v1" }] };

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas: 6, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } },
};

const agent = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "agent" },
  spec: { selector: { matchLabels: { app: "agent" } }, template: { metadata: { labels: { app: "agent" } }, spec: podSpec } },
};

const bare = { apiVersion: "v1", kind: "Pod", metadata: { name: "tool", labels }, spec: { ...podSpec, nodeName: "node-0" } };

function budget(spec: object, name = "web"): object {
  return { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name }, spec: { selector: { matchLabels: labels }, ...spec } };
}

interface Options {
  readonly version?: string;
  readonly start?: "settled" | "empty";
  readonly applications?: readonly object[];
}

function read(manifests: readonly object[], actions: readonly object[], options: Options = {}): ReturnType<typeof readCluster> {
  const { version = "1.36", start = "settled", applications = [{ selector: {}, startUp: "2s", image: { present: true } }] } = options;
  return readCluster(
    {
      seed: 1,
      kubernetesVersion: version,
      duration: "3m",
      start,
      nodes: [{ count: 3, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
      applications,
      actions,
    },
    manifests,
  );
}

interface Ended {
  readonly shard: ClusterShard;
  readonly outcome: { readonly status: string; readonly text: string } | undefined;
  readonly status: PodDisruptionBudgetStatus | undefined;
  /** Least number of healthy Pods that there ever were. */
  readonly leastReady: number;
}

function run(manifests: readonly object[], actions: readonly object[], options?: Options): Ended {
  const { spec, issues } = read(manifests, actions, options);
  if (spec === null) throw new Error(JSON.stringify(issues));
  const shard = oneShard(spec);
  const { store, apiServer } = shard.control!;
  let leastReady = Infinity;
  apiServer.listen(() => {
    const ready = store.pods.filter((pod) => pod !== undefined && isActive(pod) && isReady(pod)).length;
    leastReady = Math.min(leastReady, ready);
  });
  shard.simulator.runUntil(spec.duration);
  const outcome = shard.finish(spec.duration).control!.actions.at(-1)?.outcome;
  const object = store.findObject("PodDisruptionBudget", "default", "web");
  return { shard, outcome, leastReady, status: object?.kind === "PodDisruptionBudget" ? object.status : undefined };
}

function podsOn(shard: ClusterShard, node: number): number {
  return shard.control!.store.pods.filter((pod) => pod !== undefined && pod.node === node).length;
}

const drain = (options: object = {}): object => ({ at: "10s", drain: { node: "node-0", ...options } });

describe("drain", () => {
  it("empties the node and keeps new Pods away", () => {
    const { shard, outcome } = run([web], [drain()]);
    expect(outcome).toMatchObject({ status: "done" });
    expect(outcome!.text).toMatch(/^node\/node-0 drained: 2 Pods in /);
    expect(podsOn(shard, 0)).toBe(0);
    const node = shard.control!.store.nodes[0]!;
    expect(node.unschedulable).toBe(true);
    expect(node.taints.map(({ key, effect }) => `${key}:${effect}`)).toEqual(["node.kubernetes.io/unschedulable:NoSchedule"]);
  });

  test.each([["1.20"], ["1.36"]])("never breaks a budget, and gets by with it (%s)", (version) => {
    const manifest = version === "1.20" ? { ...budget({ minAvailable: 5 }), apiVersion: "policy/v1beta1" } : budget({ minAvailable: 5 });
    const { shard, outcome, leastReady, status } = run([web, manifest], [drain()], { version });
    expect(outcome?.status).toBe("done");
    expect(leastReady).toBe(5);
    expect(podsOn(shard, 0)).toBe(0);
    expect(status).toMatchObject({
      observedGeneration: 1,
      disruptionsAllowed: 1,
      currentHealthy: 6,
      desiredHealthy: 5,
      expectedPods: 6,
      disruptedPods: [],
    });
    const refusals = shard.causes.rows().filter(({ kind }) => kind === CauseKind.evictionRefused);
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals[0]!.time).toBeGreaterThan(10.4 * SECOND);
  });

  it("names the budget of a deadlock and the Pods that it keeps", () => {
    const { shard, outcome, leastReady } = run([web, budget({ maxUnavailable: 0 })], [drain({ timeout: "60s" })]);
    expect(outcome?.status).toBe("failed");
    expect(outcome!.text).toMatch(
      /^global timeout reached: 1m; deadlock: budget default\/web lets no Pod go, it asks for 6 healthy Pods and there are 6 in all: default\/web-\S+, default\/web-\S+$/,
    );
    expect(leastReady).toBe(6);
    expect(podsOn(shard, 0)).toBe(2);
  });

  it("says what it waits for when the run ends before it does", () => {
    const { outcome } = run([web, budget({ minAvailable: "100%" })], [drain()]);
    expect(outcome).toMatchObject({ status: "going on", text: expect.stringContaining("deadlock: budget default/web") as string });
  });

  it("doesn't ask budgets with disableEviction", () => {
    expect(run([web, budget({ maxUnavailable: 0 })], [drain({ disableEviction: true })]).outcome?.status).toBe("done");
  });

  it("can't evict what two budgets cover", () => {
    const { outcome } = run([web, budget({ minAvailable: 1 }), budget({ minAvailable: 1 }, "other")], [drain()]);
    expect(outcome).toMatchObject({ status: "failed", text: expect.stringContaining("more than one PodDisruptionBudget") as string });
  });

  test.each([
    [bare, {}, "cannot delete Pods that declare no controller (use force to override): default/tool"],
    [agent, { force: true }, "cannot delete DaemonSet-managed Pods (use ignoreDaemonSets to ignore): default/agent-"],
  ])("doesn't begin with Pods that it wasn't told about", (manifest, options, text) => {
    const { shard, outcome } = run([web, manifest], [drain(options)]);
    expect(outcome).toMatchObject({ status: "failed", text: expect.stringContaining(text) as string });
    expect(podsOn(shard, 0)).toBeGreaterThan(1);
    expect(shard.control!.store.nodes[0]!.unschedulable).toBe(true);
  });

  test.each([
    [bare, { force: true }, 0],
    [agent, { ignoreDaemonSets: true }, 1],
  ])("goes on when it was told", (manifest, options, left) => {
    const { shard, outcome } = run([web, manifest], [drain(options)]);
    expect(outcome?.status).toBe("done");
    expect(podsOn(shard, 0)).toBe(left);
  });
});

describe("evict", () => {
  it("is one request for each Pod, and what the budget refuses stays", () => {
    const { outcome, leastReady } = run([web, budget({ minAvailable: 5 })], [{ at: "10s", evict: { selector: { deployment: "web" } } }]);
    expect(outcome?.status).toBe("failed");
    expect(outcome!.text.split("; ")).toHaveLength(5);
    expect(outcome!.text).toContain("budget default/web: ");
    expect(leastReady).toBe(5);
  });

  it("lets a Pod that never ran go at once", () => {
    const huge = { ...bare, spec: { containers: [{ ...podSpec.containers[0], resources: { requests: { cpu: "100" } } }] } };
    const { shard, outcome } = run([huge, budget({ minAvailable: 1 })], [{ at: "10s", evict: { pod: "tool" } }], { start: "empty" });
    expect(outcome).toEqual({ status: "done", text: "evicted 1" });
    expect(shard.control!.store.pods.filter((pod) => pod !== undefined)).toEqual([]);
  });
});

describe("cordon, uncordon and taint", () => {
  it("keep new Pods away until the node is uncordoned", () => {
    const scale = (at: string, replicas: number): object => ({ at, scale: { deployment: "web", replicas } });
    const cordon = [1, 2].map((node) => ({ at: "5s", cordon: { node: `node-${node}` } }));
    const cordoned = run([web], [...cordon, scale("10s", 12)]);
    expect([0, 1, 2].map((node) => podsOn(cordoned.shard, node))).toEqual([8, 2, 2]);
    const uncordon = [1, 2].map((node) => ({ at: "9s", uncordon: { node: `node-${node}` } }));
    const uncordoned = run([web], [...cordon, ...uncordon, scale("10s", 12)]);
    expect([0, 1, 2].map((node) => podsOn(uncordoned.shard, node))).toEqual([4, 4, 4]);
    expect(uncordoned.shard.control!.store.nodes.map(({ taints }) => taints)).toEqual([[], [], []]);
  });

  it("drives Pods away with NoExecute, whatever their budget says", () => {
    const { shard } = run([web, budget({ maxUnavailable: 0 })], [{ at: "10s", taint: { node: "node-0", taint: "maintenance:NoExecute" } }]);
    expect(podsOn(shard, 0)).toBe(0);
  });

  it("takes taints away", () => {
    const taint = (at: string, text: string): object => ({ at, taint: { node: "node-0", taint: text } });
    const { shard } = run([web], [taint("10s", "for=tests:NoSchedule"), taint("20s", "for:NoSchedule-")]);
    expect(shard.control!.store.nodes[0]!.taints).toEqual([]);
  });
});

test.each([
  [{ cordon: { node: "node-9" } }, "spec.actions[0].cordon.node"],
  [{ uncordon: { node: "node-9" } }, "spec.actions[0].uncordon.node"],
  [{ taint: { node: "node-9", taint: "a:NoSchedule" } }, "spec.actions[0].taint.node"],
  [{ taint: { node: "node-0", taint: "a:Never" } }, "spec.actions[0].taint.taint"],
  [{ evict: { pod: "nobody" } }, "spec.actions[0].evict.pod"],
  [{ evict: {} }, "spec.actions[0].evict"],
  [{ evict: { selector: { deployment: "web" }, namespace: "x" } }, "spec.actions[0].evict.namespace"],
  [{ evict: { selector: { deployment: "web" }, gracePeriod: "1500ms" } }, "spec.actions[0].evict.gracePeriod"],
  [{ drain: { node: "node-9" } }, "spec.actions[0].drain.node"],
  [{ drain: { node: "node-0", gracePeriod: "1500ms" } }, "spec.actions[0].drain.gracePeriod"],
])("%j is refused", (action, path) => {
  expect(read([web], [{ at: "1s", ...action }]).issues.map((issue) => issue.path)).toContain(path);
});
