/**
 * Writes of all kinds in the common table (object-record.ts): create, update (conflicts, no-ops, generation),
 * status, deletion with finalizers.
 */
import { CauseKind } from "../../cause-kinds.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import { alreadyExists, type Admission } from "./admission.ts";
import { conflict, notFound, type Commits } from "./commits.ts";
import { decideObjectDeletion, type Propagation } from "./object-deletion.ts";
import {
  emptyStatus,
  type NewObject,
  type ObjectChange,
  type ObjectId,
  type ObjectKind,
  type ObjectRecord,
  type ObjectShapes,
} from "./object-record.ts";
import type { ApiResponse, WatchChange, WriteKind } from "./requests.ts";
import type { Store } from "./store.ts";

export class Objects {
  private readonly commits: Commits;
  private readonly admission: Admission;
  private readonly store: Store;

  constructor(commits: Commits, admission: Admission) {
    this.commits = commits;
    this.admission = admission;
    this.store = commits.store;
  }

  create(object: NewObject, now: VirtualTime): ApiResponse {
    const { kind, namespace, name } = object;
    if (this.store.findObject(kind, namespace, name) !== undefined) return alreadyExists(kind, name);
    const refusal = this.admission.refusalOfObject(kind, namespace, name);
    if (refusal !== null) return refusal;
    const record = newRecord(
      object,
      this.store.nextObjectId(),
      this.store.nextResourceVersion(),
      wholeSeconds(now),
      this.causeOfChange(object, now),
    );
    if (kind === "Namespace") this.store.goneNamespaces.delete(name);
    this.commit(record, kind, now);
    this.admission.objectAdmitted(kind, namespace, now);
    return { status: "ok", object: record };
  }

  /** An object that was there long before t = 0: no event, no watch. */
  adopt(object: NewObject): ObjectRecord {
    const record = newRecord(object, this.store.nextObjectId(), this.store.nextResourceVersion(), 0, this.commits.causes.current);
    this.store.putObject(record);
    this.desire(record, 0);
    return record;
  }

  /** With resourceVersion 0 it is a patch: what it says holds whatever came before. */
  update(id: ObjectId, resourceVersion: number, change: ObjectChange, now: VirtualTime): ApiResponse {
    const before = this.store.objects.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const isSpecSame = change.spec === undefined || isSame(before.spec, change.spec);
    if (isSpecSame && isMetadataSame(before, change)) return { status: "ok", object: before };
    const cause = isSpecSame ? this.commits.causes.current : this.causeOfChange(before, now);
    const record = {
      ...before,
      ...change,
      resourceVersion: this.store.nextResourceVersion(),
      generation: isSpecSame ? before.generation : before.generation + 1,
      cause,
      ...(isSpecSame || !isTop(before) ? {} : { changedBy: cause }),
      ...(isSpecSame || !isTop(before) || isScaling(before.spec, change.spec) ? {} : { rolledBy: cause }),
    } as ObjectRecord;
    this.commit(record, record.kind, now);
    if (record.deletionTimestamp >= 0 && record.finalizers.length === 0) this.remove(record, now);
    return { status: "ok", object: record };
  }

  updateStatus(id: ObjectId, resourceVersion: number, status: ObjectShapes[ObjectKind]["status"], now: VirtualTime): ApiResponse {
    const before = this.store.objects.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    if (isSame(before.status, status)) return { status: "ok", object: before };
    const record = {
      ...before,
      resourceVersion: this.store.nextResourceVersion(),
      status,
      cause: this.commits.causes.current,
    } as ObjectRecord;
    this.commit(record, `${record.kind}Status`, now);
    return { status: "ok", object: record };
  }

  delete(id: ObjectId, propagation: Propagation, now: VirtualTime): ApiResponse {
    const before = this.store.objects.get(id);
    if (before === undefined) return notFound;
    const decision = decideObjectDeletion(before, propagation, now);
    if (decision.type === "remove") this.remove(before, now);
    if (decision.type === "remove") return { status: "ok" };
    if (decision.type === "unchanged") return { status: "ok", object: before };
    const record = {
      ...before,
      ...decision.change,
      resourceVersion: this.store.nextResourceVersion(),
      status: before.kind === "Namespace" ? { phase: "Terminating" } : before.status,
      cause: this.commits.causes.current,
    } as ObjectRecord;
    this.commit(record, record.kind, now);
    return { status: "ok", object: record };
  }

  private remove(record: ObjectRecord, now: VirtualTime): void {
    this.store.removeObject(record);
    if (record.kind === "Namespace") this.store.goneNamespaces.add(record.name);
    if (isTop(record)) {
      this.commits.availability.desire(record.workload, 0, now);
      this.commits.note(CauseKind.workloadDeleted, record.workload, now);
    }
    this.store.nextResourceVersion();
    this.tell({ type: "object", id: record.id, kind: record.kind, record: null }, record.kind, now);
  }

  private commit(record: ObjectRecord, kind: WriteKind, now: VirtualTime): void {
    this.store.putObject(record);
    this.desire(record, now);
    this.tell({ type: "object", id: record.id, kind: record.kind, record }, kind, now);
  }

  /** The scheduler's preemption looks at budgets. */
  private tell(change: Extract<WatchChange, { readonly type: "object" }>, kind: WriteKind, now: VirtualTime): void {
    this.commits.commit(change, kind, now);
    if (change.kind === "PodDisruptionBudget") this.commits.tellScheduler(change, now);
  }

  /** Replicas that stand in the spec; those of other kinds are told by their controllers' statuses. */
  private desire(record: ObjectRecord, now: VirtualTime): void {
    if (!isTop(record)) return;
    const { availability } = this.commits;
    if (record.kind === "StatefulSet" || record.kind === "ReplicationController")
      availability.desire(record.workload, record.spec.replicas, now);
    else if (record.kind === "DaemonSet") availability.desire(record.workload, record.status.desiredNumberScheduled, now);
  }

  /** A changed workload is worth a row of causes. */
  private causeOfChange(object: { readonly workload?: number; readonly ownerReferences?: readonly unknown[] }, now: VirtualTime): number {
    if (!isTop(object)) return this.commits.causes.current;
    return this.commits.note(CauseKind.deploymentChanged, object.workload ?? -1, now);
  }
}

/** It is itself the workload, and not something that a workload owns. */
function isTop({
  workload = -1,
  ownerReferences = [],
}: {
  readonly workload?: number;
  readonly ownerReferences?: readonly unknown[];
}): boolean {
  return workload >= 0 && ownerReferences.length === 0;
}

function newRecord(object: NewObject, id: ObjectId, resourceVersion: number, createdAt: number, cause: number): ObjectRecord {
  const { labels = {}, annotations = {}, workload = -1, ownerReferences = [], finalizers = [] } = object;
  return {
    id,
    kind: object.kind,
    resourceVersion,
    generation: 1,
    namespace: object.namespace,
    name: object.name,
    labels,
    annotations,
    workload,
    ownerReferences,
    finalizers,
    createdAt,
    deletionTimestamp: -1,
    spec: object.spec,
    status: emptyStatus[object.kind],
    cause,
  } as ObjectRecord;
}

function isMetadataSame(before: ObjectRecord, change: ObjectChange): boolean {
  return (["labels", "annotations", "ownerReferences", "finalizers"] as const).every(
    (field) => change[field] === undefined || isSame(before[field], change[field]),
  );
}

/** Nothing but the number of replicas differs. */
function isScaling(before: object, after: object | undefined): boolean {
  return isSame({ ...before, replicas: 0 }, { ...after, replicas: 0 });
}

/** Equal as the API server would store it. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
