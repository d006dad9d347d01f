/** Faults of nodes and their pressure through a whole cluster: taints, replacements, what the report is told. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../cause-kinds.ts";
import type { ClusterShard } from "../cluster.ts";
import { MINUTE, SECOND } from "../kernel/time.ts";
import { NodeReady } from "../kubernetes/objects/node.ts";
import { PodPhase } from "../kubernetes/objects/pod.ts";
import { clusterSpec, runCluster } from "../testdata/cluster.ts";

function deployment(name: string, replicas: number, podSpec: object = {}, annotations: object = {}): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations },
        spec: { containers: [{ name: "app", image: `${name}:v1` }], ...podSpec },
      },
    },
  };
}

function run(spec: object, ...manifests: object[]): ClusterShard {
  const read = clusterSpec(
    {
      duration: "10m",
      nodes: [{ count: 2, capacity: { cpu: "4", memory: "1Gi", pods: 20 } }],
      ...spec,
    },
    manifests,
  );
  return runCluster(read);
}

const seconds = (shard: ClusterShard, kind: number): number[] =>
  shard.causes
    .rows()
    .filter((row) => row.kind === kind)
    .map(({ time }) => Math.round(time / SECOND));

const readyPods = (shard: ClusterShard): number => shard.control!.store.readyPods.reduce((sum, count) => sum + count, 0);

describe("a node under memory pressure", () => {
  const leak = { selector: { deployment: "leak" }, startUp: "1s", memory: { base: "100Mi", growth: "4Mi/s" } };
  const shard = run(
    { start: "empty", nodes: [{ count: 1, capacity: { cpu: "4", memory: "1Gi", pods: 20 } }], applications: [leak] },
    deployment("leak", 1),
  );

  test("evicts the Pod, and its ReplicaSet makes another that finds the node tainted", () => {
    const evicted = shard.control!.store.pods.find((pod) => pod?.status.reason === "Evicted");
    expect(evicted?.status.phase).toBe(PodPhase.Failed);
    const node = shard.control!.store.nodes[0]!;
    const created = seconds(shard, CauseKind.podCreated);
    const [at] = seconds(shard, CauseKind.pressureEviction);
    expect(created.some((time) => time >= at! && time < at! + 15)).toBe(true);
    // The replacement waits for the pressure to end, five minutes later, and then leaks as well.
    const started = seconds(shard, CauseKind.containerStarted);
    expect(started[1]! - at!).toBeGreaterThan(290);
    expect(started[1]! - at!).toBeLessThan(340);
    expect(node.ready).toBe(NodeReady.True);
  });

  test("ends every chain of causes at the node's shortage", () => {
    const rows = new Map(shard.causes.rows().map((row) => [row.id, row]));
    const eviction = [...rows.values()].find(({ kind }) => kind === CauseKind.pressureEviction)!;
    expect(rows.get(eviction.parent)).toMatchObject({ kind: CauseKind.nodePressure, parent: 0 });
  });
});

describe("faults of nodes", () => {
  const web = deployment("web", 4);
  const faulty = (fault: object, nodes: object = {}) =>
    run(
      {
        nodes: [{ count: 2, capacity: { cpu: "4", memory: "4Gi", pods: 20 }, ...nodes }],
        faults: [{ at: "1m", selector: { node: "node-0" }, ...fault }],
      },
      web,
    );

  test("a kubelet that restarts loses nobody", () => {
    const shard = faulty({ type: "kubelet-restart", duration: "5s" });
    expect(seconds(shard, CauseKind.kubeletStopped)).toEqual([60]);
    expect(seconds(shard, CauseKind.kubeletStarted)).toEqual([65]);
    expect(shard.finish(10 * MINUTE).restarts).toEqual([]);
    expect(readyPods(shard)).toBe(4);
    expect(shard.finish(10 * MINUTE).control!.faults[0]).toMatchObject({ targets: ["node-0"], from: MINUTE, until: MINUTE + 5 * SECOND });
  });

  test("a kubelet that is down for too long turns its node Unknown, and is taken back", () => {
    const shard = faulty({ type: "kubelet-restart", duration: "3m" });
    expect(seconds(shard, CauseKind.nodeUnknown)).toHaveLength(1);
    expect(shard.control!.store.nodes[0]).toMatchObject({ ready: NodeReady.True, taints: [] });
    expect(readyPods(shard)).toBe(4);
  });

  test("a reboot restarts the containers of its node", () => {
    const shard = faulty({ type: "node-reboot", duration: "20s" });
    expect(shard.finish(10 * MINUTE).restarts).toHaveLength(2);
    expect(readyPods(shard)).toBe(4);
  });

  test("a graceful shutdown lets the Pods be replaced elsewhere before the power is off", () => {
    const kubelet = { shutdownGracePeriod: "60s", shutdownGracePeriodCriticalPods: "10s" };
    const shard = faulty({ type: "node-shutdown", duration: "5m" }, { kubelet });
    const ended = shard.control!.store.pods.filter((pod) => pod?.status.reason === "Terminated");
    expect(ended).toHaveLength(2);
    expect(readyPods(shard)).toBe(4);
    expect(seconds(shard, CauseKind.nodeLost)[0]).toBeGreaterThan(60);
    expect(seconds(shard, CauseKind.nodeReturned).length).toBeGreaterThan(0);
    expect(shard.control!.store.nodes[0]).toMatchObject({ ready: NodeReady.True, taints: [] });
  });

  test("a fault without an effect is seen to have none", () => {
    const shard = run(
      {
        faults: [
          { at: "1m", type: "node-loss", selector: { node: "node-0" } },
          { at: "2m", type: "kubelet-restart", selector: { node: "node-0" } },
          { at: "3m", type: "node-shutdown", selector: { node: "node-0" } },
        ],
      },
      deployment("web", 2),
    );
    const { effects, control } = shard.finish(10 * MINUTE);
    const [loss, ...others] = control!.faults.map(({ cause }) => effects.some((effect) => effect.cause === cause));
    expect(loss).toBe(true);
    expect(others).toEqual([false, false]);
  });
});

describe("static Pods", () => {
  const file = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "proxy", namespace: "kube-system", annotations: { "kubernetes.io/config.source": "file" } },
    spec: { containers: [{ name: "proxy", image: "proxy:v1" }] },
  };

  test.each(["settled", "empty"])("run on every node of a cluster that begins %s, and come back when they are deleted", (start) => {
    const shard = run({ start, actions: [{ at: "2m", delete: { pod: "proxy-node-1", namespace: "kube-system" } }] }, file);
    const { store } = shard.control!;
    const pods = store.pods.filter((pod) => pod !== undefined);
    expect(pods.map((pod) => [store.podName(pod), pod.node, pod.status.phase])).toEqual([
      ["proxy-node-0", 0, PodPhase.Running],
      ["proxy-node-1", 1, PodPhase.Running],
    ]);
    expect(store.removedPods).toHaveLength(1);
    expect(seconds(shard, CauseKind.signalled)).toEqual([]);
  });
});
