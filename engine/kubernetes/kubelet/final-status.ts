/**
 * Statuses that nothing changes any more: of Pods that the kubelet refused, of Pods that it ended before 1.22, and
 * what the status manager makes of a Pod whose worker has finished (status_manager.go TerminatePod). Pure.
 */
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { PodCondition, PodPhase, pendingPodStatus, type ContainerState, type ContainerStatus, type PodStatus } from "../objects/pod.ts";
import type { PodVerdict } from "./pod-detail.ts";
import { isTerminalPhase } from "./pod-status.ts";

/** Phase, reason and message alone: no conditions, no addresses, no containers (kubelet.go rejectPod). */
export function bareStatus(now: VirtualTime, old: PodStatus, { reason, message }: PodVerdict): PodStatus {
  const startTime = old.startTime !== -1 ? old.startTime : wholeSeconds(now);
  return Object.freeze({ ...pendingPodStatus, phase: PodPhase.Failed, reason, message, readySince: old.readySince, startTime });
}

/** What a deadline leaves of a status before 1.22: all conditions are gone, containers stay as they were shown. */
export function withoutConditions(old: PodStatus, { reason, message }: PodVerdict): PodStatus {
  if (isTerminalPhase(old.phase)) return old;
  const plain = (list: readonly ContainerStatus[]): readonly ContainerStatus[] =>
    Object.freeze(list.map((entry) => Object.freeze({ ...entry, ready: false, started: false })));
  return Object.freeze({
    ...old,
    phase: PodPhase.Failed,
    reason,
    message,
    conditions: 0,
    containers: plain(old.containers),
    initContainers: plain(old.initContainers),
  });
}

/** 1.20: containers still shown as Running count as ended in a way that nobody knows. */
export function abandonedStatus(status: PodStatus): PodStatus {
  const isRunning = ({ state }: ContainerStatus): boolean => state.type === "running";
  return withEnds(status, endedWhere(status.initContainers, isRunning), endedWhere(status.containers, isRunning));
}

/**
 * Since 1.22, when the worker has finished: whatever isn't shown as ended, ended in a way that nobody knows. Of a
 * Pod that never got through its init containers, only those count that have begun, and the first one.
 * `isFailed`: a Pod that has no terminal phase yet is Failed (1.27).
 */
export function finalStatus(status: PodStatus, lastInitIsSidecar: boolean, isFailed: boolean): PodStatus {
  const hasNotEnded = ({ state }: ContainerStatus): boolean => state.type !== "terminated";
  const containers = isInitialized(status, lastInitIsSidecar) ? endedWhere(status.containers, hasNotEnded) : status.containers;
  const lastBegun = status.initContainers.findLastIndex((entry) => entry.state.type !== "waiting" || entry.lastState !== null);
  const initContainers = endedWhere(status.initContainers, (entry, index) => index <= Math.max(0, lastBegun) && hasNotEnded(entry));
  const ended = withEnds(status, initContainers, containers);
  if (!isFailed || isTerminalPhase(ended.phase)) return ended;
  // mergePodStatus rewrites conditions that are True; the others stay as they were worked out.
  const isReady = (ended.conditions & (PodCondition.Ready | PodCondition.ContainersReady)) !== 0;
  const conditionPhase = isReady ? PodPhase.Failed : (ended.conditionPhase ?? ended.phase);
  return Object.freeze({ ...ended, phase: PodPhase.Failed, conditionPhase });
}

/** status_manager.go hasPodInitialized */
function isInitialized({ initContainers, containers }: PodStatus, lastInitIsSidecar: boolean): boolean {
  const last = initContainers.at(-1);
  if (last === undefined || containers.some(({ state, lastState }) => lastState !== null || state.type !== "waiting")) return true;
  if (lastInitIsSidecar) return last.state.type === "running" && last.started;
  return [last.state, last.lastState].some((state) => state?.type === "terminated" && state.exitCode === 0);
}

function withEnds(status: PodStatus, initContainers: readonly ContainerStatus[], containers: readonly ContainerStatus[]): PodStatus {
  const isSame = containers === status.containers && initContainers === status.initContainers;
  return isSame ? status : Object.freeze({ ...status, containers, initContainers });
}

const unknownEnd: ContainerState = Object.freeze({
  type: "terminated",
  reason: "ContainerStatusUnknown",
  exitCode: 137,
  startedAt: -1,
  finishedAt: -1,
});

/** The same list where nothing changes. */
function endedWhere(
  list: readonly ContainerStatus[],
  isMeant: (entry: ContainerStatus, index: number) => boolean,
): readonly ContainerStatus[] {
  if (!list.some(isMeant)) return list;
  return Object.freeze(list.map((entry, index) => (isMeant(entry, index) ? Object.freeze({ ...entry, state: unknownEnd }) : entry)));
}
