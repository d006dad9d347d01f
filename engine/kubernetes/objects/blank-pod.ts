/** Containers and Pods in which nothing is set that their manifests needn't: for who makes objects instead of reading them. */
import type { Container, PodSpec, PodTemplate, Probe } from "./pod.ts";

export function blankContainer(name: string, change: Partial<Container> = {}): Container {
  return {
    name,
    image: `${name}:v1`,
    command: [],
    args: [],
    workingDir: "",
    env: [],
    ports: [],
    resources: { requests: {}, limits: {} },
    imagePullPolicy: "IfNotPresent",
    livenessProbe: null,
    readinessProbe: null,
    startupProbe: null,
    postStart: null,
    preStop: null,
    restartPolicy: null,
    ...change,
  };
}

export function blankPodSpec(containers: readonly Container[], change: Partial<PodSpec> = {}): PodSpec {
  return {
    containers,
    initContainers: [],
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    nodeName: "",
    nodeSelector: {},
    tolerations: [],
    hostNetwork: false,
    priority: 0,
    overhead: {},
    activeDeadlineSeconds: null,
    ...change,
  };
}

export function blankTemplate(
  containers: readonly Container[],
  change: Partial<PodSpec> = {},
  labels: Readonly<Record<string, string>> = {},
): PodTemplate {
  return { labels, annotations: {}, spec: blankPodSpec(containers, change) };
}

/** `httpGet` of `/` at port 80, with the API's defaults. */
export function blankProbe(change: Partial<Probe> = {}): Probe {
  return {
    handler: { type: "httpGet", path: "/", port: 80, host: "", scheme: "HTTP", httpHeaders: [] },
    initialDelaySeconds: 0,
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
    terminationGracePeriodSeconds: null,
    ...change,
  };
}
