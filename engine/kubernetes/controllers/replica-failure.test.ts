/** What a quota refuses shows in the conditions of ReplicaSet and Deployment, and goes when there is room again. */
import { describe, expect, it } from "vitest";
import type { ClusterShard } from "../../cluster.ts";
import { clusterSpec, oneShard } from "../../testdata/cluster.ts";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "app", image: "app:v1" }] } },
  },
};
const quota = (hard: object): object => ({ apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "q" }, spec: { hard } });

function shardOf(objects: readonly object[], actions: readonly object[]): ClusterShard {
  const spec = clusterSpec(
    {
      seed: 1,
      duration: "3m",
      nodes: [{ count: 2, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }],
      applications: [{ selector: {}, image: { present: true } }],
      actions,
    },
    objects,
  );
  return oneShard(spec);
}

describe("ReplicaFailure", () => {
  it("stands while a quota refuses Pods, and goes when the quota does", () => {
    const actions = [
      { at: "10s", scale: { deployment: "web", replicas: 4 } },
      { at: "60s", delete: { kind: "ResourceQuota", name: "q" } },
    ];
    const shard = shardOf([deployment, quota({ pods: "3" })], actions);
    const failures = (): (string | undefined)[] => {
      const { store } = shard.control!;
      return [...store.replicaSets.values(), ...store.deployments.values()].map(({ status }) => status.replicaFailure?.message);
    };
    shard.simulator.runUntil(30_000_000);
    const refused = /^pods "web-[a-z0-9-]+" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3$/;
    expect(failures()).toEqual([expect.stringMatching(refused), expect.stringMatching(refused)]);
    shard.simulator.runUntil(170_000_000);
    expect(failures()).toEqual([undefined, undefined]);
    expect(shard.control!.store.readyPods[0]).toBe(4);
  });
});

describe("a new ReplicaSet that a quota refuses", () => {
  it("is told by the condition Progressing", () => {
    const actions = [{ at: "10s", setImage: { deployment: "web", image: "app:v2" } }];
    const shard = shardOf([deployment, quota({ "count/replicasets.apps": "1" })], actions);
    shard.simulator.runUntil(30_000_000);
    const [record] = [...shard.control!.store.deployments.values()];
    expect(record?.status.progressing).toMatchObject({ status: "False", reason: "ReplicaSetCreateError" });
    expect(shard.control!.store.replicaSets.size).toBe(1);
  });
});
