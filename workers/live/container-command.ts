/**
 * What a container of a manifest means as a process on this machine: command, arguments, environment and
 * working directory, with `$(VAR)` expanded as the kubelet does it (pkg/kubelet/container/helpers.go,
 * third_party/forked/golang/expansion) and the downward API filled in.
 */
import { isAbsolute, join } from "node:path";
import type { Container, PodTemplate } from "../../engine/kubernetes/objects/pod.ts";
import type { PodAddress } from "./addresses.ts";

export interface LivePod {
  readonly id: number;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
  readonly template: PodTemplate;
  readonly address: PodAddress;
}

export interface ProcessCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** The container's own process; null when the manifest leaves its command to the image. */
export function containerCommand(pod: LivePod, container: Container, directory: string): ProcessCommand | null {
  return argumentsCommand(pod, container, [...container.command, ...container.args], container.command.length > 0, directory);
}

/** Another process in the same container (exec probes and hooks; the kubelet expands `$(VAR)` there too). */
export function execCommand(pod: LivePod, container: Container, command: readonly string[], directory: string): ProcessCommand | null {
  return argumentsCommand(pod, container, command, command.length > 0, directory);
}

function argumentsCommand(
  pod: LivePod,
  container: Container,
  words: readonly string[],
  hasCommand: boolean,
  directory: string,
): ProcessCommand | null {
  if (!hasCommand) return null;
  const environment = containerEnvironment(pod, container);
  const [file = "", ...rest] = words.map((word) => expanded(word, environment));
  return { file, arguments: rest, environment, directory: workingDirectory(container.workingDir, directory) };
}

/** Relative paths start at the scenario's folder: that is where a manifest's files lie. */
function workingDirectory(workingDir: string, directory: string): string {
  if (workingDir === "") return directory;
  return isAbsolute(workingDir) ? workingDir : join(directory, workingDir);
}

/** What every process gets, then the container's own variables in order; each may use those before it. */
export function containerEnvironment(pod: LivePod, container: Container): Record<string, string> {
  const port = container.ports[0]?.containerPort;
  const environment: Record<string, string> = {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: process.env["HOME"] ?? "/",
    HOSTNAME: pod.name,
    NODE: process.execPath,
    POD_IP: pod.address.ip,
    POD_NAME: pod.name,
    POD_NAMESPACE: pod.namespace,
  };
  if (port !== undefined) environment["POD_PORT"] = environment["podPort"] = String(pod.address.portOf(port));
  for (const variable of container.env) {
    const value = variable.fieldPath === null ? variable.value : fieldValue(pod, variable.fieldPath);
    if (value !== null) environment[variable.name] = variable.fieldPath === null ? expanded(value, environment) : value;
  }
  return environment;
}

/** The downward API; null for a field that a live run doesn't know. */
function fieldValue(pod: LivePod, fieldPath: string): string | null {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath);
  if (keyed !== null) return pod.template[keyed[1] as "labels" | "annotations"][keyed[2] ?? ""] ?? "";
  switch (fieldPath) {
    case "status.podIP":
    case "status.podIPs":
      return pod.address.ip;
    case "status.hostIP":
    case "status.hostIPs":
      return "127.0.0.1";
    case "metadata.name":
      return pod.name;
    case "metadata.namespace":
      return pod.namespace;
    case "metadata.uid":
      return String(pod.id);
    case "spec.nodeName":
      return pod.nodeName;
    default:
      return null;
  }
}

/** `$(VAR)` → its value, `$$` → `$`; a reference to an unknown variable stays as it is. */
export function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, _rest: string, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(environment, name) ? (environment[name] ?? whole) : whole;
  });
}

/** Whether the manifest takes its ports from podstorm: then they are mapped to free ones. */
export function asksForPorts(template: PodTemplate): boolean {
  return [...template.spec.initContainers, ...template.spec.containers].some((container) =>
    [...container.command, ...container.args, ...container.env.map((variable) => variable.value ?? "")].some((text) =>
      /\$\((POD_PORT|podPort)\)/.test(text),
    ),
  );
}

/** Init containers first, then regular ones: the order in which ports.ts counts them. */
export function containerAt(template: PodTemplate, index: number): Container {
  const { initContainers, containers } = template.spec;
  const container = index < initContainers.length ? initContainers[index] : containers[index - initContainers.length];
  if (container === undefined) throw new Error(`podstorm bug: no container ${index}`);
  return container;
}
