/**
 * The registry of kinds. Every other kind is accepted and listed as not modelled yet, and so are those of
 * `unmodelledKinds`, whose controller isn't there.
 */
import type { Issues } from "../../values/issue.ts";
import { versionsOfMinor, type Versions } from "../versions.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { defaultCronJob, readCronJob, validateCronJob, type CronJob } from "./cron-job.ts";
import { defaultDaemonSet, readDaemonSet, validateDaemonSet, type DaemonSet } from "./daemon-set.ts";
import { defaultDeployment, readDeployment, validateDeployment, type Deployment } from "./deployment.ts";
import {
  defaultHorizontalPodAutoscaler,
  readHorizontalPodAutoscaler,
  validateHorizontalPodAutoscaler,
  type HorizontalPodAutoscaler,
} from "./horizontal-pod-autoscaler.ts";
import { defaultJob, readJob, validateJob, type Job } from "./job.ts";
import { defaultLimitRange, readLimitRange, validateLimitRange, type LimitRange } from "./limit-range.ts";
import { readNamespace, validateNamespace, type Namespace } from "./namespace.ts";
import { defaultPod, readPod, validatePod } from "./pod-admission.ts";
import { readPodDisruptionBudget, validatePodDisruptionBudget, type PodDisruptionBudget } from "./pod-disruption-budget.ts";
import type { Pod } from "./pod.ts";
import { readPriorityClass, validatePriorityClass, type PriorityClass } from "./priority-class.ts";
import type { Minor } from "./probe-validation.ts";
import type { ObjectMeta } from "./meta.ts";
import { defaultReplicaSet, readReplicaSet, validateReplicaSet, type ReplicaSet } from "./replica-set.ts";
import {
  defaultReplicationController,
  readReplicationController,
  validateReplicationController,
  type ReplicationController,
} from "./replication-controller.ts";
import { readResourceQuota, validateResourceQuota, type ResourceQuota } from "./resource-quota.ts";
import { defaultService, readService, validateService, type Service } from "./service.ts";
import { defaultStatefulSet, readStatefulSet, validateStatefulSet, type StatefulSet } from "./stateful-set.ts";
import type {
  WrittenCronJob,
  WrittenDaemonSet,
  WrittenHorizontalPodAutoscaler,
  WrittenJob,
  WrittenLimitRange,
  WrittenPodDisruptionBudget,
  WrittenPriorityClass,
  WrittenReplicationController,
  WrittenResourceQuota,
  WrittenStatefulSet,
} from "./written-workloads.ts";
import type { WrittenDeployment, WrittenNamespace, WrittenPod, WrittenReplicaSet, WrittenService } from "./written.ts";

export { isWorkload, podSpecPathOf, podTemplateOf, replicasOf, type WorkloadObject } from "./workload-object.ts";

/** Objects of the API server's common table (api-server/object-record.ts), as manifests give them. */
export type TableObject =
  | Namespace
  | ReplicationController
  | StatefulSet
  | DaemonSet
  | Job
  | CronJob
  | HorizontalPodAutoscaler
  | PodDisruptionBudget
  | PriorityClass
  | ResourceQuota
  | LimitRange;
export type KubernetesObject = Pod | ReplicaSet | Deployment | Service | TableObject;
export type Kind = KubernetesObject["kind"];

/** What each kind is as people write it. */
export interface WrittenObjects {
  readonly Namespace: WrittenNamespace;
  readonly Pod: WrittenPod;
  readonly ReplicaSet: WrittenReplicaSet;
  readonly Deployment: WrittenDeployment;
  readonly Service: WrittenService;
  readonly ReplicationController: WrittenReplicationController;
  readonly StatefulSet: WrittenStatefulSet;
  readonly DaemonSet: WrittenDaemonSet;
  readonly Job: WrittenJob;
  readonly CronJob: WrittenCronJob;
  readonly HorizontalPodAutoscaler: WrittenHorizontalPodAutoscaler;
  readonly PodDisruptionBudget: WrittenPodDisruptionBudget;
  readonly PriorityClass: WrittenPriorityClass;
  readonly ResourceQuota: WrittenResourceQuota;
  readonly LimitRange: WrittenLimitRange;
}

type ServedSwitch = Extract<keyof Versions, `serves${string}`>;

export interface KindDefinition<Written, Object> {
  readonly apiVersion: string;
  /** Older ones of the same shape, and what says whether a release serves them. */
  readonly olderVersions?: Readonly<Record<string, ServedSwitch | "always">>;
  readonly plural: string;
  readonly isNamespaced: boolean;
  /** Defaulting, then validation: all problems go into `issues`; the object is only meaningful without any. */
  admit(written: Written, minor: Minor, issues: Issues, defaults: AdmissionDefaults): Object;
}

/** What was written has no say in the number of replicas. */
function withReplicasNoted<Object extends { readonly metadata: ObjectMeta }>(
  { spec }: { readonly spec?: { readonly replicas?: unknown } | undefined },
  object: Object,
): Object {
  return spec?.replicas === undefined ? { ...object, metadata: { ...object.metadata, leavesReplicas: true } } : object;
}

export const kinds: { readonly [K in Kind]: KindDefinition<WrittenObjects[K], Extract<KubernetesObject, { kind: K }>> } = {
  Namespace: {
    apiVersion: "v1",
    plural: "namespaces",
    isNamespaced: false,
    admit(written, _minor, issues) {
      validateNamespace(written, issues);
      return readNamespace(written);
    },
  },
  Pod: {
    apiVersion: "v1",
    plural: "pods",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultPod(written, defaults);
      validatePod(defaulted, minor, issues);
      return readPod(defaulted, defaults);
    },
  },
  ReplicaSet: {
    apiVersion: "apps/v1",
    plural: "replicasets",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultReplicaSet(written, defaults);
      validateReplicaSet(defaulted, minor, issues);
      return withReplicasNoted(written, readReplicaSet(defaulted, defaults));
    },
  },
  Deployment: {
    apiVersion: "apps/v1",
    plural: "deployments",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultDeployment(written, defaults);
      validateDeployment(defaulted, minor, issues);
      return withReplicasNoted(written, readDeployment(defaulted, defaults));
    },
  },
  Service: {
    apiVersion: "v1",
    plural: "services",
    isNamespaced: true,
    admit(written, minor, issues) {
      const defaulted = defaultService(written);
      validateService(defaulted, versionsOfMinor(minor), issues);
      return readService(defaulted);
    },
  },
  ReplicationController: {
    apiVersion: "v1",
    plural: "replicationcontrollers",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultReplicationController(written, defaults);
      validateReplicationController(defaulted, minor, issues);
      return withReplicasNoted(written, readReplicationController(defaulted, defaults));
    },
  },
  StatefulSet: {
    apiVersion: "apps/v1",
    plural: "statefulsets",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultStatefulSet(written, minor, defaults);
      validateStatefulSet(defaulted, minor, issues);
      return withReplicasNoted(written, readStatefulSet(defaulted, defaults));
    },
  },
  DaemonSet: {
    apiVersion: "apps/v1",
    plural: "daemonsets",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultDaemonSet(written, minor, defaults);
      validateDaemonSet(defaulted, minor, issues);
      return readDaemonSet(defaulted, defaults);
    },
  },
  Job: {
    apiVersion: "batch/v1",
    plural: "jobs",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultJob(written, minor, defaults);
      validateJob(defaulted, minor, issues);
      return readJob(defaulted, defaults);
    },
  },
  CronJob: {
    apiVersion: "batch/v1",
    olderVersions: { "batch/v1beta1": "servesBatchBeta" },
    plural: "cronjobs",
    isNamespaced: true,
    admit(written, minor, issues, defaults) {
      const defaulted = defaultCronJob(written, minor, defaults);
      validateCronJob(defaulted, minor, issues);
      return readCronJob(defaulted, defaults);
    },
  },
  HorizontalPodAutoscaler: {
    apiVersion: "autoscaling/v2",
    olderVersions: { "autoscaling/v1": "always", "autoscaling/v2beta2": "servesAutoscalingBeta" },
    plural: "horizontalpodautoscalers",
    isNamespaced: true,
    admit(written, _minor, issues) {
      const defaulted = defaultHorizontalPodAutoscaler(written);
      validateHorizontalPodAutoscaler(defaulted, issues);
      return readHorizontalPodAutoscaler(defaulted);
    },
  },
  PodDisruptionBudget: {
    apiVersion: "policy/v1",
    olderVersions: { "policy/v1beta1": "servesPolicyBeta" },
    plural: "poddisruptionbudgets",
    isNamespaced: true,
    admit(written, _minor, issues) {
      validatePodDisruptionBudget(written, issues);
      return readPodDisruptionBudget(written);
    },
  },
  PriorityClass: {
    apiVersion: "scheduling.k8s.io/v1",
    plural: "priorityclasses",
    isNamespaced: false,
    admit(written, _minor, issues) {
      validatePriorityClass(written, issues);
      return readPriorityClass(written);
    },
  },
  ResourceQuota: {
    apiVersion: "v1",
    plural: "resourcequotas",
    isNamespaced: true,
    admit(written, _minor, issues) {
      validateResourceQuota(written, issues);
      return readResourceQuota(written);
    },
  },
  LimitRange: {
    apiVersion: "v1",
    plural: "limitranges",
    isNamespaced: true,
    admit(written, _minor, issues) {
      const defaulted = defaultLimitRange(written);
      validateLimitRange(defaulted, issues);
      return readLimitRange(defaulted);
    },
  },
};

/** Kinds without a controller yet: accepted, listed as not modelled. Whoever builds the controller takes the line away. */
export const unmodelledKinds: ReadonlySet<Kind> = new Set<Kind>();

/** Whether Kubernetes 1.<minor> serves the kind under this version. */
export function isServed(kind: Kind, apiVersion: string, minor: Minor): boolean {
  const { apiVersion: current, olderVersions = {} } = kinds[kind];
  const older = olderVersions[apiVersion];
  return apiVersion === current || older === "always" || (older !== undefined && versionsOfMinor(minor)[older]);
}

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(kinds, kind);
}
