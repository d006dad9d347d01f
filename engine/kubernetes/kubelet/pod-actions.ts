/**
 * What one sync of a Pod does (kuberuntime_manager.go `computePodActions`): whether the sandbox is killed or
 * made, which containers are killed and started. Pure; the Pod worker carries it out. Containers by index,
 * init containers first.
 */
import type { RestartPolicy } from "../objects/pod.ts";
import { initActions } from "./init-containers.ts";
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
}

export interface PodView {
  readonly restartPolicy: RestartPolicy;
  readonly isDeleting: boolean;
  readonly initCount: number;
  readonly isSidecar: readonly boolean[];
  /** Null: there has never been one. */
  readonly sandbox: { readonly isReady: boolean; readonly hasIp: boolean; readonly attempt: number } | null;
  readonly containers: readonly ContainerView[];
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
}

/**
 * The states of the container itself, as a sync meets them:
 *
 *   none ─start─▶ running ─exit─▶ exited ─policy says so, back-off over─▶ running (next instance)
 *                    │ liveness or startup failed, spec changed: kill, then start in the same sync
 */
export function podActions(pod: PodView): PodActions {
  const { sandbox, initCount } = pod;
  const needsSandbox = sandbox === null || !sandbox.isReady || !sandbox.hasIp;
  return needsSandbox ? withNewSandbox(pod) : withSandbox(pod, initCount);
}

function withNewSandbox(pod: PodView): PodActions {
  const { sandbox, initCount, containers } = pod;
  const attempt = sandbox === null ? 0 : sandbox.attempt + 1;
  const killed = { killPod: true, createSandbox: false, attempt, kill: [], start: [] };
  const hasStatuses = containers.some((container) => container.state !== "none");
  // A Never Pod whose sandbox died is over: nothing may run twice.
  if (pod.restartPolicy === "Never" && attempt !== 0 && hasStatuses) return killed;
  const regular = indexes(initCount, containers.length).filter((index) => !hasSucceeded(pod, index));
  if (regular.length === 0 && isInitialised(pod)) return killed;
  const start = initCount > 0 ? [0] : regular;
  return { killPod: true, createSandbox: true, attempt, kill: [], start };
}

function withSandbox(pod: PodView, initCount: number): PodActions {
  const attempt = pod.sandbox!.attempt;
  const init = initActions(pod);
  if (init.killPod) return { killPod: true, createSandbox: false, attempt, kill: [], start: [] };
  if (!init.isInitialised) return { killPod: false, createSandbox: false, attempt, kill: init.kill, start: init.start };
  const kill = [...init.kill];
  const start: number[] = [];
  let kept = 0;
  for (const index of indexes(initCount, pod.containers.length)) {
    const container = pod.containers[index]!;
    if (container.state !== "running") {
      if (!mayStart(pod, container)) continue;
      if (container.state === "unknown") kill.push(index);
      start.push(index);
      continue;
    }
    const isFailed = container.liveness === Verdict.failure || container.startup === Verdict.failure;
    if (!container.specChanged && !isFailed) {
      kept++;
      continue;
    }
    kill.push(index);
    // A changed spec restarts whatever the policy; a failed probe doesn't under Never.
    if (container.specChanged || pod.restartPolicy !== "Never") start.push(index);
  }
  if (kept === 0 && start.length === 0) return { killPod: true, createSandbox: false, attempt, kill, start: [] };
  return { killPod: false, createSandbox: false, attempt, kill, start: [...init.start, ...start] };
}

/** pkg/kubelet/container/helpers.go `ShouldContainerBeRestarted`. */
export function mayStart(
  pod: Pick<PodView, "restartPolicy" | "isDeleting">,
  container: Pick<ContainerView, "state" | "exitCode">,
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
      return pod.restartPolicy === "Always" || (pod.restartPolicy === "OnFailure" && container.exitCode !== 0);
  }
}

function hasSucceeded(pod: PodView, index: number): boolean {
  const container = pod.containers[index]!;
  return pod.restartPolicy === "OnFailure" && container.state === "exited" && container.exitCode === 0;
}

/** Every regular init container has ended well, or a regular container has been there. */
function isInitialised(pod: PodView): boolean {
  const { initCount, containers } = pod;
  if (indexes(initCount, containers.length).some((index) => containers[index]!.state !== "none")) return true;
  return indexes(0, initCount).every(
    (index) => pod.isSidecar[index]! || (containers[index]!.state === "exited" && containers[index]!.exitCode === 0),
  );
}

function indexes(from: number, until: number): number[] {
  return Array.from({ length: until - from }, (_, offset) => from + offset);
}
