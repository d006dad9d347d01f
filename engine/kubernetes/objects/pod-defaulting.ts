/**
 * What the API server fills in where a Pod says nothing (pkg/apis/core/v1/defaults.go). Written form in,
 * written form out. What are times and thresholds comes from the settings of the run.
 */
import { wholeSeconds } from "../../kernel/time.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import type {
  WrittenContainer,
  WrittenContainerPort,
  WrittenHook,
  WrittenHttpGet,
  WrittenPodSpec,
  WrittenPodTemplate,
  WrittenProbe,
} from "./written.ts";

export function defaultPodTemplate(template: WrittenPodTemplate, defaults: AdmissionDefaults): WrittenPodTemplate {
  return template.spec === undefined ? template : { ...template, spec: defaultPodSpec(template.spec, defaults) };
}

export function defaultPodSpec(spec: WrittenPodSpec, defaults: AdmissionDefaults): WrittenPodSpec {
  const isHostNetwork = spec.hostNetwork === true;
  const containers = (list: readonly WrittenContainer[]): readonly WrittenContainer[] =>
    list.map((container) => defaultContainer(container, isHostNetwork, defaults));
  return {
    ...spec,
    ...(spec.containers === undefined ? {} : { containers: containers(spec.containers) }),
    ...(spec.initContainers === undefined ? {} : { initContainers: containers(spec.initContainers) }),
    restartPolicy: orDefault(spec.restartPolicy, "Always"),
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? wholeSeconds(defaults.terminationGracePeriod),
    dnsPolicy: spec.dnsPolicy ?? "ClusterFirst",
    schedulerName: spec.schedulerName ?? "default-scheduler",
    securityContext: spec.securityContext ?? {},
  };
}

function defaultContainer(container: WrittenContainer, isHostNetwork: boolean, defaults: AdmissionDefaults): WrittenContainer {
  return {
    ...container,
    imagePullPolicy: orDefault(container.imagePullPolicy, defaultPullPolicy(container.image ?? "")),
    terminationMessagePath: container.terminationMessagePath ?? "/dev/termination-log",
    terminationMessagePolicy: container.terminationMessagePolicy ?? "File",
    ...(container.ports === undefined ? {} : { ports: container.ports.map((port) => defaultPort(port, isHostNetwork)) }),
    ...probes(container, defaults),
    ...(container.lifecycle === undefined ? {} : { lifecycle: { ...hooks(container.lifecycle) } }),
  };
}

/** `latest`, or neither tag nor digest: Always. A colon before the last slash is a registry's port. */
export function defaultPullPolicy(image: string): "Always" | "IfNotPresent" {
  if (image.includes("@")) return "IfNotPresent";
  const name = image.slice(image.lastIndexOf("/") + 1);
  const colon = name.indexOf(":");
  const tag = colon === -1 ? "latest" : name.slice(colon + 1);
  return tag === "latest" ? "Always" : "IfNotPresent";
}

function defaultPort(port: WrittenContainerPort, isHostNetwork: boolean): WrittenContainerPort {
  const hostPort = port.hostPort ?? (isHostNetwork ? port.containerPort : undefined);
  return { ...port, protocol: orDefault(port.protocol, "TCP"), ...(hostPort === undefined ? {} : { hostPort }) };
}

function probes(container: WrittenContainer, defaults: AdmissionDefaults): WrittenContainer {
  return {
    ...(container.livenessProbe === undefined ? {} : { livenessProbe: defaultProbe(container.livenessProbe, defaults, 1) }),
    ...(container.readinessProbe === undefined
      ? {}
      : { readinessProbe: defaultProbe(container.readinessProbe, defaults, defaults.probeSuccess) }),
    ...(container.startupProbe === undefined ? {} : { startupProbe: defaultProbe(container.startupProbe, defaults, 1) }),
  };
}

/** Zero means "use the default", as for every plain integer of the API. */
function defaultProbe(probe: WrittenProbe, defaults: AdmissionDefaults, successThreshold: number): WrittenProbe {
  const delay = orDefault(probe.initialDelaySeconds, wholeSeconds(defaults.probeInitialDelay));
  return {
    ...probe,
    ...(probe.httpGet === undefined ? {} : { httpGet: defaultHttpGet(probe.httpGet) }),
    ...(probe.grpc === undefined ? {} : { grpc: { ...probe.grpc, service: probe.grpc.service ?? "" } }),
    ...(delay === 0 ? {} : { initialDelaySeconds: delay }),
    timeoutSeconds: orDefault(probe.timeoutSeconds, wholeSeconds(defaults.probeTimeout)),
    periodSeconds: orDefault(probe.periodSeconds, wholeSeconds(defaults.probePeriod)),
    successThreshold: orDefault(probe.successThreshold, successThreshold),
    failureThreshold: orDefault(probe.failureThreshold, defaults.probeFailure),
  };
}

function hooks(lifecycle: { readonly postStart?: WrittenHook | undefined; readonly preStop?: WrittenHook | undefined }): typeof lifecycle {
  return {
    ...(lifecycle.postStart === undefined ? {} : { postStart: defaultHook(lifecycle.postStart) }),
    ...(lifecycle.preStop === undefined ? {} : { preStop: defaultHook(lifecycle.preStop) }),
  };
}

function defaultHook(hook: WrittenHook): WrittenHook {
  return hook.httpGet === undefined ? hook : { ...hook, httpGet: defaultHttpGet(hook.httpGet) };
}

function defaultHttpGet(httpGet: WrittenHttpGet): WrittenHttpGet {
  return { ...httpGet, path: orDefault(httpGet.path, "/"), scheme: orDefault(httpGet.scheme, "HTTP") };
}

/** Absent and the zero value are the same thing in Go's plain fields. */
function orDefault<Value extends string | number>(value: Value | undefined, fallback: Value): Value {
  return value === undefined || value === "" || value === 0 ? fallback : value;
}
