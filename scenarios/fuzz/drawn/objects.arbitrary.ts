/** Manifests: workloads of every kind, Services in front of them, and what rules over them. */
import fc from "fast-check";
import type { Kind } from "../../../engine/kubernetes/objects/index.ts";
import type { PlainDocument } from "../fuzz-case.ts";
import { allOf, amount, listOf, maybe, oneOf, someOf, whole, withoutGaps } from "./fields.ts";
import { podDraw, podSpecOf, PORT, type PodDraw } from "./pod.arbitrary.ts";

/** Kinds that make Pods. The rest of the kinds are drawn by `rules` and `services`. */
export type WorkloadKind = Exclude<Kind, RuleKind | "Service">;
export type RuleKind = "Namespace" | "HorizontalPodAutoscaler" | "PodDisruptionBudget" | "PriorityClass" | "ResourceQuota" | "LimitRange";

export interface WorkloadDraw {
  readonly kind: WorkloadKind;
  readonly replicas: number;
  readonly pod: PodDraw;
  readonly minReadySeconds: number | undefined;
  /** What only this kind can say. */
  readonly own: PlainDocument;
  readonly service: PlainDocument | undefined;
}

const jobSpec = fc
  .record({
    parallelism: maybe(whole(0, 3)),
    completions: maybe(whole(1, 4), 4),
    backoffLimit: maybe(whole(0, 3), 4),
    activeDeadlineSeconds: maybe(whole(20, 90)),
    ttlSecondsAfterFinished: maybe(whole(0, 20)),
    suspend: maybe(fc.constant(true), 1),
    podReplacementPolicy: maybe(oneOf("Failed", "TerminatingOrFailed")),
    indexed: maybe(someOf({ backoffLimitPerIndex: whole(0, 2), maxFailedIndexes: whole(0, 2) }, 6)),
    podFailurePolicy: maybe(
      oneOf(
        { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [7] } }] },
        { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }] },
      ),
    ),
    successPolicy: maybe(oneOf({ rules: [{ succeededCount: 1 }] }), 1),
  })
  .map(({ indexed, successPolicy, ...rest }) =>
    withoutGaps({
      ...rest,
      ...(indexed === undefined && successPolicy === undefined
        ? {}
        : { completionMode: "Indexed", completions: rest.completions ?? 3, ...indexed }),
      successPolicy,
    }),
  );

const rollingUpdate = allOf({ maxSurge: amount, maxUnavailable: amount });

/** By kind: a new one that is missing doesn't compile. */
const ownFields: { readonly [K in WorkloadKind]: fc.Arbitrary<PlainDocument> } = {
  Pod: fc.constant({}),
  ReplicaSet: fc.constant({}),
  ReplicationController: fc.constant({}),
  Deployment: someOf({
    strategy: fc.oneof(
      { weight: 4, arbitrary: rollingUpdate.map((rolling) => ({ type: "RollingUpdate", rollingUpdate: rolling })) },
      { weight: 1, arbitrary: fc.constant({ type: "Recreate" }) },
    ),
    progressDeadlineSeconds: whole(11, 60),
    revisionHistoryLimit: whole(0, 3),
    paused: fc.constant(true),
  }),
  StatefulSet: someOf({
    podManagementPolicy: oneOf("Parallel", "OrderedReady"),
    updateStrategy: oneOf(
      { type: "OnDelete" },
      { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
      { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } },
    ),
    revisionHistoryLimit: whole(0, 3),
    ordinals: fc.constant({ start: 1 }),
    persistentVolumeClaimRetentionPolicy: fc.constant({ whenDeleted: "Delete" }),
  }),
  DaemonSet: someOf({
    updateStrategy: oneOf(
      { type: "OnDelete" },
      { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 2 } },
      { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    ),
    revisionHistoryLimit: whole(0, 3),
  }),
  Job: jobSpec,
  CronJob: fc
    .record({
      schedule: oneOf("* * * * *", "*/2 * * * *"),
      more: someOf({
        concurrencyPolicy: oneOf("Allow", "Forbid", "Replace"),
        startingDeadlineSeconds: whole(10, 60),
        suspend: fc.constant(true),
        successfulJobsHistoryLimit: whole(0, 2),
        failedJobsHistoryLimit: whole(0, 2),
        timeZone: fc.constant("Etc/UTC"),
      }),
      job: jobSpec,
    })
    .map(({ schedule, more, job }) => ({ schedule, ...more, job })),
};

export const workloadKinds: readonly WorkloadKind[] = Object.keys(ownFields) as WorkloadKind[];

const serviceFields = someOf({
  type: oneOf("ClusterIP", "NodePort", "LoadBalancer"),
  clusterIP: fc.constant("None"),
  publishNotReadyAddresses: fc.constant(true),
  sessionAffinityConfig: fc.constant({ clientIP: { timeoutSeconds: 30 } }),
  externalTrafficPolicy: oneOf("Local", "Cluster"),
  internalTrafficPolicy: oneOf("Local", "Cluster"),
  trafficDistribution: oneOf("PreferClose", "PreferSameNode"),
}).map(({ sessionAffinityConfig, clusterIP, ...rest }) =>
  withoutGaps({
    ...rest,
    ...(sessionAffinityConfig === undefined ? {} : { sessionAffinity: "ClientIP", sessionAffinityConfig }),
    clusterIP: rest["type"] === undefined ? clusterIP : undefined,
  }),
);

/** Deployments are what most rules are about. */
const kind: fc.Arbitrary<WorkloadKind> = fc.oneof(
  { weight: 5, arbitrary: fc.constant("Deployment" as const) },
  { weight: 5, arbitrary: fc.constantFrom(...workloadKinds) },
);

export const workloadDraw: fc.Arbitrary<WorkloadDraw> = kind.chain((drawn) =>
  fc.record({
    kind: fc.constant(drawn),
    replicas: fc.oneof({ weight: 9, arbitrary: whole(1, 5) }, { weight: 1, arbitrary: fc.constant(0) }),
    pod: podDraw,
    minReadySeconds: maybe(whole(1, 5)),
    own: ownFields[drawn],
    service: fc.oneof({ weight: 4, arbitrary: serviceFields }, { weight: 1, arbitrary: fc.constant(undefined) }),
  }),
);

export function workloadManifests(
  name: string,
  { kind: made, replicas, pod, minReadySeconds, own, service }: WorkloadDraw,
): readonly PlainDocument[] {
  const labels = { app: name, tier: "any" };
  const ends = made === "Job" || made === "CronJob";
  const template = { metadata: { labels }, spec: podSpecOf(pod, ends ? "Never" : undefined) };
  const selector = { matchLabels: { app: name } };
  const workload = ((): PlainDocument => {
    switch (made) {
      case "Pod":
        return { apiVersion: "v1", kind: made, metadata: { name, labels }, spec: podSpecOf(pod) };
      case "ReplicationController":
        return { apiVersion: "v1", kind: made, metadata: { name }, spec: { replicas, selector: { app: name }, minReadySeconds, template } };
      case "DaemonSet":
        return { apiVersion: "apps/v1", kind: made, metadata: { name }, spec: { selector, minReadySeconds, ...own, template } };
      case "Job":
        return { apiVersion: "batch/v1", kind: made, metadata: { name }, spec: { ...own, template } };
      case "CronJob": {
        const { job, ...rest } = own;
        return {
          apiVersion: "batch/v1",
          kind: made,
          metadata: { name },
          spec: { ...rest, jobTemplate: { spec: { ...(job as object), template } } },
        };
      }
      default: {
        const more = made === "StatefulSet" ? { serviceName: name } : {};
        return {
          apiVersion: "apps/v1",
          kind: made,
          metadata: { name },
          spec: { replicas, selector, minReadySeconds, ...more, ...own, template },
        };
      }
    }
  })();
  return [plain(workload), ...(service === undefined ? [] : [serviceManifest(name, service)])];
}

/** Without what is undefined. */
function plain(manifest: PlainDocument): PlainDocument {
  const { spec } = manifest;
  return { ...manifest, spec: withoutGaps(spec as PlainDocument) };
}

function serviceManifest(name: string, fields: PlainDocument): PlainDocument {
  const spec = { ...fields, selector: { app: name }, ports: [{ port: 80, targetPort: PORT }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

export interface RuleDraw {
  readonly kind: RuleKind;
  readonly target: number;
  readonly fields: PlainDocument;
}

const scaling = someOf({
  stabilizationWindowSeconds: whole(0, 30),
  selectPolicy: oneOf("Max", "Min", "Disabled"),
  policies: oneOf([{ type: "Pods", value: 1, periodSeconds: 15 }], [{ type: "Percent", value: 50, periodSeconds: 15 }]),
  tolerance: oneOf("50m"),
});

/** By kind, as above. */
const ruleFields: { readonly [K in RuleKind]: fc.Arbitrary<PlainDocument> } = {
  Namespace: fc.constant({}),
  HorizontalPodAutoscaler: fc
    .record({
      minReplicas: whole(1, 2),
      maxReplicas: whole(2, 6),
      metrics: oneOf(
        [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } }],
        [{ type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } } }],
        [
          {
            type: "ContainerResource",
            containerResource: { name: "cpu", container: "main", target: { type: "Utilization", averageUtilization: 30 } },
          },
        ],
      ),
      behavior: maybe(someOf({ scaleUp: scaling, scaleDown: scaling }, 6), 4),
    })
    .map(withoutGaps),
  PodDisruptionBudget: fc
    .tuple(
      fc.oneof(
        amount.map((minAvailable) => ({ minAvailable })),
        amount.map((maxUnavailable) => ({ maxUnavailable })),
      ),
      someOf({ unhealthyPodEvictionPolicy: oneOf("IfHealthyBudget", "AlwaysAllow") }),
    )
    .map(([first, second]) => ({ ...first, ...second })),
  PriorityClass: someOf({ globalDefault: fc.constant(true), preemptionPolicy: fc.constant("Never") }),
  ResourceQuota: fc.oneof(
    oneOf<PlainDocument>(
      { hard: { pods: "3" } },
      { hard: { "requests.cpu": "1" } },
      { hard: { pods: "2" }, scopes: ["BestEffort"] },
      { hard: { pods: "2" }, scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }] } },
    ),
  ),
  LimitRange: oneOf<PlainDocument>(
    { limits: [{ type: "Container", defaultRequest: { cpu: "100m" }, default: { cpu: "500m" } }] },
    { limits: [{ type: "Container", max: { cpu: "1" }, min: { cpu: "10m" } }] },
    { limits: [{ type: "Pod", max: { memory: "1Gi" } }] },
    { limits: [{ type: "Container", maxLimitRequestRatio: { cpu: 4 } }] },
  ),
};

export const ruleKinds: readonly RuleKind[] = Object.keys(ruleFields) as RuleKind[];

const oneRule: fc.Arbitrary<RuleDraw> = fc
  .constantFrom(...ruleKinds)
  .chain((drawn) => fc.record({ kind: fc.constant(drawn), target: fc.nat(3), fields: ruleFields[drawn] }));

export const ruleDraws: fc.Arbitrary<readonly RuleDraw[]> = listOf(oneRule, 1, 3);

/** `workloads`: what a rule can be about, by name and kind. */
export function ruleManifest(
  name: string,
  rule: RuleDraw,
  workloads: readonly { readonly name: string; readonly kind: WorkloadKind }[],
): PlainDocument {
  const { name: app = "w0", kind: of = "Deployment" } = workloads[rule.target % Math.max(1, workloads.length)] ?? {};
  const { kind: made, fields } = rule;
  switch (made) {
    case "Namespace":
      return { apiVersion: "v1", kind: made, metadata: { name: `ns-${name}` } };
    case "HorizontalPodAutoscaler": {
      const apiVersion = of === "ReplicationController" ? "v1" : "apps/v1";
      return {
        apiVersion: "autoscaling/v2",
        kind: made,
        metadata: { name },
        spec: { scaleTargetRef: { apiVersion, kind: of, name: app }, ...fields },
      };
    }
    case "PodDisruptionBudget":
      return { apiVersion: "policy/v1", kind: made, metadata: { name }, spec: { selector: { matchLabels: { app } }, ...fields } };
    case "ResourceQuota":
    case "LimitRange":
      return { apiVersion: "v1", kind: made, metadata: { name }, spec: fields };
    case "PriorityClass":
      return priorityClass(name, rule.target * 100, fields);
  }
}

export function priorityClass(name: string, value: number, fields: PlainDocument = {}): PlainDocument {
  return { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name }, value, ...fields };
}
