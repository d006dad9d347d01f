/** Vectors of rolling updates: the arithmetic of surge and unavailable, and who is scaled. */
import type { ReplicaSetRecord } from "../kubernetes/api-server/client.ts";
import { activeOrLatest, bySize } from "../kubernetes/controllers/deployment.ts";
import {
  cleanUpUnhealthy,
  fencepostsOf,
  isSaturated,
  maxSurgeOf,
  maxUnavailableOf,
  newReplicaSetSize,
  proportionalSizes,
  reconciledNewSize,
  roomFor,
  scaleDownAvailable,
  scaleDownsOfOld,
} from "../kubernetes/controllers/rolling-update.ts";
import type { DeploymentSpec } from "../kubernetes/objects/deployment.ts";
import type { IntOrString } from "../kubernetes/objects/meta.ts";
import { instant } from "./instant.ts";

export type Strategy = DeploymentSpec["strategy"];

export function rolling(maxSurge: IntOrString, maxUnavailable: IntOrString): Strategy {
  return { type: "RollingUpdate", maxSurge, maxUnavailable };
}

interface Size {
  readonly specReplicas: number;
  readonly availableReplicas: number;
}

const sizeOf = ({ specReplicas, availableReplicas }: Size): { replicas: number; availableReplicas: number } => ({
  replicas: specReplicas,
  availableReplicas,
});

export function deploymentFenceposts(input: {
  readonly maxSurge: IntOrString | null;
  readonly maxUnavailable: IntOrString | null;
  readonly replicas: number;
}): unknown {
  return fencepostsOf(input.maxSurge ?? 0, input.maxUnavailable ?? 0, input.replicas) ?? { error: true };
}

export function deploymentCleanUpUnhealthy(input: { readonly oldReplicaSet: Size; readonly maxCleanupCount: number }): unknown {
  const sizes = [input.oldReplicaSet.specReplicas];
  cleanUpUnhealthy([sizeOf(input.oldReplicaSet)], sizes, input.maxCleanupCount);
  return { cleanedUp: input.oldReplicaSet.specReplicas - (sizes[0] ?? 0) };
}

export function deploymentScaleDownOld(input: {
  readonly replicas: number;
  readonly maxSurge: IntOrString;
  readonly maxUnavailable: IntOrString;
  readonly oldReplicaSet: Size;
}): unknown {
  const minAvailable = input.replicas - maxUnavailableOf(rolling(input.maxSurge, input.maxUnavailable), input.replicas);
  const sizes = [input.oldReplicaSet.specReplicas];
  const writes = scaleDownAvailable(sizes, input.oldReplicaSet.availableReplicas - minAvailable);
  return { scaled: writes.length > 0, oldReplicaSetReplicas: sizes[0] };
}

export function deploymentNewReplicas(input: {
  readonly strategyType: Strategy["type"];
  readonly replicas: number;
  readonly maxSurge: IntOrString;
  readonly maxUnavailable: IntOrString;
  readonly allReplicaSetsTotalReplicas: number;
  readonly newReplicaSetReplicas: number;
}): unknown {
  const strategy: Strategy = input.strategyType === "Recreate" ? { type: "Recreate" } : rolling(input.maxSurge, input.maxUnavailable);
  return {
    newReplicaSetReplicas: newReplicaSetSize(strategy, input.replicas, input.allReplicaSetsTotalReplicas, input.newReplicaSetReplicas),
  };
}

export function deploymentReconcileNew(input: {
  readonly replicas: number;
  readonly maxSurge: IntOrString;
  readonly maxUnavailable: IntOrString;
  readonly oldReplicaSetReplicas: number;
  readonly newReplicaSetReplicas: number;
}): unknown {
  const current = input.newReplicaSetReplicas;
  const size = reconciledNewSize(
    rolling(input.maxSurge, input.maxUnavailable),
    input.replicas,
    input.oldReplicaSetReplicas + current,
    current,
  );
  return { scaled: size !== current, newReplicaSetReplicas: size };
}

export function deploymentReconcileOld(input: {
  readonly replicas: number;
  readonly maxSurge: IntOrString;
  readonly maxUnavailable: IntOrString;
  readonly oldReplicaSet: Size;
  readonly newReplicaSet: Size;
}): unknown {
  const writes = scaleDownsOfOld(
    rolling(input.maxSurge, input.maxUnavailable),
    input.replicas,
    [sizeOf(input.oldReplicaSet)],
    sizeOf(input.newReplicaSet),
  );
  return { scaled: writes.length > 0, oldReplicaSetReplicas: writes.at(-1)?.replicas ?? input.oldReplicaSet.specReplicas };
}

interface NamedSize extends Size {
  readonly name: string;
  readonly creationTimestamp: string;
  readonly desiredReplicasAnnotation?: number;
  readonly maxReplicasAnnotation?: number;
}

export function deploymentRollingStep(input: {
  readonly replicas: number;
  readonly maxSurge: IntOrString;
  readonly maxUnavailable: IntOrString;
  readonly oldReplicaSets: readonly NamedSize[];
  readonly newReplicaSet: NamedSize;
}): unknown {
  const strategy = rolling(input.maxSurge, input.maxUnavailable);
  const sizes = new Map([...input.oldReplicaSets, input.newReplicaSet].map((set) => [set.name, set.specReplicas]));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const size = reconciledNewSize(strategy, input.replicas, total, input.newReplicaSet.specReplicas);
  if (size !== input.newReplicaSet.specReplicas) {
    sizes.set(input.newReplicaSet.name, size);
    return { action: "scaled-new", sizes: Object.fromEntries(sizes) };
  }
  const old = input.oldReplicaSets
    .filter(({ specReplicas }) => specReplicas > 0)
    .sort((a, b) => instant(a.creationTimestamp) - instant(b.creationTimestamp));
  const writes = scaleDownsOfOld(strategy, input.replicas, old.map(sizeOf), sizeOf(input.newReplicaSet));
  for (const { index, replicas } of writes) sizes.set(old[index]?.name ?? "", replicas);
  return { action: writes.length > 0 ? "scaled-old" : "none", sizes: Object.fromEntries(sizes) };
}

export function deploymentRollingTrace(input: {
  readonly replicas: number;
  readonly maxSurge: IntOrString;
  readonly maxUnavailable: IntOrString;
  readonly becomeAvailablePerQuietStep: number;
}): unknown {
  const strategy = rolling(input.maxSurge, input.maxUnavailable);
  const { replicas } = input;
  const steps: { action: string; newAvailable: number; newReplicas: number; oldReplicas: number }[] = [];
  let oldReplicas = replicas;
  let newReplicas = 0;
  let newAvailable = 0;
  while (oldReplicas > 0 || newReplicas < replicas || newAvailable < replicas) {
    let action = "became-available";
    const size = reconciledNewSize(strategy, replicas, oldReplicas + newReplicas, newReplicas);
    const [down] = scaleDownsOfOld(strategy, replicas, [{ replicas: oldReplicas, availableReplicas: oldReplicas }], {
      replicas: newReplicas,
      availableReplicas: newAvailable,
    });
    if (size !== newReplicas) {
      newReplicas = size;
      action = "scaled-new";
    } else if (down !== undefined) {
      oldReplicas = down.replicas;
      action = "scaled-old";
    } else newAvailable += Math.min(newReplicas - newAvailable, input.becomeAvailablePerQuietStep || Infinity);
    steps.push({ action, newAvailable, newReplicas, oldReplicas });
  }
  return { steps };
}

export function deploymentScaleProportional(input: {
  readonly replicas: number;
  readonly maxSurge: IntOrString;
  readonly maxUnavailable: IntOrString;
  readonly replicaSets: readonly NamedSize[];
  readonly newReplicaSet: string | null;
}): unknown {
  const { replicas } = input;
  const strategy = rolling(input.maxSurge, input.maxUnavailable);
  const sets = input.replicaSets.map(recordOf);
  const current = sets.find(({ name }) => name === input.newReplicaSet) ?? null;
  const old = sets.filter((set) => set !== current);
  const sizes = new Map(sets.map((set) => [set.name, set.replicas]));
  const only = activeOrLatest({ current, old });
  if (only !== null) sizes.set(only.name, replicas);
  else if (current !== null && isSaturated(annotated(current), replicas)) for (const { name } of old) sizes.set(name, 0);
  else {
    const active = sets.filter((set) => set.replicas > 0);
    const sorted = bySize(active, roomFor(active.map(annotated), replicas, maxSurgeOf(strategy, replicas)) > 0);
    proportionalSizes(sorted.map(annotated), strategy, replicas, 0).forEach((size, index) => sizes.set(sorted[index]?.name ?? "", size));
  }
  return { sizes: Object.fromEntries(sizes) };
}

function annotated(set: ReplicaSetRecord): { replicas: number; availableReplicas: number; desiredReplicas: number; maxReplicas: number } {
  return {
    replicas: set.replicas,
    availableReplicas: set.status.availableReplicas,
    desiredReplicas: set.desiredReplicas,
    maxReplicas: set.maxReplicas,
  };
}

function recordOf(set: NamedSize): ReplicaSetRecord {
  return {
    id: 0,
    resourceVersion: 0,
    generation: 0,
    namespace: "",
    name: set.name,
    owner: 0,
    workload: 0,
    template: 0,
    replicas: set.specReplicas,
    minReadySeconds: 0,
    desiredReplicas: set.desiredReplicasAnnotation ?? -1,
    maxReplicas: set.maxReplicasAnnotation ?? -1,
    revision: 0,
    createdAt: instant(set.creationTimestamp),
    cause: 0,
    status: {
      observedGeneration: 0,
      replicas: set.specReplicas,
      fullyLabeledReplicas: 0,
      readyReplicas: 0,
      availableReplicas: set.availableReplicas,
      terminatingReplicas: 0,
    },
  };
}
