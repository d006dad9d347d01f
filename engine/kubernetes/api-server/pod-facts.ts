/** Questions about one Pod record that the API server and its clients share (pure). */
import { areSameTimes } from "../objects/condition-times.ts";
import { PodCondition, PodPhase, type ContainerStatus, type PodStatus } from "../objects/pod.ts";
import type { PodRecord } from "./pod-record.ts";

export function isTerminal(pod: PodRecord): boolean {
  return pod.status.phase === PodPhase.Succeeded || pod.status.phase === PodPhase.Failed;
}

export function isDeleting(pod: PodRecord): boolean {
  return pod.deletionTimestamp >= 0;
}

/** Counts for its controller: not ended and not being deleted. */
export function isActive(pod: PodRecord): boolean {
  return !isTerminal(pod) && !isDeleting(pod);
}

export function isReady(pod: PodRecord): boolean {
  return (pod.status.conditions & PodCondition.Ready) !== 0;
}

/**
 * When a Ready Pod becomes available, in whole seconds; Infinity: not by itself.
 * Source: pkg/api/v1/pod/util.go IsPodAvailable.
 */
export function availableFrom(pod: PodRecord, minReadySeconds: number): number {
  if (!isReady(pod)) return Infinity;
  if (minReadySeconds === 0) return 0;
  return pod.status.readySince === -1 ? Infinity : pod.status.readySince + minReadySeconds;
}

/** States of the gauge `pods`; a Pod that ended is in none. */
export const podStates: readonly string[] = ["pending", "running", "ready", "terminating", "crash-looping"];
const NO_STATE = -1;

export function podStateOf(pod: PodRecord): number {
  if (isTerminal(pod)) return NO_STATE;
  if (isDeleting(pod)) return 3;
  if (pod.status.containers.some(isCrashLooping) || pod.status.initContainers.some(isCrashLooping)) return 4;
  if (isReady(pod)) return 2;
  return pod.status.phase === PodPhase.Running ? 1 : 0;
}

function isCrashLooping(container: ContainerStatus): boolean {
  return container.state.type === "waiting" && container.state.reason === "CrashLoopBackOff";
}

/** Equal in all that the API would store: such a write changes nothing. */
export function isSameStatus(a: PodStatus, b: PodStatus): boolean {
  return (
    a === b ||
    (a.phase === b.phase &&
      a.reason === b.reason &&
      a.message === b.message &&
      a.conditions === b.conditions &&
      a.conditionPhase === b.conditionPhase &&
      a.readySince === b.readySince &&
      a.startTime === b.startTime &&
      a.hasPodIp === b.hasPodIp &&
      areSameContainers(a.containers, b.containers) &&
      areSameContainers(a.initContainers, b.initContainers) &&
      areSameContainers(a.ephemeralContainers ?? none, b.ephemeralContainers ?? none) &&
      areSameTimes(a.conditionTimes, b.conditionTimes) &&
      isSameDisruption(a.disruption, b.disruption) &&
      isSameObstacle(a.unscheduled, b.unscheduled))
  );
}

const none: readonly ContainerStatus[] = [];

function isSameDisruption(a: PodStatus["disruption"], b: PodStatus["disruption"]): boolean {
  return a === b || (a?.reason === b?.reason && a?.message === b?.message && a?.since === b?.since);
}

function isSameObstacle(a: PodStatus["unscheduled"], b: PodStatus["unscheduled"]): boolean {
  return a === b || (a?.reason === b?.reason && a?.message === b?.message && a?.nominatedNode === b?.nominatedNode);
}

function areSameContainers(a: readonly ContainerStatus[], b: readonly ContainerStatus[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  return a.every((container, index) => {
    const other = b[index];
    return (
      other !== undefined &&
      (container === other ||
        (container.restartCount === other.restartCount &&
          container.ready === other.ready &&
          container.started === other.started &&
          container.image === other.image &&
          isSameState(container.state, other.state) &&
          isSameState(container.lastState, other.lastState)))
    );
  });
}

function isSameState(a: ContainerStatus["state"] | null, b: ContainerStatus["state"] | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || a.type !== b.type) return false;
  if (a.type === "waiting") return b.type === "waiting" && a.reason === b.reason && a.message === b.message;
  if (a.type === "running") return b.type === "running" && a.startedAt === b.startedAt;
  return (
    b.type === "terminated" &&
    a.reason === b.reason &&
    a.exitCode === b.exitCode &&
    a.startedAt === b.startedAt &&
    a.finishedAt === b.finishedAt
  );
}
