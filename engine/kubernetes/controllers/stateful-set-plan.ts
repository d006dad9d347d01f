/**
 * What one sync of a StatefulSet creates and deletes: one ordinal at a time under OrderedReady. Pure; the
 * controller carries it out. Source: pkg/controller/statefulset/stateful_set_control.go (updateStatefulSet).
 *
 *   replicas ascending ──▶ condemned descending ──▶ update from the highest place down to the partition
 *   (any of them may end the pass)
 */

export interface StatefulPod {
  readonly ordinal: number;
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly isReady: boolean;
  /** Ready for minReadySeconds. */
  readonly isAvailable: boolean;
  readonly isTerminating: boolean;
  readonly revision: string;
}

export interface StatefulSetInput {
  readonly replicas: number;
  /** spec.ordinals.start */
  readonly start: number;
  readonly isOrdered: boolean;
  readonly strategy: "RollingUpdate" | "OnDelete";
  readonly partition: number;
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly pods: readonly StatefulPod[];
  /** v1.20: a Failed Pod is deleted and made anew in one sync; a Succeeded one is left alone. */
  readonly recreatesFailedAtOnce: boolean;
}

export interface StatefulSetPlan {
  readonly creates: readonly { readonly ordinal: number; readonly revision: string }[];
  /** Ordinals, in the order of the calls; those of failed Pods come before their successors' creation. */
  readonly deletes: readonly number[];
}

/** A place of the set: its Pod, or the one that is to be made. */
interface Replica {
  readonly ordinal: number;
  readonly pod: StatefulPod | null;
  readonly revision: string;
}

export function planStatefulSet(input: StatefulSetInput): StatefulSetPlan {
  const creates: { ordinal: number; revision: string }[] = [];
  const deletes: number[] = [];
  const plan: StatefulSetPlan = { creates, deletes };
  const { pods, isOrdered, start, replicas: count } = input;
  const isWanted = ({ ordinal }: StatefulPod): boolean => ordinal >= start && ordinal < start + count;
  const condemned = pods.filter((pod) => !isWanted(pod)).sort((a, b) => b.ordinal - a.ordinal);
  const replicas: Replica[] = [];
  for (let ordinal = start; ordinal < start + count; ordinal++) {
    const pod = pods.find((other) => other.ordinal === ordinal) ?? null;
    replicas.push({ ordinal, pod, revision: pod?.revision ?? revisionOf(input, ordinal) });
  }
  const firstUnhealthy = firstUnhealthyOf(replicas, condemned);

  for (let index = 0; index < replicas.length; index++) {
    const { ordinal } = replicas[index]!;
    let { pod, revision } = replicas[index]!;
    if (pod !== null && isFinished(pod, input)) {
      if (input.recreatesFailedAtOnce || !pod.isTerminating) deletes.push(ordinal);
      if (!input.recreatesFailedAtOnce) return plan;
      pod = null;
      revision = revisionOf(input, ordinal);
      replicas[index] = { ordinal, pod, revision };
    }
    if (pod === null) {
      creates.push({ ordinal, revision });
      if (isOrdered) return plan;
    } else if (isOrdered && (pod.isTerminating || !isHealthy(pod) || !pod.isAvailable)) {
      return plan;
    }
  }

  for (const pod of condemned) {
    if (pod.isTerminating) {
      if (isOrdered) return plan;
      continue;
    }
    if (isOrdered && !isHealthy(pod) && pod.ordinal !== firstUnhealthy) return plan;
    deletes.push(pod.ordinal);
    if (isOrdered) return plan;
  }

  if (input.strategy === "OnDelete") return plan;
  for (let index = replicas.length - 1; index >= input.partition; index--) {
    const { pod, ordinal, revision } = replicas[index]!;
    if (revision !== input.updateRevision && pod?.isTerminating !== true) {
      if (pod !== null) deletes.push(ordinal);
      return plan;
    }
    if (pod === null || pod.isTerminating || !isHealthy(pod) || !pod.isAvailable) return plan;
  }
  return plan;
}

/** Below the partition, which counts places and not ordinals, a new Pod has the revision that the set comes from. */
function revisionOf({ strategy, start, partition, currentRevision, updateRevision }: StatefulSetInput, ordinal: number): string {
  return strategy === "RollingUpdate" && ordinal - start < partition ? currentRevision : updateRevision;
}

function isFinished({ phase }: StatefulPod, { recreatesFailedAtOnce }: StatefulSetInput): boolean {
  return phase === "Failed" || (phase === "Succeeded" && !recreatesFailedAtOnce);
}

function isHealthy({ phase, isReady }: StatefulPod): boolean {
  return phase === "Running" && isReady;
}

/** The lowest ordinal without a Pod that runs, is ready and stays; -1: none. */
function firstUnhealthyOf(replicas: readonly Replica[], condemned: readonly StatefulPod[]): number {
  const unhealthy = [
    ...replicas.filter(({ pod }) => pod === null || pod.isTerminating || !isHealthy(pod)),
    ...condemned.filter((pod) => pod.isTerminating || !isHealthy(pod)),
  ].map(({ ordinal }) => ordinal);
  return unhealthy.reduce((least, ordinal) => (least === -1 ? ordinal : Math.min(least, ordinal)), -1);
}
