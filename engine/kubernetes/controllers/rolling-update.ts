/**
 * The arithmetic of a Deployment's rollout (pure): how far each sync may go with surge and
 * unavailability. Source: pkg/controller/deployment/{rolling,sync}.go, util/deployment_util.go.
 */
import type { DeploymentSpec } from "../objects/deployment.ts";
import { scaledValue } from "../objects/int-or-string.ts";
import type { IntOrString } from "../objects/meta.ts";

/** A ReplicaSet as far as sizes are concerned. */
export interface ReplicaSetSize {
  readonly replicas: number;
  readonly availableReplicas: number;
}

/** Annotations desired-replicas and max-replicas as well (-1: absent). */
export interface AnnotatedSize extends ReplicaSetSize {
  readonly desiredReplicas: number;
  readonly maxReplicas: number;
}

export interface Fenceposts {
  readonly surge: number;
  readonly unavailable: number;
}

type Strategy = DeploymentSpec["strategy"];

/** Surge rounds up, unavailability down; both 0 would stop every rollout, so one may be unavailable then. */
export function fencepostsOf(maxSurge: IntOrString, maxUnavailable: IntOrString, replicas: number): Fenceposts | null {
  const surge = scaledValue(maxSurge, replicas, true);
  const unavailable = scaledValue(maxUnavailable, replicas, false);
  if (surge === null || unavailable === null) return null;
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

export function maxSurgeOf(strategy: Strategy, replicas: number): number {
  if (strategy.type === "Recreate") return 0;
  return fencepostsOf(strategy.maxSurge, strategy.maxUnavailable, replicas)?.surge ?? 0;
}

/** Never above the replicas; 0 for Recreate. */
export function maxUnavailableOf(strategy: Strategy, replicas: number): number {
  if (strategy.type === "Recreate" || replicas === 0) return 0;
  return Math.min(fencepostsOf(strategy.maxSurge, strategy.maxUnavailable, replicas)?.unavailable ?? 0, replicas);
}

/** Size of the new ReplicaSet after step A; `total` counts it as well. Source: rolling.go reconcileNewReplicaSet. */
export function reconciledNewSize(strategy: Strategy, replicas: number, total: number, current: number): number {
  return current >= replicas ? replicas : newReplicaSetSize(strategy, replicas, total, current);
}

/** As far as the surge allows. Source: deployment_util.go NewRSNewReplicas. */
export function newReplicaSetSize(strategy: Strategy, replicas: number, total: number, current: number): number {
  if (strategy.type === "Recreate") return replicas;
  const room = replicas + maxSurgeOf(strategy, replicas) - total;
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/** One write to an old ReplicaSet: its index in the given list and its new size. */
export interface ScaleDown {
  readonly index: number;
  readonly replicas: number;
}

/**
 * Step B, in the order of the writes: first unhealthy replicas of old ReplicaSets, then available ones
 * within the budget. `old` in the order of creation.
 */
export function scaleDownsOfOld(
  strategy: Strategy,
  replicas: number,
  old: readonly ReplicaSetSize[],
  current: ReplicaSetSize,
): ScaleDown[] {
  const oldTotal = sum(old, (set) => set.replicas);
  if (oldTotal === 0) return [];
  const minAvailable = replicas - maxUnavailableOf(strategy, replicas);
  const newUnavailable = current.replicas - current.availableReplicas;
  const maxScaledDown = oldTotal + current.replicas - minAvailable - newUnavailable;
  if (maxScaledDown <= 0) return [];
  const sizes = old.map((set) => set.replicas);
  const { writes: unhealthy, isBehind } = cleanUpUnhealthy(old, sizes, maxScaledDown);
  // Upstream's error of that step ends the pass, or the available ones would be counted for the next step and for what is gone already.
  if (isBehind) return unhealthy;
  const available = sum(old, (set) => set.availableReplicas) + current.availableReplicas;
  return [...unhealthy, ...scaleDownAvailable(sizes, available - minAvailable)];
}

/** B1; lowers `sizes` as it goes. `isBehind`: a ReplicaSet has more available replicas than wanted ones, for its status is old. */
export function cleanUpUnhealthy(
  old: readonly ReplicaSetSize[],
  sizes: number[],
  limit: number,
): { readonly writes: ScaleDown[]; readonly isBehind: boolean } {
  const writes: ScaleDown[] = [];
  let done = 0;
  for (const [index, set] of old.entries()) {
    const size = sizes[index] ?? 0;
    if (done >= limit) break;
    if (size === 0 || size === set.availableReplicas) continue;
    const removed = Math.min(limit - done, size - set.availableReplicas);
    if (removed < 0) return { writes, isBehind: true };
    sizes[index] = size - removed;
    done += removed;
    writes.push({ index, replicas: size - removed });
  }
  return { writes, isBehind: false };
}

/** B2; lowers `sizes` as it goes. */
export function scaleDownAvailable(sizes: number[], budget: number): ScaleDown[] {
  const writes: ScaleDown[] = [];
  let done = 0;
  sizes.forEach((size, index) => {
    if (done >= budget || size === 0) return;
    const removed = Math.min(size, budget - done);
    sizes[index] = size - removed;
    done += removed;
    writes.push({ index, replicas: size - removed });
  });
  return writes;
}

/** The new ReplicaSet is all there is to be had: the old ones have no more use. */
export function isSaturated(set: AnnotatedSize | null, replicas: number): boolean {
  return set !== null && set.replicas === replicas && set.desiredReplicas === replicas && set.availableReplicas === replicas;
}

/**
 * Sizes after a scale in the middle of a rollout, for `sets` sorted as 6.2.3 says (bySize).
 * `statusReplicas` stands in for a missing max-replicas annotation.
 */
export function proportionalSizes(sets: readonly AnnotatedSize[], strategy: Strategy, replicas: number, statusReplicas: number): number[] {
  const surge = maxSurgeOf(strategy, replicas);
  const toAdd = roomFor(sets, replicas, surge);
  let added = 0;
  const sizes = sets.map((set) => {
    if (set.replicas === 0 || toAdd === 0 || toAdd === added) return set.replicas;
    const fraction = fractionOf(set, replicas, surge, statusReplicas);
    const share = toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
    added += share;
    return set.replicas + share;
  });
  if (toAdd !== 0 && sizes[0] !== undefined) sizes[0] = Math.max(0, sizes[0] + toAdd - added);
  return sizes;
}

/** Replicas to add (or, negative, to remove) over all ReplicaSets. */
export function roomFor(sets: readonly ReplicaSetSize[], replicas: number, surge: number): number {
  return (replicas > 0 ? replicas + surge : 0) - sum(sets, (set) => set.replicas);
}

function fractionOf(set: AnnotatedSize, replicas: number, surge: number, statusReplicas: number): number {
  if (replicas === 0) return -set.replicas;
  const before = set.maxReplicas > 0 ? set.maxReplicas : statusReplicas;
  if (before === 0) return 0;
  return roundHalfAwayFromZero((set.replicas * (replicas + surge)) / before) - set.replicas;
}

function roundHalfAwayFromZero(value: number): number {
  return value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5);
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
