/**
 * oom_score_adj of a container's processes, and who dies when a whole node is out of memory.
 * Source: pkg/kubelet/qos/policy.go GetContainerOOMScoreAdjust, pkg/kubelet/types/pod_update.go; the kernel's
 * oom_badness. Pure.
 */
import type { Container, PodSpec } from "../objects/pod.ts";
import type { Versions } from "../versions.ts";
import { qosClassOf } from "./qos.ts";

/** Priorities of the classes system-cluster-critical and system-node-critical (pkg/apis/scheduling). */
const SYSTEM_CRITICAL = 2_000_000_000;
const NODE_CRITICAL = 2_000_001_000;

const GUARANTEED_SCORE = -997;
const BEST_EFFORT_SCORE = 1000;

/** Never evicted for pressure: static Pods and those of a system class (IsCriticalPod). */
export function isCriticalPod(spec: Pick<PodSpec, "priority">, isStatic: boolean): boolean {
  return isStatic || spec.priority >= SYSTEM_CRITICAL;
}

/** `memoryCapacity` in bytes. */
export function oomScoreAdjustment(
  spec: Pick<PodSpec, "containers" | "initContainers" | "priority">,
  container: Container,
  memoryCapacity: number,
  isStatic: boolean,
  version: Pick<Versions, "onlyNodeCriticalProtected">,
): number {
  const isProtected = version.onlyNodeCriticalProtected ? spec.priority >= NODE_CRITICAL : isCriticalPod(spec, isStatic);
  if (isProtected) return GUARANTEED_SCORE;
  const qosClass = qosClassOf(spec);
  if (qosClass === "Guaranteed") return GUARANTEED_SCORE;
  if (qosClass === "BestEffort") return BEST_EFFORT_SCORE;
  const isSidecar = container.restartPolicy === "Always" && spec.initContainers.includes(container);
  const own = burstableScore(container, memoryCapacity);
  // A sidecar is to outlive the containers that it serves.
  return isSidecar ? Math.min(own, ...spec.containers.map((other) => burstableScore(other, memoryCapacity))) : own;
}

/** 3 … 999, so that it lies between the other two classes. Integer division, as in Go. */
function burstableScore({ resources: { requests } }: Container, memoryCapacity: number): number {
  const share = Math.trunc((1000 * (requests.memory ?? 0)) / memoryCapacity);
  const score = BEST_EFFORT_SCORE - share;
  if (score < 1000 + GUARANTEED_SCORE) return 1000 + GUARANTEED_SCORE;
  return score === BEST_EFFORT_SCORE ? score - 1 : score;
}

/** A process as the kernel weighs it. */
export interface OomCandidate {
  /** bytes */
  readonly usage: number;
  readonly scoreAdjustment: number;
}

/** Index of the one with the highest badness, the first among equals; -1: nobody is left to kill. */
export function oomVictim(candidates: readonly OomCandidate[], memoryCapacity: number): number {
  let victim = -1;
  let worst = 0;
  candidates.forEach(({ usage, scoreAdjustment }, index) => {
    const badness = usage + (scoreAdjustment * memoryCapacity) / 1000;
    if (usage <= 0 || (victim !== -1 && badness <= worst)) return;
    victim = index;
    worst = badness;
  });
  return victim;
}
