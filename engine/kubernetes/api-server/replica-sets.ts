/** Writes of ReplicaSets. */
import { CauseKind } from "../../cause-kinds.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import type { ReplicaSet } from "../objects/replica-set.ts";
import { alreadyExists, type Admission } from "./admission.ts";
import { conflict, notFound, type Commits } from "./commits.ts";
import { areSameTexts, decideObjectDeletion, finalizersOf, type Propagation } from "./object-deletion.ts";
import { emptyReplicaSetStatus, type ReplicaSetRecord, type ReplicaSetStatus } from "./records.ts";
import type { ApiResponse, NewReplicaSet, ReplicaSetChange, WriteKind } from "./requests.ts";
import type { Store } from "./store.ts";

export class ReplicaSets {
  private readonly commits: Commits;
  private readonly admission: Admission;
  private readonly store: Store;

  constructor(commits: Commits, admission: Admission) {
    this.commits = commits;
    this.admission = admission;
    this.store = commits.store;
  }

  create(object: NewReplicaSet, now: VirtualTime): ApiResponse {
    if (this.store.findReplicaSet(object.namespace, object.name) !== undefined) return alreadyExists("ReplicaSet", object.name);
    const refusal = this.admission.refusalOfObject("ReplicaSet", object.namespace, object.name);
    if (refusal !== null) return refusal;
    if (object.owner >= 0) this.noteStep(object.workload, object.replicas, now);
    const { current: cause } = this.commits.causes;
    const record: ReplicaSetRecord = {
      id: this.store.nextObjectId(),
      resourceVersion: this.store.nextResourceVersion(),
      generation: 1,
      namespace: object.namespace,
      name: object.name,
      owner: object.owner,
      workload: object.workload,
      template: object.template,
      replicas: object.replicas,
      minReadySeconds: object.minReadySeconds,
      desiredReplicas: object.desiredReplicas,
      maxReplicas: object.maxReplicas,
      revision: object.revision,
      createdAt: wholeSeconds(now),
      ...finalizersOf(object),
      status: emptyReplicaSetStatus,
      cause,
      sizedBy: cause,
    };
    this.commit(record, "ReplicaSet", now);
    this.admission.objectAdmitted("ReplicaSet", object.namespace, now);
    return { status: "ok", replicaSet: record };
  }

  createBare(object: ReplicaSet, now: VirtualTime): ApiResponse {
    const { namespace, name } = object.metadata;
    return this.create(
      {
        owner: -1,
        workload: this.store.workloads.indexOf("ReplicaSet", namespace, name),
        namespace,
        name,
        template: this.store.definitions.idOf(object.spec.template),
        replicas: object.spec.replicas,
        minReadySeconds: object.spec.minReadySeconds,
        desiredReplicas: -1,
        maxReplicas: -1,
        revision: 0,
        ...finalizersOf(object.metadata),
      },
      now,
    );
  }

  update(id: number, resourceVersion: number, change: ReplicaSetChange, isRolloutStep: boolean, now: VirtualTime): ApiResponse {
    const before = this.store.replicaSets.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const changed = { ...before, ...change };
    const isSpecSame =
      before.replicas === changed.replicas && before.minReadySeconds === changed.minReadySeconds && before.template === changed.template;
    if (
      isSpecSame &&
      before.desiredReplicas === changed.desiredReplicas &&
      before.maxReplicas === changed.maxReplicas &&
      before.revision === changed.revision &&
      before.owner === changed.owner &&
      areSameValues(before.labels, changed.labels) &&
      areSameValues(before.annotations, changed.annotations) &&
      areSameTexts(before.finalizers, changed.finalizers)
    ) {
      return { status: "ok", replicaSet: before };
    }
    const by = changed.replicas - before.replicas;
    if (isRolloutStep && before.desiredReplicas !== changed.desiredReplicas) this.noteScaling(changed, by, now);
    else if (isRolloutStep) this.noteStep(before.workload, by, now);
    const { current: cause } = this.commits.causes;
    const record: ReplicaSetRecord = {
      ...changed,
      resourceVersion: this.store.nextResourceVersion(),
      generation: isSpecSame ? before.generation : before.generation + 1,
      cause,
      ...(by === 0 ? {} : { sizedBy: cause }),
    };
    this.commit(record, "ReplicaSet", now);
    if ((record.deletionTimestamp ?? -1) >= 0 && (record.finalizers ?? []).length === 0) this.remove(record, now);
    return { status: "ok", replicaSet: record };
  }

  updateStatus(id: number, resourceVersion: number, status: ReplicaSetStatus, now: VirtualTime): ApiResponse {
    const before = this.store.replicaSets.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const record: ReplicaSetRecord = {
      ...before,
      resourceVersion: this.store.nextResourceVersion(),
      status,
      cause: this.commits.causes.current,
    };
    this.commit(record, "ReplicaSetStatus", now);
    return { status: "ok", replicaSet: record };
  }

  delete(id: number, propagation: Propagation, now: VirtualTime): ApiResponse {
    const before = this.store.replicaSets.get(id);
    if (before === undefined) return notFound;
    const decision = decideObjectDeletion(before, propagation, now);
    if (decision.type === "remove") this.remove(before, now);
    if (decision.type === "remove") return { status: "ok" };
    if (decision.type === "unchanged") return { status: "ok", replicaSet: before };
    const { current: cause } = this.commits.causes;
    const record: ReplicaSetRecord = { ...before, ...decision.change, resourceVersion: this.store.nextResourceVersion(), cause };
    this.commit(record, "ReplicaSet", now);
    return { status: "ok", replicaSet: record };
  }

  private remove(before: ReplicaSetRecord, now: VirtualTime): void {
    const { commits } = this;
    this.store.removeReplicaSet(before);
    if (before.owner < 0) commits.availability.desire(before.workload, 0, now);
    this.store.nextResourceVersion();
    // Of a Deployment that was deleted, this is the garbage collector's share: its row says it.
    if (before.owner < 0 || this.store.deployments.has(before.owner)) commits.note(CauseKind.workloadDeleted, before.workload, now);
    commits.commit({ type: "replicaSet", id: before.id, record: null }, "ReplicaSet", now);
  }

  /**
   * Noted with the write, so that a step that a conflict keeps from happening leaves no row. What made the controller
   * look just now decides when a step is made, not that it is: without it, another look would have come to the same.
   */
  private noteStep(workload: number, by: number, now: VirtualTime): void {
    const { causes, rollouts } = this.commits;
    if (by !== 0) this.commits.note(CauseKind.rolloutStep, workload, now, rollouts.causeOf(workload) ?? causes.current, by);
  }

  /** Its Deployment wants another number of replicas. */
  private noteScaling({ owner, workload }: ReplicaSetRecord, by: number, now: VirtualTime): void {
    const changedBy = this.store.deployments.get(owner)?.changedBy ?? this.commits.causes.current;
    if (by !== 0) this.commits.note(CauseKind.scaleDecision, workload, now, changedBy, by);
  }

  private commit(record: ReplicaSetRecord, kind: WriteKind, now: VirtualTime): void {
    const { commits } = this;
    const before = this.store.replicaSets.get(record.id);
    this.store.putReplicaSet(record);
    if (before !== undefined && before.minReadySeconds !== record.minReadySeconds)
      commits.availability.minReadyChanged(record.id, before.minReadySeconds, now);
    if (record.owner < 0) commits.availability.desire(record.workload, record.replicas, now);
    if (kind === "ReplicaSet") commits.observer?.replicaSetChanged?.(record.id, now);
    commits.commit({ type: "replicaSet", id: record.id, record }, kind, now);
  }
}

type Values = Readonly<Record<string, string>>;

/** Of labels or annotations; a patch makes them anew. */
function areSameValues(before: Values | undefined, after: Values | undefined): boolean {
  return before === after || JSON.stringify(before ?? {}) === JSON.stringify(after ?? {});
}
