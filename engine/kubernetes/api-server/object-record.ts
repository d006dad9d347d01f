/**
 * Versions of the objects that are kept in one table: every kind but Pods, Nodes, ReplicaSets, Deployments,
 * Services and slices. A further kind costs a line in `ObjectShapes` and one in objects/index.ts.
 *
 * ReplicaSets and these objects share one sequence of ids, so a Pod's `owner` names its controller whatever
 * its kind is. Times are whole seconds, as metav1.Time stores them.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { TemplateId } from "../objects/definitions.ts";
import { emptyCronJobStatus, type CronJobSpec, type CronJobStatus } from "../objects/cron-job.ts";
import { emptyDaemonSetStatus, type DaemonSetSpec, type DaemonSetStatus } from "../objects/daemon-set.ts";
import {
  emptyHorizontalPodAutoscalerStatus,
  type HorizontalPodAutoscalerSpec,
  type HorizontalPodAutoscalerStatus,
} from "../objects/horizontal-pod-autoscaler.ts";
import { emptyJobStatus, type JobSpec, type JobStatus } from "../objects/job.ts";
import type { LimitRangeSpec } from "../objects/limit-range.ts";
import {
  emptyPodDisruptionBudgetStatus,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
} from "../objects/pod-disruption-budget.ts";
import type { PriorityClassSpec } from "../objects/priority-class.ts";
import type { ReplicationControllerSpec } from "../objects/replication-controller.ts";
import { emptyResourceQuotaStatus, type ResourceQuotaSpec, type ResourceQuotaStatus } from "../objects/resource-quota.ts";
import { emptyStatefulSetStatus, type StatefulSetSpec, type StatefulSetStatus } from "../objects/stateful-set.ts";
import { isWorkload, type TableObject } from "../objects/index.ts";
import type { Workloads } from "../objects/workloads.ts";
import { emptyReplicaSetStatus, type ReplicaSetStatus } from "./records.ts";

/** Running number at the API server, over ReplicaSets and all these kinds together. */
export type ObjectId = number;

/** A kind without a status has null. */
interface Shape<Spec, Status> {
  readonly spec: Spec;
  readonly status: Status;
}

export interface ObjectShapes {
  readonly ReplicationController: Shape<ReplicationControllerSpec, ReplicaSetStatus>;
  readonly StatefulSet: Shape<StatefulSetSpec, StatefulSetStatus>;
  readonly DaemonSet: Shape<DaemonSetSpec, DaemonSetStatus>;
  readonly ControllerRevision: Shape<ControllerRevisionData, null>;
  readonly Job: Shape<JobSpec, JobStatus>;
  readonly CronJob: Shape<CronJobSpec, CronJobStatus>;
  readonly HorizontalPodAutoscaler: Shape<HorizontalPodAutoscalerSpec, HorizontalPodAutoscalerStatus>;
  readonly PodDisruptionBudget: Shape<PodDisruptionBudgetSpec, PodDisruptionBudgetStatus>;
  readonly PriorityClass: Shape<PriorityClassSpec, null>;
  readonly ResourceQuota: Shape<ResourceQuotaSpec, ResourceQuotaStatus>;
  readonly LimitRange: Shape<LimitRangeSpec, null>;
  readonly Namespace: Shape<NamespaceSpec, NamespaceStatus>;
}

export type ObjectKind = keyof ObjectShapes;

/** A template that a StatefulSet or DaemonSet had; made by its controller alone. */
export interface ControllerRevisionData {
  readonly template: TemplateId;
  readonly revision: number;
}

export type NamespaceSpec = Readonly<Record<string, never>>;

export interface NamespaceStatus {
  readonly phase: "Active" | "Terminating";
}

export interface OwnerReference {
  readonly kind: "Deployment" | "ReplicaSet" | ObjectKind;
  /** Of a Deployment its own number, else an ObjectId. */
  readonly id: number;
  readonly isController: boolean;
  readonly blocksDeletion: boolean;
}

interface Metadata {
  readonly id: ObjectId;
  readonly resourceVersion: number;
  readonly generation: number;
  /** "": cluster-wide. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Index in `Workloads` of the top of the chain that it belongs to, -1: none. */
  readonly workload: number;
  readonly ownerReferences: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly createdAt: number;
  /** -1: not deleting. */
  readonly deletionTimestamp: number;
  /** Why this version was written. */
  readonly cause: CauseId;
  /** Of workloads: why the spec is what it is, and why all of it but `replicas`; left out: since before the run. */
  readonly changedBy?: CauseId;
  readonly rolledBy?: CauseId;
}

/** With a kind, the record of that kind; without, of any: `kind` tells which. */
export type ObjectRecord<K extends ObjectKind = ObjectKind> = {
  readonly [P in K]: Metadata & { readonly kind: P; readonly spec: ObjectShapes[P]["spec"]; readonly status: ObjectShapes[P]["status"] };
}[K];

/** What a client gives to create one; left out: none, -1. */
export type NewObject<K extends ObjectKind = ObjectKind> = {
  readonly [P in K]: {
    readonly kind: P;
    readonly namespace: string;
    readonly name: string;
    readonly spec: ObjectShapes[P]["spec"];
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly workload?: number;
    readonly ownerReferences?: readonly OwnerReference[];
    readonly finalizers?: readonly string[];
  };
}[K];

/** An update of everything but status; what is left out stays. */
export interface ObjectChange {
  readonly spec?: ObjectShapes[ObjectKind]["spec"];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
}

export const emptyStatus: { readonly [K in ObjectKind]: ObjectShapes[K]["status"] } = {
  ReplicationController: emptyReplicaSetStatus,
  StatefulSet: emptyStatefulSetStatus,
  DaemonSet: emptyDaemonSetStatus,
  ControllerRevision: null,
  Job: emptyJobStatus,
  CronJob: emptyCronJobStatus,
  HorizontalPodAutoscaler: emptyHorizontalPodAutoscalerStatus,
  PodDisruptionBudget: emptyPodDisruptionBudgetStatus,
  PriorityClass: null,
  ResourceQuota: emptyResourceQuotaStatus,
  LimitRange: null,
  Namespace: Object.freeze({ phase: "Active" }),
};

/** A manifest's object as a client creates it. */
export function newObjectOf(object: TableObject, workloads: Workloads): NewObject {
  const { kind, metadata } = object;
  const { namespace, name, labels, annotations, finalizers = [] } = metadata;
  return {
    kind,
    namespace,
    name,
    labels,
    annotations,
    spec: kind === "Namespace" ? noSpec : object.spec,
    workload: isWorkload(object) ? workloads.indexOf(object.kind, namespace, name) : -1,
    finalizers: kind === "Namespace" ? [...finalizers, NAMESPACE_FINALIZER] : finalizers,
  } as NewObject;
}

const noSpec: NamespaceSpec = Object.freeze({});
/** Stands in spec.finalizers of a Namespace, until its controller has emptied it. */
export const NAMESPACE_FINALIZER = "kubernetes";

/** The record, if it is of that kind. */
export function ofKind<K extends ObjectKind>(record: ObjectRecord | undefined, kind: K): ObjectRecord<K> | undefined {
  return record?.kind === kind ? (record as ObjectRecord<K>) : undefined;
}
