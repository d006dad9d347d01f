/** Vectors of ReplicaSets: statuses, whom they delete first, how they create. */
import { availableFrom, isActive } from "../kubernetes/api-server/client.ts";
import { compareForDeletion, type RankedPod } from "../kubernetes/controllers/deletion-ranking.ts";
import { replicaSetStatus, slowStartBatches } from "../kubernetes/controllers/replica-set.ts";
import { labelsInclude } from "../kubernetes/objects/label-selector.ts";
import { instant, wholeSecondsOf } from "./instant.ts";
import { isSame } from "./vector-file.ts";
import { type WrittenPod, podOf } from "./written-pods.ts";

export function podAvailable(input: { readonly pod: WrittenPod; readonly minReadySeconds: number; readonly now: string }): unknown {
  return { available: availableFrom(podOf(input.pod), input.minReadySeconds) <= wholeSecondsOf(input.now) };
}

export function replicaSetCounts(input: {
  readonly minReadySeconds: number;
  readonly templateLabels: Readonly<Record<string, string>>;
  readonly pods: readonly WrittenPod[];
}): Record<string, number> {
  const pods = input.pods.map(podOf);
  const labels = new Map(pods.map((pod, index) => [pod, input.pods[index]?.labels ?? {}]));
  const { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas } = replicaSetStatus(
    0,
    pods,
    0,
    input.minReadySeconds,
    0,
    (pod) => labelsInclude(labels.get(pod) ?? {}, input.templateLabels),
  );
  return { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas };
}

function rankedOf(pod: WrittenPod, nodeName: string, rank: number): RankedPod {
  const record = podOf(pod);
  return {
    isAssigned: nodeName !== "",
    phase: record.status.phase,
    isReady: record.status.conditions !== 0,
    deletionCost: 0,
    rank,
    readySince: record.status.readySince === -1 ? null : record.status.readySince,
    createdAt: record.createdAt === -1 ? null : record.createdAt,
    restarts: record.status.containers.reduce((most, { restartCount }) => Math.max(most, restartCount), 0),
    sidecarRestarts: 0,
    uid: 0,
  };
}

export function deletionPair(input: {
  readonly now: string;
  readonly a: { readonly pod: WrittenPod; readonly rank: number };
  readonly b: { readonly pod: WrittenPod; readonly rank: number };
}): unknown {
  const ranked = ({ pod, rank }: { readonly pod: WrittenPod; readonly rank: number }): RankedPod =>
    rankedOf(pod, pod.spec?.nodeName ?? "", rank);
  const order = compareForDeletion(ranked(input.a), ranked(input.b), instant(input.now));
  return { order: order === 0 ? "equal" : order < 0 ? "a-before-b" : "b-before-a" };
}

/** Names of those deleted, and the whole order, by the rules of 1.20. */
export function deletionOrder(input: {
  readonly pods: readonly WrittenPod[];
  readonly otherPodsOfSameController: readonly WrittenPod[];
  readonly scaleDownBy: number;
}): { readonly deleted: string[]; readonly order: string[] } {
  const onNode = new Map<string, number>();
  for (const pod of [...input.pods, ...input.otherPodsOfSameController]) {
    if (isActive(podOf(pod))) onNode.set(pod.nodeName ?? "", (onNode.get(pod.nodeName ?? "") ?? 0) + 1);
  }
  const ranked = input.pods.map((pod) => ({
    name: pod.name ?? "",
    facts: rankedOf(pod, pod.nodeName ?? "", onNode.get(pod.nodeName ?? "") ?? 0),
  }));
  ranked.sort((a, b) => compareForDeletion(a.facts, b.facts, 0, "exact"));
  const order = ranked.map(({ name }) => name);
  return { deleted: order.slice(0, input.scaleDownBy).sort(), order };
}

export function slowStart(input: {
  readonly count: number;
  readonly initialBatchSize: number;
  readonly failFromCallIndex: number;
}): unknown {
  let calls = 0;
  let successes = 0;
  for (const size of slowStartBatches(input.count, input.initialBatchSize)) {
    const working = input.failFromCallIndex < 0 ? size : Math.max(0, Math.min(size, input.failFromCallIndex - calls));
    calls += size;
    successes += working;
    if (working < size) return { calls, successes, failed: true };
  }
  return { calls, successes, failed: false };
}

/** Counters that are missing are 0. */
export function expectedCounts({ status }: Readonly<Record<string, unknown>>): unknown {
  return { replicas: 0, fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0, ...(status as object) };
}

/** The whole order is compared where it is free of ties. */
export function isSameDeletion(
  found: { readonly deleted: readonly string[]; readonly order: readonly string[] },
  expected: { readonly deleted: readonly string[]; readonly fullOrder?: readonly string[] },
): boolean {
  return isSame(found.deleted, expected.deleted) && (expected.fullOrder === undefined || isSame(found.order, expected.fullOrder));
}
