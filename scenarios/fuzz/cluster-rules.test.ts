import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClusterShard } from "../../engine/cluster.ts";
import { invariantNames } from "../../engine/invariants/index.ts";
import { UNREACHABLE_TAINT } from "../../engine/kubernetes/objects/toleration.ts";
import { clusterCase } from "./cluster.arbitrary.ts";
import { mustConverge, runClusterCase, type ClusterCase, type DeedCase, type NodeCase, type WorkloadCase } from "./cluster-case.ts";

const seed = Number(process.env["PODSTORM_SEED"] ?? "1");
const runs = Number(process.env["PODSTORM_RUNS"] ?? "5000");

test(`whatever happens to a small cluster of any release, no rule is broken and all becomes well (${runs} clusters, PODSTORM_SEED=${seed})`, () => {
  const property = fc.property(clusterCase(), (drawn) => {
    const [breach] = runClusterCase(drawn);
    if (breach !== undefined) throw new Error(`${breach.invariant} at ${breach.time / 1e6} s: ${breach.message}`);
  });
  const found = fc.check(property, { numRuns: runs, seed });
  const message = found.errorInstance instanceof Error ? found.errorInstance.message : "";
  const again = `PODSTORM_SEED=${seed} npx vitest run scenarios/fuzz/cluster-rules.test.ts`;
  const smallest = JSON.stringify(found.counterexample?.[0]);
  expect(found.failed, `${message}\nthe smallest cluster that breaks it: ${smallest}\nrun again: ${again}`).toBe(false);
}, 240_000);

test("the clusters that are drawn reach what the rules are about", () => {
  const reached = new Map<string, number>();
  let converging = 0;
  for (const drawn of fc.sample(clusterCase(), { numRuns: 400, seed: 1 })) {
    if (mustConverge(drawn)) converging++;
    runClusterCase(drawn, (cluster) => count(cluster, reached));
  }
  const expected = [
    "ReplicaSet",
    "StatefulSetStatus",
    "DaemonSetStatus",
    "JobStatus",
    "Node",
    "EndpointSlice",
    "PodDisruptionBudgetStatus",
  ];
  expect([...reached.keys()]).toEqual(expect.arrayContaining([...expected, "evicted", "preempted", "unreachable"]));
  expect(converging).toBeGreaterThan(20);
});

/** Kinds of writes, and some that happen seldom. */
function count(cluster: ClusterShard, reached: Map<string, number>): void {
  const { apiServer } = cluster.control!;
  const { observer } = apiServer;
  const note = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1);
  apiServer.observer = {
    deploymentChanged: () => {},
    podChanged: (before, after, now) => {
      const reason = after?.status.disruption?.reason;
      if (reason === "EvictionByEvictionAPI") note("evicted");
      if (reason === "PreemptionByScheduler") note("preempted");
      observer?.podChanged(before, after, now);
    },
    committed: (change, kind, now) => {
      note(kind);
      if (change.type === "node" && change.record.taints.some(({ key, effect }) => key === UNREACHABLE_TAINT && effect === "NoExecute"))
        note("unreachable");
      observer?.committed?.(change, kind, now);
    },
  };
}

const web: WorkloadCase = {
  kind: "Deployment",
  replicas: 3,
  cpu: 250,
  priority: 0,
  grace: 5,
  stays: 5,
  minReady: 0,
  startUp: 2,
  isProbed: true,
  ignoresTerm: false,
  hostPort: null,
  surge: 1,
  unavailable: 0,
  isRecreate: false,
  isParallel: false,
  partition: 0,
  runs: 5,
  exitCode: 0,
  parallelism: 2,
  backoffLimit: 3,
  isIndexed: false,
  budget: null,
};

function nodes(count: number, cpu: number = 2_000): NodeCase[] {
  return Array.from({ length: count }, () => ({ zone: 0, cpu }));
}

function deed(at: number, kind: DeedCase["kind"], change: Partial<DeedCase> = {}): DeedCase {
  return { at, kind, workload: 0, node: 0, value: 4, lasts: 5, ...change };
}

function small(workload: Partial<WorkloadCase>, change: Partial<ClusterCase> = {}): ClusterCase {
  return { minor: 36, seed: 1, isSettled: false, nodes: nodes(2), workloads: [{ ...web, ...workload }], deeds: [], quiet: 200, ...change };
}

// ── found once, mended since ──

describe("no rule is broken when", () => {
  test.each<readonly [string, ClusterCase]>([
    [
      "a DaemonSet's Pod preempts others: on the node that it is for",
      small(
        { kind: "StatefulSet", replicas: 4, cpu: 400 },
        {
          isSettled: true,
          nodes: nodes(2, 1_000),
          workloads: [
            { ...web, kind: "StatefulSet", replicas: 4, cpu: 400, grace: 1 },
            { ...web, kind: "DaemonSet", priority: 100 },
          ],
        },
      ),
    ],
    [
      "a node stands still in the middle of a Pod's end",
      small(
        { ignoresTerm: true },
        { isSettled: true, nodes: nodes(1), deeds: [deed(10, "delete"), deed(12, "freezeNode", { lasts: 90 })] },
      ),
    ],
    [
      "a node that was lost comes back while it is cut off, and a Pod of it was deleted meanwhile",
      small(
        { kind: "DaemonSet", stays: 20 },
        {
          minor: 20,
          isSettled: true,
          quiet: 900,
          deeds: [deed(9, "rebootNode", { node: 1, lasts: 90 }), deed(66, "cutOffNode", { node: 1, lasts: 90 })],
        },
      ),
    ],
  ])("%s", (_name, drawn) => {
    expect(runClusterCase(drawn)).toEqual([]);
  });
});

// ── rules are broken on purpose ──

/** Parts of the control plane with their private parts, for faults to be planted in them. */
type Part = Record<string, unknown>;
type Method = (...given: readonly never[]) => unknown;

function part(cluster: ClusterShard, path: string): Part {
  return path.split(".").reduce<Part>((owner, name) => owner[name] as Part, cluster.control as unknown as Part);
}

function replace<Given extends readonly unknown[]>(
  cluster: ClusterShard,
  path: string,
  method: string,
  make: (original: (...given: Given) => unknown) => (...given: Given) => unknown,
): void {
  const owner = part(cluster, path);
  owner[method] = make((owner[method] as Method).bind(owner) as (...given: Given) => unknown);
}

const onFirstNode = (cluster: ClusterShard): void => replace(cluster, "placement", "place", () => () => 0);

interface Planted {
  readonly rule: string;
  readonly fault: string;
  readonly drawn: ClusterCase;
  readonly plant: (cluster: ClusterShard) => void;
}

type Status = Readonly<Record<string, number>>;

const planted: readonly Planted[] = [
  {
    rule: "requests-fit-node",
    fault: "the scheduler overlooks requests",
    drawn: small({ cpu: 400 }, { nodes: [{ zone: 0, cpu: 500 }, ...nodes(2)] }),
    plant: onFirstNode,
  },
  {
    rule: "host-ports-free",
    fault: "the scheduler overlooks host ports",
    drawn: small({ hostPort: 8080, replicas: 2 }),
    plant: onFirstNode,
  },
  {
    rule: "daemons-on-their-nodes",
    fault: "the scheduler overlooks the affinity of DaemonSets' Pods",
    drawn: small({ kind: "DaemonSet" }),
    plant: onFirstNode,
  },
  {
    rule: "bound-to-open-node",
    fault: "the scheduler overlooks cordons",
    drawn: small({}, { deeds: [deed(1, "cordon"), deed(100, "scale")] }),
    plant: onFirstNode,
  },
  {
    rule: "versions-strictly-grow",
    fault: "the counter of versions stands still",
    drawn: small({}),
    plant: (cluster) => replace(cluster, "store", "nextResourceVersion", () => () => 7),
  },
  {
    rule: "max-surge-respected",
    fault: "a rollout begins with one Pod too many",
    drawn: small({}, { isSettled: true, deeds: [deed(5, "setImage")] }),
    plant: (cluster) =>
      replace<[{ readonly replicas: number }, number]>(
        cluster,
        "apiServer.replicaSets",
        "create",
        (original) => (object, now) => original({ ...object, replicas: object.replicas + 1 }, now),
      ),
  },
  {
    rule: "min-available-respected",
    fault: "a ReplicaSet takes all its Pods for available",
    drawn: small({ startUp: 8, surge: 2 }, { isSettled: true, deeds: [deed(5, "setImage")] }),
    plant: (cluster) =>
      replace<[number, number, Status, number]>(
        cluster,
        "apiServer.replicaSets",
        "updateStatus",
        (original) => (id, version, status, now) =>
          original(id, version, { ...status, availableReplicas: status["replicas"]!, readyReplicas: status["replicas"]! }, now),
      ),
  },
  {
    rule: "statuses-match-at-rest",
    fault: "a ReplicaSet tells its status only twice",
    drawn: small({ startUp: 8 }),
    plant: (cluster) => {
      let written = 0;
      replace<[number, ...unknown[]]>(cluster, "apiServer.replicaSets", "updateStatus", (original) => (id, ...others) => {
        const replicaSet = cluster.control!.store.replicaSets.get(id);
        return ++written > 2 ? { status: "ok", replicaSet } : original(id, ...others);
      });
    },
  },
  {
    rule: "replicas-match-at-rest",
    fault: "a ReplicaSet isn't told of Pods that are deleted",
    drawn: small({ kind: "ReplicaSet" }, { isSettled: true, deeds: [deed(5, "deletePods")] }),
    plant: (cluster) => replace(cluster, "controllers.replicaSet", "podChanged", () => () => undefined),
  },
  {
    rule: "slices-match-at-rest",
    fault: "slices are never written",
    drawn: small({}),
    plant: (cluster) => replace(cluster, "apiServer.endpointSlices", "put", () => () => ({ status: "ok" })),
  },
  {
    rule: "ordered-readiness",
    fault: "a StatefulSet makes all its Pods at once",
    drawn: small({ kind: "StatefulSet" }),
    plant: (cluster) =>
      replace<[{ readonly spec: object }, ...unknown[]]>(
        cluster,
        "controllers.statefulSet",
        "plan",
        (original) =>
          (set, ...others) =>
            original({ ...set, spec: { ...set.spec, podManagementPolicy: "Parallel" } }, ...others),
      ),
  },
  {
    rule: "one-pod-per-name",
    fault: "a StatefulSet overlooks its Pods, and the API server their names",
    drawn: small({ kind: "StatefulSet" }),
    plant: (cluster) => {
      replace(cluster, "store", "namedPod", () => () => undefined);
      replace(cluster, "controllers.statefulSet", "ownedPods", () => () => []);
    },
  },
  {
    rule: "budget-respected",
    fault: "an eviction costs the budget nothing",
    drawn: small({ budget: { minAvailable: 2, maxUnavailable: null } }, { isSettled: true, deeds: [deed(10, "evict")] }),
    plant: (cluster) =>
      replace<[number, number, Status, number]>(
        cluster,
        "apiServer.objects",
        "updateStatus",
        (original) => (id, version, status, now) =>
          original(id, version, "disruptionsAllowed" in status ? { ...status, disruptionsAllowed: 1 } : status, now),
      ),
  },
  {
    rule: "taint-after-condition",
    fault: "a node that is ready is tainted as one that isn't",
    drawn: small({}, { isSettled: true, quiet: 100 }),
    plant: (cluster) => {
      const lifecycle = part(cluster, "controllers.nodeLifecycle");
      const swap = (lifecycle["swapTaints"] as (node: number, add: readonly object[], remove: readonly object[]) => void).bind(lifecycle);
      lifecycle["clear"] = (node: number) => swap(node, [{ key: UNREACHABLE_TAINT, value: "", effect: "NoExecute" }], []);
    },
  },
  {
    rule: "eviction-rate-respected",
    fault: "nobody counts how many nodes are given up",
    drawn: small({}, { nodes: nodes(4), deeds: [deed(5, "loseNode", { lasts: 0 }), deed(5, "loseNode", { node: 1, lasts: 0 })] }),
    plant: (cluster) => {
      const { zones } = part(cluster, "controllers.nodeLifecycle") as { zones: { limit: object }[] };
      for (const zone of zones) zone.limit = { tryTake: () => true };
    },
  },
  {
    rule: "all-down-spares-nodes",
    fault: "nobody notices that all nodes are down",
    drawn: small({}, { nodes: nodes(3), deeds: [0, 1, 2].map((node) => deed(5, "loseNode", { node, lasts: 0 })) }),
    plant: (cluster) => replace(cluster, "controllers.nodeLifecycle", "judgeZones", () => () => undefined),
  },
  {
    rule: "converges",
    fault: "a StatefulSet makes no Pods",
    drawn: small({ kind: "StatefulSet" }, { quiet: 900 }),
    plant: (cluster) => replace(cluster, "controllers.statefulSet", "plan", () => () => ({ creates: [], deletes: [] })),
  },
];

describe("the rules of the control plane ring in a cluster", () => {
  test.each(planted)("$rule: $fault", ({ rule, drawn, plant }) => {
    expect(runClusterCase(drawn)).toEqual([]);
    expect(runClusterCase(drawn, plant).map(({ invariant }) => invariant)).toContain(rule);
  });

  test("those that do are checked in every run", () => {
    const names = [...invariantNames, "converges"];
    expect(planted.filter(({ rule }) => !names.includes(rule))).toEqual([]);
  });
});
