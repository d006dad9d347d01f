/** Event objects about single containers (kuberuntime_container.go, kuberuntime_manager.go): upstream's texts, as each release words them. */
import type { VirtualTime } from "../../kernel/time.ts";
import type { LifecycleHandler } from "../objects/pod.ts";
import type { NodeContext } from "./node-context.ts";
import { containerAt } from "./pod-plan.ts";

/** Created and started: the model does both in one step. */
export function recordStart(node: NodeContext, now: VirtualTime, row: number, container: number): void {
  if (node.events === null) return;
  const { name } = containerAt(node.table.plan(row), container);
  const isShort = node.version.startEventsWithoutName;
  node.record(now, row, "Normal", "Created", isShort ? "Container created" : `Created container ${name}`, container);
  node.record(now, row, "Normal", "Started", isShort ? "Container started" : `Started container ${name}`, container);
}

/** killContainer; an empty message is the plain one. */
export function recordKill(node: NodeContext, now: VirtualTime, row: number, container: number, message: string): void {
  if (node.events === null) return;
  const { name } = containerAt(node.table.plan(row), container);
  node.record(now, row, "Normal", "Killing", message === "" ? `Stopping container ${name}` : message, container);
}

/** A start that came to nothing: every reason is told this way. */
export function recordFailure(node: NodeContext, now: VirtualTime, row: number, container: number, error: string): void {
  node.record(now, row, "Warning", "Failed", `Error: ${error}`, container);
}

export function recordBackOff(node: NodeContext, now: VirtualTime, row: number, container: number): void {
  if (node.events === null) return;
  const { name } = containerAt(node.table.plan(row), container);
  const message = node.version.backOffEventsWithName
    ? `Back-off restarting failed container ${name} in pod ${podText(node, row)}`
    : "Back-off restarting failed container";
  node.record(now, row, "Warning", "BackOff", message, container);
}

/** `error` is the runtime's text: `command 'poststart' exited with 1: `. */
export function recordHookFailure(
  node: NodeContext,
  now: VirtualTime,
  row: number,
  container: number,
  hook: "postStart" | "preStop",
  error: string,
): void {
  if (node.events === null) return;
  const { name, postStart, preStop } = containerAt(node.table.plan(row), container);
  const [reason, short] =
    hook === "postStart" ? ["FailedPostStartHook", "PostStartHook failed"] : ["FailedPreStopHook", "PreStopHook failed"];
  const handler = hook === "postStart" ? postStart : preStop;
  const isFull = node.version.hookErrorsInFull && handler !== null;
  const message = isFull ? hookFailure(handler, name, podText(node, row), error) : short;
  node.record(now, row, "Warning", reason!, message!, container);
}

/** `host`: with its port. */
export function recordHttpFallback(node: NodeContext, now: VirtualTime, row: number, host: string): void {
  const message = `request to HTTPS lifecycle hook ${host} got HTTP response, retry with HTTP succeeded`;
  node.record(now, row, "Warning", "LifecycleHTTPFallback", message);
}

/** `pod` is the Pod's name as format.Pod writes it. */
export function hookFailure(handler: LifecycleHandler, container: string, pod: string, error: string): string {
  return `${hookText(handler)} for Container "${container}" in Pod "${pod}" failed - error: ${error}, message: ""`;
}

/** pkg/kubelet/lifecycle/handlers.go */
function hookText(handler: LifecycleHandler): string {
  switch (handler.type) {
    case "exec":
      return `Exec lifecycle hook ([${handler.command.join(" ")}])`;
    case "httpGet":
      return `Http lifecycle hook (${handler.path})`;
    case "sleep":
      return "Sleep lifecycle hook";
    case "tcpSocket":
      return "TCP lifecycle hook";
  }
}

/** pkg/kubelet/util/format `Pod`. */
function podText(node: NodeContext, row: number): string {
  const record = node.table.records[row]!;
  const { events } = node;
  return events === null ? "" : `${events.podName(record)}_${events.podNamespace(record)}(${events.podUid(record)})`;
}
