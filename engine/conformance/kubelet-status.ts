/** Vectors of a Pod's status: phase, conditions, container states, answered by the functions that the kubelet uses. */
import {
  PodPhase,
  podPhaseNames,
  type ContainerState,
  type ContainerStatus,
  type RestartPolicy,
  type WaitingReason,
} from "../kubernetes/objects/pod.ts";
import { mayStart } from "../kubernetes/kubelet/pod-actions.ts";
import {
  containersReadyCondition,
  initializedCondition,
  readyCondition,
  type ConditionShape,
  type ConditionStatuses,
  type ConditionWords,
} from "../kubernetes/kubelet/pod-conditions.ts";
import {
  areContainersReady,
  containerStatus,
  isInitialized,
  podPhase,
  type Instance,
  type MaybeStatus,
  type PodShape,
} from "../kubernetes/kubelet/pod-status.ts";
import { gatesMessage } from "../kubernetes/objects/readiness-gates.ts";
import { versionsOfMinor } from "../kubernetes/versions.ts";
import { instant, wholeSecondsOf } from "./instant.ts";

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

function shapesOf(spec: WrittenSpec): ConditionShape {
  return {
    init: (spec.initContainers ?? []).map(({ name, restartPolicy }) => ({ name, isSidecar: restartPolicy === "Always" })),
    regular: (spec.containers ?? []).map(({ name }) => name),
  };
}

function statusesOf({ spec, containerStatuses: list }: ConditionInput): ConditionStatuses | null {
  if (list === null) return null;
  return {
    init: (spec.initContainers ?? []).map(({ name }) => statusOf(name, list)),
    regular: (spec.containers ?? []).map(({ name }) => statusOf(name, list)),
  };
}

function wordsOf({ status, reason, message }: ConditionWords): { status: string; reason?: string; message?: string } {
  return { status, ...(reason === "" ? {} : { reason }), ...(message === "" ? {} : { message }) };
}

/** The status carries a bit, which must say the same; it is worked out once the statuses are known. */
function agreed(words: ConditionWords, bit: boolean | null): ConditionWords {
  if (bit !== null && bit !== (words.status === "True")) throw new Error(`the condition's words say ${words.status}, its bit doesn't`);
  return words;
}

function initializedOf(input: ConditionInput): ConditionWords {
  const { spec } = input;
  const statuses = statusesOf(input);
  const phase = PodPhase[input.podPhase];
  const bit = statuses === null ? null : isInitialized(shapeOf(spec), statuses.init, statuses.regular, phase);
  return agreed(initializedCondition(shapesOf(spec), statuses, phase), bit);
}

export function initialized(input: ConditionInput): unknown {
  const { status, reason } = initializedOf(input);
  return { status, reason };
}

/** Upstream's own comparison leaves the message out. */
export function initializedOf120(input: ConditionInput): unknown {
  return { condition: { type: "Initialized", ...wordsOf({ ...initializedOf(input), message: "" }) } };
}

function containersReadyOf(input: ConditionInput): ConditionWords {
  const { spec } = input;
  const statuses = statusesOf(input);
  const phase = PodPhase[input.podPhase];
  const bit = statuses === null ? null : areContainersReady(shapeOf(spec), statuses.init, statuses.regular, phase);
  return agreed(containersReadyCondition(shapesOf(spec), statuses, phase, versionsOfMinor(20)), bit);
}

export function containersReady(input: ConditionInput): unknown {
  return { condition: { type: "ContainersReady", ...wordsOf(containersReadyOf(input)) } };
}

export function ready(input: ConditionInput): unknown {
  const gates = (input.spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
  const message = gatesMessage(gates, (gate) => input.conditions?.find(({ type }) => type === gate)?.status ?? null);
  return { condition: { type: "Ready", ...wordsOf(readyCondition(containersReadyOf(input), message)) } };
}

// ── one container's state ──

interface RuntimeStatus {
  readonly name: string;
  readonly state: string;
  readonly exitCode: number;
  readonly startedAt?: string;
}

export interface ApiStateInput {
  readonly restartPolicy: RestartPolicy;
  readonly containers: readonly string[];
  readonly runtimeStatusesNewestFirst: readonly RuntimeStatus[];
  readonly oldApiStatuses: readonly WrittenStatus[];
  readonly lastStartErrors: Readonly<Record<string, string>>;
}

export const apiStateFields: string = `restartPolicy containers runtimeStatusesNewestFirst{name state exitCode startedAt} oldApiStatuses{${statusFields}} lastStartErrors*`;

function instanceOf(status: RuntimeStatus): Instance {
  const isRunning = status.state === "running";
  return {
    generation: 0,
    isRunning,
    startedAt: instant(status.startedAt),
    finishedAt: isRunning ? -1 : 0,
    exitCode: status.exitCode,
    oomKilled: false,
  };
}

/** The words of the API; times in seconds as the model has them. */
function apiState(state: ContainerState): Record<string, object> {
  const { type, ...fields } = state;
  return { [type]: fields };
}

export function containerApiState(input: ApiStateInput): unknown {
  const statuses = input.containers.map((name): [string, ContainerStatus] => {
    const [newest, before] = input.runtimeStatusesNewestFirst.filter((status) => status.name === name).map(instanceOf);
    const old = statusOf(name, input.oldApiStatuses);
    const reason = input.lastStartErrors[name] as WaitingReason | undefined;
    const error = reason === undefined ? null : ({ type: "waiting", reason } as const);
    const again = mayStart(
      { restartPolicy: input.restartPolicy, isDeleting: false },
      { state: newest === undefined ? "none" : newest.isRunning ? "running" : "exited", exitCode: newest?.exitCode ?? 0 },
    );
    return [name, containerStatus({ newest: newest ?? null, before: before ?? null }, old, error, again, false, false, false)];
  });
  return {
    state: Object.fromEntries(statuses.map(([name, { state }]) => [name, apiState(state)])),
    lastState: Object.fromEntries(statuses.flatMap(([name, { lastState }]) => (lastState === null ? [] : [[name, apiState(lastState)]]))),
  };
}

/** The recorded runtime lost a container; the model's always knows what became of its own. */
export function unknownState(input: ApiStateInput): string | null {
  return input.runtimeStatusesNewestFirst.some(({ state }) => state === "unknown")
    ? "outside of the model: its runtime never loses track of a container"
    : null;
}

/** Times in seconds. */
export function expectedApiState(expected: Readonly<Record<string, unknown>>): unknown {
  const text = JSON.stringify(expected);
  return JSON.parse(text.replaceAll(/"(startedAt)":"([^"]+)"/g, (_, name: string, time: string) => `"${name}":${wholeSecondsOf(time)}`));
}

/** Everything that is expected was found; what the recording left out isn't compared. */
export function includes(found: unknown, expected: unknown): boolean {
  if (typeof expected !== "object" || expected === null) return found === expected;
  if (typeof found !== "object" || found === null) return false;
  return Object.entries(expected).every(([name, value]) => includes((found as Readonly<Record<string, unknown>>)[name], value));
}

/** The same containers have a last state. */
export function sameStates(
  found: { readonly state: object; readonly lastState: object },
  expected: { readonly state: object; readonly lastState: object },
): boolean {
  return includes(found, expected) && Object.keys(found.lastState).length === Object.keys(expected.lastState).length;
}
