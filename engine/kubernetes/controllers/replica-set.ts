/**
 * The ReplicaSet controller, and the ReplicationController's (replica-source.ts): as many active Pods as wanted, created in slow-start batches, given up in
 * the order of deletion-ranking.ts. Which Pods are its own: pod-claims.ts. Source: pkg/controller/replicaset/replica_set.go.
 */
import { SECOND, wholeSeconds } from "../../kernel/time.ts";
import type { PodId, PodRecord } from "../api-server/pod-record.ts";
import {
  availableFrom,
  isActive,
  isDeleting,
  isReady,
  uidOrder,
  type ApiRequest,
  type ApiResponse,
  type CacheListener,
  type Client,
  type InformerCache,
  type ObjectRecord,
  type ReplicaSetRecord,
  type ReplicaSetStatus,
} from "../api-server/client.ts";
import type { Definitions } from "../objects/definitions.ts";
import type { ContainerStatus } from "../objects/pod.ts";
import type { Workloads } from "../objects/workloads.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import { compareForDeletion, type RankedPod } from "./deletion-ranking.ts";
import { Expectations } from "./expectations.ts";
import { OwnedPods, type PodCounts } from "./owned-pods.ts";
import { PodClaims, noClaims, withClaims, type Claims } from "./pod-claims.ts";
import type { ReplicaSource } from "./replica-source.ts";
import type { WorkQueue } from "./work-queue.ts";

export class ReplicaSetController implements Controller, CacheListener {
  readonly name: string;
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly workloads: Workloads;
  private readonly source: ReplicaSource;
  private readonly expectations: Expectations;
  private readonly owned: OwnedPods;
  private readonly claims: PodClaims;
  /** resourceVersion of the last own write, by ReplicaSet: an older cache must not decide (1.36). */
  private readonly written = new Map<number, number>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions, workloads: Workloads, source: ReplicaSource) {
    this.name = source.kind.toLowerCase();
    this.source = source;
    this.client = client;
    this.cache = cache;
    this.workloads = workloads;
    this.owned = new OwnedPods(cache);
    this.claims = new PodClaims(cache, definitions, workloads, source);
    this.expectations = new Expectations(client.host.settings.expectationsTimeout);
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, Infinity);
  }

  private get queue(): WorkQueue {
    return this.runner.queue;
  }

  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    this.owned.changed(before, after);
    for (const id of this.claims.podChanged(before, after)) this.queue.add(id);
    if (before !== undefined && before.owner >= 0 && after !== undefined && after.owner !== before.owner) this.lost(before.owner);
    const pod = after ?? before;
    if (pod === undefined || pod.owner < 0) return;
    const owner = this.source.record(pod.owner);
    // A Pod that is being deleted is as good as gone, also when it is seen for the first time so.
    if (after === undefined || isDeleting(after)) this.expectations.deletionObserved(pod.owner, pod.id);
    else if (before === undefined) this.expectations.creationObserved(pod.owner);
    if (owner === undefined) return;
    this.queue.add(pod.owner);
    if (before !== undefined && after !== undefined && !isReady(before) && isReady(after)) this.lookAgainWhenAvailable(owner);
  }

  /** A Pod of a set is somebody else's now. */
  private lost(owner: number): void {
    if (this.source.record(owner) !== undefined) this.queue.add(owner);
  }

  replicaSetChanged(before: ReplicaSetRecord | undefined, after: ReplicaSetRecord | undefined): void {
    const replicaSet = after ?? before;
    if (replicaSet !== undefined && this.source.kind === "ReplicaSet") this.setChanged(replicaSet.id, after === undefined);
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    const object = after ?? before;
    if (object !== undefined && object.kind === this.source.kind) this.setChanged(object.id, after === undefined);
  }

  private setChanged(id: number, isGone: boolean): void {
    if (isGone) this.expectations.forget(id);
    this.queue.add(id);
  }

  *sync(id: number): Sync {
    const replicaSet = this.source.record(id);
    if (replicaSet === undefined) {
      this.expectations.forget(id);
      this.written.delete(id);
      this.owned.forget(id);
      this.claims.forget(id);
      return "done";
    }
    if (replicaSet.resourceVersion < (this.written.get(id) ?? 0)) return "retry";
    const isDeletingSet = (replicaSet.deletionTimestamp ?? -1) >= 0;
    // Asked before the claims, whose answers take time. Source: replica_set.go syncReplicaSet.
    const needsSync = this.expectations.areSatisfied(id, this.client.now);
    const claims = isDeletingSet ? noClaims : yield* this.claims.claim(replicaSet);
    if (claims === null) return "retry";
    const counts = withClaims(this.owned.of(id), claims);
    // Only what becomes available by time alone has to be looked at one by one.
    const active = replicaSet.minReadySeconds > 0 ? this.activePods(id, claims) : [];
    let failure: string | null = null;
    if (!isDeletingSet && needsSync) failure = yield* this.manage(replicaSet, counts.active, claims);
    const isWritten = yield* this.writeStatus(replicaSet, counts, active, failure);
    if (failure !== null || !isWritten) return "retry";
    this.lookAgainAtNextAvailable(replicaSet, active);
    return "done";
  }

  private activePods(id: number, claims: Claims): PodRecord[] {
    const own = this.cache.podsOf(id).filter(isActive);
    if (claims === noClaims) return own;
    return [...own.filter(({ id: pod }) => claims.released.every((other) => other.id !== pod)), ...claims.adopted];
  }

  /** What the first request that failed came to; null: none did. */
  private *manage(replicaSet: ReplicaSetRecord, active: number, claims: Claims): Sync<string | null> {
    const difference = active - replicaSet.replicas;
    const { rsBurst } = this.client.host.settings;
    if (difference < 0) return yield* this.create(replicaSet, Math.min(-difference, rsBurst));
    if (difference > 0) return yield* this.remove(replicaSet, this.activePods(replicaSet.id, claims), Math.min(difference, rsBurst));
    return null;
  }

  private *create(replicaSet: ReplicaSetRecord, count: number): Sync<string | null> {
    this.expectations.expectCreations(replicaSet.id, count, this.client.now);
    const request: ApiRequest = { kind: "createPod", owner: replicaSet.id, workload: replicaSet.workload, template: replicaSet.template };
    let created = 0;
    for (const size of slowStartBatches(count, this.client.host.settings.slowStartInitial)) {
      const responses = yield new Array<ApiRequest>(size).fill(request);
      const succeeded = responses.filter(({ status }) => status === "ok").length;
      created += succeeded;
      for (const { pod } of responses) {
        this.client.recordEvent(`replicaset/${replicaSet.id}`);
        if (pod !== undefined) this.record(replicaSet, "SuccessfulCreate", "Created pod", pod);
      }
      for (const response of responses) this.recordFailure(replicaSet, response);
      if (succeeded === size) continue;
      for (let missing = created; missing < count; missing++) this.expectations.creationObserved(replicaSet.id);
      // Whatever is asked of a namespace that goes away is in vain.
      const refused = responses.find(({ status, isNamespaceTerminating }) => status !== "ok" && isNamespaceTerminating !== true);
      return refused === undefined ? null : (refused.message ?? refused.status);
    }
    return null;
  }

  private *remove(replicaSet: ReplicaSetRecord, active: readonly PodRecord[], count: number): Sync<string | null> {
    const victims = this.chooseVictims(replicaSet, active, count);
    this.expectations.expectDeletions(replicaSet.id, victims, this.client.now);
    const { causes } = this.client.host;
    causes.current = replicaSet.sizedBy ?? causes.current;
    const responses = yield victims.map((pod): ApiRequest => ({ kind: "deletePod", pod, gracePeriodSeconds: null }));
    let failure: string | null = null;
    responses.forEach(({ status, message = status }, index) => {
      this.client.recordEvent(`replicaset/${replicaSet.id}`);
      const victim = this.cache.pods[victims[index] ?? -1];
      if (status === "ok" && victim !== undefined) this.record(replicaSet, "SuccessfulDelete", "Deleted pod", victim);
      if (status === "ok") return;
      this.expectations.deletionObserved(replicaSet.id, victims[index] ?? -1);
      if (status !== "notFound") failure ??= message;
    });
    return failure;
  }

  private record({ namespace, name }: ReplicaSetRecord, reason: string, what: string, pod: PodRecord): void {
    const { events, now } = this.client;
    if (events === null) return;
    const message = `${what}: ${events.podName(pod)}`;
    events.record(now, this.eventSource, { kind: this.source.kind, namespace, name }, "Normal", reason, message);
  }

  /** Source: controller_utils.go CreatePods. */
  private recordFailure({ namespace, name }: ReplicaSetRecord, { status, message = "", isNamespaceTerminating }: ApiResponse): void {
    const { events, now } = this.client;
    if (status !== "forbidden" || isNamespaceTerminating === true || events === null) return;
    const object = { kind: this.source.kind, namespace, name } as const;
    events.record(now, this.eventSource, object, "Warning", "FailedCreate", `Error creating: ${message}`);
  }

  private get eventSource(): { readonly component: string; readonly host: string } {
    return { component: this.source.component, host: "" };
  }

  private chooseVictims(replicaSet: ReplicaSetRecord, active: readonly PodRecord[], count: number): PodId[] {
    const inOrder = [...active].sort((a, b) => a.id - b.id);
    if (count >= active.length) return inOrder.map(({ id }) => id);
    const onNode = this.relatedPodsByNode(replicaSet);
    const ranked = inOrder.map((pod) => ({
      id: pod.id,
      facts: rankedPod(pod, onNode.get(pod.node) ?? 0, uidOrder(this.client.host.seed, this.workloads.label(pod.workload), pod.ordinal)),
    }));
    const ages = this.client.host.versions.logScaleAges ? "logarithmic" : "exact";
    ranked.sort((a, b) => compareForDeletion(a.facts, b.facts, this.client.now, ages));
    return ranked.slice(0, count).map(({ id }) => id);
  }

  /** Active Pods per node over all ReplicaSets of the same Deployment. */
  private relatedPodsByNode(replicaSet: ReplicaSetRecord): Map<number, number> {
    const related = this.source.siblings(replicaSet);
    const counts = new Map<number, number>();
    for (const { id } of related) {
      for (const pod of this.cache.podsOf(id)) if (isActive(pod)) counts.set(pod.node, (counts.get(pod.node) ?? 0) + 1);
    }
    return counts;
  }

  /** False: the status could not be written and the sync must be repeated. */
  private *writeStatus(
    replicaSet: ReplicaSetRecord,
    counts: PodCounts,
    active: readonly PodRecord[],
    failure: string | null,
  ): Sync<boolean> {
    const status = withFailure(
      this.statusOf(replicaSet, counts, active),
      replicaSet,
      counts.active,
      failure,
      wholeSeconds(this.client.now),
    );
    if (isSameStatus(status, replicaSet.status)) return true;
    let version = replicaSet.resourceVersion;
    // One retry on the live object. Source: replica_set_utils.go updateReplicaSetStatus.
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = yield* call(this.source.updateStatus(replicaSet.id, version, status));
      const written = this.source.recordOf(response);
      if (written !== undefined) {
        this.written.set(replicaSet.id, written.resourceVersion);
        return true;
      }
      if (response.status === "notFound") return true;
      const read = yield* call(this.source.read(replicaSet.id));
      const live = this.source.recordOf(read);
      if (live === undefined) return read.status === "notFound";
      version = live.resourceVersion;
    }
    return false;
  }

  /** The same as replicaSetStatus, of counts; `active` where Pods wait to become available. */
  private statusOf({ generation, minReadySeconds }: ReplicaSetRecord, counts: PodCounts, active: readonly PodRecord[]): ReplicaSetStatus {
    const nowSeconds = wholeSeconds(this.client.now);
    const { length: available } = active.filter((pod) => availableFrom(pod, minReadySeconds) <= nowSeconds);
    return {
      observedGeneration: generation,
      replicas: counts.active,
      fullyLabeledReplicas: counts.active,
      readyReplicas: counts.ready,
      availableReplicas: minReadySeconds > 0 ? available : counts.ready,
      terminatingReplicas: counts.terminating,
    };
  }

  private lookAgainWhenAvailable({ id, minReadySeconds }: ReplicaSetRecord): void {
    const later = this.client.host.versions.minReadyResyncExact ? 0 : 1;
    if (minReadySeconds > 0) this.queue.addAfter(id, (minReadySeconds + later) * SECOND);
  }

  private lookAgainAtNextAvailable(replicaSet: ReplicaSetRecord, active: readonly PodRecord[]): void {
    if (replicaSet.minReadySeconds === 0) return;
    const nowSeconds = wholeSeconds(this.client.now);
    if (!this.client.host.versions.minReadyResyncExact) {
      const isAvailable = (pod: PodRecord): boolean => availableFrom(pod, replicaSet.minReadySeconds) <= nowSeconds;
      const areAllReady = active.filter(isReady).length === replicaSet.replicas;
      if (areAllReady && active.filter(isAvailable).length !== replicaSet.replicas)
        this.queue.addAfter(replicaSet.id, replicaSet.minReadySeconds * SECOND);
      return;
    }
    const next = active.map((pod) => availableFrom(pod, replicaSet.minReadySeconds)).filter((at) => at > nowSeconds);
    const earliest = Math.min(...next);
    if (earliest < Infinity) this.queue.addAfter(replicaSet.id, earliest * SECOND - this.client.now);
  }
}

/** Sizes of the batches that go out one after the other: 1, 2, 4, 8 … up to what is left. Source: slowStartBatch. */
export function slowStartBatches(count: number, initial: number): number[] {
  const sizes: number[] = [];
  let left = count;
  for (let size = Math.min(count, initial); size > 0; size = Math.min(2 * size, left)) {
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

/** Source: replica_set_utils.go calculateStatus. */
export function replicaSetStatus(
  generation: number,
  active: readonly PodRecord[],
  terminating: number,
  minReadySeconds: number,
  nowSeconds: number,
  isFullyLabeled: (pod: PodRecord) => boolean,
): ReplicaSetStatus {
  return {
    observedGeneration: generation,
    replicas: active.length,
    fullyLabeledReplicas: active.filter(isFullyLabeled).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => availableFrom(pod, minReadySeconds) <= nowSeconds).length,
    terminatingReplicas: terminating,
  };
}

/** The condition stands from the first failed sync to the next one that succeeds. Source: calculateStatus. */
function withFailure(
  counts: ReplicaSetStatus,
  { status, replicas }: ReplicaSetRecord,
  active: number,
  message: string | null,
  lastTransitionTime: number,
): ReplicaSetStatus {
  if (message === null) return counts;
  const reason = active < replicas ? "FailedCreate" : "FailedDelete";
  return { ...counts, replicaFailure: status.replicaFailure ?? { reason, message, lastTransitionTime } };
}

function isSameStatus(a: ReplicaSetStatus, b: ReplicaSetStatus): boolean {
  return (
    a.observedGeneration === b.observedGeneration &&
    a.replicas === b.replicas &&
    a.fullyLabeledReplicas === b.fullyLabeledReplicas &&
    a.readyReplicas === b.readyReplicas &&
    a.availableReplicas === b.availableReplicas &&
    a.terminatingReplicas === b.terminatingReplicas &&
    a.replicaFailure === b.replicaFailure
  );
}

export function rankedPod(pod: PodRecord, rank: number, uid: number): RankedPod {
  const { status } = pod;
  return {
    isAssigned: pod.node >= 0,
    phase: status.phase,
    isReady: isReady(pod),
    deletionCost: 0,
    rank,
    readySince: status.readySince === -1 ? null : status.readySince,
    createdAt: pod.createdAt,
    restarts: mostRestarts(status.containers),
    sidecarRestarts: mostRestarts(status.initContainers),
    uid,
  };
}

function mostRestarts(containers: readonly ContainerStatus[]): number {
  let most = 0;
  for (const { restartCount } of containers) if (restartCount > most) most = restartCount;
  return most;
}
