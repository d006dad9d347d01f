/** Vectors of a Pod's status: phase, conditions, container states, answered by the functions that the kubelet uses. */
import {
  PodPhase,
  podPhaseNames,
  type ContainerState,
  type ContainerStatus,
  type RestartPolicy,
  type WaitingReason,
} from "../kubernetes/objects/pod.ts";
import {
  areContainersReady,
  containerStatus,
  isInitialized,
  podPhase,
  type Instance,
  type MaybeStatus,
  type PodShape,
} from "../kubernetes/kubelet/pod-status.ts";

interface WrittenState {
  readonly running?: object;
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string };
}

interface WrittenStatus {
  readonly name: string;
  readonly state?: WrittenState;
  readonly lastState?: WrittenState;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
}

interface WrittenSpec {
  readonly restartPolicy?: RestartPolicy;
  readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
  readonly containers?: readonly { readonly name: string }[];
  readonly readinessGates?: readonly { readonly conditionType: string }[];
}

export const statusFields: string =
  "name image imageID ready started restartCount state{running waiting{reason} terminated{exitCode reason}} lastState{running waiting{reason} terminated{exitCode reason}}";
const specFields = "spec{restartPolicy initContainers{name restartPolicy} containers{name} readinessGates{conditionType}}";
export const phaseFields: string = `${specFields} initContainerStatuses{${statusFields}} containerStatuses{${statusFields}} podIsTerminal`;
export const conditionFields: string = `${specFields} containerStatuses{${statusFields}} podPhase conditions{type status}`;

function stateOf(written: WrittenState | undefined): ContainerState | null {
  if (written?.running !== undefined) return { type: "running", startedAt: 0 };
  if (written?.terminated !== undefined)
    return { type: "terminated", reason: "Error", exitCode: written.terminated.exitCode ?? 0, startedAt: 0, finishedAt: 0 };
  return written?.waiting === undefined ? null : { type: "waiting", reason: "ContainerCreating" };
}

function statusOf(name: string, list: readonly WrittenStatus[]): MaybeStatus {
  const written = list.find((status) => status.name === name);
  if (written === undefined) return null;
  return {
    state: stateOf(written.state) ?? { type: "waiting", reason: "ContainerCreating" },
    lastState: stateOf(written.lastState),
    restartCount: written.restartCount ?? 0,
    ready: written.ready ?? false,
    started: written.started ?? false,
  };
}

function shapeOf(spec: WrittenSpec): PodShape {
  return {
    restartPolicy: spec.restartPolicy ?? "Always",
    isSidecar: (spec.initContainers ?? []).map((container) => container.restartPolicy === "Always"),
  };
}

export function phase(input: {
  readonly spec: WrittenSpec;
  readonly initContainerStatuses: readonly WrittenStatus[];
  readonly containerStatuses: readonly WrittenStatus[];
  readonly podIsTerminal?: boolean;
}): unknown {
  const init = (input.spec.initContainers ?? []).map(({ name }) => statusOf(name, input.initContainerStatuses));
  const regular = (input.spec.containers ?? []).map(({ name }) => statusOf(name, input.containerStatuses));
  return { phase: podPhaseNames[podPhase(shapeOf(input.spec), init, regular, input.podIsTerminal ?? false)] };
}

export interface ConditionInput {
  readonly spec: WrittenSpec;
  readonly containerStatuses: readonly WrittenStatus[] | null;
  readonly podPhase: keyof typeof PodPhase;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}
