/** Groups of nodes that grow and shrink, in a whole cluster; and where Pods would fit. */
import { describe, expect, it, test } from "vitest";
import { runHere } from "../../../../workers/run.ts";
import type { ClusterShard } from "../../../cluster.ts";
import { MINUTE, SECOND } from "../../../kernel/time.ts";
import type { ScenarioSpec } from "../../../scenario-spec.ts";
import { container, node, podSpec } from "../../control-plane.exam.ts";
import { estimateNodes, emptyRoom, haveRoom, occupy, utilization } from "./room.ts";
import { clusterSpec, oneShard } from "../../../testdata/cluster.ts";

const labels = { app: "web" };
const selector = { matchLabels: labels };

function deployment(replicas: number, cpu = "1", name = "web"): object {
  const containers = [{ name: "app", image: "app:v1", resources: { requests: { cpu } } }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: { replicas, selector, template: { metadata: { labels }, spec: { containers } } },
  };
}

const scaleTo = (replicas: number, at: string): object => ({ at, scale: { deployment: "web", replicas } });

interface Options {
  readonly manifests?: readonly object[];
  readonly actions?: readonly object[];
  readonly autoscaling?: object;
  readonly count?: number;
  readonly nodes?: readonly object[];
}

function read({ manifests = [deployment(4)], actions = [], autoscaling = {}, count = 1, nodes }: Options): ScenarioSpec {
  const group = { count, namePrefix: "pool", capacity: { cpu: "4", memory: "16Gi", pods: 110 }, autoscaling: { max: 4, ...autoscaling } };
  const spec = clusterSpec(
    {
      seed: 1,
      duration: "1h",
      nodes: nodes ?? [group],
      applications: [{ selector: {}, image: { present: true }, startUp: "1s", shutdown: "exit" }],
      actions,
    },
    manifests,
  );
  return spec;
}

function run(options: Options, until: number): ClusterShard {
  const spec = read(options);
  const shard = oneShard(spec, { events: true });
  shard.simulator.runUntil(until);
  return shard;
}

function nodesOf(shard: ClusterShard): string[] {
  const { nodes, nodeTemplates } = shard.control!.store;
  return nodes.filter(({ isAbsent }) => isAbsent !== true).map(({ index }) => nodeTemplates[index]!.name);
}

function readyPods(shard: ClusterShard): number {
  return shard.control!.store.readyPods[0]!;
}

function events(shard: ClusterShard, kind: string): string[] {
  return shard
    .events!.list(shard.simulator.now)
    .filter(({ component, object }) => component === "cluster-autoscaler" && object.kind === kind)
    .map(({ reason, message }) => `${reason}: ${message}`);
}

describe("scaling up", () => {
  const options = { actions: [scaleTo(10, "1m")] };

  it("as many nodes come as the Pods without one fill, after their delay", () => {
    expect(nodesOf(run(options, 2 * MINUTE))).toEqual(["pool-0"]);
    const shard = run(options, 2.5 * MINUTE);
    expect(nodesOf(shard)).toEqual(["pool-0", "pool-1", "pool-2"]);
    expect(readyPods(shard)).toBe(10);
    expect(events(shard, "Pod")).toEqual(
      Array.from({ length: 6 }, () => "TriggeredScaleUp: pod triggered scale-up: [{pool 1->3 (max: 4)}]"),
    );
    expect(events(shard, "ConfigMap")).toEqual([
      "ScaledUpGroup: Scale-up: setting group pool size to 3 instead of 1 (max: 4)",
      "ScaledUpGroup: Scale-up: group pool size set to 3 instead of 1 (max: 4)",
    ]);
  });

  it("stops at max, and says so of the Pods that are left", () => {
    const shard = run({ actions: [scaleTo(20, "1m")] }, 4 * MINUTE);
    expect(nodesOf(shard)).toHaveLength(4);
    expect(readyPods(shard)).toBe(16);
    expect(events(shard, "Pod")).toContain("NotTriggerScaleUp: pod didn't trigger scale-up: 1 max node group size reached");
  });

  it("no node comes for a Pod that none of them would take", () => {
    const shard = run({ manifests: [deployment(1, "8")] }, 4 * MINUTE);
    expect(nodesOf(shard)).toHaveLength(1);
    expect(events(shard, "Pod")).toContain("NotTriggerScaleUp: pod didn't trigger scale-up: 1 Insufficient cpu");
  });

  it("grows a group that was empty", () => {
    const nodes = [
      { count: 1, namePrefix: "fixed", capacity: { cpu: "1", memory: "4Gi", pods: 110 } },
      {
        count: 1,
        namePrefix: "pool",
        capacity: { cpu: "4", memory: "16Gi", pods: 110 },
        autoscaling: { min: 0, max: 3, unneededTime: "1m", scaleDownDelay: "1m" },
      },
    ];
    const manifests = [deployment(0)];
    expect(nodesOf(run({ nodes, manifests }, 3 * MINUTE))).toEqual(["fixed-0"]);
    const shard = run({ nodes, manifests, actions: [scaleTo(3, "5m")] }, 8 * MINUTE);
    expect(nodesOf(shard)).toEqual(["fixed-0", "pool-0"]);
    expect(readyPods(shard)).toBe(3);
  });
});

describe("scaling down", () => {
  const quick = { min: 1, unneededTime: "2m", scaleDownDelay: "1m" };

  it("a node that has been unneeded for its time is drained and removed, one after the other down to min", () => {
    const options = { autoscaling: quick, count: 3, actions: [scaleTo(1, "1m")], manifests: [deployment(9)] };
    expect(nodesOf(run(options, 2.9 * MINUTE))).toHaveLength(3);
    const shard = run(options, 6 * MINUTE);
    expect(nodesOf(shard)).toHaveLength(1);
    expect(readyPods(shard)).toBe(1);
    expect(events(shard, "Node")).toContain("ScaleDown: node removed by cluster autoscaler");
    expect(events(shard, "ConfigMap").some((text) => text.startsWith("ScaleDownEmpty: Scale-down: removing empty node"))).toBe(true);
  });

  it("what a drained node ran goes on elsewhere", () => {
    const options = { autoscaling: quick, count: 2, manifests: [deployment(2)] };
    const shard = run(options, 5 * MINUTE);
    expect(nodesOf(shard)).toHaveLength(1);
    expect(readyPods(shard)).toBe(2);
    expect(events(shard, "Pod")).toEqual(["ScaleDown: deleting pod for node scale down"]);
  });

  const budget = { apiVersion: "policy/v1", kind: "PodDisruptionBudget", metadata: { name: "web" }, spec: { selector, maxUnavailable: 0 } };
  const bare = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "bare" },
    spec: { nodeSelector: { "kubernetes.io/hostname": "pool-1" }, containers: [{ name: "app", image: "app:v1" }] },
  };
  test.each<[string, readonly object[]]>([
    ["a budget lets no Pod go", [deployment(2), budget]],
    ["its Pods have no room elsewhere", [deployment(5)]],
  ])("a node stays while %s", (_, manifests) => {
    expect(nodesOf(run({ autoscaling: quick, count: 2, manifests }, 8 * MINUTE))).toHaveLength(2);
  });

  it("a node with a Pod that nobody would make again stays", () => {
    expect(nodesOf(run({ autoscaling: quick, count: 2, manifests: [deployment(1), bare] }, 8 * MINUTE))).toContain("pool-1");
  });

  it("Pods of DaemonSets go with their node, and come with a new one", () => {
    const agent = { metadata: { labels: { app: "agent" } }, spec: { containers: [{ name: "app", image: "agent:v1" }] } };
    const daemonSet = {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "agent" },
      spec: { selector: { matchLabels: { app: "agent" } }, template: agent },
    };
    const options = { autoscaling: quick, count: 2, manifests: [deployment(1), daemonSet], actions: [scaleTo(8, "8m")] };
    const shrunk = run(options, 7.5 * MINUTE);
    expect(nodesOf(shrunk)).toHaveLength(1);
    expect(shrunk.control!.store.readyPods[1]).toBe(1);
    const grown = run(options, 12 * MINUTE);
    expect(nodesOf(grown).length).toBeGreaterThan(1);
    expect(grown.control!.store.readyPods[1]).toBe(nodesOf(grown).length);
    expect(readyPods(grown)).toBe(8);
  });
});

it("gives the same bytes on one shard and on several", async () => {
  const spec = {
    ...read({ actions: [scaleTo(10, "1m"), scaleTo(2, "4m")], autoscaling: { unneededTime: "1m", scaleDownDelay: "1m" } }),
    duration: 10 * MINUTE,
  };
  const [one, two] = await Promise.all([1, 2].map(async (shards) => (await runHere(spec, shards)).fingerprint));
  expect(two).toBe(one);
});

describe("room", () => {
  const small = { ...node("a"), cpu: 1000, memory: 1024, pods: 3 };
  const asks = (cpu: number, memory = 0): { readonly spec: ReturnType<typeof podSpec> } => ({
    spec: podSpec({ containers: [container({ resources: { requests: { cpu, memory }, limits: {} } })] }),
  });

  test.each<[string, readonly { readonly spec: ReturnType<typeof podSpec> }[], number, number, number]>([
    ["halves share nodes", [asks(500), asks(500), asks(500)], 9, 2, 3],
    ["the largest come first", [asks(400), asks(600), asks(400), asks(600)], 9, 2, 4],
    ["no more than there may be", [asks(900), asks(900), asks(900)], 2, 2, 2],
    ["what is too large for any is left", [asks(2000), asks(100)], 9, 1, 1],
    ["Pods count as well", [asks(0), asks(0), asks(0), asks(0)], 9, 2, 4],
  ])("%s", (_, pods, most, nodes, placed) => {
    const estimate = estimateNodes(pods, small, most);
    expect([estimate.nodes, estimate.placed.length]).toEqual([nodes, placed]);
  });

  it("asking leaves it as it was", () => {
    const room = emptyRoom(small);
    expect(haveRoom([room], [asks(600).spec, asks(600).spec])).toBe(false);
    expect([room.cpu, room.pods]).toEqual([1000, 3]);
    occupy(room, { cpu: 300, memory: 0, other: { gpu: 1 } });
    expect(room.other.get("gpu")).toBe(-1);
  });

  it("the greater of CPU and memory says how much a node is used", () => {
    expect(utilization(small, [{ cpu: 250, memory: 768, other: {} }])).toBe(0.75);
  });
});

it("a run without such a group has no autoscaler that would look", () => {
  const nodes = [{ count: 1, capacity: { cpu: "4", memory: "16Gi", pods: 110 } }];
  expect(readyPods(run({ nodes, actions: [scaleTo(10, "1m")] }, 3 * MINUTE + SECOND))).toBe(4);
});
