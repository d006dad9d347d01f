/** Small specs for the tests of this folder, made without files. */
import { blankContainer, blankProbe, blankTemplate } from "../../engine/kubernetes/objects/blank-pod.ts";
import type { Deployment } from "../../engine/kubernetes/objects/deployment.ts";
import type { NodeTemplate } from "../../engine/kubernetes/objects/node.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { defaultSettings, type Settings } from "../../engine/settings.ts";
import type { LoadSpec } from "../../engine/traffic/load-model.ts";

const probe = blankProbe({ handler: { type: "tcpSocket", port: 80, host: "" } });
const container = blankContainer("web", {
  ports: [{ name: "http", containerPort: 80, protocol: "TCP", hostPort: null }],
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
});
const template = blankTemplate([container], {}, { app: "web" });
const metadata = { name: "web", namespace: "default", labels: {}, annotations: {} };

export function deployment(replicas: number): Deployment {
  return {
    kind: "Deployment",
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: { app: "web" }, matchExpressions: [] },
      template,
      strategy: { type: "RollingUpdate", maxSurge: "25%", maxUnavailable: "25%" },
      minReadySeconds: 0,
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      paused: false,
    },
  };
}

export function nodes(count: number): NodeTemplate[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `node-${index}`,
    zone: "a",
    labels: {},
    cpu: 8000,
    memory: 2 ** 35,
    pods: 110,
    taints: [],
  }));
}

export function load(executor: "poisson-arrival-rate" | "constant-arrival-rate", rate: number, retries = 0): LoadSpec {
  return {
    executor,
    rate,
    name: "load",
    namespace: "default",
    service: "web",
    port: null,
    from: 0,
    until: 60_000_000,
    timeout: 1_000_000,
    retries: { max: retries, backoff: 0 },
    places: 10,
  };
}

/** Ten nodes and nothing on them, but for the parts given. */
export function spec(parts: Partial<ScenarioSpec>, settings: Partial<Settings> = {}): ScenarioSpec {
  return {
    name: "s",
    kubernetesVersion: "1.36",
    seed: 1,
    duration: 60_000_000,
    warmup: 0,
    start: "settled",
    settings: { ...defaultSettings, ...settings },
    settingsChanged: [],
    objects: [],
    nodes: nodes(10),
    applications: [],
    load: [],
    actions: [],
    faults: [],
    invariants: [],
    thresholds: [],
    notes: { notModelled: [], noEffect: [], liveOnly: [] },
    ...parts,
  };
}
