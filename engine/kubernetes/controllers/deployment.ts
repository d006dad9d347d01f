/**
 * The Deployment controller: one ReplicaSet per template, sizes moved step by step. Each sync writes at
 * most one direction; the ReplicaSets' status changes bring the next one.
 * Source: pkg/controller/deployment/{deployment_controller,sync,rolling,recreate,progress}.go.
 */
import { wholeSeconds } from "../../kernel/time.ts";
import {
  isTerminal,
  templateHash,
  type ApiResponse,
  type CacheListener,
  type Client,
  type DeploymentId,
  type DeploymentRecord,
  type DeploymentStatus,
  type InformerCache,
  type ReplicaSetChange,
  type ReplicaSetRecord,
} from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { Definitions } from "../objects/definitions.ts";
import { selectorMatches } from "../objects/label-selector.ts";
import { ControllerRunner, DEFAULT_WORKERS } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";
import {
  deploymentCounts,
  hasProgressDeadline,
  isComplete,
  isSameDeploymentStatus,
  progressingAfter,
  timeToDeadline,
  withCondition,
  withReplicaFailure,
} from "./deployment-status.ts";
import {
  isSaturated,
  maxSurgeOf,
  newReplicaSetSize,
  proportionalSizes,
  reconciledNewSize,
  roomFor,
  scaleDownsOfOld,
} from "./rolling-update.ts";
import type { WorkQueue } from "./work-queue.ts";

/** The most that an int32 holds means: keep all. */
const NO_LIMIT = 2_147_483_647;

/** What one sync knows of its ReplicaSets; its own writes replace the records. */
export interface Sets {
  current: ReplicaSetRecord | null;
  readonly old: ReplicaSetRecord[];
}

const EVENT_SOURCE = { component: "deployment-controller", host: "" } as const;

/** A step either went through, with what it wrote, or the whole sync is repeated. */
const FAILED: unique symbol = Symbol("failed");
type Failed = typeof FAILED;

export class DeploymentController implements Controller, CacheListener {
  readonly name = "deployment";
  readonly runner: ControllerRunner;
  private readonly client: Client;
  private readonly cache: InformerCache;
  private readonly definitions: Definitions;
  /** Made by a Deployment and nobody's now. */
  private readonly orphans = new Set<number>();

  constructor(client: Client, cache: InformerCache, definitions: Definitions) {
    this.client = client;
    this.cache = cache;
    this.definitions = definitions;
    this.runner = new ControllerRunner(this, client, DEFAULT_WORKERS, client.host.settings.controllerRetries);
  }

  private get queue(): WorkQueue {
    return this.runner.queue;
  }

  deploymentChanged(before: DeploymentRecord | undefined, after: DeploymentRecord | undefined): void {
    const deployment = after ?? before;
    if (deployment !== undefined) this.queue.add(deployment.id);
  }

  replicaSetChanged(before: ReplicaSetRecord | undefined, after: ReplicaSetRecord | undefined): void {
    const owner = (after ?? before)?.owner ?? -1;
    if (owner >= 0) this.queue.add(owner);
    // Only those that a Deployment made have the annotation.
    if (after !== undefined && after.owner < 0 && after.desiredReplicas >= 0) this.orphans.add(after.id);
    else if (before !== undefined) this.orphans.delete(before.id);
  }

  /** A Recreate goes on when the last old Pod is gone. */
  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    if (after !== undefined || before === undefined) return;
    const owner = this.cache.replicaSets.get(before.owner)?.owner ?? -1;
    const deployment = this.cache.deployments.get(owner);
    if (deployment === undefined || deployment.spec.strategy.type !== "Recreate") return;
    if (this.cache.replicaSetsOf(owner).every(({ id }) => this.cache.podsOf(id).length === 0)) this.queue.add(owner);
  }

  *sync(id: DeploymentId): Sync {
    let deployment = this.cache.deployments.get(id);
    if (deployment === undefined) return "done";
    let replicaSets: readonly ReplicaSetRecord[] = this.cache.replicaSetsOf(id);
    if ((deployment.deletionTimestamp ?? -1) >= 0) {
      const known = yield* this.findSets(deployment, replicaSets, false);
      if (known === FAILED) return "retry";
      return (yield* this.syncStatus(known.deployment, snapshot(known.sets), false)) === FAILED ? "retry" : "done";
    }
    const adopted = yield* this.adoptSets(deployment);
    if (adopted === FAILED) return "retry";
    replicaSets = [...replicaSets, ...adopted];
    const checked = yield* this.checkPaused(deployment);
    if (checked === FAILED) return "retry";
    deployment = checked;
    const outcome =
      deployment.spec.paused || this.isScaling(deployment, replicaSets)
        ? yield* this.syncScale(deployment, replicaSets)
        : deployment.spec.strategy.type === "Recreate"
          ? yield* this.rolloutRecreate(deployment, replicaSets)
          : yield* this.rolloutRolling(deployment, replicaSets);
    return outcome === FAILED ? "retry" : "done";
  }

  /**
   * ReplicaSets that an earlier Deployment of this name left behind. The Deployment is read live before the first
   * patch. Source: pkg/controller/controller_ref_manager.go ReplicaSetControllerRefManager.ClaimReplicaSets.
   * Differs: adoption by other controllers
   */
  private *adoptSets({ id, workload, spec }: DeploymentRecord): Sync<ReplicaSetRecord[] | Failed> {
    const orphans = [...this.orphans].flatMap((orphan) => {
      const set = this.cache.replicaSets.get(orphan);
      if (set === undefined || set.owner >= 0 || set.workload !== workload || (set.deletionTimestamp ?? -1) >= 0) return [];
      return selectorMatches(spec.selector, set.labels ?? this.definitions.template(set.template).labels) ? [set] : [];
    });
    if (orphans.length === 0) return [];
    const { deployment: live } = yield* call({ kind: "getDeployment", deployment: id });
    if (live === undefined || (live.deletionTimestamp ?? -1) >= 0) return FAILED;
    const adopted: ReplicaSetRecord[] = [];
    for (const { id: replicaSet } of orphans) {
      const response = yield* call({ kind: "updateReplicaSet", replicaSet, resourceVersion: 0, change: { owner: id } });
      if (response.replicaSet === undefined && response.status !== "notFound") return FAILED;
      if (response.replicaSet !== undefined && this.cache.replicaSets.get(replicaSet)?.owner !== id) adopted.push(response.replicaSet);
    }
    return adopted;
  }

  // ── strategies ──

  private *rolloutRolling(deployment: DeploymentRecord, replicaSets: readonly ReplicaSetRecord[]): Sync<void | Failed> {
    const known = yield* this.findSets(deployment, replicaSets, true);
    if (known === FAILED) return FAILED;
    const { sets, deployment: latest } = known;
    if (sets.current === null) return FAILED;
    const before = snapshot(sets);
    const { strategy, replicas } = latest.spec;
    const size = reconciledNewSize(strategy, replicas, totalReplicas(sets), sets.current.replicas);
    if (size !== sets.current.replicas) {
      if ((yield* this.scaleSet(latest, sets.current, size)) === FAILED) return FAILED;
      return yield* this.syncStatus(latest, before, true);
    }
    const old = byCreation(sets.old.filter(({ replicas: count }) => count > 0));
    const writes = scaleDownsOfOld(strategy, replicas, old.map(sizeOf), sizeOf(sets.current));
    for (const { index, replicas: count } of writes) {
      const target = old[index];
      if (target === undefined) continue;
      const scaled = yield* this.scaleSet(latest, target, count);
      if (scaled === FAILED) return FAILED;
      old[index] = scaled;
    }
    if (writes.length === 0 && isComplete(replicas, latest.generation, latest.status)) yield* this.cleanUp(latest, sets.old);
    return yield* this.syncStatus(latest, before, true);
  }

  private *rolloutRecreate(deployment: DeploymentRecord, replicaSets: readonly ReplicaSetRecord[]): Sync<void | Failed> {
    const known = yield* this.findSets(deployment, replicaSets, false);
    if (known === FAILED) return FAILED;
    const { sets } = known;
    let { deployment: latest } = known;
    let before = snapshot(sets);
    const active = byCreation(sets.old.filter(({ replicas }) => replicas > 0));
    for (const target of active) if ((yield* this.scaleSet(latest, target, 0)) === FAILED) return FAILED;
    if (active.length > 0) return yield* this.syncStatus(latest, before, true);
    if (hasOldPodsRunning(sets.old, (id) => this.cache.podsOf(id))) return yield* this.syncStatus(latest, before, true);
    if (sets.current === null) {
      const created = yield* this.findSets(latest, replicaSets, true);
      if (created === FAILED) return FAILED;
      sets.current = created.sets.current;
      latest = created.deployment;
      before = snapshot(sets);
    }
    if (sets.current === null) return FAILED;
    if (sets.current.replicas !== latest.spec.replicas && (yield* this.scaleSet(latest, sets.current, latest.spec.replicas)) === FAILED)
      return FAILED;
    if (isComplete(latest.spec.replicas, latest.generation, latest.status)) yield* this.cleanUp(latest, sets.old);
    return yield* this.syncStatus(latest, before, true);
  }

  /** Paused, or scaled in the middle of a rollout: sizes follow, the rollout waits. */
  private *syncScale(deployment: DeploymentRecord, replicaSets: readonly ReplicaSetRecord[]): Sync<void | Failed> {
    const known = yield* this.findSets(deployment, replicaSets, false);
    if (known === FAILED) return FAILED;
    const { sets, deployment: latest } = known;
    const before = snapshot(sets);
    if ((yield* this.scaleAll(latest, sets)) === FAILED) return FAILED;
    if (latest.spec.paused) yield* this.cleanUp(latest, sets.old);
    return yield* this.syncStatus(latest, before, false);
  }

  private *scaleAll(deployment: DeploymentRecord, sets: Sets): Sync<void | Failed> {
    const { strategy, replicas } = deployment.spec;
    const only = activeOrLatest(sets);
    if (only !== null) {
      if (only.replicas === replicas) return;
      return (yield* this.scaleSet(deployment, only, replicas)) === FAILED ? FAILED : undefined;
    }
    if (isSaturated(sets.current === null ? null : annotated(sets.current), replicas)) {
      for (const target of sets.old.filter((set) => set.replicas > 0))
        if ((yield* this.scaleSet(deployment, target, 0)) === FAILED) return FAILED;
      return;
    }
    if (strategy.type === "Recreate") return;
    const active = allOf(sets).filter((set) => set.replicas > 0);
    const sorted = bySize(active, roomFor(active.map(sizeOf), replicas, maxSurgeOf(strategy, replicas)) > 0);
    const sizes = proportionalSizes(sorted.map(annotated), strategy, replicas, deployment.status.replicas);
    for (const [index, target] of sorted.entries()) {
      if ((yield* this.scaleSet(deployment, target, sizes[index] ?? target.replicas)) === FAILED) return FAILED;
    }
  }

  // ── ReplicaSets ──

  /** Sorts the ReplicaSets out and brings the new one's revision up to date; makes it when asked. */
  private *findSets(
    deployment: DeploymentRecord,
    replicaSets: readonly ReplicaSetRecord[],
    create: boolean,
  ): Sync<{ readonly deployment: DeploymentRecord; readonly sets: Sets } | Failed> {
    const existing = byCreation(replicaSets).find(({ template }) => template === deployment.template) ?? null;
    const old = replicaSets.filter((set) => set !== existing);
    const revision = old.reduce((most, set) => Math.max(most, set.revision), 0) + 1;
    if (existing === null) return create ? yield* this.createSet(deployment, old, revision) : { deployment, sets: { current: null, old } };
    const { minReadySeconds } = deployment.spec;
    if (existing.revision < revision || existing.minReadySeconds !== minReadySeconds) {
      // A rollback takes an old ReplicaSet back into use: its revision is bumped.
      const updated = yield* this.updateSet(existing, { revision: Math.max(existing.revision, revision), minReadySeconds });
      return updated === FAILED ? FAILED : { deployment, sets: { current: updated, old } };
    }
    const { status, spec } = deployment;
    const isFound = hasProgressDeadline(spec.progressDeadlineSeconds) && status.progressing === null;
    if (!isFound && deployment.revision === existing.revision) return { deployment, sets: { current: existing, old } };
    const progressing = isFound ? withCondition(null, "True", "FoundNewReplicaSet", this.nowSeconds) : status.progressing;
    const written = yield* this.writeStatus(deployment, { ...status, progressing }, existing.revision);
    return written === FAILED ? FAILED : { deployment: written, sets: { current: existing, old } };
  }

  private *createSet(
    deployment: DeploymentRecord,
    old: ReplicaSetRecord[],
    revision: number,
  ): Sync<{ readonly deployment: DeploymentRecord; readonly sets: Sets } | Failed> {
    const { spec, namespace, name, template, workload, id } = deployment;
    const oldTotal = old.reduce((sum, set) => sum + set.replicas, 0);
    const replicas = newReplicaSetSize(spec.strategy, spec.replicas, oldTotal, 0);
    const response = yield* call({
      kind: "createReplicaSet",
      object: {
        owner: id,
        workload,
        namespace,
        name: `${name}-${templateHash(this.definitions.template(template))}`,
        template,
        replicas,
        minReadySeconds: spec.minReadySeconds,
        desiredReplicas: spec.replicas,
        maxReplicas: spec.replicas + maxSurgeOf(spec.strategy, spec.replicas),
        revision,
      },
    });
    // Nothing can be created any more: no Event, no condition.
    if (response.isNamespaceTerminating === true) return FAILED;
    if (response.status === "forbidden") return yield* this.creationRefused(deployment, response.message ?? response.status);
    // Somebody has it already (an older cache): the next sync will see it.
    if (response.replicaSet === undefined) return FAILED;
    if (replicas > 0) {
      this.client.recordEvent(`deployment/${id}`);
      this.recordScaling(deployment, response.replicaSet.name, 0, replicas);
    }
    const sets: Sets = { current: response.replicaSet, old };
    const hasDeadline = hasProgressDeadline(spec.progressDeadlineSeconds);
    const progressing = hasDeadline
      ? withCondition(deployment.status.progressing, "True", "NewReplicaSetCreated", this.nowSeconds)
      : deployment.status.progressing;
    const written = yield* this.writeStatus(deployment, { ...deployment.status, progressing }, revision);
    return written === FAILED ? FAILED : { deployment: written, sets };
  }

  /** Source: getNewReplicaSet, FailedRSCreateReason. */
  private *creationRefused(deployment: DeploymentRecord, why: string): Sync<Failed> {
    const { spec, status, namespace, name, template } = deployment;
    const set = `${name}-${templateHash(this.definitions.template(template))}`;
    if (hasProgressDeadline(spec.progressDeadlineSeconds)) {
      const progressing = withCondition(status.progressing, "False", "ReplicaSetCreateError", this.nowSeconds);
      if (progressing !== status.progressing) yield* this.writeStatus(deployment, { ...status, progressing }, deployment.revision);
    }
    this.client.recordEvent(`deployment/${deployment.id}`);
    const message = `Failed to create new replica set "${set}": ${why}`;
    this.client.events?.record(
      this.client.now,
      EVENT_SOURCE,
      { kind: "Deployment", namespace, name },
      "Warning",
      "ReplicaSetCreateError",
      message,
    );
    return FAILED;
  }

  private *scaleSet(deployment: DeploymentRecord, target: ReplicaSetRecord, replicas: number): Sync<ReplicaSetRecord | Failed> {
    const { spec } = deployment;
    const desiredReplicas = spec.replicas;
    const maxReplicas = spec.replicas + maxSurgeOf(spec.strategy, spec.replicas);
    const hasNewSize = target.replicas !== replicas;
    if (!hasNewSize && target.desiredReplicas === desiredReplicas && target.maxReplicas === maxReplicas) return target;
    const scaled = yield* this.updateSet(target, { replicas, desiredReplicas, maxReplicas });
    if (scaled !== FAILED && hasNewSize) {
      this.client.recordEvent(`deployment/${deployment.id}`);
      this.recordScaling(deployment, target.name, target.replicas, replicas);
    }
    return scaled;
  }

  private recordScaling({ namespace, name }: DeploymentRecord, set: string, before: number, after: number): void {
    const sizes = this.client.host.versions.scalingEventsWithOld ? `from ${before} to ${after}` : `to ${after}`;
    const message = `Scaled ${after > before ? "up" : "down"} replica set ${set} ${sizes}`;
    const object = { kind: "Deployment", namespace, name };
    this.client.events?.record(this.client.now, EVENT_SOURCE, object, "Normal", "ScalingReplicaSet", message);
  }

  private *updateSet(target: ReplicaSetRecord, change: ReplicaSetChange): Sync<ReplicaSetRecord | Failed> {
    const response: ApiResponse = yield* call({
      kind: "updateReplicaSet",
      replicaSet: target.id,
      resourceVersion: target.resourceVersion,
      change,
      isRolloutStep: true,
    });
    return response.replicaSet ?? FAILED;
  }

  /** Old ReplicaSets beyond the history limit, lowest revision first. */
  private *cleanUp(deployment: DeploymentRecord, old: readonly ReplicaSetRecord[]): Sync<void> {
    for (const { id } of surplusHistory(old, deployment.spec.revisionHistoryLimit))
      yield* call({ kind: "deleteReplicaSet", replicaSet: id });
  }

  // ── status ──

  /** `before`: the ReplicaSets as the sync found them, since their status is what counts. */
  private *syncStatus(deployment: DeploymentRecord, before: Sets, isRollout: boolean): Sync<void | Failed> {
    const { spec, status, generation } = deployment;
    const counts = deploymentCounts(deployment, allOf(before), before.current, this.nowSeconds);
    const deadline = spec.progressDeadlineSeconds;
    const after: DeploymentStatus = isRollout
      ? {
          ...withReplicaFailure(counts, allOf(before), before.current),
          progressing: progressingAfter(status, counts, spec.replicas, generation, deadline, this.client.now),
        }
      : counts;
    if (!isSameDeploymentStatus(status, after))
      return (yield* this.writeStatus(deployment, after, deployment.revision)) === FAILED ? FAILED : undefined;
    const left = isRollout ? timeToDeadline(status.progressing, after, spec.replicas, generation, deadline, this.client.now) : null;
    if (left === 0) this.queue.addRateLimited(deployment.id);
    else if (left !== null) this.queue.addAfter(deployment.id, left + this.client.host.settings.progressRecheck);
  }

  private *writeStatus(deployment: DeploymentRecord, status: DeploymentStatus, revision: number): Sync<DeploymentRecord | Failed> {
    const response: ApiResponse = yield* call({
      kind: "updateDeploymentStatus",
      deployment: deployment.id,
      resourceVersion: deployment.resourceVersion,
      status,
      revision,
    });
    return response.deployment ?? FAILED;
  }

  private *checkPaused(deployment: DeploymentRecord): Sync<DeploymentRecord | Failed> {
    const { spec, status } = deployment;
    if (!hasProgressDeadline(spec.progressDeadlineSeconds) || status.progressing?.reason === "ProgressDeadlineExceeded") return deployment;
    const isMarked = status.progressing?.reason === "DeploymentPaused";
    if (spec.paused === isMarked) return deployment;
    const progressing = withCondition(
      status.progressing,
      "Unknown",
      spec.paused ? "DeploymentPaused" : "DeploymentResumed",
      this.nowSeconds,
    );
    return yield* this.writeStatus(deployment, { ...status, progressing }, deployment.revision);
  }

  /** Some ReplicaSet in use was sized for another number of replicas. */
  private isScaling(deployment: DeploymentRecord, replicaSets: readonly ReplicaSetRecord[]): boolean {
    return replicaSets.some((set) => set.replicas > 0 && set.desiredReplicas >= 0 && set.desiredReplicas !== deployment.spec.replicas);
  }

  private get nowSeconds(): number {
    return wholeSeconds(this.client.now);
  }
}

/** Which ReplicaSets go beyond the limit: only those without replicas, as their controllers confirmed. */
export function surplusHistory<
  Set extends Pick<ReplicaSetRecord, "replicas" | "revision" | "generation" | "id"> & {
    readonly status: { readonly replicas: number; readonly observedGeneration: number };
  },
>(old: readonly Set[], limit: number): Set[] {
  if (limit === NO_LIMIT) return [];
  const surplus = old.length - limit;
  if (surplus <= 0) return [];
  return [...old]
    .sort((a, b) => a.revision - b.revision)
    .slice(0, surplus)
    .filter((set) => set.replicas === 0 && set.status.replicas === 0 && set.generation <= set.status.observedGeneration);
}

/** Recreate waits for old Pods, those that are terminating as well, but not for ended ones. Source: recreate.go oldPodsRunning. */
export function hasOldPodsRunning(
  old: readonly { readonly id: number; readonly status: { readonly replicas: number } }[],
  podsOf: (replicaSet: number) => readonly PodRecord[],
): boolean {
  return old.some(({ status, id }) => status.replicas > 0 || podsOf(id).some((pod) => !isTerminal(pod)));
}

/** Oldest first; a tie of the same second goes by name. */
function byCreation(sets: readonly ReplicaSetRecord[]): ReplicaSetRecord[] {
  return [...sets].sort((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1));
}

/** Largest first; ties: newer first when adding, older first when removing. */
export function bySize(sets: readonly ReplicaSetRecord[], isAdding: boolean): ReplicaSetRecord[] {
  const ordered = isAdding ? byCreation(sets).reverse() : byCreation(sets);
  return ordered.sort((a, b) => b.replicas - a.replicas);
}

/** The one ReplicaSet that a scale concerns; null: there are several. Source: FindActiveOrLatest. */
export function activeOrLatest(sets: Sets): ReplicaSetRecord | null {
  const active = allOf(sets).filter(({ replicas }) => replicas > 0);
  if (active.length > 1) return null;
  return active[0] ?? sets.current ?? byCreation(sets.old).at(-1) ?? null;
}

function allOf(sets: Sets): readonly ReplicaSetRecord[] {
  return sets.current === null ? sets.old : [...sets.old, sets.current];
}

function totalReplicas(sets: Sets): number {
  return allOf(sets).reduce((sum, { replicas }) => sum + replicas, 0);
}

function snapshot(sets: Sets): Sets {
  return { current: sets.current, old: [...sets.old] };
}

function sizeOf(set: ReplicaSetRecord): { readonly replicas: number; readonly availableReplicas: number } {
  return { replicas: set.replicas, availableReplicas: set.status.availableReplicas };
}

function annotated(set: ReplicaSetRecord): {
  readonly replicas: number;
  readonly availableReplicas: number;
  readonly desiredReplicas: number;
  readonly maxReplicas: number;
} {
  return {
    replicas: set.replicas,
    availableReplicas: set.status.availableReplicas,
    desiredReplicas: set.desiredReplicas,
    maxReplicas: set.maxReplicas,
  };
}
