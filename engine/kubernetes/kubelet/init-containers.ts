/**
 * Init containers and sidecars in one sync (kuberuntime_container.go `computeInitContainerActions`): regular
 * ones run in order, each to its good end; a sidecar is passed once it has started. Scanned from the last
 * to the first: what is known of the latest decides.
 *
 *   none of them known      start the first
 *   init running            wait           init exited 0    the next one, or initialised after the last
 *   init exited ≠ 0         again, with back-off; under Never the Pod has failed
 *   sidecar running         started (startup probe passed): the next one; liveness or startup failed: kill and start
 *   sidecar exited          start again; it doesn't count as started
 */
import type { ActionVersions, ContainerView, PodView } from "./pod-actions.ts";
import { afterExit, podTerms } from "./restart-rules.ts";
import { Verdict } from "./tables.ts";

export interface InitActions {
  readonly killPod: boolean;
  /** Regular containers may be looked at. */
  readonly isInitialised: boolean;
  readonly kill: readonly number[];
  /** In the order of the spec. */
  readonly start: readonly number[];
}

const over: InitActions = { killPod: true, isInitialised: false, kill: [], start: [] };

export function initActions(pod: PodView, version: ActionVersions): InitActions {
  const { initCount } = pod;
  if (initCount === 0) return { killPod: false, isInitialised: true, kill: [], start: [] };
  if (version.initNeedsRecords) return findNext(pod);
  // Once a regular container is there, initialisation is over and only sidecars are looked after. One that has ended says nothing: its sandbox may be gone.
  const wasInitialised = pod.containers.some(({ state }, index) => index >= initCount && (state === "created" || state === "running"));
  const kill: number[] = [];
  const start: number[] = [];
  let isInitialised = wasInitialised;
  let isKnown = false;
  for (let index = initCount - 1; index >= 0; index--) {
    // What comes before one that is known has been passed, as all have once the Pod was initialised.
    const step = lookAt(pod, index, wasInitialised || isKnown);
    if (step === "absent") {
      if ((wasInitialised || isKnown) && pod.isSidecar[index]!) start.unshift(index);
      continue;
    }
    const isLatest = !isKnown;
    isKnown = true;
    if (step === "failed") return over;
    if (step === "killAndStart" || step === "killAndStartPassed") kill.unshift(index);
    if (step === "start" || step === "killAndStart" || step === "killAndStartPassed") start.unshift(index);
    if (!isLatest || wasInitialised) continue;
    if (step === "passed" || step === "killAndStartPassed") {
      if (index === initCount - 1) isInitialised = true;
      else start.push(index + 1);
    }
  }
  if (!isKnown && !wasInitialised) return { killPod: false, isInitialised: false, kill: [], start: [0] };
  return { killPod: false, isInitialised, kill, start };
}

/**
 * kuberuntime_container.go `findNextInitContainerToRun`, before sidecars: the last one that failed, else what
 * follows the last one known; the records of regular containers say nothing.
 */
function findNext(pod: PodView): InitActions {
  const { initCount, containers } = pod;
  const unfinished = { killPod: false, isInitialised: false, kill: [], start: [] };
  for (let index = initCount - 1; index >= 0; index--) {
    const { state, exitCode } = containers[index]!;
    if (state !== "unknown" && (state !== "exited" || exitCode === 0)) continue;
    if (pod.restartPolicy === "Never") return over;
    return { ...unfinished, kill: state === "unknown" ? [index] : [], start: [index] };
  }
  for (let index = initCount - 1; index >= 0; index--) {
    const { state } = containers[index]!;
    if (state === "running") return unfinished;
    if (state !== "exited") continue;
    return index === initCount - 1 ? { ...unfinished, isInitialised: true } : { ...unfinished, start: [index + 1] };
  }
  return { ...unfinished, start: [0] };
}

/** After a failure: the Pod's policy, unless the container says otherwise. */
function mayRunAgain(pod: PodView, { exitCode, terms }: ContainerView): boolean {
  return afterExit(exitCode, pod.restartPolicy, terms ?? podTerms) !== "stays";
}

type Step = "absent" | "passed" | "waits" | "start" | "killAndStart" | "killAndStartPassed" | "failed";

/** `wasPassed`: the container has had its turn; only sidecars are still looked after. */
function lookAt(pod: PodView, index: number, wasPassed: boolean): Step {
  const container = pod.containers[index]!;
  const isSidecar = pod.isSidecar[index]!;
  switch (container.state) {
    case "none":
      return "absent";
    case "created":
      return isSidecar || !wasPassed ? "start" : "passed";
    case "running":
      if (!isSidecar) return wasPassed ? "passed" : "waits";
      if (container.specChanged || container.liveness === Verdict.failure)
        return hasStarted(container) ? "killAndStartPassed" : "killAndStart";
      if (container.startup === Verdict.failure) return "killAndStart";
      return hasStarted(container) ? "passed" : "waits";
    case "exited":
      if (isSidecar) return "start";
      if (container.exitCode === 0 || wasPassed) return "passed";
      return mayRunAgain(pod, container) ? "start" : "failed";
    case "unknown":
      if (!isSidecar && wasPassed) return "passed";
      return pod.restartPolicy === "Never" && !isSidecar ? "failed" : "killAndStart";
  }
}

function hasStarted(container: { readonly startup: Verdict; readonly hasStartupProbe: boolean }): boolean {
  return !container.hasStartupProbe || container.startup === Verdict.success;
}
