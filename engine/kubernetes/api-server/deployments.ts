/** Writes of Deployments. */
import { CauseKind } from "../../cause-kinds.ts";
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";
import type { Deployment, DeploymentSpec } from "../objects/deployment.ts";
import { alreadyExists, type Admission } from "./admission.ts";
import { conflict, notFound, type Commits } from "./commits.ts";
import { areSameTexts, decideObjectDeletion, finalizersOf, type Propagation } from "./object-deletion.ts";
import { emptyDeploymentStatus, type DeploymentRecord, type DeploymentStatus } from "./records.ts";
import type { ApiResponse, WriteKind } from "./requests.ts";
import type { Store } from "./store.ts";

export class Deployments {
  private readonly commits: Commits;
  private readonly admission: Admission;
  private readonly store: Store;

  constructor(commits: Commits, admission: Admission) {
    this.commits = commits;
    this.admission = admission;
    this.store = commits.store;
  }

  create(object: Deployment, now: VirtualTime): ApiResponse {
    const { namespace, name } = object.metadata;
    if (this.store.findDeployment(namespace, name) !== undefined) return alreadyExists("Deployment", name);
    const refusal = this.admission.refusalOfObject("Deployment", namespace, name);
    if (refusal !== null) return refusal;
    const workload = this.store.workloads.indexOf("Deployment", namespace, name);
    const cause = this.commits.note(CauseKind.deploymentChanged, workload, now);
    const record: DeploymentRecord = {
      id: this.store.nextDeploymentId(),
      resourceVersion: this.store.nextResourceVersion(),
      generation: 1,
      namespace,
      name,
      workload,
      template: this.store.definitions.idOf(object.spec.template),
      spec: object.spec,
      revision: 0,
      createdAt: wholeSeconds(now),
      ...finalizersOf(object.metadata),
      status: emptyDeploymentStatus,
      cause,
      changedBy: cause,
    };
    this.commits.rollouts.began(workload, now, cause);
    this.commit(record, "Deployment", now);
    this.admission.objectAdmitted("Deployment", namespace, now);
    return { status: "ok", deployment: record };
  }

  /** `metadata`: what of it changes as well. */
  update(
    id: number,
    resourceVersion: number,
    spec: DeploymentSpec,
    now: VirtualTime,
    metadata: Pick<DeploymentRecord, "labels" | "annotations"> = {},
  ): ApiResponse {
    const before = this.store.deployments.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const template = this.store.definitions.idOf(spec.template);
    const isSpecSame = JSON.stringify(before.spec) === JSON.stringify(spec);
    const { labels = {}, annotations = {} } = before;
    const isMetadataSame = areSameValues(labels, metadata.labels) && areSameValues(annotations, metadata.annotations);
    if (isSpecSame && isMetadataSame) return { status: "ok", deployment: before };
    const cause = isSpecSame ? this.commits.causes.current : this.commits.note(CauseKind.deploymentChanged, before.workload, now);
    const record: DeploymentRecord = {
      ...before,
      ...metadata,
      resourceVersion: this.store.nextResourceVersion(),
      generation: isSpecSame ? before.generation : before.generation + 1,
      template,
      spec,
      cause,
      ...(isSpecSame ? {} : { changedBy: cause }),
    };
    if (template !== before.template) this.commits.rollouts.began(before.workload, now, cause);
    this.commit(record, "Deployment", now);
    return { status: "ok", deployment: record };
  }

  updateStatus(id: number, resourceVersion: number, status: DeploymentStatus, revision: number, now: VirtualTime): ApiResponse {
    const before = this.store.deployments.get(id);
    if (before === undefined) return notFound;
    if (resourceVersion !== 0 && resourceVersion !== before.resourceVersion) return conflict;
    const record: DeploymentRecord = {
      ...before,
      resourceVersion: this.store.nextResourceVersion(),
      status,
      revision,
      cause: this.commits.causes.current,
    };
    this.commits.rollouts.statusWritten(record, now);
    this.commit(record, "DeploymentStatus", now);
    return { status: "ok", deployment: record };
  }

  /** The garbage collector's own writes of an owner that is being deleted. */
  setFinalizers(id: number, finalizers: readonly string[], now: VirtualTime): ApiResponse {
    const before = this.store.deployments.get(id);
    if (before === undefined) return notFound;
    if (areSameTexts(before.finalizers, finalizers)) return { status: "ok", deployment: before };
    const record: DeploymentRecord = {
      ...before,
      resourceVersion: this.store.nextResourceVersion(),
      finalizers,
      cause: this.commits.causes.current,
    };
    this.commit(record, "Deployment", now);
    if ((record.deletionTimestamp ?? -1) >= 0 && finalizers.length === 0) this.remove(record, now);
    return { status: "ok", deployment: record };
  }

  delete(id: number, propagation: Propagation, now: VirtualTime): ApiResponse {
    const before = this.store.deployments.get(id);
    if (before === undefined) return notFound;
    const decision = decideObjectDeletion(before, propagation, now);
    if (decision.type === "remove") this.remove(before, now);
    if (decision.type === "remove") return { status: "ok" };
    if (decision.type === "unchanged") return { status: "ok", deployment: before };
    const { current: cause } = this.commits.causes;
    const record: DeploymentRecord = { ...before, ...decision.change, resourceVersion: this.store.nextResourceVersion(), cause };
    this.commit(record, "Deployment", now);
    return { status: "ok", deployment: record };
  }

  private remove(before: DeploymentRecord, now: VirtualTime): void {
    const { commits } = this;
    this.store.removeDeployment(before);
    commits.availability.desire(before.workload, 0, now);
    this.store.nextResourceVersion();
    commits.note(CauseKind.workloadDeleted, before.workload, now);
    commits.rollouts.deleted(before.workload, now);
    commits.commit({ type: "deployment", id: before.id, record: null }, "Deployment", now);
  }

  private commit(record: DeploymentRecord, kind: WriteKind, now: VirtualTime): void {
    const { commits } = this;
    this.store.putDeployment(record);
    commits.availability.desire(record.workload, record.spec.replicas, now);
    if (kind === "Deployment") commits.observer?.deploymentChanged(record.workload, now);
    commits.commit({ type: "deployment", id: record.id, record }, kind, now);
  }
}

/** Undefined: nothing is said of them. */
function areSameValues(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>> | undefined): boolean {
  return after === undefined || JSON.stringify(before) === JSON.stringify(after);
}
