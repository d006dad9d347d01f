/** READY, STATUS and RESTARTS of a Pod. Source: pkg/printers/internalversion/printers.go printPod. */
import type { ApiContainerStatus, ApiPod, ApiSnapshot } from "../../engine/kubernetes/views/api-object.ts";
import { parseTimestamp } from "../../engine/values/calendar.ts";
import { ageOf } from "./human-duration.ts";

export interface PodRow {
  /** "1/2" */
  readonly ready: string;
  readonly status: string;
  /** "4 (12s ago)" */
  readonly restarts: string;
}

interface Restarts {
  count: number;
  /** finishedAt of the instance that ended last. */
  last: string | null;
}

export function podRow({ metadata, spec, status }: ApiPod, at: number, printing: ApiSnapshot["printing"]): PodRow {
  const sidecars = new Set((spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always").map(({ name }) => name));
  const isTrue = (type: string): boolean => (status.conditions ?? []).some((one) => one.type === type && one.status === "True");
  const gated = status.conditions?.find((one) => one.type === "PodScheduled" && one.reason === "SchedulingGated");
  let reason = gated?.reason ?? status.reason ?? status.phase;
  let readyCount = 0;
  const restarts: Restarts = { count: 0, last: null };
  const ofSidecars: Restarts = { count: 0, last: null };
  let initializing = false;
  const initStatuses = status.initContainerStatuses ?? [];
  for (const [index, container] of initStatuses.entries()) {
    addRestarts(restarts, container);
    const isSidecar = sidecars.has(container.name);
    if (isSidecar) addRestarts(ofSidecars, container);
    const { terminated, waiting } = container.state;
    if (terminated !== undefined && terminated.exitCode === 0) continue;
    if (isSidecar && container.started === true) {
      if (container.ready) readyCount++;
      continue;
    }
    if (terminated !== undefined) reason = `Init:${endOf(terminated)}`;
    else if (waiting?.reason !== undefined && waiting.reason !== "PodInitializing") reason = `Init:${waiting.reason}`;
    else reason = `Init:${index}/${(spec.initContainers ?? []).length}`;
    initializing = true;
    break;
  }
  const shown = !initializing || isTrue("Initialized") ? ofSidecars : restarts;
  if (shown === ofSidecars) {
    let hasRunning = false;
    let failure = "";
    for (const container of (status.containerStatuses ?? []).toReversed()) {
      addRestarts(shown, container);
      const { waiting, terminated, running } = container.state;
      if (waiting?.reason !== undefined) reason = waiting.reason;
      else if (terminated !== undefined) {
        reason = endOf(terminated);
        if (terminated.exitCode !== 0) failure = reason;
      } else if (container.ready && running !== undefined) {
        hasRunning = true;
        readyCount++;
      }
    }
    if (reason === "Completed") {
      if (hasRunning && isTrue("Ready")) reason = "Running";
      else if (failure !== "" && printing.failuresOutrankCompleted) reason = failure;
      else if (hasRunning) reason = "NotReady";
    }
  }
  if (metadata.deletionTimestamp !== undefined) {
    const isTerminal = status.phase === "Succeeded" || status.phase === "Failed";
    if (status.reason === "NodeLost") reason = "Unknown";
    else if (!isTerminal || !printing.endedPodsStayEnded) reason = "Terminating";
  }
  return {
    ready: `${readyCount}/${spec.containers.length + sidecars.size}`,
    status: reason,
    restarts: restartText(shown, at, printing.restartsTellWhen),
  };
}

function restartText({ count, last }: Restarts, at: number, tellsWhen: boolean): string {
  return count === 0 || last === null || !tellsWhen ? String(count) : `${count} (${ageOf(last, at)} ago)`;
}

function addRestarts(restarts: Restarts, { restartCount, lastState }: ApiContainerStatus): void {
  restarts.count += restartCount;
  const finishedAt = lastState.terminated?.finishedAt;
  if (finishedAt === undefined || finishedAt === null) return;
  if (restarts.last === null || parseTimestamp(restarts.last) < parseTimestamp(finishedAt)) restarts.last = finishedAt;
}

function endOf({ reason, signal, exitCode }: { readonly reason?: string; readonly signal?: number; readonly exitCode: number }): string {
  if (reason !== undefined) return reason;
  return signal === undefined || signal === 0 ? `ExitCode:${exitCode}` : `Signal:${signal}`;
}
