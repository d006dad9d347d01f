/**
 * Which Pods a ReplicaSet gives up first (pure). Ages are compared by the whole part of their base-2
 * logarithm in nanoseconds, so that about equally old Pods are chosen by UID, which spreads the choice.
 * Source: pkg/controller/controller_utils.go ActivePodsWithRanks.
 */
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import { PodPhase } from "../objects/pod.ts";

export interface RankedPod {
  readonly isAssigned: boolean;
  readonly phase: PodPhase;
  readonly isReady: boolean;
  /** Annotation controller.kubernetes.io/pod-deletion-cost. */
  readonly deletionCost: number;
  /** Active Pods of the same owner on its node. */
  readonly rank: number;
  /** Whole seconds; null: not set, which counts as most recent. */
  readonly readySince: number | null;
  readonly createdAt: number | null;
  /** Of the regular container that restarted most; then of the sidecar that did. */
  readonly restarts: number;
  readonly sidecarRestarts: number;
  /** Orders Pods as their UIDs would. */
  readonly uid: number;
}

const phaseOrder: Readonly<Record<PodPhase, number>> = {
  [PodPhase.Pending]: 0,
  [PodPhase.Unknown]: 1,
  [PodPhase.Running]: 2,
  [PodPhase.Succeeded]: 2,
  [PodPhase.Failed]: 2,
};

/** How two ages compare: by the power of two (1.22 and later), or to the second. */
export type AgeRule = "logarithmic" | "exact";

/** Negative: `a` is deleted before `b`. */
export function compareForDeletion(a: RankedPod, b: RankedPod, now: VirtualTime, ages: AgeRule = "logarithmic"): number {
  if (a.isAssigned !== b.isAssigned) return a.isAssigned ? 1 : -1;
  if (phaseOrder[a.phase] !== phaseOrder[b.phase]) return phaseOrder[a.phase] - phaseOrder[b.phase];
  if (a.isReady !== b.isReady) return a.isReady ? 1 : -1;
  if (a.deletionCost !== b.deletionCost) return a.deletionCost - b.deletionCost;
  if (a.rank !== b.rank) return b.rank - a.rank;
  if (a.isReady && a.readySince !== b.readySince) return compareAges(a.readySince, b.readySince, a, b, now, ages);
  if (a.restarts !== b.restarts) return b.restarts - a.restarts;
  if (a.sidecarRestarts !== b.sidecarRestarts) return b.sidecarRestarts - a.sidecarRestarts;
  if (a.createdAt !== b.createdAt) return compareAges(a.createdAt, b.createdAt, a, b, now, ages);
  return 0;
}

function compareAges(since: number | null, otherSince: number | null, a: RankedPod, b: RankedPod, now: VirtualTime, ages: AgeRule): number {
  if (since === null || otherSince === null) return since === null ? -1 : 1;
  if (ages === "exact") return otherSince - since;
  const difference = ageBucket(since, now) - ageBucket(otherSince, now);
  return difference === 0 ? a.uid - b.uid : difference;
}

/** floor(log2(age in ns)); -1: no age yet. Halving a double is exact. */
function ageBucket(sinceSeconds: number, now: VirtualTime): number {
  let bucket = -1;
  for (let rest = (now - sinceSeconds * SECOND) * 1000; rest >= 1; rest /= 2) bucket++;
  return bucket;
}
