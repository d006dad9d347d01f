/** Arbitrary small clusters and what operators, rollouts and failing nodes do to them: valid by construction, shrinking towards one Pod on one node to which nothing happens. */
import fc from "fast-check";
import type { ClusterCase, ClusterKind, DeedCase, DeedKind, NodeCase, WorkloadCase } from "./cluster-case.ts";

/** Releases between which most of what controllers decide has changed. */
const minors = [36, 32, 28, 24, 20] as const;

export function clusterCase(): fc.Arbitrary<ClusterCase> {
  return fc.record({
    minor: fc.constantFrom(...minors),
    seed: fc.nat(1_000_000),
    isSettled: fc.boolean(),
    nodes: fc.array(node, { minLength: 1, maxLength: 4 }),
    workloads: fc.array(workload, { minLength: 1, maxLength: 3 }),
    deeds: fc.array(deed, { maxLength: 5 }),
    quiet: fc.constantFrom(30, 30, 60, 60, 60, 200, 200, 900),
  });
}

const node: fc.Arbitrary<NodeCase> = fc.record({ zone: fc.nat(1), cpu: fc.constantFrom(2_000, 500, 1_000) });

const kind = fc.constantFrom<ClusterKind>(
  "Deployment",
  "Deployment",
  "Deployment",
  "StatefulSet",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "Job",
  "Job",
);

const amount = fc.constantFrom<number | string>(0, 1, 2, "25%", "50%", "100%");

const budget = fc.oneof(
  { weight: 2, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.boolean(), amount)
      .map(([isMin, of]) => (isMin ? { minAvailable: of, maxUnavailable: null } : { minAvailable: null, maxUnavailable: of })),
  },
);

const workload: fc.Arbitrary<WorkloadCase> = fc
  .record({
    kind,
    replicas: fc.integer({ min: 0, max: 5 }),
    cpu: fc.constantFrom(100, 250, 400),
    priority: fc.constantFrom(0, 0, 0, 100),
    grace: fc.constantFrom(1, 5, 30),
    stays: fc.constantFrom(5, 0, 20, 300),
    minReady: fc.constantFrom(0, 0, 3, 15),
    startUp: fc.constantFrom(0, 2, 8),
    isProbed: fc.boolean(),
    ignoresTerm: fc.constantFrom(false, false, true),
    hostPort: fc.constantFrom(null, null, null, null, null, 8080),
    surge: amount,
    unavailable: amount,
    isRecreate: fc.constantFrom(false, false, false, false, true),
    isParallel: fc.constantFrom(false, false, true),
    partition: fc.constantFrom(0, 0, 1, 2),
    runs: fc.constantFrom(1, 5, 20),
    exitCode: fc.constantFrom(0, 0, 1),
    parallelism: fc.integer({ min: 1, max: 4 }),
    backoffLimit: fc.constantFrom(0, 1, 3, 6),
    isIndexed: fc.boolean(),
    budget,
  })
  // Not both nothing: such a Deployment isn't valid.
  .map((drawn) => (isNothing(drawn.surge) && isNothing(drawn.unavailable) ? { ...drawn, surge: 1 } : drawn));

function isNothing(of: number | string): boolean {
  return of === 0 || of === "0%";
}

const byOperator = fc.constantFrom<DeedKind>(
  "scale",
  "scale",
  "setImage",
  "setImage",
  "setImage",
  "restart",
  "undo",
  "pause",
  "resume",
  "delete",
  "deleteForeground",
  "apply",
  "evict",
  "drain",
  "cordon",
  "uncordon",
  "taint",
  "untaint",
  "deletePods",
);
const byNature = fc.constantFrom<DeedKind>(
  "loseNode",
  "loseNode",
  "rebootNode",
  "freezeNode",
  "cutOffNode",
  "cutOffNode",
  "restartKubelet",
);

const deed: fc.Arbitrary<DeedCase> = fc.record({
  at: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 150 })),
  kind: fc.oneof({ weight: 3, arbitrary: byOperator }, { weight: 1, arbitrary: byNature }),
  workload: fc.nat(2),
  node: fc.nat(3),
  value: fc.integer({ min: 0, max: 6 }),
  lasts: fc.constantFrom(5, 30, 90, 0),
});
