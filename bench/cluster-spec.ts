/** Specs of benchmarks: a settled cluster of any size, made without a file. */
import type { SetImage } from "../engine/actions/action.ts";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { SECOND, type Duration } from "../engine/kernel/time.ts";
import { blankContainer, blankProbe, blankTemplate } from "../engine/kubernetes/objects/blank-pod.ts";
import type { Deployment } from "../engine/kubernetes/objects/deployment.ts";
import type { NodeTemplate } from "../engine/kubernetes/objects/node.ts";
import type { PodTemplate } from "../engine/kubernetes/objects/pod.ts";
import type { Service } from "../engine/kubernetes/objects/service.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { defaultSettings } from "../engine/settings.ts";
import type { LoadSpec } from "../engine/traffic/load-model.ts";

export interface ClusterSize {
  readonly pods: number;
  readonly podsPerNode: number;
  /** Pods per Deployment. */
  readonly replicas: number;
  readonly duration: Duration;
  readonly seed: number;
  /** Requests per second on each Deployment's Service; 0: no load, and no Services unless `hasServices`. */
  readonly ratePerService: number;
  readonly hasServices?: boolean;
  /** Pods that a node has room for; left out: as many as `podsPerNode`, so that no surge fits. */
  readonly room?: number;
}

/** Client limits at which a large cluster is rolled over within minutes. */
const QPS = 500;
/** When all Deployments get their new image. */
export const ROLLOUT_AT: Duration = 10 * SECOND;

/** Pods with liveness and readiness every 10 s, rolled out long ago. */
export function clusterSpec(size: ClusterSize): ScenarioSpec {
  const deployments = Math.ceil(size.pods / size.replicas);
  const objects: (Deployment | Service)[] = [];
  const load: LoadSpec[] = [];
  for (let index = 0; index < deployments; index++) {
    const name = `app-${index}`;
    objects.push(deployment(name, Math.min(size.replicas, size.pods - index * size.replicas)));
    if (size.ratePerService > 0 || size.hasServices === true) objects.push(service(name));
    if (size.ratePerService === 0) continue;
    load.push({
      executor: "poisson-arrival-rate",
      name,
      namespace: "default",
      service: name,
      port: null,
      from: 0,
      until: size.duration,
      timeout: 2 * SECOND,
      retries: { max: 0, backoff: 0 },
      places: 10,
      rate: size.ratePerService,
    });
  }
  return {
    name: "bench-cluster",
    kubernetesVersion: "1.36",
    seed: size.seed,
    duration: size.duration,
    warmup: 0,
    start: "settled",
    settings: defaultSettings,
    settingsChanged: [],
    objects,
    nodes: nodes(Math.ceil(size.pods / size.podsPerNode), size.room ?? size.podsPerNode),
    applications: [{ selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: [] }],
    load,
    actions: [],
    faults: [],
    invariants: [],
    thresholds: [],
    notes: { notModelled: [], noEffect: [], liveOnly: [] },
  };
}

/** 30 Pods a node, as in a cluster of 5,000 nodes and 150,000 Pods, with a Service for each Deployment of 100; every Deployment is rolled out anew. */
export function rolloutSpec(pods: number, duration: Duration): ScenarioSpec {
  const settled = clusterSpec({ pods, podsPerNode: 30, room: 110, replicas: 100, duration, seed: 1, ratePerService: 0, hasServices: true });
  return rolloutOf(settled);
}

/** Every Deployment of a settled cluster gets its new image; client limits at which that takes minutes. */
export function rolloutOf(settled: ScenarioSpec): ScenarioSpec {
  const { settings, objects } = settled;
  return {
    ...settled,
    settings: { ...settings, kcmQps: QPS, kcmBurst: QPS, schedulerQps: QPS, schedulerBurst: QPS },
    settingsChanged: ["kcmQps", "kcmBurst", "schedulerQps", "schedulerBurst"],
    actions: objects.flatMap(({ kind, metadata: { namespace, name } }) => (kind === "Deployment" ? [newImage(namespace, name)] : [])),
  };
}

function newImage(namespace: string, name: string): SetImage {
  return { type: "setImage", at: ROLLOUT_AT, kind: "Deployment", namespace, name, container: null, image: "registry.example.com/app:v2" };
}

function nodes(count: number, pods: number): NodeTemplate[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index}`,
    zone: "abc"[index % 3]!,
    labels: { "kubernetes.io/hostname": `node-${index}` },
    cpu: pods * 100,
    memory: pods * 256 * 1024 * 1024,
    pods,
    taints: [],
  }));
}

function deployment(name: string, replicas: number): Deployment {
  return {
    kind: "Deployment",
    metadata: { name, namespace: "default", labels: {}, annotations: {} },
    spec: {
      replicas,
      selector: { matchLabels: { app: name }, matchExpressions: [] },
      template: template(name),
      strategy: { type: "RollingUpdate", maxSurge: "25%", maxUnavailable: "25%" },
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      paused: false,
    },
  };
}

function template(name: string): PodTemplate {
  const probe = blankProbe({ handler: { type: "httpGet", path: "/", port: 8080, host: "", scheme: "HTTP", httpHeaders: [] } });
  const container = blankContainer("main", {
    image: "registry.example.com/app:v1",
    ports: [{ name: "", containerPort: 8080, protocol: "TCP", hostPort: null }],
    resources: { requests: { cpu: 50, memory: 128 * 1024 * 1024 }, limits: {} },
    livenessProbe: probe,
    readinessProbe: probe,
  });
  return blankTemplate([container], {}, { app: name });
}

function service(name: string): Service {
  return {
    kind: "Service",
    metadata: { name, namespace: "default", labels: {}, annotations: {} },
    spec: {
      type: "ClusterIP",
      selector: { app: name },
      ports: [{ name: "", port: 80, targetPort: 8080, protocol: "TCP" }],
      clusterIp: "",
      publishNotReadyAddresses: false,
      sessionAffinity: "None",
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
    },
  };
}
