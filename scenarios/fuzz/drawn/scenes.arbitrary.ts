/**
 * What only shows together, put together: a budget and evictions under it, a rollout and what goes wrong meanwhile, a node that is full.
 * Drawn one by one, such things meet in one case of thousands. A scene says what it needs of a case; the rest is drawn as ever.
 */
import fc from "fast-check";
import type { FaultType } from "../../../engine/chaos/fault.ts";
import type { PlainDocument } from "../fuzz-case.ts";
import { listOf, maybe, oneOf, seconds, whole, withoutGaps } from "./fields.ts";
import { actionDraw, faultDraw, faultTypes, type ActionDraw, type ActionKind, type FaultDraw } from "./happenings.arbitrary.ts";
import type { NodesDraw } from "./nodes.arbitrary.ts";
import type { RuleDraw, WorkloadDraw } from "./objects.arbitrary.ts";
import { PORT, type PodDraw } from "./pod.arbitrary.ts";

/** Of the first workload, unless it says otherwise. */
export interface Scene {
  readonly workload?: Partial<Omit<WorkloadDraw, "pod">>;
  readonly pod?: Partial<PodDraw>;
  /** Fields of its first container. */
  readonly container?: PlainDocument;
  readonly application?: PlainDocument;
  readonly nodes?: Partial<NodesDraw>;
  readonly rules?: readonly RuleDraw[];
  readonly cluster?: PlainDocument;
  readonly actions?: readonly ActionDraw[];
  readonly faults?: readonly FaultDraw[];
}

/** Half-seconds from the scene's instant: what happens comes before, with or after it. */
const APART = 12;

/** Its happenings at one instant, give or take. */
function happenings(
  actions: readonly ActionKind[],
  faults: readonly FaultType[],
  counts: { readonly actions: readonly [number, number]; readonly faults: readonly [number, number] },
): fc.Arbitrary<Pick<Scene, "actions" | "faults">> {
  const apart = whole(0, APART);
  return fc
    .record({
      at: whole(5, 40),
      actions: listOf(fc.tuple(apart, actionDraw(60, actions)), ...counts.actions),
      faults: listOf(fc.tuple(apart, faultDraw(faults, 60)), ...counts.faults),
    })
    .map((drawn) => ({
      actions: drawn.actions.map(([later, action]) => ({ ...action, at: instant(drawn.at, later) })),
      faults: drawn.faults.map(([later, fault]) => ({ ...fault, at: instant(drawn.at, later) })),
    }));
}

function instant(at: number, later: number): string {
  return `${at * 1000 + later * 500}ms`;
}

/** All parts of a scene, in one. */
function scene(parts: { readonly [Part in keyof Scene]?: fc.Arbitrary<Scene[Part]> }, when?: fc.Arbitrary<Scene>): fc.Arbitrary<Scene> {
  const own = fc.record(parts as Record<string, fc.Arbitrary<unknown>>).map((drawn) => withoutGaps(drawn) as Scene);
  return when === undefined ? own : fc.tuple(own, when).map(([first, second]) => ({ ...first, ...second }));
}

const readiness = { readinessProbe: { httpGet: { path: "/", port: PORT }, periodSeconds: 1 } };
const rolling = oneOf<PlainDocument>(
  {},
  { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
  { strategy: { rollingUpdate: { maxSurge: "50%", maxUnavailable: "50%" } } },
  { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 2 } } },
);

const evictionsUnderBudget = fc.constantFrom("Deployment" as const, "StatefulSet" as const, "ReplicaSet" as const).chain((kind) =>
  scene(
    {
      workload: fc.record({ kind: fc.constant(kind), replicas: whole(1, 4), own: fc.constant({}) }),
      container: oneOf<PlainDocument>({}, readiness),
      pod: fc.constant({ spec: {}, hostPort: undefined }),
      nodes: fc.record({ count: whole(2, 4) }),
      rules: oneOf<PlainDocument>(
        { maxUnavailable: 0 },
        { maxUnavailable: 1 },
        { minAvailable: 1 },
        { minAvailable: 2 },
        { minAvailable: "60%" },
        { minAvailable: "100%" },
      ).map((fields) => [{ kind: "PodDisruptionBudget" as const, target: 0, fields }]),
    },
    happenings(["evict", "drain", "drain"], ["node-drain", "node-drain", "pod-kill", "oom-kill"], { actions: [1, 3], faults: [0, 2] }),
  ),
);

const kubeletsRestart = scene(
  {
    workload: fc.record({ replicas: whole(2, 5) }),
    application: oneOf<PlainDocument>(
      { startUp: "4s" },
      { exit: { after: "5s", code: 1 } },
      { crash: { rate: "6/m" } },
      { hooks: { postStart: { duration: "3s" } } },
    ),
    nodes: fc.record({ count: whole(1, 2) }),
  },
  happenings(
    ["setImage", "restart", "scale", "delete", "debug", "evict"],
    ["kubelet-restart", "kubelet-restart", "pod-kill", "container-crash"],
    {
      actions: [1, 3],
      faults: [1, 3],
    },
  ),
);

const crowdedNodes = scene(
  {
    workload: fc.record({ replicas: whole(3, 6) }),
    container: oneOf<PlainDocument>(
      { resources: { requests: { cpu: "400m", memory: "128Mi" } } },
      { resources: { requests: { cpu: "600m", memory: "700Mi" } } },
    ),
    nodes: fc.record({
      count: whole(1, 3),
      group: oneOf<PlainDocument>(
        { capacity: { cpu: "1", memory: "1Gi" } },
        { capacity: { cpu: "2", memory: "2Gi" } },
        { capacity: { cpu: "4", memory: "8Gi", pods: 3 } },
      ),
    }),
  },
  happenings(["scale", "setImage", "restart", "cordon", "delete"], ["node-loss", "node-reboot", "pod-kill", "node-drain"], {
    actions: [1, 3],
    faults: [0, 2],
  }),
);

const jobsThatFail = scene(
  {
    workload: fc.record({
      kind: fc.constant("Job" as const),
      own: fc
        .record({
          completions: whole(2, 4),
          parallelism: whole(1, 3),
          backoffLimit: maybe(whole(1, 4), 5),
          completionMode: maybe(fc.constant("Indexed"), 7),
        })
        .map(withoutGaps),
    }),
    application: fc
      .record({ exit: fc.record({ after: seconds(2, 20), code: oneOf(0, 0, 1) }), startFails: maybe(fc.constant("50%"), 2) })
      .map(withoutGaps),
  },
  happenings(["delete", "evict", "drain", "taint"], ["pod-kill", "container-crash", "node-loss", "kubelet-restart", "oom-kill"], {
    actions: [0, 1],
    faults: [1, 3],
  }),
);

const rolloutMeanwhile = fc
  .constantFrom("Deployment" as const, "Deployment" as const, "StatefulSet" as const, "DaemonSet" as const)
  .chain((kind) =>
    scene(
      {
        workload: fc.record({ kind: fc.constant(kind), replicas: whole(2, 5), own: kind === "Deployment" ? rolling : fc.constant({}) }),
        container: oneOf<PlainDocument>({}, readiness),
        application: oneOf<PlainDocument>(
          {},
          { startUp: "3s" },
          { image: { present: false, size: "50Mi" } },
          { shutdown: { drain: "3s" } },
        ),
      },
      happenings(
        ["setImage", "setImage", "restart", "undo", "setEnv", "scale", "pause"],
        [...faultTypes, "endpoint-lag", "network-delay"],
        { actions: [1, 2], faults: [1, 2] },
      ),
    ),
  );

const imagesToPull = scene(
  {
    workload: fc.record({ replicas: whole(1, 3) }),
    container: oneOf<PlainDocument>({}, { imagePullPolicy: "Always" }),
    application: fc.record({ image: oneOf<PlainDocument>({ present: false, size: "50Mi" }, { present: false, pull: { failures: 2 } }) }),
  },
  happenings(
    ["setImage", "scale", "restart", "evict"],
    ["image-pull-failure", "image-pull-slow", "image-pull-failure", "image-pull-slow", "node-reboot", "kubelet-restart"],
    { actions: [1, 2], faults: [1, 2] },
  ),
);

const endsThatTakeTime = scene(
  {
    workload: fc.record({ replicas: whole(1, 4) }),
    pod: fc.record({
      spec: oneOf<PlainDocument>(
        { terminationGracePeriodSeconds: 1 },
        { terminationGracePeriodSeconds: 4 },
        { terminationGracePeriodSeconds: 10 },
        {},
      ),
      initContainers: oneOf<readonly PlainDocument[]>(
        [],
        [{ restartPolicy: "Always" }],
        [{ restartPolicy: "Always", ...readiness }, {}],
        [{}, { restartPolicy: "Always", lifecycle: { preStop: { sleep: { seconds: 2 } } } }],
      ),
    }),
    container: oneOf<PlainDocument>(
      {},
      { lifecycle: { preStop: { sleep: { seconds: 3 } } } },
      { lifecycle: { preStop: { exec: { command: ["sleep", "2"] } } } },
      { livenessProbe: { exec: { command: ["true"] }, periodSeconds: 2, failureThreshold: 1, terminationGracePeriodSeconds: 3 } },
    ),
    application: oneOf<PlainDocument>({ shutdown: "ignore" }, { shutdown: { drain: "3s" } }, { shutdown: { drain: "20s" } }, {}),
  },
  happenings(["delete", "scale", "restart", "evict", "drain"], ["pod-kill", "probe-failure", "node-shutdown", "hang", "oom-kill"], {
    actions: [1, 2],
    faults: [0, 2],
  }),
);

const silentNodes = scene(
  {
    workload: fc.record({ replicas: whole(2, 5) }),
    nodes: fc.record({ count: whole(2, 5), group: oneOf<PlainDocument>({}, { zones: 2 }) }),
    pod: oneOf<Partial<PodDraw>>(
      {},
      { spec: { tolerations: [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 3 }] } },
    ),
    cluster: oneOf<PlainDocument>({}, { settings: { nodeMonitorGrace: "10s" } }),
  },
  happenings(
    ["delete", "scale", "drain", "cordon", "taint"],
    ["node-loss", "network-partition", "node-freeze", "kubelet-restart", "api-server-outage", "zone-loss", "node-reboot"],
    { actions: [0, 2], faults: [1, 3] },
  ),
);

const orderedSets = scene(
  {
    workload: fc.record({
      kind: fc.constant("StatefulSet" as const),
      replicas: whole(2, 5),
      own: oneOf<PlainDocument>(
        {},
        { podManagementPolicy: "Parallel" },
        { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } } },
        { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } } },
      ),
    }),
    container: oneOf<PlainDocument>({}, readiness),
    application: oneOf<PlainDocument>({}, { startUp: "3s" }),
    cluster: oneOf<PlainDocument>({}, { start: "empty" }),
  },
  happenings(["setImage", "scale", "delete", "restart", "undo", "evict"], ["pod-kill", "node-loss", "container-crash", "oom-kill"], {
    actions: [1, 3],
    faults: [0, 2],
  }),
);

const priorities = scene(
  {
    workload: fc.record({ replicas: whole(2, 4) }),
    pod: oneOf<Partial<PodDraw>>({ spec: { priorityClassName: "high" } }, { spec: { priorityClassName: "low" } }),
    container: fc.constant({ resources: { requests: { cpu: "600m", memory: "256Mi" } } }),
    nodes: fc.record({ count: whole(1, 2), group: fc.constant({ capacity: { cpu: "2", memory: "4Gi" } }) }),
    rules: oneOf<readonly RuleDraw[]>([], [{ kind: "PodDisruptionBudget", target: 1, fields: { minAvailable: 1 } }]),
  },
  happenings(["scale", "scale", "restart", "cordon", "uncordon"], ["node-loss", "node-reboot", "pod-kill"], {
    actions: [1, 3],
    faults: [0, 1],
  }),
);

const scenes = {
  evictionsUnderBudget,
  kubeletsRestart,
  crowdedNodes,
  jobsThatFail,
  rolloutMeanwhile,
  imagesToPull,
  endsThatTakeTime,
  silentNodes,
  orderedSets,
  priorities,
};

export const sceneDraw: fc.Arbitrary<Scene> = fc.oneof(...Object.values(scenes));
