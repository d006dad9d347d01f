/**
 * Fields of manifests that are accepted and read, and then not carried out: always, or in virtual runs, where
 * no process of the manifest runs. (Fields that nothing reads are marked in the kinds' schemas.)
 */
import { scriptAnnotationPrefix } from "../engine/application/container-script.ts";
import {
  isWorkload,
  podSpecPathOf,
  podTemplateOf,
  type Kind,
  type KubernetesObject,
  type WrittenObjects,
} from "../engine/kubernetes/objects/index.ts";
import { isHintAnnotation } from "../engine/kubernetes/objects/traffic-hints.ts";
import type { WrittenCronJob } from "../engine/kubernetes/objects/written-workloads.ts";
import type { Container, PodSpec } from "../engine/kubernetes/objects/pod.ts";
import type { Service } from "../engine/kubernetes/objects/service.ts";
import type {
  WrittenContainer,
  WrittenDeployment,
  WrittenHook,
  WrittenPod,
  WrittenPodSpec,
  WrittenProbe,
  WrittenService,
} from "../engine/kubernetes/objects/written.ts";

/** Paths without indexes; one occurrence each time. */
export interface WithoutEffect {
  readonly always: readonly string[];
  /** Live runs carry them out. */
  readonly virtual: readonly string[];
}

/** `written` is what was given, before defaulting. */
export function valuesWithoutEffect(object: KubernetesObject, written: WrittenObjects[Kind]): WithoutEffect {
  const { annotations, labels } = object.metadata;
  const isRead = (key: string): boolean => key.startsWith(scriptAnnotationPrefix) || (object.kind === "Service" && isHintAnnotation(key));
  const always = Object.keys(annotations).every(isRead) ? [] : ["metadata.annotations"];
  // Selectors look at the labels of Pods alone.
  if (object.kind !== "Pod" && Object.keys(labels).length > 0) always.push("metadata.labels");
  switch (object.kind) {
    case "Service":
      return { always: [...always, ...serviceValues(object, written as WrittenService)], virtual: [] };
    case "Pod":
      return podValues((written as WrittenPod).spec ?? {}, podSpecPathOf(object.kind), always);
    case "CronJob":
      return podValues((written as WrittenCronJob).spec?.jobTemplate?.spec?.template?.spec ?? {}, podSpecPathOf(object.kind), always);
    case "ReplicaSet":
    case "Deployment":
    case "ReplicationController":
    case "StatefulSet":
    case "DaemonSet":
    case "Job":
      return podValues((written as WrittenDeployment).spec?.template?.spec ?? {}, podSpecPathOf(object.kind), always);
    default:
      return { always, virtual: [] };
  }
}

function serviceValues({ spec }: Service, { spec: written = {} }: WrittenService): readonly string[] {
  return [
    ...(written.clusterIP === undefined || written.clusterIP === "None" ? [] : ["spec.clusterIP"]),
    ...(written.externalName === undefined ? [] : ["spec.externalName"]),
    ...spec.ports.filter(({ protocol }) => protocol !== "TCP").map(() => "spec.ports.protocol"),
  ];
}

function podValues(spec: WrittenPodSpec, path: string, ofObject: readonly string[]): WithoutEffect {
  const always = [...ofObject, ...(spec.hostNetwork === true ? [`${path}.hostNetwork`] : [])];
  const virtual: string[] = [];
  for (const list of ["initContainers", "containers"] as const) {
    for (const container of spec[list] ?? []) {
      always.push(...containerValues(container).map((field) => `${path}.${list}.${field}`));
      virtual.push(...processValues(container).map((field) => `${path}.${list}.${field}`));
    }
  }
  return { always, virtual };
}

function containerValues({ ports = [] }: WrittenContainer): readonly string[] {
  return ports.filter(({ protocol = "" }) => protocol !== "" && protocol !== "TCP").map(() => "ports.protocol");
}

/** What only a real process would notice: how it is started, and what its probes and hooks say to it. */
function processValues(container: WrittenContainer): readonly string[] {
  const given = (["command", "args", "workingDir", "env"] as const).filter((field) => {
    const value = container[field];
    return value !== undefined && value.length > 0;
  });
  const probes = (["livenessProbe", "readinessProbe", "startupProbe"] as const).flatMap((role) =>
    probeValues(container[role] ?? {}).map((field) => `${role}.${field}`),
  );
  const hooks = (["postStart", "preStop"] as const).flatMap((hook) =>
    handlerValues(container.lifecycle?.[hook] ?? {}).map((field) => `lifecycle.${hook}.${field}`),
  );
  return [...given, ...probes, ...hooks];
}

function probeValues(probe: WrittenProbe): readonly string[] {
  return [
    ...handlerValues(probe),
    ...(probe.exec?.command === undefined ? [] : ["exec.command"]),
    ...(probe.grpc?.service === undefined ? [] : ["grpc.service"]),
  ];
}

/** A hook's exec command is looked at (for its sleep), a probe's isn't. */
function handlerValues({ httpGet = {}, tcpSocket = {} }: WrittenProbe | WrittenHook): readonly string[] {
  return [
    ...(["path", "host", "scheme", "httpHeaders"] as const)
      .filter((field) => httpGet[field] !== undefined)
      .map((field) => `httpGet.${field}`),
    ...(tcpSocket.host === undefined ? [] : ["tcpSocket.host"]),
  ];
}

/** Ports and their names to which nothing refers: no Service, no probe, no hook; for those of Services, no load. */
export function portsWithoutEffect(objects: readonly KubernetesObject[], loadPorts: ReadonlySet<number | string>): WithoutEffect {
  const targets = new Set(objects.flatMap((object) => (object.kind === "Service" ? object.spec.ports.map((port) => port.targetPort) : [])));
  const always: string[] = [];
  const virtual: string[] = [];
  for (const object of objects) {
    if (object.kind === "Service") {
      for (const { name } of object.spec.ports) if (name !== "" && !loadPorts.has(name)) always.push("spec.ports.name");
    } else if (isWorkload(object)) virtual.push(...containerPorts(podTemplateOf(object).spec, podSpecPathOf(object.kind), targets));
  }
  return { always, virtual };
}

function containerPorts(spec: PodSpec, path: string, targets: ReadonlySet<number | string>): readonly string[] {
  return (["initContainers", "containers"] as const).flatMap((list) =>
    spec[list].flatMap((container) => {
      const named = new Set([...targets, ...handlerPorts(container)]);
      return container.ports.flatMap(({ name, containerPort }) => {
        if (named.has(name)) return [];
        if (!named.has(containerPort)) return [`${path}.${list}.ports`];
        return name === "" ? [] : [`${path}.${list}.ports.name`];
      });
    }),
  );
}

function handlerPorts({ livenessProbe, readinessProbe, startupProbe, postStart, preStop }: Container): readonly (number | string)[] {
  const handlers = [livenessProbe?.handler, readinessProbe?.handler, startupProbe?.handler, postStart, preStop];
  return handlers.flatMap((handler) => (handler !== undefined && handler !== null && "port" in handler ? [handler.port] : []));
}
