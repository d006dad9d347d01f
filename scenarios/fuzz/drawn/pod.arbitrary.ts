/** Templates of Pods: containers, probes, hooks, volumes, and where they may go. */
import fc from "fast-check";
import type { WrittenContainer, WrittenPodSpec, WrittenProbe } from "../../../engine/kubernetes/objects/written.ts";
import type { PlainDocument } from "../fuzz-case.ts";
import { allOf, listOf, maybe, oneOf, someOf, whole, withoutGaps, type FieldTable } from "./fields.ts";

export const PORT = 8080;
export const GATE = "example.com/gate";

const handlers = oneOf(
  { httpGet: { path: "/", port: PORT } },
  { tcpSocket: { port: PORT } },
  { grpc: { port: PORT } },
  { exec: { command: ["true"] } },
  { httpGet: { path: "/healthz", port: "http", scheme: "HTTPS" } },
);

const probeFields: FieldTable<WrittenProbe> = {
  // One of the four, see handlers.
  exec: null,
  httpGet: null,
  tcpSocket: null,
  grpc: null,
  initialDelaySeconds: whole(0, 5),
  timeoutSeconds: whole(1, 3),
  periodSeconds: whole(1, 10),
  successThreshold: whole(1, 3),
  failureThreshold: whole(1, 5),
  terminationGracePeriodSeconds: whole(1, 10),
};

/** Liveness and startup probes take no other success threshold than 1. */
function probe(role: "readiness" | "liveness" | "startup"): fc.Arbitrary<PlainDocument> {
  return fc
    .tuple(handlers, someOf(probeFields, 5))
    .map(([handler, { successThreshold, terminationGracePeriodSeconds, ...rest }]) =>
      withoutGaps(
        role === "readiness"
          ? { ...handler, ...rest, successThreshold }
          : { ...handler, ...rest, terminationGracePeriodSeconds, ...(role === "startup" ? { failureThreshold: 30 } : {}) },
      ),
    );
}

const hook = oneOf(
  { sleep: { seconds: 3 } },
  { exec: { command: ["sleep", "2"] } },
  { httpGet: { path: "/stop", port: PORT } },
  { exec: { command: ["true"] } },
);

const resources = allOf({
  requests: oneOf({ cpu: "100m", memory: "64Mi" }, { cpu: "400m", memory: "128Mi" }, { memory: "64Mi" }, { cpu: "2", memory: "1Gi" }),
  limits: maybe(oneOf({ cpu: "2", memory: "1Gi" }, { memory: "1Gi" }, { cpu: "2" }, { memory: "1Gi", "ephemeral-storage": "100Mi" }), 4),
});

const probes = { livenessProbe: probe("liveness"), readinessProbe: probe("readiness"), startupProbe: probe("startup") };

const containerFields: FieldTable<WrittenContainer> = {
  name: null,
  image: null,
  command: oneOf(["serve"], ["sh", "-c", "serve"]),
  args: oneOf(["--verbose"]),
  workingDir: oneOf("/srv"),
  env: oneOf([{ name: "LEVEL", value: "info" }], [{ name: "HOST", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }]),
  ports: null,
  resources,
  imagePullPolicy: oneOf("Always", "IfNotPresent", "Never"),
  // Oftener than the rest, see probes.
  livenessProbe: null,
  readinessProbe: null,
  startupProbe: null,
  lifecycle: someOf({ postStart: hook, preStop: hook }, 6),
  restartPolicy: oneOf("Always", "OnFailure", "Never"),
  restartPolicyRules: oneOf(
    [{ action: "Restart", exitCodes: { operator: "In", values: [1] } }],
    [{ action: "RestartAllContainers", exitCodes: { operator: "NotIn", values: [0] } }],
  ),
  // Without effect.
  terminationMessagePath: null,
  terminationMessagePolicy: null,
};

/** A policy of its own, and rules, need each other. */
const container = fc.tuple(someOf(containerFields), someOf(probes, 3)).map(([{ restartPolicy, restartPolicyRules, ...fields }, drawn]) => {
  const rest = { ...fields, ...drawn };
  return restartPolicyRules === undefined ? rest : withoutGaps({ ...rest, restartPolicy: restartPolicy ?? "Never", restartPolicyRules });
});

/** An init container that ends, or a sidecar that stays. */
const initContainer = someOf({
  resources: containerFields.resources,
  ...probes,
  lifecycle: containerFields.lifecycle,
  restartPolicy: fc.constant("Always"),
}).map((drawn) => (drawn["restartPolicy"] === undefined ? withoutGaps({ resources: drawn["resources"] }) : drawn));

const LABELS = { labelSelector: { matchLabels: { tier: "any" } } };
const podTerm = oneOf({ topologyKey: "kubernetes.io/hostname", ...LABELS }, { topologyKey: "topology.kubernetes.io/zone", ...LABELS });
const nodeTerm = oneOf(
  { matchExpressions: [{ key: "disk", operator: "In", values: ["fast"] }] },
  { matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "NotIn", values: ["b"] }] },
  { matchExpressions: [{ key: "disk", operator: "DoesNotExist" }] },
);
const nearness = fc.oneof(
  podTerm.map((term) => ({ requiredDuringSchedulingIgnoredDuringExecution: [term] })),
  podTerm.map((podAffinityTerm) => ({ preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 50, podAffinityTerm }] })),
);

const podFields: FieldTable<WrittenPodSpec> = {
  containers: null,
  initContainers: null,
  // The API server refuses it in a template.
  ephemeralContainers: null,
  restartPolicy: null,
  terminationGracePeriodSeconds: oneOf(30, 1, 5, 10, 0),
  // Set by DaemonSets and static Pods; else it goes around the scheduler.
  nodeName: oneOf("node-0"),
  nodeSelector: oneOf({ disk: "fast" }, { "kubernetes.io/os": "linux" }),
  tolerations: oneOf(
    [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }],
    [{ key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
    [{ operator: "Exists" }],
  ),
  hostNetwork: fc.constant(true),
  // Worked out from the class.
  priority: null,
  priorityClassName: oneOf("high", "low", "system-node-critical"),
  overhead: oneOf({ cpu: "50m", memory: "16Mi" }),
  activeDeadlineSeconds: whole(10, 60),
  readinessGates: fc.constant([{ conditionType: GATE }]),
  volumes: oneOf(
    [{ name: "cache", emptyDir: {} }],
    [{ name: "cache", emptyDir: { sizeLimit: "50Mi" } }],
    [{ name: "cache", emptyDir: { medium: "Memory" } }],
  ),
  affinity: fc.oneof(
    nodeTerm.map((term) => ({ nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } })),
    nodeTerm.map((preference) => ({ nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference }] } })),
    nearness.map((podAffinity) => ({ podAffinity })),
    nearness.map((podAntiAffinity) => ({ podAntiAffinity })),
  ),
  topologySpreadConstraints: fc
    .record({
      maxSkew: whole(1, 2),
      topologyKey: oneOf("topology.kubernetes.io/zone", "kubernetes.io/hostname"),
      whenUnsatisfiable: oneOf("DoNotSchedule", "ScheduleAnyway"),
    })
    .map((constraint) => [{ ...constraint, ...LABELS }]),
  schedulingGates: fc.constant([{ name: "example.com/wait" }]),
  preemptionPolicy: null,
  dnsPolicy: null,
  schedulerName: null,
  securityContext: null,
};

export interface PodDraw {
  readonly spec: PlainDocument;
  readonly containers: readonly PlainDocument[];
  readonly initContainers: readonly PlainDocument[];
  readonly hasPorts: boolean;
  readonly hostPort: number | undefined;
}

export const podDraw: fc.Arbitrary<PodDraw> = fc.record({
  // Few at once: each of them alone can keep a Pod from ever running.
  spec: fc.oneof(
    { weight: 3, arbitrary: someOf({ terminationGracePeriodSeconds: podFields.terminationGracePeriodSeconds }, 6) },
    { weight: 2, arbitrary: someOf(podFields, 1) },
  ),
  containers: fc.oneof({ weight: 4, arbitrary: listOf(container, 1, 1) }, { weight: 1, arbitrary: listOf(container, 2, 2) }),
  initContainers: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: listOf(initContainer, 1, 2) }),
  hasPorts: oneOf(true, true, true, false),
  hostPort: maybe(whole(9000, 9001), 1),
});

/** The Pod's part of a manifest. `restartPolicy` where the kind leaves a choice. */
export function podSpecOf({ spec, containers, initContainers, hasPorts, hostPort }: PodDraw, restartPolicy?: string): PlainDocument {
  return withoutGaps({
    ...spec,
    restartPolicy,
    initContainers:
      initContainers.length === 0
        ? undefined
        : initContainers.map((fields, index) => ({ name: `init${index}`, image: "init:v1", ...fields })),
    containers: containers.map((fields, index) => ({
      name: index === 0 ? "main" : `side${index}`,
      image: index === 0 ? "web:v1" : "side:v1",
      ...(hasPorts && index === 0 ? { ports: [withoutGaps({ name: "http", containerPort: PORT, hostPort })] } : {}),
      ...(index === 0 || fields["resources"] !== undefined ? {} : { resources: { requests: { cpu: "50m" } } }),
      ...fields,
    })),
  });
}
