/** Objects of the API server's common table in the API's shape. */
import { timestamp } from "../../values/calendar.ts";
import { ofKind, type ObjectKind, type ObjectRecord } from "../api-server/object-record.ts";
import { kinds, type Kind } from "../objects/index.ts";
import type { JobSpec } from "../objects/job.ts";
import type { DisruptionAllowed } from "../objects/pod-disruption-budget.ts";
import { amountText, type Amounts } from "../objects/resource-quota.ts";
import type {
  ApiControllerRevision,
  ApiCronJob,
  ApiDaemonSet,
  ApiJob,
  ApiJobSpec,
  ApiLimitRange,
  ApiPodDisruptionBudget,
  ApiPriorityClass,
  ApiReplicationController,
  ApiResourceQuota,
  ApiStatefulSet,
} from "./api-kinds.ts";
import type { ApiCondition, ApiMeta, Quantities } from "./api-object.ts";
import { apiPodTemplate } from "./pod-templates.ts";
import { createdAt, LONG_AGO, metadataOf, ownerOf, unlessEmpty, unlessZero, type ViewSource } from "./view-source.ts";
import { apiSelector, failureCondition } from "./workloads.ts";

/** All of a kind, in the order of their making. */
export function recordsOf<K extends ObjectKind>({ store }: ViewSource, kind: K): ObjectRecord<K>[] {
  return [...store.objects.values()].flatMap((record) => ofKind(record, kind) ?? []);
}

/** Labels and annotations are those of the record: an operator may have changed the manifest's. */
function metaOf(source: ViewSource, record: ObjectRecord): ApiMeta {
  const { kind, namespace, name, generation, resourceVersion, labels, annotations, ownerReferences, deletionTimestamp, finalizers } =
    record;
  const owner = ownerReferences.find(({ isController }) => isController);
  const ownerRecord = owner === undefined ? undefined : source.store.objects.get(owner.id);
  return {
    ...metadataOf(source, kind, {
      namespace,
      name,
      createdAt: createdAt(source, kind, namespace, name, record.createdAt),
      generation,
      resourceVersion,
      ownLabels: labels,
      ownAnnotations: annotations,
      ...(ownerRecord === undefined
        ? {}
        : { owner: ownerOf(source, versionOf(ownerRecord.kind), ownerRecord.kind, ownerRecord.namespace, ownerRecord.name) }),
    }),
    ...(deletionTimestamp < 0 ? {} : { deletionTimestamp: timestamp(deletionTimestamp) }),
    // A Namespace's own one stands in its spec.
    ...(finalizers.length === 0 || kind === "Namespace" ? {} : { finalizers }),
  };
}

function versionOf(kind: ObjectKind): string {
  return kind === "ControllerRevision" ? "apps/v1" : kinds[kind satisfies Kind].apiVersion;
}

export function apiReplicationController(source: ViewSource, record: ObjectRecord<"ReplicationController">): ApiReplicationController {
  const { spec, status } = record;
  return {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: metaOf(source, record),
    spec: {
      replicas: spec.replicas,
      ...unlessZero("minReadySeconds", spec.minReadySeconds),
      selector: spec.selector,
      template: apiPodTemplate(spec.template, source.settings),
    },
    status: {
      replicas: status.replicas,
      ...unlessZero("fullyLabeledReplicas", status.fullyLabeledReplicas),
      ...unlessZero("readyReplicas", status.readyReplicas),
      ...unlessZero("availableReplicas", status.availableReplicas),
      observedGeneration: status.observedGeneration,
      ...(status.replicaFailure === undefined ? {} : { conditions: failureCondition(status.replicaFailure) }),
    },
  };
}

export function apiStatefulSet(source: ViewSource, record: ObjectRecord<"StatefulSet">): ApiStatefulSet {
  const { spec, status } = record;
  const strategy = spec.updateStrategy;
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: metaOf(source, record),
    spec: {
      replicas: spec.replicas,
      serviceName: spec.serviceName,
      podManagementPolicy: spec.podManagementPolicy,
      ...unlessZero("minReadySeconds", spec.minReadySeconds),
      revisionHistoryLimit: spec.revisionHistoryLimit,
      selector: apiSelector(spec.selector),
      updateStrategy:
        strategy.type === "OnDelete"
          ? { type: "OnDelete" }
          : {
              type: "RollingUpdate",
              rollingUpdate: {
                partition: strategy.partition,
                ...(strategy.maxUnavailable === null ? {} : { maxUnavailable: strategy.maxUnavailable }),
              },
            },
      template: apiPodTemplate(spec.template, source.settings),
    },
    status: {
      observedGeneration: status.observedGeneration,
      replicas: status.replicas,
      ...unlessZero("readyReplicas", status.readyReplicas),
      ...unlessZero("currentReplicas", status.currentReplicas),
      ...unlessZero("updatedReplicas", status.updatedReplicas),
      availableReplicas: status.availableReplicas,
      ...unlessZero("currentRevision", status.currentRevision),
      ...unlessZero("updateRevision", status.updateRevision),
    },
  };
}

export function apiDaemonSet(source: ViewSource, record: ObjectRecord<"DaemonSet">): ApiDaemonSet {
  const { spec, status } = record;
  const { type, ...rollingUpdate } = spec.updateStrategy;
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata: metaOf(source, record),
    spec: {
      ...unlessZero("minReadySeconds", spec.minReadySeconds),
      revisionHistoryLimit: spec.revisionHistoryLimit,
      selector: apiSelector(spec.selector),
      updateStrategy:
        "maxSurge" in rollingUpdate
          ? { type, rollingUpdate: { maxUnavailable: rollingUpdate.maxUnavailable, maxSurge: rollingUpdate.maxSurge } }
          : { type },
      template: apiPodTemplate(spec.template, source.settings),
    },
    status: {
      observedGeneration: status.observedGeneration,
      currentNumberScheduled: status.currentNumberScheduled,
      numberMisscheduled: status.numberMisscheduled,
      desiredNumberScheduled: status.desiredNumberScheduled,
      numberReady: status.numberReady,
      ...unlessZero("updatedNumberScheduled", status.updatedNumberScheduled),
      ...unlessZero("numberAvailable", status.numberAvailable),
      ...unlessZero("numberUnavailable", status.numberUnavailable),
    },
  };
}

function apiJobSpec(source: ViewSource, spec: JobSpec): ApiJobSpec {
  return {
    parallelism: spec.parallelism,
    ...unlessNull("completions", spec.completions),
    backoffLimit: spec.backoffLimit,
    ...unlessNull("activeDeadlineSeconds", spec.activeDeadlineSeconds),
    ...unlessNull("ttlSecondsAfterFinished", spec.ttlSecondsAfterFinished),
    completionMode: spec.completionMode,
    suspend: spec.suspend,
    ...unlessNull("backoffLimitPerIndex", spec.backoffLimitPerIndex),
    ...unlessNull("maxFailedIndexes", spec.maxFailedIndexes),
    podReplacementPolicy: spec.podReplacementPolicy,
    template: apiPodTemplate(spec.template, source.settings),
  };
}

export function apiJob(source: ViewSource, record: ObjectRecord<"Job">): ApiJob {
  const { spec, status } = record;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: metaOf(source, record),
    spec: apiJobSpec(source, spec),
    status: {
      ...(status.conditions.length === 0
        ? {}
        : {
            conditions: status.conditions.map(({ type, status: value, reason, message, lastTransitionTime }) => ({
              type,
              status: value,
              ...unlessZero("reason", reason),
              ...unlessZero("message", message),
              lastTransitionTime: timestamp(lastTransitionTime),
            })),
          }),
      ...timeOf("startTime", status.startTime),
      ...timeOf("completionTime", status.completionTime),
      ...unlessZero("active", status.active),
      ready: status.ready,
      ...unlessZero("terminating", status.terminating),
      ...unlessZero("succeeded", status.succeeded),
      ...unlessZero("failed", status.failed),
      ...unlessZero("completedIndexes", status.completedIndexes),
      ...unlessZero("failedIndexes", status.failedIndexes),
    },
  };
}

export function apiCronJob(source: ViewSource, record: ObjectRecord<"CronJob">): ApiCronJob {
  const { spec, status } = record;
  const active = status.active.flatMap((id) => {
    const job = source.store.objects.get(id);
    return job === undefined ? [] : [{ kind: "Job" as const, name: job.name }];
  });
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: metaOf(source, record),
    spec: {
      schedule: spec.schedule,
      ...unlessNull("timeZone", spec.timeZone),
      ...unlessNull("startingDeadlineSeconds", spec.startingDeadlineSeconds),
      concurrencyPolicy: spec.concurrencyPolicy,
      suspend: spec.suspend,
      successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit,
      failedJobsHistoryLimit: spec.failedJobsHistoryLimit,
      jobTemplate: { spec: apiJobSpec(source, spec.job) },
    },
    status: {
      ...(active.length === 0 ? {} : { active }),
      ...timeOf("lastScheduleTime", status.lastScheduleTime),
      ...timeOf("lastSuccessfulTime", status.lastSuccessfulTime),
    },
  };
}

export function apiControllerRevision(source: ViewSource, record: ObjectRecord<"ControllerRevision">): ApiControllerRevision {
  return {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: metaOf(source, record),
    revision: record.spec.revision,
  };
}

export function apiPodDisruptionBudget(source: ViewSource, record: ObjectRecord<"PodDisruptionBudget">): ApiPodDisruptionBudget {
  const { spec, status } = record;
  const disrupted = status.disruptedPods.flatMap(({ pod, at }) => {
    const found = source.store.pods[pod];
    return found === undefined ? [] : [[source.names.pod(found), timestamp(at)] as const];
  });
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metaOf(source, record),
    spec: {
      ...unlessNull("minAvailable", spec.minAvailable),
      ...unlessNull("maxUnavailable", spec.maxUnavailable),
      ...(spec.selector === null ? {} : { selector: apiSelector(spec.selector) }),
      ...(spec.unhealthyPodEvictionPolicy === "AlwaysAllow" ? { unhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy } : {}),
    },
    status: {
      observedGeneration: status.observedGeneration,
      disruptionsAllowed: status.disruptionsAllowed,
      currentHealthy: status.currentHealthy,
      desiredHealthy: status.desiredHealthy,
      expectedPods: status.expectedPods,
      ...unlessEmpty("disruptedPods", Object.fromEntries(disrupted)),
      ...(status.allowed === undefined ? {} : { conditions: [disruptionAllowed(source, record, status.allowed)] }),
    },
  };
}

function disruptionAllowed(
  source: ViewSource,
  { namespace, name }: ObjectRecord<"PodDisruptionBudget">,
  { reason, message, observedGeneration, since }: DisruptionAllowed,
): ApiCondition {
  return {
    type: "DisruptionAllowed",
    status: reason === "SufficientPods" ? "True" : "False",
    observedGeneration,
    lastTransitionTime: timestamp(createdAt(source, "PodDisruptionBudget", namespace, name, since)),
    reason,
    message,
  };
}

export function apiResourceQuota(source: ViewSource, record: ObjectRecord<"ResourceQuota">): ApiResourceQuota {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: metaOf(source, record),
    spec: { hard: quantitiesOf(record.spec.hard) },
    status: { hard: quantitiesOf(record.status.hard), used: quantitiesOf(record.status.used) },
  };
}

export function apiLimitRange(source: ViewSource, record: ObjectRecord<"LimitRange">): ApiLimitRange {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: metaOf(source, record),
    spec: {
      limits: record.spec.limits.map((item) => ({
        type: item.type,
        ...unlessEmpty("max", quantitiesOf(item.max)),
        ...unlessEmpty("min", quantitiesOf(item.min)),
        ...unlessEmpty("default", quantitiesOf(item.default)),
        ...unlessEmpty("defaultRequest", quantitiesOf(item.defaultRequest)),
        ...unlessEmpty(
          "maxLimitRequestRatio",
          Object.fromEntries(Object.entries(item.maxLimitRequestRatio).map(([name, ratio]) => [name, String(ratio)])),
        ),
      })),
    },
  };
}

/** Those of every cluster are there as well. */
export function apiPriorityClasses(source: ViewSource): ApiPriorityClass[] {
  const system = [
    ["system-cluster-critical", 2_000_000_000],
    ["system-node-critical", 2_000_001_000],
  ] as const;
  return [
    ...recordsOf(source, "PriorityClass").map((record) => ({
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass" as const,
      metadata: metaOf(source, record),
      value: record.spec.value,
      ...unlessZero("globalDefault", record.spec.globalDefault),
      preemptionPolicy: record.spec.preemptionPolicy,
    })),
    ...system.map(([name, value]) => ({
      apiVersion: "scheduling.k8s.io/v1",
      kind: "PriorityClass" as const,
      metadata: metadataOf(source, "PriorityClass", { namespace: "", name, createdAt: LONG_AGO }),
      value,
      preemptionPolicy: "PreemptLowerPriority",
    })),
  ];
}

function quantitiesOf(amounts: Amounts): Quantities {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amountText(name, amount)]));
}

function unlessNull<Name extends string, Value>(name: Name, value: Value | null): { [N in Name]?: Value } {
  return (value === null ? {} : { [name]: value }) as { [N in Name]?: Value };
}

/** -1: not set. */
function timeOf<Name extends string>(name: Name, seconds: number): { [N in Name]?: string } {
  return (seconds < 0 ? {} : { [name]: timestamp(seconds) }) as { [N in Name]?: string };
}
