/** Vectors of one sync of a Pod: what is killed, made and started, answered by the functions that the kubelet uses. */
import { mayStart, podActions, type ContainerView, type PodView, type RuntimeState } from "../kubernetes/kubelet/pod-actions.ts";
import { Verdict } from "../kubernetes/kubelet/tables.ts";
import type { RestartPolicy } from "../kubernetes/objects/pod.ts";
import { newestVersions, versionsOfMinor, type Versions } from "../kubernetes/versions.ts";

interface WrittenContainer {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly startupProbe?: unknown;
}

interface WrittenRun {
  readonly name: string;
  readonly state: RuntimeState;
  readonly exitCode: number;
  readonly specChanged: boolean;
  readonly livenessResult: VerdictName;
  readonly startupResult: VerdictName;
}

export interface SyncInput {
  readonly spec: {
    readonly restartPolicy?: RestartPolicy;
    readonly containers: readonly WrittenContainer[];
    readonly initContainers?: readonly WrittenContainer[];
    readonly ephemeralContainers?: readonly WrittenContainer[];
  };
  readonly sandboxes: readonly { readonly attempt: number; readonly hasIP: boolean; readonly state: string }[];
  readonly containers: readonly WrittenRun[];
}

export const syncFields: string = [
  "spec{restartPolicy containers{name image restartPolicy livenessProbe startupProbe} initContainers{name image restartPolicy livenessProbe startupProbe} ephemeralContainers{name image}}",
  "sandboxes{attempt hasIP state}",
  "containers{name state exitCode specChanged livenessResult startupResult}",
].join(" ");

type VerdictName = "none" | "Success" | "Failure" | "Unknown";
const verdicts: Readonly<Record<VerdictName, Verdict>> = {
  none: Verdict.none,
  Success: Verdict.success,
  Failure: Verdict.failure,
  Unknown: Verdict.unknown,
};

function viewOf(input: SyncInput): PodView {
  const init = input.spec.initContainers ?? [];
  const specs = [...init, ...input.spec.containers];
  const newest = input.sandboxes[0];
  const ready = input.sandboxes.filter(({ state }) => state === "Ready").length;
  return {
    restartPolicy: input.spec.restartPolicy ?? "Always",
    isDeleting: false,
    initCount: init.length,
    isSidecar: specs.map((spec, index) => index < init.length && spec.restartPolicy === "Always"),
    sandbox:
      newest === undefined ? null : { isReady: newest.state === "Ready" && ready === 1, hasIp: newest.hasIP, attempt: newest.attempt },
    containers: specs.map((spec) => containerOf(spec, input.containers)),
    ephemeral: (input.spec.ephemeralContainers ?? []).map((spec) => containerOf(spec, input.containers).state),
  };
}

function containerOf(spec: WrittenContainer, runs: readonly WrittenRun[]): ContainerView {
  const run = runs.find(({ name }) => name === spec.name);
  return {
    state: run?.state ?? "none",
    exitCode: run?.exitCode ?? 0,
    liveness: verdicts[run?.livenessResult ?? "none"],
    startup: verdicts[run?.startupResult ?? "none"],
    hasStartupProbe: spec.startupProbe !== undefined,
    specChanged: run?.specChanged ?? false,
  };
}

interface NamedActions {
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  readonly attempt: number;
  readonly init: readonly string[];
  readonly regular: readonly string[];
  readonly ephemeral: readonly string[];
  readonly kill: readonly string[];
}

function actionsOf(input: SyncInput, version: Versions): NamedActions {
  const { initContainers = [], containers, ephemeralContainers = [] } = input.spec;
  const names = [...initContainers, ...containers].map(({ name }) => name);
  const { killPod, createSandbox, attempt, kill, start, startEphemeral } = podActions(viewOf(input), version);
  const namesOf = (indexes: readonly number[]): string[] => indexes.map((index) => names[index] ?? "");
  return {
    killPod,
    createSandbox,
    attempt,
    init: namesOf(start.filter((index) => index < initContainers.length)),
    regular: namesOf(start.filter((index) => index >= initContainers.length)),
    ephemeral: startEphemeral.map((index) => ephemeralContainers[index]?.name ?? ""),
    kill: namesOf(kill).sort(),
  };
}

/** Rules of 1.20: at most one init container is started. */
export function podActionsOf120(input: SyncInput): unknown {
  const { killPod, createSandbox, attempt, init, regular, ephemeral, kill } = actionsOf(input, versionsOfMinor(20));
  return {
    killPod,
    createSandbox,
    attempt,
    nextInitContainerToStart: init.length > 1 ? init.join(" ") : (init[0] ?? ""),
    containersToStart: regular,
    containersToKill: kill,
    ephemeralContainersToStart: ephemeral,
  };
}

export function podActionsWithSidecars(input: SyncInput): unknown {
  const { killPod, createSandbox, attempt, init, regular, kill } = actionsOf(input, newestVersions);
  return { killPod, createSandbox, attempt, initContainersToStart: init, containersToStart: regular, containersToKill: kill };
}

export function shouldRestart(input: {
  readonly restartPolicy: RestartPolicy;
  readonly podHasDeletionTimestamp: boolean;
  readonly statusesNewestFirst: readonly { readonly state: RuntimeState; readonly exitCode: number }[];
}): unknown {
  const newest = input.statusesNewestFirst[0] ?? { state: "none" as const, exitCode: 0 };
  return { restart: mayStart({ restartPolicy: input.restartPolicy, isDeleting: input.podHasDeletionTimestamp }, newest) };
}
