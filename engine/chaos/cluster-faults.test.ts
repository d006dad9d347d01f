/** Faults of the network, of zones and of the API server through a whole cluster: what they do, that they end, and when they can do nothing. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../cause-kinds.ts";
import type { ClusterShard } from "../cluster.ts";
import { MINUTE, SECOND } from "../kernel/time.ts";
import { NodeReady } from "../kubernetes/objects/node.ts";
import { clusterSpec, runCluster } from "../testdata/cluster.ts";

interface Setting {
  readonly faults?: readonly object[];
  readonly actions?: readonly object[];
  readonly load?: readonly object[];
  readonly nodes?: readonly object[];
  readonly kubernetesVersion?: string;
  readonly duration?: string;
}

function deployment(name: string, replicas: number, podSpec: object = {}): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "app", image: `${name}:v1`, ports: [{ containerPort: 80 }] }], ...podSpec },
      },
    },
  };
}

const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 80 }] },
};
const threeNodes = [{ count: 3, zones: 3, capacity: { cpu: "4", memory: "4Gi", pods: 20 } }];

function run(setting: Setting, ...manifests: object[]): ClusterShard {
  const { duration = "10m", nodes = threeNodes } = setting;
  const spec = clusterSpec({ ...setting, duration, nodes }, manifests);
  return runCluster(spec);
}

const seconds = (shard: ClusterShard, kind: number): number[] =>
  shard.causes
    .rows()
    .filter((row) => row.kind === kind)
    .map(({ time }) => time / SECOND);
const readyPods = (shard: ClusterShard): number => shard.control!.store.readyPods.reduce((sum, count) => sum + count, 0);
const livePods = (shard: ClusterShard): number => shard.control!.store.pods.filter((pod) => pod !== undefined).length;
const isEffective = (shard: ClusterShard): boolean => shard.finish(10 * MINUTE).effects.some(({ kind }) => kind !== CauseKind.faultEnded);
const allReady = (shard: ClusterShard): boolean =>
  shard.control!.store.nodes.every(({ ready, taints }) => ready === NodeReady.True && taints.length === 0);
const rootKind = (shard: ClusterShard, id: number): number | undefined => {
  const rows = new Map(shard.causes.rows().map((row) => [row.id, row]));
  let row = rows.get(id);
  while (row !== undefined && row.parent !== 0 && rows.has(row.parent)) row = rows.get(row.parent);
  return row?.kind;
};

const web = deployment("web", 6);
const load = [{ target: "service/web", executor: "poisson-arrival-rate", rate: "60/s", timeout: "2s" }];
const node0 = { node: "node-0" };

describe("a network partition from the API server", () => {
  const partition = { at: "1m", type: "network-partition", selector: node0, from: "api-server" };

  test("turns the node Unknown, and all is well again after it", () => {
    const shard = run({ faults: [{ ...partition, duration: "2m" }] }, web);
    expect(seconds(shard, CauseKind.nodeCutOff).map(Math.floor)).toEqual([60]);
    // 50 s after the last sign, which was up to 11 s before, seen up to 5 s later.
    const [unknown] = seconds(shard, CauseKind.nodeUnknown);
    expect(unknown).toBeGreaterThan(60 + 50 - 12);
    expect(unknown).toBeLessThan(60 + 50 + 6);
    expect(rootKind(shard, shard.causes.rows().find(({ kind }) => kind === CauseKind.nodeUnknown)!.id)).toBe(CauseKind.fault);
    expect(seconds(shard, CauseKind.nodeReconnected).map(Math.floor)).toEqual([180]);
    expect(allReady(shard)).toBe(true);
    expect(readyPods(shard)).toBe(6);
    expect(shard.finish(10 * MINUTE).restarts).toEqual([]);
  });

  test("that is shorter than the grace period goes unnoticed", () => {
    const shard = run({ faults: [{ ...partition, duration: "30s" }] }, web);
    expect(seconds(shard, CauseKind.nodeUnknown)).toEqual([]);
    expect(readyPods(shard)).toBe(6);
  });

  test("lets Pods that were evicted meanwhile run on until the node hears of it", () => {
    const tolerations = ["not-ready", "unreachable"].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 30,
    }));
    const shard = run({ faults: [{ ...partition, duration: "4m" }] }, deployment("web", 6, { tolerations }));
    expect(seconds(shard, CauseKind.podEvicted)).toHaveLength(2);
    // SIGTERM comes when the watch is back, up to a reflector's pause after the end at 5 min.
    const stopped = seconds(shard, CauseKind.signalled);
    expect(stopped).toHaveLength(2);
    expect(Math.min(...stopped)).toBeGreaterThan(300);
    expect(Math.max(...stopped)).toBeLessThan(300 + 62);
    expect(livePods(shard)).toBe(6);
    expect(readyPods(shard)).toBe(6);
  });

  test("of nobody has no effect", () => {
    const shard = run({ faults: [{ ...partition, mode: "fixed-percent", value: 0, duration: "2m" }] }, web);
    expect(isEffective(shard)).toBe(false);
  });
});

describe("a network partition from clients", () => {
  test("loses what is sent to the node, and nothing before and after", () => {
    const faults = [{ at: "2m", type: "network-partition", selector: node0, from: "clients", duration: "30s" }];
    const shard = run({ faults, load, duration: "5m" }, web, service);
    const { losses, effects } = shard.finish(5 * MINUTE);
    expect(effects.some(({ kind }) => kind === CauseKind.nodeIsolated)).toBe(true);
    // A third of 60/s for 30 s.
    const lost = losses.reduce((sum, { count }) => sum + count, 0);
    expect(lost).toBeGreaterThan(450);
    expect(lost).toBeLessThan(750);
    expect(losses.every(({ cause }) => rootKind(shard, cause) === CauseKind.fault)).toBe(true);
    expect(allReady(shard)).toBe(true);
  });
});

describe("a frozen node", () => {
  test("is silent while it lasts, and goes on with its containers", () => {
    const shard = run({ faults: [{ at: "1m", type: "node-freeze", selector: node0, duration: "2m" }] }, web);
    expect(seconds(shard, CauseKind.nodeFrozen).map(Math.floor)).toEqual([60]);
    expect(seconds(shard, CauseKind.nodeUnknown)).toHaveLength(1);
    expect(allReady(shard)).toBe(true);
    expect(readyPods(shard)).toBe(6);
    expect(shard.finish(10 * MINUTE).restarts).toEqual([]);
  });

  test("that loses its power is off, and boots", () => {
    const faults = [
      { at: "1m", type: "node-freeze", selector: node0, duration: "3m" },
      { at: "2m", type: "node-reboot", selector: node0, duration: "30s" },
    ];
    const shard = run({ faults }, web);
    expect(readyPods(shard)).toBe(6);
    expect(allReady(shard)).toBe(true);
    expect(shard.finish(10 * MINUTE).restarts).toHaveLength(2);
  });

  test("that was off already has nothing to freeze", () => {
    const faults = [
      { at: "1m", type: "node-loss", selector: node0 },
      { at: "2m", name: "freeze", type: "node-freeze", selector: node0, duration: "1m" },
    ];
    const shard = run({ faults }, web);
    const result = shard.finish(10 * MINUTE);
    const freeze = result.control!.faults.find(({ name }) => name === "freeze")!;
    expect(result.effects.filter(({ cause }) => cause === freeze.cause)).toEqual([]);
  });
});

describe("a zone that is lost", () => {
  const nodes = [{ count: 12, zones: 3, capacity: { cpu: "4", memory: "4Gi", pods: 20 } }];

  test("takes all its nodes; its Pods move one node in 10 s, as its eviction rate allows", () => {
    const shard = run({ nodes, duration: "15m", faults: [{ at: "1m", type: "zone-loss", mode: "one" }] }, deployment("web", 24));
    const lost = shard.control!.store.nodes.filter(({ ready }) => ready === NodeReady.Unknown);
    expect(lost).toHaveLength(4);
    const zones = new Set(lost.map(({ index }) => shard.control!.store.nodeTemplates[index]!.zone));
    expect(zones.size).toBe(1);
    const tainted = seconds(shard, CauseKind.nodeTainted);
    expect(tainted).toHaveLength(4);
    tainted.forEach((at, index) => {
      if (index > 0) expect(at - tainted[index - 1]!).toBeGreaterThan(9.8);
    });
    expect(readyPods(shard)).toBe(24);
  });

  test("in part keeps its Pods, if it is small", () => {
    // 3 of 4 nodes of a zone are silent: more than 55 %, and fewer than 51 nodes, so that nobody is tainted for eviction any more.
    const faults = ["node-0", "node-3", "node-6"].map((node, index) => ({ at: `${60 + index}s`, type: "node-loss", selector: { node } }));
    const shard = run({ nodes, duration: "15m", faults }, deployment("web", 24));
    expect(seconds(shard, CauseKind.nodeUnknown)).toHaveLength(3);
    expect(seconds(shard, CauseKind.nodeTainted).length).toBeLessThanOrEqual(1);
  });

  test("comes back rebooted", () => {
    const shard = run(
      { nodes, duration: "15m", faults: [{ at: "1m", type: "zone-loss", mode: "one", duration: "2m" }] },
      deployment("web", 24),
    );
    expect(allReady(shard)).toBe(true);
    expect(readyPods(shard)).toBe(24);
  });
});

describe("an API server that is gone", () => {
  const outage = { at: "1m", type: "api-server-outage", duration: "1m" };
  const scale = { at: "70s", scale: { deployment: "web", replicas: 9 } };

  test("refuses what is asked of it, and containers run on", () => {
    const shard = run({ faults: [outage], actions: [scale], load, duration: "5m" }, web, service);
    expect(seconds(shard, CauseKind.apiServerDown)).toHaveLength(1);
    expect(shard.finish(5 * MINUTE).losses).toEqual([]);
    // kubectl fails; nobody tries again for it.
    expect(livePods(shard)).toBe(6);
    expect(allReady(shard)).toBe(true);
  });

  test("works through what came meanwhile when it is back", () => {
    const crash = { at: "80s", type: "oom-kill", selector: { deployment: "web" }, mode: "all" };
    const shard = run({ faults: [outage, crash] }, web);
    expect(shard.finish(10 * MINUTE).restarts).toHaveLength(6);
    expect(readyPods(shard)).toBe(6);
    const restarted = shard.control!.store.pods.map((pod) => pod?.status.containers[0]?.restartCount);
    expect(restarted).toEqual([1, 1, 1, 1, 1, 1]);
    expect(allReady(shard)).toBe(true);
  });
});

describe("a slow API server", () => {
  test("lets a rollout take longer", () => {
    const actions = [{ at: "1m", setImage: { deployment: "web", image: "web:v2" } }];
    const fast = run({ actions }, web);
    const slow = run({ actions, faults: [{ at: "1m", type: "api-server-slow", delay: "2s", duration: "5m" }] }, web);
    const end = (shard: ClusterShard): number => Math.max(...seconds(shard, CauseKind.podRemoved));
    expect(end(slow)).toBeGreaterThan(end(fast) + 8);
    expect(seconds(slow, CauseKind.apiServerSlow)).toHaveLength(1);
    expect(readyPods(slow)).toBe(6);
  });

  test("makes nobody silent: renewals come late, but they come", () => {
    const shard = run({ faults: [{ at: "1m", type: "api-server-slow", delay: "20s", duration: "3m" }] }, web);
    expect(seconds(shard, CauseKind.nodeUnknown)).toEqual([]);
  });
});

describe("a watch that lags", () => {
  test("holds up everyone who acts on changes", () => {
    const actions = [{ at: "1m", scale: { deployment: "web", replicas: 9 } }];
    const faults = [{ at: "50s", type: "watch-lag", delay: "5s", duration: "5m" }];
    const shard = run({ actions, faults }, web);
    const created = seconds(shard, CauseKind.podCreated).filter((time) => time > 60);
    // Deployment, then ReplicaSet: each learns 5 s later.
    expect(Math.min(...created)).toBeGreaterThan(70);
    expect(Math.min(...created)).toBeLessThan(71);
    expect(seconds(shard, CauseKind.watchLate)).toHaveLength(1);
    expect(readyPods(shard)).toBe(9);
  });
});

describe("endpoints that spread late", () => {
  const actions = [{ at: "2m", setImage: { deployment: "web", image: "web:v2" } }];
  const lostWith = (faults: readonly object[]): number => {
    const shard = run({ actions, faults, load, duration: "6m" }, web, service);
    return shard.finish(6 * MINUTE).losses.reduce((sum, { count }) => sum + count, 0);
  };

  test("lose requests to Pods that have gone", () => {
    const faults = [{ at: "1m", type: "endpoint-lag", delay: "10s", duration: "4m" }];
    expect(lostWith(faults)).toBeGreaterThan(lostWith([]) + 50);
  });

  test("have no effect where nothing changes", () => {
    const shard = run({ faults: [{ at: "2m", type: "endpoint-lag", delay: "10s", duration: "1m" }], load }, web, service);
    expect(isEffective(shard)).toBe(false);
  });
});

test("a slow API server that goes down leaves no status unwritten: the rollout ends", () => {
  const faults = [
    { at: "41s", type: "api-server-slow", delay: "3s", duration: "12s" },
    { at: "51s", type: "api-server-outage", duration: "5s" },
  ];
  const shard = run({ faults, actions: [{ at: "40s", setImage: { deployment: "web", image: "web:v2" } }] }, web);
  expect(shard.finish(10 * MINUTE).control!.deployments).toMatchObject([{ desired: 6, updated: 6, ready: 6, available: 6 }]);
});

describe("a drain by schedule", () => {
  test("empties the node, and lets Pods come again", () => {
    const shard = run({ faults: [{ at: "1m", type: "node-drain", selector: node0, duration: "3m" }] }, web);
    expect(seconds(shard, CauseKind.nodeCordoned)).toHaveLength(1);
    expect(seconds(shard, CauseKind.nodeUncordoned).map(Math.floor)).toEqual([240]);
    expect(readyPods(shard)).toBe(6);
    expect(allReady(shard)).toBe(true);
  });

  test("comes again and again", () => {
    const faults = [{ at: "1m", type: "node-drain", selector: node0, duration: "30s", schedule: { every: "2m" } }];
    const shard = run({ faults }, web);
    expect(seconds(shard, CauseKind.nodeCordoned).map(Math.floor)).toEqual([60, 180, 300, 420, 540]);
    const { control } = shard.finish(10 * MINUTE);
    const names = ["node-drain-1", "node-drain-1#2", "node-drain-1#3", "node-drain-1#4", "node-drain-1#5"];
    expect(control!.faults.map(({ name }) => name).sort()).toEqual(names);
  });
});

describe("a Node that is deleted", () => {
  const remove = { at: "1m", delete: { node: "node-0" } };

  test("leaves its Pods to the Pod garbage collector, which waits for 40 s and a pass", () => {
    const shard = run({ actions: [remove] }, web);
    const orphaned = seconds(shard, CauseKind.podOrphaned);
    expect(orphaned).toHaveLength(2);
    expect(Math.min(...orphaned)).toBeGreaterThan(60 + 40);
    expect(Math.max(...orphaned)).toBeLessThan(60 + 61);
    expect(shard.control!.store.nodes[0]!.isAbsent).toBe(true);
    expect(readyPods(shard)).toBe(6);
    expect(shard.control!.store.pods.every((pod) => pod === undefined || pod.node !== 0)).toBe(true);
  });

  test("is there again once its kubelet has started anew", () => {
    const shard = run({ actions: [remove], faults: [{ at: "3m", type: "kubelet-restart", selector: node0, duration: "5s" }] }, web);
    expect(seconds(shard, CauseKind.nodeRegistered).map(Math.floor)).toEqual([185]);
    expect(allReady(shard)).toBe(true);
    expect(shard.control!.store.nodes[0]!.isAbsent).toBeUndefined();
  });
});

describe("two dead nodes of a zone", () => {
  test.for([
    { kubernetesVersion: "1.36", grace: 50, untilTaint: [0, 0.2] as const },
    { kubernetesVersion: "1.20", grace: 40, untilTaint: [4.9, 5.3] as const },
  ])("of $kubernetesVersion: Unknown, tainted 10 s apart, Pods deleted 300 s later", ({ kubernetesVersion, grace, untilTaint }) => {
    const faults = [{ at: "2m", type: "node-loss", mode: "fixed", value: 2 }];
    const nodes = [{ count: 6, zones: 1, capacity: { cpu: "4", memory: "4Gi", pods: 20 } }];
    const shard = run({ kubernetesVersion, nodes, duration: "12m", faults }, deployment("web", 12));
    const unknown = seconds(shard, CauseKind.nodeUnknown).map((at) => at - 120);
    expect(unknown).toHaveLength(2);
    for (const at of unknown) {
      // The last renewal lay up to 10.4 s before, and was seen up to 5 s after that.
      expect(at).toBeGreaterThan(grace - 10.5);
      expect(at).toBeLessThan(grace + 5.5);
    }
    const [first, second] = seconds(shard, CauseKind.nodeTainted).map((at) => at - 120);
    expect(first! - Math.min(...unknown)).toBeGreaterThan(untilTaint[0]);
    expect(first! - Math.min(...unknown)).toBeLessThan(untilTaint[1]);
    expect(second! - first!).toBeGreaterThan(9.8);
    expect(second! - first!).toBeLessThan(15.2);
    const evicted = seconds(shard, CauseKind.podEvicted).map((at) => at - 120);
    expect(evicted).toHaveLength(4);
    expect(Math.min(...evicted) - first!).toBeGreaterThan(300);
    expect(Math.min(...evicted) - first!).toBeLessThan(300.2);
    expect(readyPods(shard)).toBe(12);
  });
});

describe("a node out of service", () => {
  test("lets a StatefulSet have its Pod elsewhere", () => {
    const set = {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "db" },
      spec: {
        replicas: 3,
        serviceName: "db",
        selector: { matchLabels: { app: "db" } },
        template: { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "db", image: "db:v1" }] } },
      },
    };
    const faults = [{ at: "1m", type: "node-loss", selector: node0 }];
    const taint = { at: "4m", taint: { node: "node-0", taint: "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute" } };
    expect(readyPods(run({ faults }, set))).toBe(2);
    const shard = run({ faults, actions: [taint] }, set);
    expect(readyPods(shard)).toBe(3);
    expect(livePods(shard)).toBe(3);
  });
});
