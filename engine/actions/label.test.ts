/** Labels that change while all runs: of Pods, which their ReplicaSet releases or adopts, and of nodes, by which Pods are placed. */
import { describe, expect, it, test } from "vitest";
import type { ClusterShard } from "../cluster.ts";
import { MINUTE } from "../kernel/time.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import { PodPhase } from "../kubernetes/objects/pod.ts";
import { clusterSpec, readCluster, runCluster } from "../testdata/cluster.ts";

const template = (labels: object, spec: object = {}): object => ({
  metadata: { labels },
  spec: { containers: [{ name: "app", image: "app:v1" }], ...spec },
});
const set = (kind: string, replicas: number, podSpec: object = {}): object => ({
  apiVersion: kind === "ReplicationController" ? "v1" : "apps/v1",
  kind,
  metadata: { name: "web" },
  spec: {
    replicas,
    selector: kind === "ReplicationController" ? { app: "web" } : { matchLabels: { app: "web" } },
    template: template({ app: "web" }, podSpec),
  },
});
const barePod = (name: string, labels: object): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels },
  spec: { containers: [{ name: "app", image: "app:v1" }] },
});
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
};

interface Setting {
  readonly actions?: readonly object[];
  readonly start?: "settled" | "empty";
  readonly nodes?: readonly object[];
}

const nodes = [{ count: 3, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }];

function specOf({ actions = [], start = "settled", nodes: given = nodes }: Setting): object {
  return { duration: "5m", start, nodes: given, applications: [{ image: { present: true }, startUp: "1s" }], actions };
}

function run(setting: Setting, ...objects: readonly object[]): ClusterShard {
  return runCluster(clusterSpec(specOf(setting), objects));
}

const podsOf = (shard: ClusterShard): PodRecord[] => shard.control!.store.pods.filter((pod) => pod !== undefined);
const owned = (shard: ClusterShard): PodRecord[] => podsOf(shard).filter(({ owner }) => owner >= 0);
const alone = (shard: ClusterShard): PodRecord[] => podsOf(shard).filter(({ owner }) => owner < 0);
const problems = (actions: readonly object[]): readonly string[] =>
  readCluster(specOf({ actions }), [set("Deployment", 3)]).issues.map(
    ({ path, found, expected }) => `${path}: found ${found}, expected ${expected}`,
  );

const takeOut = (at: string): object => ({ at, label: { selector: { deployment: "web" }, count: 1, labels: "app-" } });

describe.each(["Deployment", "ReplicaSet", "ReplicationController"])("a Pod of a %s whose label goes", (kind) => {
  const [first = ""] = kind;
  const selector = kind === "ReplicationController" ? { labels: { app: "web" } } : { [`${first.toLowerCase()}${kind.slice(1)}`]: "web" };

  it("is released, runs on, and is replaced", () => {
    const shard = run({ actions: [{ at: "1m", label: { selector, count: 1, labels: "app-" } }] }, set(kind, 3), service);
    expect(owned(shard)).toHaveLength(3);
    const [released, ...others] = alone(shard);
    expect(others).toEqual([]);
    expect(released).toMatchObject({ id: 0, deletionTimestamp: -1, status: { phase: PodPhase.Running } });
    const { store } = shard.control!;
    expect(store.podName(released!)).toMatch(kind === "Deployment" ? /^web-[a-z0-9]+-[a-z0-9]{5}$/ : /^web-[a-z0-9]{5}$/);
    expect(shard.finish(5 * MINUTE).restarts).toEqual([]);
  });
});

describe("a Deployment's Pod that is taken out", () => {
  it("serves its Service no more, and counts for nobody", () => {
    const shard = run({ actions: [takeOut("1m")] }, set("Deployment", 3), service);
    const { store } = shard.control!;
    expect([...store.slices[0]!.values()].flatMap(({ pods }) => [...pods])).toEqual([1, 2, 3]);
    expect(store.readyPods[0]).toBe(3);
  });

  it("is adopted again when the label is back, and one Pod too many goes", () => {
    const back = { at: "2m", label: { selector: { deployment: "web" }, count: 1, labels: "app=web" } };
    const shard = run({ actions: [takeOut("1m"), back] }, set("Deployment", 3), service);
    expect(alone(shard)).toEqual([]);
    expect(owned(shard)).toHaveLength(3);
    expect(shard.control!.store.readyPods[0]).toBe(3);
  });

  it("isn't adopted by the set of another template", () => {
    const actions = [
      takeOut("1m"),
      { at: "2m", setImage: { deployment: "web", image: "app:v2" } },
      { at: "3m", label: { selector: { deployment: "web" }, count: 1, labels: "app=web" } },
    ];
    const shard = run({ actions }, set("Deployment", 3), service);
    // The set of its own template is still there, with no replicas: it adopts the Pod and deletes it.
    expect(podsOf(shard).map(({ owner }) => owner)).toEqual(Array(3).fill(owned(shard)[0]!.owner));
  });

  it("outlives its Deployment", () => {
    const shard = run({ actions: [takeOut("1m"), { at: "2m", delete: { deployment: "web" } }] }, set("Deployment", 3), service);
    expect(podsOf(shard).map(({ id }) => id)).toEqual([0]);
  });
});

test("another label of a Pod changes nothing for its ReplicaSet", () => {
  const shard = run({ actions: [{ at: "1m", label: { selector: { deployment: "web" }, labels: "seen=yes" } }] }, set("Deployment", 3));
  expect(owned(shard).map(({ id }) => id)).toEqual([0, 1, 2]);
});

test("a value that stands already is only overwritten if that is asked for", () => {
  const label = { selector: { deployment: "web" }, labels: "app=other" };
  expect(alone(run({ actions: [{ at: "1m", label }] }, set("Deployment", 3)))).toEqual([]);
  expect(alone(run({ actions: [{ at: "1m", label: { ...label, overwrite: true } }] }, set("Deployment", 3)))).toHaveLength(3);
});

describe.each(["settled", "empty"] as const)("a bare Pod that a ReplicaSet selects, start %s", (start) => {
  it("is one of its replicas", () => {
    const shard = run({ start }, set("ReplicaSet", 3), barePod("old", { app: "web" }));
    expect(owned(shard)).toHaveLength(3);
    expect(alone(shard)).toEqual([]);
    expect(shard.control!.store.readyPods[0]).toBe(3);
  });

  it("stays alone if it lacks the label, or the hash of a Deployment's", () => {
    const shard = run({ start }, set("Deployment", 3), barePod("old", { app: "web" }));
    expect(owned(shard)).toHaveLength(3);
    expect(alone(shard)).toHaveLength(1);
  });
});

test("more bare Pods than replicas: those beyond are deleted", () => {
  const shard = run({}, set("ReplicaSet", 1), barePod("a", { app: "web" }), barePod("b", { app: "web" }));
  expect(podsOf(shard)).toHaveLength(1);
});

describe("a node's label", () => {
  const fast = { nodeSelector: { disk: "ssd" } };
  const labelNode = { at: "1m", label: { node: "node-1", labels: "disk=ssd" } };

  it("lets Pods that waited for it come, and its kubelet takes them", () => {
    const shard = run({ actions: [labelNode] }, set("Deployment", 2, fast));
    expect(podsOf(shard).map(({ node, status: { phase } }) => [node, phase])).toEqual([
      [1, PodPhase.Running],
      [1, PodPhase.Running],
    ]);
  });

  it("gives the node a DaemonSet's Pod, and takes it away", () => {
    const daemonSet = {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "agent" },
      spec: { selector: { matchLabels: { app: "agent" } }, template: template({ app: "agent" }, fast) },
    };
    expect(podsOf(run({ actions: [labelNode] }, daemonSet)).map(({ node }) => node)).toEqual([1]);
    const away = { at: "2m", label: { node: "node-1", labels: "disk-" } };
    expect(podsOf(run({ actions: [labelNode, away] }, daemonSet))).toEqual([]);
  });

  it("is a domain of topology spread from then on", () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: "rack",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "web" } },
    };
    const rack = (node: number, name: string): object => ({ at: "1m", label: { node: `node-${node}`, labels: `rack=${name}` } });
    const actions = [rack(0, "a"), rack(1, "b"), rack(2, "b")];
    const shard = run({ actions }, set("Deployment", 4, { topologySpreadConstraints: [constraint] }));
    const inA = podsOf(shard).filter(({ node }) => node === 0);
    expect(inA).toHaveLength(2);
    expect(podsOf(shard).every(({ node }) => node >= 0)).toBe(true);
  });
});

test.each([
  [{ node: "node-9", labels: "a=b" }, 'spec.actions[0].label.node: found "node-9", expected a node of the scenario'],
  [
    { selector: { deployment: "no" }, labels: "a=b" },
    "spec.actions[0].label.selector: found a mapping of deployment, expected workloads of the manifests",
  ],
  [{ deployment: "web", count: 1, labels: "a=b" }, "spec.actions[0].label.count: found 1, expected no count without a selector"],
  [
    { deployment: "web", node: "node-0", labels: "a=b" },
    "spec.actions[0].label: found deployment and node, expected one of deployment, statefulSet, daemonSet, replicaSet, replicationController, pod, node, selector",
  ],
])("label %j is refused", (label, problem) => {
  expect(problems([{ at: "1m", label }])).toContain(problem);
});
