/** Vectors of the control plane, answered by the functions that scheduler and controllers use. */
import {
  EndpointCondition,
  availableFrom,
  isActive,
  type DeploymentStatus,
  type ReplicaSetRecord,
} from "../kubernetes/api-server/client.ts";
import type { PodRecord } from "../kubernetes/api-server/pod-record.ts";
import { compareForDeletion, type RankedPod } from "../kubernetes/controllers/deletion-ranking.ts";
import { activeOrLatest, bySize, hasOldPodsRunning, surplusHistory } from "../kubernetes/controllers/deployment.ts";
import { hasTimedOut, isComplete, isProgress, progressingAfter, timeToDeadline } from "../kubernetes/controllers/deployment-status.ts";
import { belongsToSlices, endpointConditions } from "../kubernetes/controllers/endpoint-slice.ts";
import { replicaSetStatus, slowStartBatches } from "../kubernetes/controllers/replica-set.ts";
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
import { evictionDelay, minTolerationSeconds } from "../kubernetes/controllers/toleration-time.ts";
import { areAllDown, countsForZone, evictionRate, zoneState, type ZoneState } from "../kubernetes/controllers/zone-disruption.ts";
import { Definitions } from "../kubernetes/objects/definitions.ts";
import type { DeploymentSpec } from "../kubernetes/objects/deployment.ts";
import { labelsInclude } from "../kubernetes/objects/label-selector.ts";
import type { IntOrString, Taint, Toleration } from "../kubernetes/objects/meta.ts";
import {
  PodCondition,
  PodPhase,
  pendingPodStatus,
  podPhaseNames,
  type ContainerStatus,
  type PodTemplate,
  type RestartPolicy,
} from "../kubernetes/objects/pod.ts";
import { toleratesAny } from "../kubernetes/objects/toleration.ts";
import {
  UNSCHEDULABLE_TAINT,
  admitsByTaints,
  differenceScore,
  dislikedTaints,
  leastAllocatedScore,
  misfits,
  mostAllocatedScore,
  nonZeroRequest,
  podRequest,
  rejectionTexts,
  taintScores,
  type ResourceTotals,
} from "../kubernetes/scheduler/plugins/index.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { Harness, replicaSet, service } from "../kubernetes/control-plane.exam.ts";
import { taintText } from "../kubernetes/scheduler/placement.ts";
import { newestVersions, versionsOfMinor, type Versions } from "../kubernetes/versions.ts";
import { defaultSettings } from "../settings.ts";
import { instant, wholeSecondsOf } from "./instant.ts";
import { podSpecOf, resourcesOf, type WrittenPodSpec, type WrittenResources } from "./pod-specs.ts";
import { isSame } from "./vector-file.ts";

type Strategy = DeploymentSpec["strategy"];

function rolling(maxSurge: IntOrString, maxUnavailable: IntOrString): Strategy {
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

// ── Deployments ──

export function deploymentFenceposts(input: {
  readonly maxSurge: IntOrString | null;
  readonly maxUnavailable: IntOrString | null;
  readonly replicas: number;
}): unknown {
  return fencepostsOf(input.maxSurge ?? 0, input.maxUnavailable ?? 0, input.replicas) ?? { error: true };
}

interface WrittenTemplate {
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: object;
}

/** Templates are the same if they have one number; the hash is a label of ReplicaSets' Pods only, never of a template. */
export function deploymentTemplateEqual(input: { readonly former: WrittenTemplate; readonly latter: WrittenTemplate }): unknown {
  const definitions = new Definitions();
  const numberOf = ({ metadata, spec }: WrittenTemplate): number => {
    const labels = Object.entries(metadata?.labels ?? {}).filter(([name]) => name !== "pod-template-hash");
    return definitions.intern({ labels: Object.fromEntries(labels), annotations: {}, spec: spec as PodTemplate["spec"] });
  };
  return { equal: numberOf(input.former) === numberOf(input.latter) };
}

interface WrittenDeployment {
  readonly spec: {
    readonly replicas?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: {
      readonly type: Strategy["type"];
      readonly rollingUpdate?: { readonly maxSurge: IntOrString; readonly maxUnavailable: IntOrString };
    };
  };
  readonly status?: WrittenStatus;
}

interface WrittenStatus {
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: "True" | "False";
    readonly reason?: string;
    readonly lastUpdateTime?: string;
    readonly lastTransitionTime?: string;
  }[];
}

function strategyOf({ spec: { strategy } }: WrittenDeployment): Strategy {
  const { maxSurge = 0, maxUnavailable = 0 } = strategy?.rollingUpdate ?? {};
  return strategy?.type === "Recreate" ? { type: "Recreate" } : rolling(maxSurge, maxUnavailable);
}

function statusOf(status: WrittenStatus = {}): DeploymentStatus {
  const condition = status.conditions?.find(({ type }) => type === "Progressing");
  return {
    observedGeneration: 0,
    replicas: status.replicas ?? 0,
    updatedReplicas: status.updatedReplicas ?? 0,
    readyReplicas: status.readyReplicas ?? 0,
    availableReplicas: status.availableReplicas ?? 0,
    unavailableReplicas: 0,
    terminatingReplicas: 0,
    available: null,
    progressing:
      condition === undefined
        ? null
        : {
            status: condition.status,
            reason: condition.reason ?? "",
            lastUpdateTime: wholeSecondsOf(condition.lastUpdateTime),
            lastTransitionTime: wholeSecondsOf(condition.lastTransitionTime),
          },
  };
}

export function deploymentMaxUnavailable({ deployment }: { readonly deployment: WrittenDeployment }): unknown {
  return { maxUnavailable: maxUnavailableOf(strategyOf(deployment), deployment.spec.replicas ?? 0) };
}

export function deploymentComplete({ deployment }: { readonly deployment: WrittenDeployment }): unknown {
  return { complete: isComplete(deployment.spec.replicas ?? 0, 0, statusOf(deployment.status)) };
}

export function deploymentProgressing(input: { readonly deployment: WrittenDeployment; readonly newStatus: WrittenStatus }): unknown {
  return { progressing: isProgress(statusOf(input.deployment.status), statusOf(input.newStatus)) };
}

export function deploymentTimedOut({ deployment, now }: { readonly deployment: WrittenDeployment; readonly now: string | null }): unknown {
  return { timedOut: hasTimedOut(statusOf(deployment.status).progressing, deployment.spec.progressDeadlineSeconds ?? null, instant(now)) };
}

export function deploymentRequeueStuck(input: {
  readonly deployment: WrittenDeployment;
  readonly newStatus: WrittenStatus;
  readonly now: string | null;
}): unknown {
  const { spec, status } = input.deployment;
  const left = timeToDeadline(
    statusOf(status).progressing,
    statusOf(input.newStatus),
    spec.replicas ?? 0,
    0,
    spec.progressDeadlineSeconds ?? null,
    instant(input.now),
  );
  return left === null ? { requeue: false, afterSeconds: 0 } : { requeue: true, afterSeconds: left / 1_000_000 };
}

export function deploymentRolloutStatus(input: {
  readonly deployment: WrittenDeployment;
  readonly newReplicaSet: string | null;
  readonly now: string;
  readonly replicaSets: readonly { readonly name: string; readonly replicas: number; readonly availableReplicas: number }[];
}): unknown {
  const sum = (value: (set: { readonly replicas: number; readonly availableReplicas: number }) => number): number =>
    input.replicaSets.reduce((total, set) => total + value(set), 0);
  const after = {
    ...statusOf(input.deployment.status),
    replicas: sum(({ replicas }) => replicas),
    availableReplicas: sum(({ availableReplicas }) => availableReplicas),
    updatedReplicas: input.replicaSets.find(({ name }) => name === input.newReplicaSet)?.replicas ?? 0,
  };
  const { spec, status } = input.deployment;
  const condition = progressingAfter(
    statusOf(status),
    after,
    spec.replicas ?? 0,
    0,
    spec.progressDeadlineSeconds ?? null,
    instant(input.now),
  );
  return { progressing: condition === null ? null : { status: condition.status, reason: condition.reason } };
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

interface WrittenSet {
  readonly metadata: { readonly uid?: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas: number };
}

/** The model has no ReplicaSet that is being deleted: such a one is gone already. */
export function deploymentHistoryCleanup(input: {
  readonly oldReplicaSets: readonly WrittenSet[];
  readonly revisionHistoryLimit: number;
}): unknown {
  const old = input.oldReplicaSets
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map((set, id) => ({
      id,
      replicas: set.spec.replicas,
      revision: 0,
      generation: 0,
      status: { replicas: set.status.replicas, observedGeneration: 0 },
    }));
  return { deletions: surplusHistory(old, input.revisionHistoryLimit).length };
}

export function deploymentOldPodsRunning(input: {
  readonly newReplicaSet: WrittenSet | null;
  readonly oldReplicaSets: readonly WrittenSet[] | null;
  readonly podsByOwner: Readonly<Record<string, readonly WrittenPod[]>> | null;
}): unknown {
  const newUid = input.newReplicaSet?.metadata.uid;
  const owners = Object.keys(input.podsByOwner ?? {}).filter((uid) => uid !== newUid);
  const statuses = (input.oldReplicaSets ?? []).map(({ status }, id) => ({ id: -1 - id, status }));
  const sets = [...statuses, ...owners.map((_, id) => ({ id, status: { replicas: 0 } }))];
  return { hasOldPodsRunning: hasOldPodsRunning(sets, (id) => (input.podsByOwner?.[owners[id] ?? ""] ?? []).map(podOf)) };
}

// ── Pods and ReplicaSets ──

interface WrittenPod {
  readonly name?: string;
  readonly nodeName?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: { readonly creationTimestamp?: string; readonly deletionTimestamp?: string };
  readonly spec?: { readonly nodeName?: string; readonly restartPolicy?: RestartPolicy };
  readonly status: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly podIPs?: readonly unknown[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

function podOf(pod: WrittenPod): PodRecord {
  const ready = pod.status.conditions?.find(({ type }) => type === "Ready");
  const created = pod.creationTimestamp ?? pod.metadata?.creationTimestamp;
  return {
    id: 0,
    resourceVersion: 0,
    owner: 0,
    workload: 0,
    ordinal: 0,
    template: 0,
    node: 0,
    createdAt: created === undefined ? -1 : wholeSecondsOf(created),
    deletionTimestamp: pod.metadata?.deletionTimestamp === undefined ? -1 : wholeSecondsOf(pod.metadata.deletionTimestamp),
    deletionGracePeriodSeconds: -1,
    cause: 0,
    status: {
      ...pendingPodStatus,
      phase: phaseOf(pod.status.phase ?? "Running"),
      conditions: ready?.status === "True" ? PodCondition.Ready : 0,
      readySince: ready?.lastTransitionTime === undefined ? -1 : wholeSecondsOf(ready.lastTransitionTime),
      hasPodIp: pod.status.podIP !== undefined || (pod.status.podIPs ?? []).length > 0,
      containers: (pod.status.containerStatuses ?? []).map(({ restartCount }): ContainerStatus => ({
        state: { type: "waiting", reason: "ContainerCreating" },
        lastState: null,
        restartCount,
        ready: false,
        started: false,
      })),
    },
  };
}

function phaseOf(name: string): PodPhase {
  switch (podPhaseNames.indexOf(name)) {
    case 0:
      return PodPhase.Pending;
    case 1:
      return PodPhase.Running;
    case 2:
      return PodPhase.Succeeded;
    case 3:
      return PodPhase.Failed;
    default:
      return PodPhase.Unknown;
  }
}

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

// ── scheduler ──

function sumOf(totals: readonly ResourceTotals[]): ResourceTotals {
  const other: Record<string, number> = {};
  for (const total of totals) for (const [name, amount] of Object.entries(total.other)) other[name] = (other[name] ?? 0) + amount;
  return { cpu: totals.reduce((sum, { cpu }) => sum + cpu, 0), memory: totals.reduce((sum, { memory }) => sum + memory, 0), other };
}

interface WrittenNode {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean };
  readonly status: { readonly allocatable?: WrittenResources };
}

export function schedulerFit(input: {
  readonly node: WrittenNode;
  readonly podsOnNode: readonly { readonly spec: WrittenPodSpec }[];
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
}): unknown {
  const allocatable = resourcesOf(input.node.status.allocatable);
  const used = sumOf(input.podsOnNode.map(({ spec }) => podRequest(podSpecOf(spec))));
  const names = Object.keys(allocatable.other ?? {});
  const free = {
    cpu: (allocatable.cpu ?? 0) - used.cpu,
    memory: (allocatable.memory ?? 0) - used.memory,
    other: Object.fromEntries(names.map((name) => [name, (allocatable.other?.[name] ?? 0) - (used.other[name] ?? 0)])),
    pods: Number(input.node.status.allocatable?.["pods"] ?? 0) - input.podsOnNode.length,
  };
  const request = podRequest(podSpecOf(input.pod.spec));
  const isIgnored = (name: string): boolean =>
    (input.ignoredResources ?? []).includes(name) || (input.ignoredResourceGroups ?? []).includes(name.split("/")[0] ?? "");
  const other = Object.fromEntries(Object.entries(request.other).filter(([name]) => !isIgnored(name)));
  const reasons = misfits({ ...request, other }, free);
  return { fits: reasons.length === 0, reasons };
}

interface AllocationInput {
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly podsOnNodes: readonly { readonly spec: WrittenPodSpec }[];
  readonly nodes: readonly WrittenNode[];
  readonly resourceWeights?: { readonly cpu: number; readonly memory: number };
}

/** By the formula of 1.20. */
export function schedulerBalancedAllocation(input: AllocationInput): unknown {
  return scoresOf(input, differenceScore);
}

export function schedulerLeastAllocated(input: AllocationInput): unknown {
  return scoresOf(input, leastAllocatedScore);
}

type Score = (cpu: number, memory: number, cpuAllocatable: number, memoryAllocatable: number) => number;

export function schedulerMostAllocated(input: AllocationInput): unknown {
  return scoresOf(input, mostAllocatedScore);
}

/** Requests with their stand-ins, the Pod's own among them. */
function scoresOf(input: AllocationInput, score: Score): unknown {
  const scores = input.nodes.map((node): [string, number] => {
    const name = node.metadata?.name ?? "";
    const here = input.podsOnNodes.filter(({ spec }) => spec.nodeName === name);
    const total = sumOf([...here, input.pod].map(({ spec }) => nonZeroRequest(podSpecOf(spec))));
    const allocatable = resourcesOf(node.status.allocatable);
    return [name, score(total.cpu, total.memory, allocatable.cpu ?? 0, allocatable.memory ?? 0)];
  });
  return { scores: Object.fromEntries(scores) };
}

function tolerationsOf(written: readonly Partial<Toleration>[] = []): Toleration[] {
  return written.map(({ key = "", operator = "Equal", value = "", effect = "", tolerationSeconds = null }) => ({
    key,
    operator,
    value,
    effect,
    tolerationSeconds,
  }));
}

function taintsOf(written: readonly Partial<Taint>[] = []): Taint[] {
  return written.map(({ key = "", value = "", effect = "NoSchedule" }) => ({ key, value, effect }));
}

export function schedulerTaintFilter(input: { readonly pod: { readonly spec: WrittenPodSpec }; readonly node: WrittenNode }): unknown {
  const taints = taintsOf(input.node.spec?.taints);
  const tolerations = tolerationsOf(input.pod.spec.tolerations);
  const schedulable = admitsByTaints(taints, tolerations);
  return { schedulable, reasons: schedulable ? [] : [taintText(taints, tolerations, versionsOfMinor(20))] };
}

export function schedulerUnschedulableFilter(input: {
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly node: WrittenNode;
}): unknown {
  const schedulable =
    input.node.spec?.unschedulable !== true || toleratesAny(tolerationsOf(input.pod.spec.tolerations), UNSCHEDULABLE_TAINT);
  return { schedulable, reasons: schedulable ? [] : [rejectionTexts.unschedulable] };
}

export function schedulerTaintScore(input: {
  readonly pod: { readonly spec: WrittenPodSpec };
  readonly nodes: readonly WrittenNode[];
}): unknown {
  const scores = taintScores(
    input.nodes.map(({ spec }) => dislikedTaints(taintsOf(spec?.taints), tolerationsOf(input.pod.spec.tolerations))),
  );
  return { scores: Object.fromEntries(input.nodes.map(({ metadata }, index) => [metadata?.name ?? "", scores[index]])) };
}

// ── nodes ──

export function noExecuteEviction(input: {
  readonly taints: readonly Partial<Taint>[];
  readonly tolerations: readonly Partial<Toleration>[];
}): unknown {
  const delay = evictionDelay(taintsOf(input.taints), tolerationsOf(input.tolerations));
  if (delay === Infinity) return { action: "never" };
  return delay === 0 ? { action: "evict-now" } : { action: "evict-after", afterSeconds: delay };
}

export function noExecuteMultiplePods(input: {
  readonly taints: readonly Partial<Taint>[];
  readonly pods: readonly { readonly name: string; readonly tolerations: readonly Partial<Toleration>[] }[];
}): unknown {
  const delays = input.pods.map(({ name, tolerations }): [string, number] => [
    name,
    evictionDelay(taintsOf(input.taints), tolerationsOf(tolerations)),
  ]);
  return { deletedAfterSeconds: Object.fromEntries(delays.filter(([, delay]) => delay < Infinity)) };
}

export function minTolerationTime(input: { readonly tolerations: readonly Partial<Toleration>[] }): unknown {
  const least = minTolerationSeconds(tolerationsOf(input.tolerations));
  return { minTolerationSeconds: least === Infinity ? null : least };
}

export function nodeZoneState(input: { readonly readyNodes: number; readonly notReadyNodes: number }): unknown {
  const state = zoneState(input.readyNodes, input.notReadyNodes, defaultSettings.unhealthyZone);
  const rate = evictionRate(state, input.readyNodes + input.notReadyNodes, defaultSettings);
  return { zoneState: state, notReadyCount: input.notReadyNodes, evictionsPerSecond: String(rate) };
}

interface DisruptedNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly conditions: readonly NodeCondition[];
}

interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

/** Rates don't matter here: a Pod goes once its node has been silent for long enough, unless every zone is down. */
export function nodeDisruption(input: {
  readonly nodes: readonly DisruptedNode[];
  readonly pods: readonly { readonly name: string; readonly nodeName: string }[];
  readonly t0: string;
  readonly laterSeconds: number;
  readonly evictionTimeoutSeconds: number;
  readonly nodeConditionsLater: readonly (readonly NodeCondition[])[];
}): unknown {
  const atStart = zoneStates(input.nodes);
  const nodes = input.nodes.map((node, index) => ({ ...node, conditions: input.nodeConditionsLater[index] ?? [] }));
  const later = zoneStates(nodes);
  const now = instant(input.t0) + input.laterSeconds * SECOND;
  const isLate = ({ conditions }: DisruptedNode): boolean => {
    const ready = readyOf(conditions);
    return ready?.status !== "True" && instant(ready?.lastTransitionTime) + input.evictionTimeoutSeconds * SECOND <= now;
  };
  const late = nodes.filter(isLate).map(({ name }) => name);
  return {
    zoneStatesAtStart: Object.fromEntries(atStart),
    zoneStatesLater: Object.fromEntries(later),
    podEvicted: !areAllDown([...later.values()]) && input.pods.some(({ nodeName }) => late.includes(nodeName)),
  };
}

function zoneStates(nodes: readonly DisruptedNode[]): Map<string, ZoneState> {
  const counts = new Map<string, { ready: number; notReady: number }>();
  for (const { labels, conditions } of nodes.filter((node) => countsForZone(node.labels))) {
    const zone = `${labels["topology.kubernetes.io/region"] ?? ""}:${labels["topology.kubernetes.io/zone"] ?? ""}`;
    const count = counts.get(zone) ?? { ready: 0, notReady: 0 };
    counts.set(zone, count);
    if (readyOf(conditions)?.status === "True") count.ready++;
    else count.notReady++;
  }
  const states = [...counts].map(([zone, { ready, notReady }]): [string, ZoneState] => [
    zone,
    zoneState(ready, notReady, defaultSettings.unhealthyZone),
  ]);
  return new Map(states);
}

function readyOf(conditions: readonly NodeCondition[]): NodeCondition | undefined {
  return conditions.find(({ type }) => type === "Ready");
}

// ── endpoints ──

interface MembershipInput {
  readonly pod: WrittenPod;
  readonly includeTerminating: boolean;
}

export function endpointsMembership(input: MembershipInput): unknown {
  return membership(input, newestVersions);
}

export function endpointsMembershipOf120(input: MembershipInput): unknown {
  return membership(input, versionsOfMinor(20));
}

function membership({ pod, includeTerminating }: MembershipInput, version: Versions): unknown {
  const policy = pod.spec?.restartPolicy ?? "Always";
  return { inEndpoints: belongsToSlices(podOf(pod), policy, { ...version, endpointsTellTerminating: includeTerminating }) };
}

export function endpointSliceConditions(input: {
  readonly podReadyCondition: boolean;
  readonly podTerminating: boolean;
  readonly publishNotReadyAddresses: boolean;
}): unknown {
  const bits = endpointConditions(input.podReadyCondition, input.podTerminating, input.publishNotReadyAddresses);
  return {
    ready: (bits & EndpointCondition.ready) !== 0,
    serving: (bits & EndpointCondition.serving) !== 0,
    terminating: (bits & EndpointCondition.terminating) !== 0,
  };
}

/** A whole control plane on a node of its own; each change is a size, which reaches the slices as an update and, later, a removal of no effect here. */
export function endpointsBatching(input: {
  readonly batchPeriodSeconds: number;
  readonly changes: readonly { readonly delaySeconds: number }[];
  readonly finalWaitSeconds: number;
}): unknown {
  let at = 10 * SECOND;
  const actions = input.changes.map(({ delaySeconds }, index) => {
    at += delaySeconds * SECOND;
    return { type: "scale", at: Math.round(at), namespace: "default", kind: "ReplicaSet", name: "web", replicas: 9 - index } as const;
  });
  const harness = new Harness({
    objects: [replicaSet("web", 10), service("web")],
    start: "settled",
    gone: 60 * SECOND,
    actions,
    settings: { endpointsBatch: input.batchPeriodSeconds * SECOND, controllerSync: MILLISECOND },
  });
  harness.runUntil(at + input.finalWaitSeconds * SECOND);
  return { writes: harness.endpointLog.length - 1 };
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

export function otherWeights({ resourceWeights }: AllocationInput): string | null {
  const { cpu, memory } = resourceWeights ?? { cpu: 1, memory: 1 };
  return cpu === 1 && memory === 1 ? null : "outside of the model: weights of resources are the scheduler's defaults";
}
