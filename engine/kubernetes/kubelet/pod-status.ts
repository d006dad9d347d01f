/**
 * The status of a Pod from what the kubelet knows of its containers: phase (kubelet_pods.go `getPhase`),
 * conditions (status/generate.go) and the state of each container (kubelet_pods.go
 * `convertToAPIContainerStatuses`). Pure.
 */
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import {
  PodCondition,
  PodPhase,
  type ContainerState,
  type ContainerStatus,
  type RestartPolicy,
  type WaitingState,
} from "../objects/pod.ts";
import { afterExit, podTerms, type RestartTerms } from "./restart-rules.ts";

/** What the phase depends on besides the statuses. */
export interface PodShape {
  readonly restartPolicy: RestartPolicy;
  /** One entry for each init container. */
  readonly isSidecar: readonly boolean[];
  /** What single containers say themselves, init containers first; left out: nothing. */
  readonly terms?: readonly RestartTerms[];
}

/** A container without an entry yet. */
export type MaybeStatus = ContainerStatus | null;

/** `isOver`: the kubelet has ended all containers for good (the Pod was terminated). */
export function podPhase(shape: PodShape, init: readonly MaybeStatus[], regular: readonly MaybeStatus[], isOver: boolean): PodPhase {
  const isPast = (status: MaybeStatus): boolean => status !== null && (status.state.type !== "waiting" || status.lastState !== null);
  const hasRegularStarted = regular.some(isPast);
  let pendingInit = 0;
  let failedForGood = 0;
  let pendingSidecars = 0;
  let unknown = 0;
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  let restarts = 0;
  init.forEach((status, index) => {
    const end = endOf(status);
    if (shape.isSidecar[index]!) {
      const isPending = status !== null && (status.state.type === "running" ? !status.started : end === null);
      if (isPending) pendingSidecars++;
      if (status === null) unknown++;
      else if (isPending && status.state.type === "running") running++;
      else if (isPending) waiting++;
    } else if (end === null) pendingInit++;
    else if (end.exitCode !== 0 && !mayRestart(shape, index, end.exitCode)) failedForGood++;
  });
  regular.forEach((status, index) => {
    const end = endOf(status);
    if (status === null) unknown++;
    else if (status.state.type === "running") running++;
    else if (end === null) waiting++;
    else {
      stopped++;
      if (status.state.type === "terminated" && end.exitCode === 0) succeeded++;
      if (mayRestart(shape, init.length + index, end.exitCode)) restarts++;
    }
  });
  if (failedForGood > 0) return PodPhase.Failed;
  if (pendingInit > 0 || (pendingSidecars > 0 && !hasRegularStarted) || waiting > 0) return PodPhase.Pending;
  if (running > 0 && unknown === 0) return PodPhase.Running;
  if (running > 0 || stopped === 0 || unknown > 0) return PodPhase.Pending;
  if (!isOver && restarts > 0) return PodPhase.Running;
  return succeeded === stopped ? PodPhase.Succeeded : PodPhase.Failed;
}

export function isTerminalPhase(phase: PodPhase): boolean {
  return phase === PodPhase.Succeeded || phase === PodPhase.Failed;
}

/** How a container's latest known run ended; null while it runs or has never run. */
function endOf(status: MaybeStatus): Extract<ContainerState, { type: "terminated" }> | null {
  if (status === null) return null;
  if (status.state.type === "terminated") return status.state;
  return status.state.type === "waiting" && status.lastState?.type === "terminated" ? status.lastState : null;
}

/** `container` counts init containers. */
function mayRestart(shape: PodShape, container: number, exitCode: number): boolean {
  return afterExit(exitCode, shape.restartPolicy, shape.terms?.[container] ?? podTerms) !== "stays";
}

/** Bits of PodCondition, without DisruptionTarget. A phase is given as the API will show it. */
export function podConditions(
  shape: PodShape,
  init: readonly MaybeStatus[],
  regular: readonly MaybeStatus[],
  phase: PodPhase,
  hasPodIp: boolean,
): number {
  let bits: number = PodCondition.PodScheduled;
  if (hasPodIp) bits |= PodCondition.PodReadyToStartContainers;
  if (isInitialized(shape, init, regular, phase)) bits |= PodCondition.Initialized;
  // Readiness gates are for who has them (objects/readiness-gates.ts).
  if (areContainersReady(shape, init, regular, phase)) bits |= PodCondition.ContainersReady | PodCondition.Ready;
  return bits;
}

export function isInitialized(shape: PodShape, init: readonly MaybeStatus[], regular: readonly MaybeStatus[], phase: PodPhase): boolean {
  if (phase === PodPhase.Succeeded && init.every((status) => status !== null)) return true;
  if (regular.some((status) => status !== null && (status.state.type !== "waiting" || status.lastState !== null))) return true;
  return init.every((status, index) => status !== null && (shape.isSidecar[index]! ? status.started : status.ready));
}

export function areContainersReady(
  shape: PodShape,
  init: readonly MaybeStatus[],
  regular: readonly MaybeStatus[],
  phase: PodPhase,
): boolean {
  if (isTerminalPhase(phase)) return false;
  if (!init.every((status, index) => !shape.isSidecar[index]! || status?.ready === true)) return false;
  return regular.every((status) => status?.ready === true);
}

/** One instance of a container as the runtime records it. */
export interface Instance {
  /** 0 for the first; the restart count once it is the newest. */
  readonly generation: number;
  readonly isRunning: boolean;
  readonly startedAt: VirtualTime;
  /** -1 while it runs. */
  readonly finishedAt: VirtualTime;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Its start failed. */
  readonly neverRan?: true;
  /** The runtime found it gone, and knows no more. */
  readonly wasLost?: true;
}

/** The newest instance and the one before it (the runtime keeps one dead instance for each container). */
export interface Instances {
  readonly newest: Instance | null;
  readonly before: Instance | null;
}

export const noInstances: Instances = Object.freeze({ newest: null, before: null });

/**
 * `startError` is why the latest attempt to start it failed: it replaces the state of a container that
 * would be restarted, and the exit moves to lastState.
 */
export function containerStatus(
  instances: Instances,
  old: MaybeStatus,
  startError: WaitingState | null,
  mayStartAgain: boolean,
  hasInitContainers: boolean,
  started: boolean,
  ready: boolean,
): ContainerStatus {
  const { newest, before } = instances;
  if (newest === null) {
    return status(
      startError ?? (hasInitContainers ? initializing : creating),
      old?.lastState ?? null,
      old?.restartCount ?? 0,
      false,
      false,
    );
  }
  const earlier = before === null ? null : terminated(before);
  const image = old?.restartCount === newest.generation ? old.image : undefined;
  if (newest.isRunning)
    return status({ type: "running", startedAt: wholeSeconds(newest.startedAt) }, earlier, newest.generation, ready, started, image);
  const end = terminated(newest);
  if (startError !== null && mayStartAgain) return status(startError, end, newest.generation, false, false, image);
  return status(end, earlier, newest.generation, ready, false, image);
}

const initializing: WaitingState = Object.freeze({ type: "waiting", reason: "PodInitializing" });
const creating: WaitingState = Object.freeze({ type: "waiting", reason: "ContainerCreating" });

function terminated(instance: Instance): ContainerState {
  const ended = instance.exitCode === 0 ? "Completed" : "Error";
  const known = instance.neverRan === true ? "StartError" : instance.oomKilled ? "OOMKilled" : ended;
  const reason = instance.wasLost === true ? "Unknown" : known;
  return {
    type: "terminated",
    reason,
    exitCode: instance.exitCode,
    startedAt: wholeSeconds(instance.startedAt),
    finishedAt: wholeSeconds(instance.finishedAt),
  };
}

function status(
  state: ContainerState,
  lastState: ContainerState | null,
  restartCount: number,
  ready: boolean,
  started: boolean,
  image?: string,
): ContainerStatus {
  const entry = { state, lastState, restartCount, ready, started };
  return Object.freeze(image === undefined ? entry : { ...entry, image });
}

/** Equal statuses are one object: `old` if nothing differs. */
export function sameOrNew(old: MaybeStatus, fresh: ContainerStatus): ContainerStatus {
  if (old === null || old.restartCount !== fresh.restartCount || old.ready !== fresh.ready || old.started !== fresh.started) return fresh;
  if (old.image !== fresh.image) return fresh;
  return sameState(old.state, fresh.state) && sameState(old.lastState, fresh.lastState) ? old : fresh;
}

function sameState(a: ContainerState | null, b: ContainerState | null): boolean {
  if (a === null || b === null) return a === b;
  switch (a.type) {
    case "waiting":
      return b.type === "waiting" && a.reason === b.reason && a.message === b.message;
    case "running":
      return b.type === "running" && a.startedAt === b.startedAt;
    case "terminated":
      return (
        b.type === "terminated" &&
        a.reason === b.reason &&
        a.exitCode === b.exitCode &&
        a.startedAt === b.startedAt &&
        a.finishedAt === b.finishedAt
      );
  }
}
