/** A Pod's spec in the API's shape, defaults included, as the API server stores it. */
import { canonicalQuantity, type Quantity } from "../../values/quantity.ts";
import type { Container, LifecycleHandler, PodSpec, PodTemplate, Probe, ProbeHandler, ResourceList } from "../objects/pod.ts";
import type { AdmissionDefaults } from "../objects/admission-defaults.ts";
import type { Toleration } from "../objects/meta.ts";
import { admittedTolerations } from "../objects/toleration.ts";
import type { ApiContainer, ApiHandler, ApiPodSpec, ApiPodTemplate, ApiProbe, ApiToleration, Labels, Quantities } from "./api-object.ts";
import { unlessEmpty, unlessZero } from "./view-source.ts";

const NANO = 1_000_000_000n;

/** A template doesn't show what admission adds to its Pods (priority, tolerations): the model's templates hold that already. */
export function apiPodTemplate(
  { labels, annotations, spec }: PodTemplate,
  defaults: AdmissionDefaults,
  extra: Labels = {},
): ApiPodTemplate {
  const added = admittedTolerations([], defaults);
  const tolerations = spec.tolerations.filter((own) => !added.some((other) => isSameToleration(own, other)));
  return {
    metadata: { ...unlessEmpty("labels", { ...labels, ...extra }), ...unlessEmpty("annotations", annotations) },
    spec: withoutPriority(apiPodSpec(spec, tolerations, spec.nodeName)),
  };
}

function withoutPriority({ priority: _, ...spec }: ApiPodSpec): ApiPodSpec {
  return spec;
}

function isSameToleration(a: Toleration, b: Toleration): boolean {
  return (
    a.key === b.key &&
    a.operator === b.operator &&
    a.value === b.value &&
    a.effect === b.effect &&
    a.tolerationSeconds === b.tolerationSeconds
  );
}

/** `tolerations` and `nodeName` are those of the Pod, once it has been admitted and bound. */
export function apiPodSpec(spec: PodSpec, tolerations: readonly Toleration[], nodeName: string): ApiPodSpec {
  const { initContainers, containers, restartPolicy, terminationGracePeriodSeconds, activeDeadlineSeconds, priority } = spec;
  return {
    ...(initContainers.length === 0 ? {} : { initContainers: initContainers.map(apiContainer) }),
    containers: containers.map(apiContainer),
    ...(spec.ephemeralContainers === undefined ? {} : { ephemeralContainers: spec.ephemeralContainers.map(apiContainer) }),
    restartPolicy,
    terminationGracePeriodSeconds,
    ...(activeDeadlineSeconds === null ? {} : { activeDeadlineSeconds }),
    ...unlessZero("nodeName", nodeName),
    priority,
    ...unlessZero("hostNetwork", spec.hostNetwork),
    ...unlessEmpty("nodeSelector", spec.nodeSelector),
    ...(tolerations.length === 0 ? {} : { tolerations: tolerations.map(apiToleration) }),
    ...(spec.readinessGates === undefined || spec.readinessGates.length === 0
      ? {}
      : { readinessGates: spec.readinessGates.map((conditionType) => ({ conditionType })) }),
    ...(spec.schedulingGates === undefined ? {} : { schedulingGates: spec.schedulingGates.map((name) => ({ name })) }),
  };
}

function apiToleration({ key, operator, value, effect, tolerationSeconds }: Toleration): ApiToleration {
  return {
    ...unlessZero("key", key),
    operator,
    ...unlessZero("value", value),
    ...unlessZero("effect", effect as string),
    ...(tolerationSeconds === null ? {} : { tolerationSeconds }),
  };
}

function apiContainer(container: Container): ApiContainer {
  const { name, image, imagePullPolicy, command, args, workingDir, env, ports, resources, restartPolicy } = container;
  const { postStart, preStop } = container;
  return {
    name,
    image,
    imagePullPolicy,
    ...(command.length === 0 ? {} : { command }),
    ...(args.length === 0 ? {} : { args }),
    ...unlessZero("workingDir", workingDir),
    ...(env.length === 0 ? {} : { env: env.map(apiVariable) }),
    ...(ports.length === 0 ? {} : { ports: ports.map(apiPort) }),
    resources: {
      ...unlessEmpty("limits", quantitiesOf(resources.limits)),
      ...unlessEmpty("requests", quantitiesOf(resources.requests)),
    },
    ...optionalProbe("livenessProbe", container.livenessProbe),
    ...optionalProbe("readinessProbe", container.readinessProbe),
    ...optionalProbe("startupProbe", container.startupProbe),
    ...(postStart === null && preStop === null
      ? {}
      : {
          lifecycle: {
            ...(postStart === null ? {} : { postStart: apiHandler(postStart) }),
            ...(preStop === null ? {} : { preStop: apiHandler(preStop) }),
          },
        }),
    ...(restartPolicy === null ? {} : { restartPolicy }),
  };
}

function apiVariable({ name, value, fieldPath }: Container["env"][number]): NonNullable<ApiContainer["env"]>[number] {
  if (fieldPath !== null) return { name, valueFrom: { fieldRef: { apiVersion: "v1", fieldPath } } };
  return value === null ? { name } : { name, value };
}

function apiPort({ name, containerPort, protocol, hostPort }: Container["ports"][number]): NonNullable<ApiContainer["ports"]>[number] {
  return { ...unlessZero("name", name), containerPort, protocol, ...(hostPort === null ? {} : { hostPort }) };
}

function optionalProbe<Name extends string>(name: Name, probe: Probe | null): { [N in Name]?: ApiProbe } {
  return (probe === null ? {} : { [name]: apiProbe(probe) }) as { [N in Name]?: ApiProbe };
}

function apiProbe(probe: Probe): ApiProbe {
  const { initialDelaySeconds, timeoutSeconds, periodSeconds, successThreshold, failureThreshold } = probe;
  return {
    ...apiHandler(probe.handler),
    ...unlessZero("initialDelaySeconds", initialDelaySeconds),
    timeoutSeconds,
    periodSeconds,
    successThreshold,
    failureThreshold,
    ...(probe.terminationGracePeriodSeconds === null ? {} : { terminationGracePeriodSeconds: probe.terminationGracePeriodSeconds }),
  };
}

function apiHandler(handler: ProbeHandler | LifecycleHandler): ApiHandler {
  switch (handler.type) {
    case "httpGet": {
      const { path, port, scheme, host, httpHeaders } = handler;
      return { httpGet: { path, port, scheme, ...unlessZero("host", host), ...(httpHeaders.length === 0 ? {} : { httpHeaders }) } };
    }
    case "tcpSocket":
      return { tcpSocket: { port: handler.port, ...unlessZero("host", handler.host) } };
    case "grpc":
      return { grpc: { port: handler.port, service: handler.service } };
    case "exec":
      return { exec: { command: handler.command } };
    case "sleep":
      return { sleep: { seconds: handler.seconds } };
  }
}

/** Millicores and bytes → "250m", "64Mi". */
export function quantitiesOf({
  cpu,
  memory,
  other,
  ...more
}: Omit<ResourceList, "storage"> & { readonly storage?: number | undefined }): Quantities {
  const quantities: Record<string, string> = {};
  if (cpu !== undefined) quantities["cpu"] = quantity(BigInt(cpu) * 1_000_000n, "decimal");
  if (memory !== undefined) quantities["memory"] = bytes(memory);
  if (more.storage !== undefined) quantities["ephemeral-storage"] = bytes(more.storage);
  for (const [name, amount] of Object.entries(other ?? {})) quantities[name] = quantity(BigInt(Math.round(amount)) * NANO, "decimal");
  return quantities;
}

/** As people write memory: in a binary suffix where it is a whole number of KiB, else in a decimal one. */
export function bytes(amount: number): string {
  return quantity(BigInt(Math.round(amount)) * NANO, amount % 1024 === 0 ? "binary" : "decimal");
}

function quantity(nano: bigint, family: Quantity["family"]): string {
  return canonicalQuantity({ nano, family });
}
