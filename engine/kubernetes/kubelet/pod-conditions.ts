/**
 * The conditions of a Pod with their reasons and messages, from the statuses of its containers
 * (pkg/kubelet/status/generate.go). The status itself carries bits only (pod-status.ts): the words
 * follow from it whenever someone asks. Pure.
 */
import { PodPhase } from "../objects/pod.ts";
import type { Versions } from "../versions.ts";
import type { MaybeStatus } from "./pod-status.ts";

export interface ConditionWords {
  readonly status: "True" | "False";
  /** "": none. */
  readonly reason: string;
  readonly message: string;
}

/** A Pod's containers in the order of the spec. */
export interface ConditionShape {
  readonly init: readonly { readonly name: string; readonly isSidecar: boolean }[];
  readonly regular: readonly string[];
}

/** Null in place of a list: the kubelet has reported nothing yet. */
export interface ConditionStatuses {
  readonly init: readonly MaybeStatus[];
  readonly regular: readonly MaybeStatus[];
}

const isTrue: ConditionWords = { status: "True", reason: "", message: "" };

function isFalse(reason: string, message = ""): ConditionWords {
  return { status: "False", reason, message };
}

export function initializedCondition(shape: ConditionShape, statuses: ConditionStatuses | null, phase: PodPhase): ConditionWords {
  if (statuses === null) return shape.init.length > 0 ? isFalse("UnknownContainerStatuses") : isTrue;
  const unknown: string[] = [];
  const incomplete: string[] = [];
  shape.init.forEach(({ name, isSidecar }, index) => {
    const status = statuses.init[index] ?? null;
    if (status === null) unknown.push(name);
    else if (isSidecar ? !status.started : !status.ready) incomplete.push(name);
  });
  if (phase === PodPhase.Succeeded && unknown.length === 0) return { ...isTrue, reason: "PodCompleted" };
  // Init containers that were removed meanwhile, or run again in a new sandbox, take nothing back.
  if (statuses.regular.some((status) => status !== null && status.state.type !== "waiting")) return isTrue;
  return unknown.length + incomplete.length === 0
    ? isTrue
    : isFalse("ContainersNotInitialized", listed(["unknown", unknown], ["incomplete", incomplete]));
}

export function containersReadyCondition(
  shape: ConditionShape,
  statuses: ConditionStatuses | null,
  phase: PodPhase,
  version: Pick<Versions, "podFailedReason">,
): ConditionWords {
  if (statuses === null) return isFalse("UnknownContainerStatuses");
  const unknown: string[] = [];
  const unready: string[] = [];
  const look = (name: string, status: MaybeStatus): void => {
    if (status === null) unknown.push(name);
    else if (!status.ready) unready.push(name);
  };
  shape.init.forEach(({ name, isSidecar }, index) => {
    if (isSidecar) look(name, statuses.init[index] ?? null);
  });
  shape.regular.forEach((name, index) => look(name, statuses.regular[index] ?? null));
  if (phase === PodPhase.Succeeded && unknown.length === 0) return isFalse("PodCompleted");
  if (phase === PodPhase.Failed && unknown.length === 0 && version.podFailedReason) return isFalse("PodFailed");
  return unknown.length + unready.length === 0 ? isTrue : isFalse("ContainersNotReady", listed(["unknown", unknown], ["unready", unready]));
}

/** `gates`: what readiness-gates.ts says of those that aren't True; "": all are. */
export function readyCondition(containersReady: ConditionWords, gates: string): ConditionWords {
  if (containersReady.status === "False") return containersReady;
  return gates === "" ? isTrue : isFalse("ReadinessGatesNotReady", gates);
}

function listed(...groups: readonly (readonly [kind: string, names: readonly string[]])[]): string {
  return groups
    .filter(([, names]) => names.length > 0)
    .map(([kind, names]) => `containers with ${kind} status: [${names.join(" ")}]`)
    .join(", ");
}
