/** The part of `describe` that Pods and their templates share. Source: kubectl/pkg/describe/describe.go describeContainers. */
import type {
  ApiContainer,
  ApiContainerState,
  ApiContainerStatus,
  ApiPod,
  ApiPodTemplate,
  ApiProbe,
  ApiToleration,
  Quantities,
} from "../../engine/kubernetes/views/api-object.ts";
import { parseTimestamp, rfc1123 } from "../../engine/values/calendar.ts";
import type { Description } from "./description.ts";

/** `pod` null: a template's containers, indented and without state. */
export function describeContainers(
  out: Description,
  label: string,
  containers: readonly ApiContainer[],
  statuses: readonly ApiContainerStatus[],
  pod: ApiPod | null,
): void {
  const indent = pod === null ? "  " : "";
  out.line(0, `${indent}${label}:${containers.length === 0 ? " <none>" : ""}`);
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name) ?? null;
    out.line(1, `${pod === null ? " " : ""}${container.name}:`);
    describeBasics(out, container, status);
    for (const [title, words] of [
      ["Command", container.command],
      ["Args", container.args],
    ] as const) {
      if (words === undefined) continue;
      out.line(2, `${title}:`);
      for (const line of words.flatMap((word) => word.split("\n"))) out.line(3, line);
    }
    if (status !== null) describeStatus(out, status);
    describeAmounts(out, "Limits", container.resources.limits);
    describeAmounts(out, "Requests", container.resources.requests);
    for (const [title, probe] of [
      ["Liveness", container.livenessProbe],
      ["Readiness", container.readinessProbe],
      ["Startup", container.startupProbe],
    ] as const) {
      if (probe !== undefined) out.line(2, `${title}:\t${probeText(probe)}`);
    }
    describeEnvironment(out, container, pod);
    out.line(2, "Mounts:\t<none>");
  }
}

export function describeTemplate(out: Description, { metadata, spec }: ApiPodTemplate): void {
  out.line(0, "Pod Template:").labels("Labels", metadata.labels, "  ");
  if (metadata.annotations !== undefined) out.labels("Annotations", metadata.annotations, "  ", ": ");
  if (spec.initContainers !== undefined) describeContainers(out, "Init Containers", spec.initContainers, [], null);
  describeContainers(out, "Containers", spec.containers, [], null);
  out.line(0, "  Volumes:\t<none>").labels("Node-Selectors", spec.nodeSelector, "  ");
  out.list("Tolerations", tolerationTexts(spec.tolerations), "  ");
}

function describeBasics(out: Description, container: ApiContainer, status: ApiContainerStatus | null): void {
  if (status !== null) out.line(2, `Container ID:\t${status.containerID ?? ""}`);
  out.line(2, `Image:\t${container.image}`);
  if (status !== null) out.line(2, `Image ID:\t${status.imageID}`);
  const ports = container.ports ?? [];
  const many = ports.length > 1 ? "s" : "";
  out.line(2, `Port${many}:\t${orNone(ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`))}`);
  out.line(2, `Host Port${many}:\t${orNone(ports.map(({ hostPort, protocol }) => `${hostPort ?? 0}/${protocol}`))}`);
}

function orNone(texts: readonly string[]): string {
  return texts.length === 0 ? "<none>" : texts.join(", ");
}

function describeStatus(out: Description, { state, lastState, ready, restartCount }: ApiContainerStatus): void {
  describeState(out, "State", state);
  if (lastState.terminated !== undefined) describeState(out, "Last State", lastState);
  out.line(2, `Ready:\t${ready ? "True" : "False"}`).line(2, `Restart Count:\t${restartCount}`);
}

function describeState(out: Description, title: string, { waiting, running, terminated }: ApiContainerState): void {
  if (running !== undefined) {
    out.line(2, `${title}:\tRunning`).line(3, `Started:\t${dateOf(running.startedAt)}`);
  } else if (terminated !== undefined) {
    out.line(2, `${title}:\tTerminated`);
    if (terminated.reason !== undefined) out.line(3, `Reason:\t${terminated.reason}`);
    if (terminated.message !== undefined) out.line(3, `Message:\t${terminated.message}`);
    out.line(3, `Exit Code:\t${terminated.exitCode}`);
    if (terminated.signal !== undefined && terminated.signal > 0) out.line(3, `Signal:\t${terminated.signal}`);
    out.line(3, `Started:\t${dateOf(terminated.startedAt)}`).line(3, `Finished:\t${dateOf(terminated.finishedAt)}`);
  } else {
    out.line(2, `${title}:\tWaiting`);
    if (waiting?.reason !== undefined) out.line(3, `Reason:\t${waiting.reason}`);
  }
}

/** Null: Go's zero time. */
export function dateOf(timestamp: string | null): string {
  return timestamp === null ? "Mon, 01 Jan 0001 00:00:00 +0000" : rfc1123(parseTimestamp(timestamp));
}

function describeAmounts(out: Description, title: string, amounts: Quantities | undefined): void {
  if (amounts === undefined) return;
  out.line(2, `${title}:`);
  for (const [name, amount] of Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1))) out.line(3, `${name}:\t${amount}`);
}

/** `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`. Source: DescribeProbe. */
export function probeText(probe: ApiProbe): string {
  const { initialDelaySeconds = 0, timeoutSeconds, periodSeconds, successThreshold, failureThreshold } = probe;
  const figures = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  if (probe.exec !== undefined) return `exec [${probe.exec.command.join(" ")}] ${figures}`;
  if (probe.httpGet !== undefined) {
    const { scheme, host = "", port, path } = probe.httpGet;
    const place = host.includes(":") ? `[${host}]` : host;
    return `http-get ${scheme.toLowerCase()}://${place}:${port}${urlPath(path)} ${figures}`;
  }
  if (probe.tcpSocket !== undefined) return `tcp-socket ${probe.tcpSocket.host ?? ""}:${probe.tcpSocket.port} ${figures}`;
  if (probe.grpc !== undefined) return `grpc <pod>:${probe.grpc.port} ${probe.grpc.service} ${figures}`;
  return `unknown ${figures}`;
}

/** Go's url.URL writes a path so: no host means a slash is put before. */
function urlPath(path: string): string {
  const escaped = path.replaceAll("%", "%25").replaceAll("?", "%3F").replaceAll("#", "%23").replaceAll(" ", "%20");
  return escaped === "" || escaped.startsWith("/") ? escaped : `/${escaped}`;
}

function describeEnvironment(out: Description, { env }: ApiContainer, pod: ApiPod | null): void {
  out.line(2, `Environment:${env === undefined ? "\t<none>" : ""}`);
  for (const { name, value, valueFrom } of env ?? []) {
    if (valueFrom !== undefined) {
      const { apiVersion, fieldPath } = valueFrom.fieldRef;
      out.line(3, `${name}:\t${pod === null ? "" : fieldOf(pod, fieldPath)} (${apiVersion}:${fieldPath})`);
    } else (value ?? "").split("\n").forEach((line, index) => out.line(3, `${index === 0 ? `${name}:` : ""}\t${line}`));
  }
}

function fieldOf({ metadata, spec, status }: ApiPod, path: string): string {
  const fields: Readonly<Record<string, string | undefined>> = {
    "metadata.name": metadata.name,
    "metadata.namespace": metadata.namespace,
    "metadata.uid": metadata.uid,
    "spec.nodeName": spec.nodeName,
    "status.hostIP": status.hostIP,
    "status.podIP": status.podIP,
  };
  return fields[path] ?? "";
}

/** Source: printPodTolerationsMultiline. */
export function tolerationTexts(tolerations: readonly ApiToleration[] | undefined): string[] {
  return [...(tolerations ?? [])]
    .sort((a, b) => ((a.key ?? "") < (b.key ?? "") ? -1 : (a.key ?? "") > (b.key ?? "") ? 1 : 0))
    .map(({ key = "", operator, value = "", effect = "", tolerationSeconds }) => {
      const taint = `${key}${value === "" ? "" : `=${value}`}${effect === "" ? "" : `:${effect}`}`;
      const exists = operator === "Exists" && value === "" ? `${taint === "" ? "" : " "}op=Exists` : "";
      return `${taint}${exists}${tolerationSeconds === undefined ? "" : ` for ${tolerationSeconds}s`}`;
    });
}
