/**
 * What one sync of a Pod does (kuberuntime_manager.go `computePodActions`): whether the sandbox is killed or
 * made, which containers are killed and started. Pure; the Pod worker carries it out. Containers by index,
 * init containers first.
 */
import type { RestartPolicy } from "../objects/pod.ts";
import { newestVersions, type Versions } from "../versions.ts";
import { initActions } from "./init-containers.ts";
import { afterExit, podTerms, restartsAfterKill, type RestartTerms } from "./restart-rules.ts";
import { Verdict } from "./tables.ts";

export type RuntimeState = "none" | "created" | "running" | "exited" | "unknown";

/** A container as the kubelet's cache shows it at the beginning of the sync. */
export interface ContainerView {
  readonly state: RuntimeState;
  readonly exitCode: number;
  readonly liveness: Verdict;
  readonly startup: Verdict;
  readonly hasStartupProbe: boolean;
  /** Running with another spec than the Pod's. */
  readonly specChanged: boolean;
  /** Its own policy and rules; left out: the Pod's. */
  readonly terms?: RestartTerms;
}

/** What differs between releases. */
export type ActionVersions = Pick<Versions, "unknownMaySucceed" | "initNeedsRecords">;

export interface PodView {
  readonly restartPolicy: RestartPolicy;
  readonly isDeleting: boolean;
  readonly initCount: number;
  readonly isSidecar: readonly boolean[];
  /** Null: there has never been one. */
  readonly sandbox: { readonly isReady: boolean; readonly hasIp: boolean; readonly attempt: number } | null;
  readonly containers: readonly ContainerView[];
  /** Ephemeral containers in the order in which they were added; left out: none. */
  readonly ephemeral?: readonly RuntimeState[];
}

export interface PodActions {
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  /** Number of the sandbox that the Pod has, or gets. */
  readonly attempt: number;
  /** Killed one after another before anything is started. */
  readonly kill: readonly number[];
  /** Started in this order: init containers, then regular ones. */
  readonly start: readonly number[];
  /** Started before those, by their place among the ephemeral containers. */
  readonly startEphemeral: readonly number[];
  /** A container ended as a rule of it says: all are removed, and the Pod starts over in its sandbox. */
  readonly restartAll: boolean;
}

/**
 * The states of the container itself, as a sync meets them:
 *
 *   none ─start─▶ running ─exit─▶ exited ─policy says so, back-off over─▶ running (next instance)
 *                    │ liveness or startup failed, spec changed: kill, then start in the same sync
 */
export function podActions(pod: PodView, version: ActionVersions = newestVersions): PodActions {
  const { sandbox } = pod;
  const needsSandbox = sandbox === null || !sandbox.isReady || !sandbox.hasIp;
  return needsSandbox ? withNewSandbox(pod, version) : withSandbox(pod, version);
}

function nothing(attempt: number): PodActions {
  return { killPod: false, createSandbox: false, attempt, kill: [], start: [], startEphemeral: [], restartAll: false };
}

function withNewSandbox(pod: PodView, version: ActionVersions): PodActions {
  const { sandbox, initCount, containers, ephemeral = [] } = pod;
  const attempt = sandbox === null ? 0 : sandbox.attempt + 1;
  const killed = { ...nothing(attempt), killPod: true };
  const hasStatuses = containers.some(({ state }) => state !== "none") || ephemeral.some((state) => state !== "none");
  // A Never Pod whose sandbox died is over: nothing may run twice.
  if (pod.restartPolicy === "Never" && attempt !== 0 && hasStatuses) return killed;
  const regular = indexes(initCount, containers.length).filter((index) => !hasSucceeded(pod, index, version));
  // A regular container that has succeeded was there, and says that all init containers had ended.
  if (regular.length === 0 && (!version.initNeedsRecords || initActions(pod, version).isInitialised)) return killed;
  return { ...killed, createSandbox: true, start: initCount > 0 ? [0] : regular };
}

function withSandbox(pod: PodView, version: ActionVersions): PodActions {
  const attempt = pod.sandbox!.attempt;
  if (asksForAll(pod)) return { ...nothing(attempt), restartAll: true };
  // Never started again, whatever becomes of it.
  const startEphemeral = (pod.ephemeral ?? []).flatMap((state, index) => (state === "none" ? [index] : []));
  const over = { ...nothing(attempt), killPod: true, startEphemeral };
  const init = initActions(pod, version);
  if (init.killPod) return over;
  if (!init.isInitialised) return { ...nothing(attempt), kill: init.kill, start: init.start, startEphemeral };
  const kill = [...init.kill];
  const start: number[] = [];
  let isAnyKept = false;
  for (const index of indexes(pod.initCount, pod.containers.length)) {
    const container = pod.containers[index]!;
    if (container.state !== "running") {
      if (!mayStart(pod, container)) continue;
      if (container.state === "unknown") kill.push(index);
      start.push(index);
      continue;
    }
    const isFailed = container.liveness === Verdict.failure || container.startup === Verdict.failure;
    if (!container.specChanged && !isFailed) {
      isAnyKept = true;
      continue;
    }
    kill.push(index);
    // A changed spec restarts whatever the policy; a failed probe doesn't under Never.
    if (container.specChanged || restartsAfterKill(pod.restartPolicy, container.terms ?? podTerms)) start.push(index);
  }
  if (!isAnyKept && start.length === 0) return { ...over, kill };
  return { ...nothing(attempt), kill, start: [...init.start, ...start], startEphemeral };
}

/** RestartAllContainers: a container has ended with a code for which its first matching rule asks for it. */
function asksForAll(pod: PodView): boolean {
  if (pod.isDeleting) return false;
  return pod.containers.some(
    ({ state, exitCode, terms }) =>
      state === "exited" && terms !== undefined && afterExit(exitCode, pod.restartPolicy, terms) === "restartAll",
  );
}

/** pkg/kubelet/container/helpers.go `ShouldContainerBeRestarted`. */
export function mayStart(
  pod: Pick<PodView, "restartPolicy" | "isDeleting">,
  container: Pick<ContainerView, "state" | "exitCode" | "terms">,
): boolean {
  if (pod.isDeleting) return false;
  switch (container.state) {
    case "none":
    case "created":
    case "unknown":
      return true;
    case "running":
      return false;
    case "exited":
      return afterExit(container.exitCode, pod.restartPolicy, container.terms ?? podTerms) !== "stays";
  }
}

function hasSucceeded(pod: PodView, index: number, version: ActionVersions): boolean {
  const { state, exitCode } = pod.containers[index]!;
  const hasEnded = state === "exited" || (version.unknownMaySucceed && state !== "none" && state !== "running");
  return pod.restartPolicy === "OnFailure" && hasEnded && exitCode === 0;
}

function indexes(from: number, until: number): number[] {
  const indexes: number[] = [];
  for (let index = from; index < until; index++) indexes.push(index);
  return indexes;
}
