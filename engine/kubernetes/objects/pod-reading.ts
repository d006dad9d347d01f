/** A defaulted, validated Pod spec as the model keeps it: numbers instead of quantities, null instead of absent. */
import { parseQuantity, quantityUnits } from "../../values/quantity.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import type { Toleration } from "./meta.ts";
import type {
  Container,
  ContainerPort,
  EmptyDir,
  EnvVar,
  HttpHeader,
  LifecycleHandler,
  PodSpec,
  PodTemplate,
  Probe,
  ProbeHandler,
  RestartPolicyRule,
} from "./pod.ts";
import { isRestartPolicy } from "./pod-validation.ts";
import { readResourceList, readResources } from "./resources.ts";
import { readScheduling } from "./scheduling.ts";
import { admittedTolerations } from "./toleration.ts";
import type {
  WrittenContainer,
  WrittenContainerPort,
  WrittenEnvVar,
  WrittenHook,
  WrittenHttpGet,
  WrittenPodSpec,
  WrittenPodTemplate,
  WrittenProbe,
  WrittenRestartRule,
  WrittenToleration,
  WrittenVolume,
} from "./written.ts";

/** Admission's tolerations are added here, once per template instead of once per Pod. */
export function readPodTemplate(template: WrittenPodTemplate, defaults: AdmissionDefaults): PodTemplate {
  return {
    labels: { ...template.metadata?.labels },
    annotations: { ...template.metadata?.annotations },
    spec: readPodSpec(template.spec ?? {}, template.metadata?.labels ?? {}, defaults),
  };
}

function readPodSpec(spec: WrittenPodSpec, labels: Readonly<Record<string, string>>, defaults: AdmissionDefaults): PodSpec {
  const { terminationGracePeriodSeconds: grace = 30 } = spec;
  return {
    containers: (spec.containers ?? []).map(readContainer),
    initContainers: (spec.initContainers ?? []).map(readContainer),
    restartPolicy: readRestartPolicy(spec.restartPolicy) ?? "Always",
    // A negative one is accepted and counts as 1 (pkg/api/pod/warnings.go).
    terminationGracePeriodSeconds: grace < 0 ? 1 : grace,
    nodeName: spec.nodeName ?? "",
    nodeSelector: { ...spec.nodeSelector },
    tolerations: admittedTolerations((spec.tolerations ?? []).map(readToleration), defaults),
    hostNetwork: spec.hostNetwork ?? false,
    priority: spec.priority ?? systemPriority(spec.priorityClassName),
    ...(spec.priorityClassName === undefined || spec.priorityClassName === "" ? {} : { priorityClassName: spec.priorityClassName }),
    overhead: readResourceList(spec.overhead),
    activeDeadlineSeconds: spec.activeDeadlineSeconds ?? null,
    ...(spec.readinessGates === undefined || spec.readinessGates.length === 0
      ? {}
      : { readinessGates: spec.readinessGates.map(({ conditionType = "" }) => conditionType) }),
    ...readEmptyDirs(spec.volumes ?? []),
    ...readScheduling(spec, labels),
  };
}

function readEmptyDirs(volumes: readonly WrittenVolume[]): Pick<PodSpec, "emptyDirs"> {
  const emptyDirs = volumes.flatMap(({ name = "", emptyDir }): EmptyDir[] => {
    if (emptyDir === undefined || emptyDir === null) return [];
    const limit = emptyDir.sizeLimit === undefined ? null : parseQuantity(String(emptyDir.sizeLimit));
    return [{ name, sizeLimit: limit === null ? null : quantityUnits(limit), isMemory: emptyDir.medium === "Memory" }];
  });
  return emptyDirs.length === 0 ? {} : { emptyDirs };
}

/**
 * The two classes that every cluster has (pkg/apis/scheduling/types.go); others are looked up when all manifests
 * are read (admitted-template.ts).
 */
function systemPriority(className: string | undefined): number {
  if (className === "system-cluster-critical") return 2_000_000_000;
  return className === "system-node-critical" ? 2_000_001_000 : 0;
}

function readRestartPolicy(policy: string | undefined): "Always" | "OnFailure" | "Never" | null {
  return policy !== undefined && isRestartPolicy(policy) ? policy : null;
}

function readContainer(container: WrittenContainer): Container {
  const policy = container.imagePullPolicy;
  return {
    name: container.name ?? "",
    image: container.image ?? "",
    command: [...(container.command ?? [])],
    args: [...(container.args ?? [])],
    workingDir: container.workingDir ?? "",
    env: (container.env ?? []).map(readEnvVar),
    ports: (container.ports ?? []).map(readPort),
    resources: readResources(container.resources),
    imagePullPolicy: policy === "Always" || policy === "Never" ? policy : "IfNotPresent",
    livenessProbe: readProbe(container.livenessProbe),
    readinessProbe: readProbe(container.readinessProbe),
    startupProbe: readProbe(container.startupProbe),
    postStart: readHook(container.lifecycle?.postStart),
    preStop: readHook(container.lifecycle?.preStop),
    restartPolicy: readRestartPolicy(container.restartPolicy),
    ...(container.restartPolicyRules === undefined ? {} : { restartPolicyRules: container.restartPolicyRules.map(readRestartRule) }),
  };
}

function readRestartRule({ action, exitCodes = {} }: WrittenRestartRule): RestartPolicyRule {
  return {
    action: action === "RestartAllContainers" ? action : "Restart",
    operator: exitCodes.operator === "NotIn" ? "NotIn" : "In",
    values: [...(exitCodes.values ?? [])],
  };
}

function readEnvVar({ name = "", value, valueFrom }: WrittenEnvVar): EnvVar {
  return { name, value: valueFrom === undefined ? (value ?? "") : null, fieldPath: valueFrom?.fieldRef?.fieldPath ?? null };
}

function readPort({ name, containerPort, protocol, hostPort }: WrittenContainerPort): ContainerPort {
  return {
    name: name ?? "",
    containerPort: containerPort ?? 0,
    protocol: readProtocol(protocol),
    hostPort: hostPort === undefined || hostPort === 0 ? null : hostPort,
  };
}

export function readProtocol(protocol: string | undefined): "TCP" | "UDP" | "SCTP" {
  return protocol === "UDP" || protocol === "SCTP" ? protocol : "TCP";
}

function readProbe(probe: WrittenProbe | undefined): Probe | null {
  if (probe === undefined) return null;
  return {
    handler: readProbeHandler(probe),
    initialDelaySeconds: probe.initialDelaySeconds ?? 0,
    timeoutSeconds: probe.timeoutSeconds ?? 1,
    periodSeconds: probe.periodSeconds ?? 10,
    successThreshold: probe.successThreshold ?? 1,
    failureThreshold: probe.failureThreshold ?? 3,
    terminationGracePeriodSeconds: probe.terminationGracePeriodSeconds ?? null,
  };
}

function readProbeHandler(probe: WrittenProbe): ProbeHandler {
  if (probe.httpGet !== undefined) return readHttpGet(probe.httpGet);
  if (probe.tcpSocket !== undefined) return { type: "tcpSocket", port: probe.tcpSocket.port ?? 0, host: probe.tcpSocket.host ?? "" };
  if (probe.grpc !== undefined) return { type: "grpc", port: probe.grpc.port ?? 0, service: probe.grpc.service ?? "" };
  return { type: "exec", command: [...(probe.exec?.command ?? [])] };
}

function readHook(hook: WrittenHook | undefined): LifecycleHandler | null {
  if (hook === undefined) return null;
  if (hook.httpGet !== undefined) return readHttpGet(hook.httpGet);
  if (hook.tcpSocket !== undefined) return { type: "tcpSocket", port: hook.tcpSocket.port ?? 0, host: hook.tcpSocket.host ?? "" };
  if (hook.sleep !== undefined) return { type: "sleep", seconds: hook.sleep.seconds ?? 0 };
  return { type: "exec", command: [...(hook.exec?.command ?? [])] };
}

function readHttpGet(httpGet: WrittenHttpGet): {
  type: "httpGet";
  path: string;
  port: number | string;
  host: string;
  scheme: "HTTP" | "HTTPS";
  httpHeaders: HttpHeader[];
} {
  return {
    type: "httpGet",
    path: httpGet.path ?? "/",
    port: httpGet.port ?? 0,
    host: httpGet.host ?? "",
    scheme: httpGet.scheme === "HTTPS" ? "HTTPS" : "HTTP",
    httpHeaders: (httpGet.httpHeaders ?? []).map(({ name = "", value = "" }) => ({ name, value })),
  };
}

function readToleration({ key = "", operator, value = "", effect, tolerationSeconds }: WrittenToleration): Toleration {
  return {
    key,
    operator: operator === "Exists" ? "Exists" : "Equal",
    value,
    effect: effect === "NoSchedule" || effect === "PreferNoSchedule" || effect === "NoExecute" ? effect : "",
    tolerationSeconds: tolerationSeconds ?? null,
  };
}
