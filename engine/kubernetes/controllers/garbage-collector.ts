/**
 * The garbage collector: when an owner is gone or says so, its dependents are read live and deleted, kept or set
 * free, gcWorkers at a time under one client's limit. Source: pkg/controller/garbagecollector.
 *
 *   background  owner gone ──▶ dependents without another owner are deleted
 *   foreground  owner has finalizer foregroundDeletion ──▶ dependents deleted ──▶ none left ──▶ finalizer removed
 *   orphan      owner has finalizer orphan ──▶ references stripped ──▶ finalizer removed
 */
import type {
  ApiRequest,
  ApiResponse,
  CacheListener,
  Client,
  DeploymentRecord,
  InformerCache,
  ObjectRecord,
  OwnerReference,
  Propagation,
  ReplicaSetRecord,
} from "../api-server/client.ts";
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER, plainTraits } from "../api-server/client.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { ControllerRunner } from "./controller-runner.ts";
import { call, type Controller, type Sync } from "./controller.ts";

/** Classes of keys: ids of Pods, of Deployments, and of everything else that has an id of the common sequence. */
const OBJECT = 0;
const POD = 1;
const DEPLOYMENT = 2;
const CLASSES = 3;

/** One node of the graph of owners. */
interface Item {
  readonly isPod: boolean;
  readonly owners: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly isDeleting: boolean;
}

export class GarbageCollector implements Controller, CacheListener {
  readonly name = "garbage-collector";
  readonly runner: ControllerRunner;
  private readonly cache: InformerCache;

  constructor(client: Client, cache: InformerCache) {
    this.cache = cache;
    this.runner = new ControllerRunner(this, client, client.host.settings.gcWorkers, Infinity);
  }

  deploymentChanged(before: DeploymentRecord | undefined, after: DeploymentRecord | undefined): void {
    if (after !== undefined) {
      if (hasToFinish(after.finalizers)) this.runner.queue.add(keyOf(DEPLOYMENT, after.id));
    } else if (before !== undefined) {
      for (const { id } of this.cache.replicaSetsOf(before.id)) this.runner.queue.add(keyOf(OBJECT, id));
    }
  }

  replicaSetChanged(before: ReplicaSetRecord | undefined, after: ReplicaSetRecord | undefined): void {
    if (after === undefined) {
      if (before === undefined) return;
      this.addDependents(before.id);
      this.addOwners(itemOfReplicaSet(before));
    } else if (hasToFinish(after.finalizers) || (before === undefined && after.owner >= 0 && !this.cache.deployments.has(after.owner)))
      this.runner.queue.add(keyOf(OBJECT, after.id));
  }

  objectChanged(before: ObjectRecord | undefined, after: ObjectRecord | undefined): void {
    if (after === undefined) {
      if (before === undefined) return;
      this.addDependents(before.id);
      this.addOwners(itemOfObject(before));
    } else if (hasToFinish(after.finalizers) || (before === undefined && after.ownerReferences.some((owner) => !this.isThere(owner))))
      this.runner.queue.add(keyOf(OBJECT, after.id));
  }

  /** Made by a controller that hadn't seen its owner go; or the last one of an owner that waits for it. */
  podChanged(before: PodRecord | undefined, after: PodRecord | undefined): void {
    if (before === undefined && after !== undefined && after.owner >= 0 && !this.cache.hasOwner(after.owner))
      this.runner.queue.add(keyOf(POD, after.id));
    else if (after === undefined && before !== undefined && before.owner >= 0 && this.isForeground(before.owner))
      this.runner.queue.add(keyOf(OBJECT, before.owner));
  }

  *sync(key: number): Sync {
    const id = Math.floor(key / CLASSES);
    const keyClass = key % CLASSES;
    const item = this.itemOf(keyClass, id);
    if (item === null) return "done";
    if (item.finalizers.includes(ORPHAN_FINALIZER)) return yield* this.orphanDependents(keyClass, id, item);
    if (item.finalizers.includes(FOREGROUND_FINALIZER)) return yield* this.deleteDependents(keyClass, id, item);
    if (item.isDeleting && !item.isPod) return "done";
    return yield* this.attemptToDelete(keyClass, id, item);
  }

  /** An item whose owners are gone goes too; with an owner left, it loses its references to the others. */
  private *attemptToDelete(keyClass: number, id: number, cached: Item): Sync {
    if (cached.owners.length === 0 || !cached.owners.some((owner) => !this.isThere(owner) || this.waits(owner))) return "done";
    const response = yield* call(readOf(keyClass, id, this.cache.replicaSets.has(id)));
    const live = itemOfResponse(response);
    if (live === null) return "done";
    const solid = live.owners.filter((owner) => this.isThere(owner) && !this.waits(owner));
    const waiting = live.owners.filter((owner) => this.waits(owner));
    if (solid.length > 0) {
      const isChanged = solid.length < live.owners.length && keyClass === OBJECT && response.object !== undefined;
      if (isChanged) yield* call(updateOf(id, { ownerReferences: solid }));
      return "done";
    }
    if (live.isDeleting) return "done";
    const propagation: Propagation = waiting.length > 0 && this.hasDependents(keyClass, id) ? "foreground" : "background";
    yield* call(deleteOf(keyClass, id, response, propagation));
    return "done";
  }

  private *deleteDependents(keyClass: number, id: number, item: Item): Sync {
    const keys = this.dependents(keyClass, id);
    const blocking = keys.filter((key) => this.blocks(key, keyClass, id));
    if (blocking.length === 0) {
      yield* this.removeFinalizer(keyClass, id, item, FOREGROUND_FINALIZER);
      return "done";
    }
    for (const key of keys) this.runner.queue.add(key);
    return "done";
  }

  private *orphanDependents(keyClass: number, id: number, item: Item): Sync {
    const requests = this.dependents(keyClass, id).flatMap((key) => this.release(key, keyClass, id));
    if (requests.length > 0) yield requests;
    yield* this.removeFinalizer(keyClass, id, item, ORPHAN_FINALIZER);
    return "done";
  }

  private release(key: number, ownerClass: number, owner: number): ApiRequest[] {
    const id = Math.floor(key / CLASSES);
    if (key % CLASSES === POD) return [{ kind: "setPodOwner", pod: id, owner: -1 }];
    if (this.cache.replicaSets.has(id)) return [{ kind: "updateReplicaSet", replicaSet: id, resourceVersion: 0, change: { owner: -1 } }];
    const record = this.cache.objects.get(id);
    if (record === undefined) return [];
    const kept = record.ownerReferences.filter((reference) => !isReferenceTo(reference, ownerClass, owner));
    return [updateOf(id, { ownerReferences: kept })];
  }

  private *removeFinalizer(keyClass: number, id: number, item: Item, finalizer: string): Sync<void> {
    const finalizers = item.finalizers.filter((name) => name !== finalizer);
    if (keyClass === DEPLOYMENT) yield* call({ kind: "setDeploymentFinalizers", deployment: id, finalizers });
    else if (this.cache.replicaSets.has(id))
      yield* call({ kind: "updateReplicaSet", replicaSet: id, resourceVersion: 0, change: { finalizers } });
    else yield* call(updateOf(id, { finalizers }));
  }

  private addDependents(id: number): void {
    for (const key of this.dependents(OBJECT, id)) this.runner.queue.add(key);
  }

  /** Owners that wait for the item to go. */
  private addOwners({ owners }: Item): void {
    for (const owner of owners)
      if (this.waits(owner)) this.runner.queue.add(keyOf(owner.kind === "Deployment" ? DEPLOYMENT : OBJECT, owner.id));
  }

  private dependents(keyClass: number, id: number): number[] {
    if (keyClass === POD) return [];
    if (keyClass === DEPLOYMENT) return this.cache.replicaSetsOf(id).map((set) => keyOf(OBJECT, set.id));
    const objects = this.cache.objectsOf(id).map((object) => keyOf(OBJECT, object.id));
    return [...objects, ...this.cache.podsOf(id).map((pod) => keyOf(POD, pod.id))];
  }

  private hasDependents(keyClass: number, id: number): boolean {
    return this.dependents(keyClass, id).length > 0;
  }

  /** Pods and ReplicaSets always refer to their owner with blockOwnerDeletion. */
  private blocks(key: number, ownerClass: number, owner: number): boolean {
    if (key % CLASSES === POD) return true;
    const record = this.cache.objects.get(Math.floor(key / CLASSES));
    return (
      record === undefined ||
      record.ownerReferences.some((reference) => isReferenceTo(reference, ownerClass, owner) && reference.blocksDeletion)
    );
  }

  private isThere({ kind, id }: OwnerReference): boolean {
    return kind === "Deployment" ? this.cache.deployments.has(id) : this.cache.hasOwner(id);
  }

  /** It is being deleted in the foreground. */
  private waits({ kind, id }: OwnerReference): boolean {
    return kind === "Deployment" ? isForegroundDeletion(this.cache.deployments.get(id)?.finalizers) : this.isForeground(id);
  }

  private isForeground(id: number): boolean {
    return isForegroundDeletion((this.cache.replicaSets.get(id) ?? this.cache.objects.get(id))?.finalizers);
  }

  private itemOf(keyClass: number, id: number): Item | null {
    if (keyClass === POD) return itemOfResponse({ status: "ok", ...present("pod", this.cache.pods[id]) });
    if (keyClass === DEPLOYMENT) return itemOfResponse({ status: "ok", ...present("deployment", this.cache.deployments.get(id)) });
    const replicaSet = this.cache.replicaSets.get(id);
    return itemOfResponse({ status: "ok", ...present("replicaSet", replicaSet), ...present("object", this.cache.objects.get(id)) });
  }
}

function present<Field extends string, Value>(field: Field, value: Value | undefined): { readonly [Key in Field]?: Value } {
  return (value === undefined ? {} : { [field]: value }) as { readonly [Key in Field]?: Value };
}

function itemOfResponse({ pod, deployment, replicaSet, object }: ApiResponse): Item | null {
  if (pod !== undefined) {
    const owners = pod.owner < 0 ? [] : [{ kind: "ReplicaSet", id: pod.owner, isController: true, blocksDeletion: true } as const];
    return { isPod: true, owners, finalizers: (pod.traits ?? plainTraits).finalizers, isDeleting: pod.deletionTimestamp >= 0 };
  }
  if (replicaSet !== undefined) return itemOfReplicaSet(replicaSet);
  if (object !== undefined) return itemOfObject(object);
  if (deployment === undefined) return null;
  return { isPod: false, owners: [], finalizers: deployment.finalizers ?? [], isDeleting: (deployment.deletionTimestamp ?? -1) >= 0 };
}

function itemOfReplicaSet({ owner, finalizers = [], deletionTimestamp = -1 }: ReplicaSetRecord): Item {
  const owners = owner < 0 ? [] : [{ kind: "Deployment", id: owner, isController: true, blocksDeletion: true } as const];
  return { isPod: false, owners, finalizers, isDeleting: deletionTimestamp >= 0 };
}

function itemOfObject({ ownerReferences, finalizers, deletionTimestamp }: ObjectRecord): Item {
  return { isPod: false, owners: ownerReferences, finalizers, isDeleting: deletionTimestamp >= 0 };
}

function readOf(keyClass: number, id: number, isReplicaSet: boolean): ApiRequest {
  if (keyClass === POD) return { kind: "getPod", pod: id };
  return isReplicaSet ? { kind: "getReplicaSet", replicaSet: id } : { kind: "getObject", object: id };
}

function deleteOf(keyClass: number, id: number, live: ApiResponse, propagation: Propagation): ApiRequest {
  if (keyClass === POD) return { kind: "deletePod", pod: id, gracePeriodSeconds: null };
  return live.replicaSet === undefined
    ? { kind: "deleteObject", object: id, propagation }
    : { kind: "deleteReplicaSet", replicaSet: id, propagation };
}

function updateOf(
  object: number,
  change: { readonly ownerReferences?: readonly OwnerReference[]; readonly finalizers?: readonly string[] },
): ApiRequest {
  return { kind: "updateObject", object, resourceVersion: 0, change };
}

function isReferenceTo(reference: OwnerReference, keyClass: number, id: number): boolean {
  return reference.id === id && (reference.kind === "Deployment") === (keyClass === DEPLOYMENT);
}

function hasToFinish(finalizers: readonly string[] = []): boolean {
  return finalizers.includes(FOREGROUND_FINALIZER) || finalizers.includes(ORPHAN_FINALIZER);
}

function isForegroundDeletion(finalizers: readonly string[] = []): boolean {
  return finalizers.includes(FOREGROUND_FINALIZER);
}

function keyOf(keyClass: number, id: number): number {
  return id * CLASSES + keyClass;
}
