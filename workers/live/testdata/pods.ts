/** Containers and Pods for tests, without the forty fields that a test doesn't care about. */
import type { Container, Pod, PodTemplate, Probe, ProbeHandler } from "../../../engine/kubernetes/objects/pod.ts";

export function testContainer(more: Partial<Container> = {}): Container {
  return {
    name: "web",
    image: "web:v1",
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
    ...more,
  };
}

export function testTemplate(
  containers: readonly Container[],
  more: Partial<PodTemplate["spec"]> = {},
  labels: Readonly<Record<string, string>> = {},
): PodTemplate {
  return {
    labels,
    annotations: {},
    spec: {
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
      ...more,
    },
  };
}

export function testProbe(handler: ProbeHandler, more: Partial<Probe> = {}): Probe {
  return {
    handler,
    initialDelaySeconds: 0,
    timeoutSeconds: 1,
    periodSeconds: 1,
    successThreshold: 1,
    failureThreshold: 1,
    terminationGracePeriodSeconds: null,
    ...more,
  };
}

export function testPod(name: string, template: PodTemplate): Pod {
  return { kind: "Pod", metadata: { name, namespace: "default", labels: template.labels, annotations: {} }, template };
}
