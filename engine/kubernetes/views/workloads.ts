/** Deployments and ReplicaSets in the API's shape. */
import { timestamp } from "../../values/calendar.ts";
import type { DeploymentCondition, DeploymentRecord, ReplicaFailure, ReplicaSetRecord } from "../api-server/records.ts";
import type { LabelSelector } from "../objects/meta.ts";
import type { ApiCondition, ApiDeployment, ApiMeta, ApiReplicaSet, ApiSelector } from "./api-object.ts";
import { apiPodTemplate } from "./pod-templates.ts";
import { createdAt, metadataOf, ownerOf, unlessEmpty, unlessZero, type ViewSource } from "./view-source.ts";

const REVISION = "deployment.kubernetes.io/revision";

export function apiDeployment(source: ViewSource, deployment: DeploymentRecord): ApiDeployment {
  const { namespace, name, spec, status, generation, resourceVersion, revision } = deployment;
  const { strategy } = spec;
  const conditions = [
    ...(status.available === null ? [] : [apiCondition("Available", status.available, null)]),
    ...(status.progressing === null ? [] : [apiCondition("Progressing", status.progressing, setNameOf(source, deployment))]),
    ...failureCondition(status.replicaFailure).map((condition) => ({ ...condition, lastUpdateTime: condition.lastTransitionTime })),
  ];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      ...deletionOf(deployment),
      ...metadataOf(source, "Deployment", {
        namespace,
        name,
        createdAt: createdAt(source, "Deployment", namespace, name, deployment.createdAt),
        generation,
        resourceVersion,
        annotations: revision > 0 ? { [REVISION]: String(revision) } : {},
        ownLabels: deployment.labels,
        ownAnnotations: deployment.annotations,
      }),
    },
    spec: {
      replicas: spec.replicas,
      ...unlessZero("minReadySeconds", spec.minReadySeconds),
      progressDeadlineSeconds: spec.progressDeadlineSeconds,
      revisionHistoryLimit: spec.revisionHistoryLimit,
      ...unlessZero("paused", spec.paused),
      selector: apiSelector(spec.selector),
      strategy:
        strategy.type === "Recreate"
          ? { type: "Recreate" }
          : { type: "RollingUpdate", rollingUpdate: { maxSurge: strategy.maxSurge, maxUnavailable: strategy.maxUnavailable } },
      template: apiPodTemplate(spec.template, source.settings),
    },
    status: {
      observedGeneration: status.observedGeneration,
      ...unlessZero("replicas", status.replicas),
      ...unlessZero("updatedReplicas", status.updatedReplicas),
      ...unlessZero("readyReplicas", status.readyReplicas),
      ...unlessZero("availableReplicas", status.availableReplicas),
      ...unlessZero("unavailableReplicas", status.unavailableReplicas),
      ...(source.versions.terminatingReplicas ? { terminatingReplicas: status.terminatingReplicas } : {}),
      ...(conditions.length === 0 ? {} : { conditions }),
    },
  };
}

export function apiReplicaSet(source: ViewSource, set: ReplicaSetRecord): ApiReplicaSet {
  const { store, names } = source;
  const { namespace, name, status, template: id } = set;
  const template = store.definitions.template(id);
  const deployment = store.deployments.get(set.owner);
  const isOwned = set.owner >= 0;
  const workload = store.workloads.workload(set.workload);
  const hash = { "pod-template-hash": names.templateHash(id) };
  // Orphaned ones keep their age.
  const wasThere = set.createdAt === 0 && source.wasThere("Deployment", namespace, workload.name);
  const annotations: Record<string, string> = {};
  if (set.desiredReplicas >= 0) annotations["deployment.kubernetes.io/desired-replicas"] = String(set.desiredReplicas);
  if (set.maxReplicas >= 0) annotations["deployment.kubernetes.io/max-replicas"] = String(set.maxReplicas);
  if (set.revision > 0) annotations[REVISION] = String(set.revision);
  const selector = deployment?.spec.selector ?? { matchLabels: template.labels, matchExpressions: [] };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      ...deletionOf(set),
      ...metadataOf(source, "ReplicaSet", {
        namespace,
        name,
        createdAt: wasThere
          ? createdAt(source, "Deployment", namespace, workload.name, 0)
          : createdAt(source, "ReplicaSet", namespace, name, set.createdAt),
        generation: set.generation,
        resourceVersion: set.resourceVersion,
        labels: isOwned ? { ...template.labels, ...hash } : {},
        annotations,
        ownLabels: set.labels,
        ownAnnotations: set.annotations,
        ...(isOwned ? { owner: ownerOf(source, "apps/v1", "Deployment", namespace, workload.name) } : {}),
      }),
    },
    spec: {
      replicas: set.replicas,
      ...unlessZero("minReadySeconds", set.minReadySeconds),
      selector: isOwned ? apiSelector({ ...selector, matchLabels: { ...selector.matchLabels, ...hash } }) : apiSelector(selector),
      template: apiPodTemplate(template, source.settings, isOwned ? hash : {}),
    },
    status: {
      replicas: status.replicas,
      ...unlessZero("fullyLabeledReplicas", status.fullyLabeledReplicas),
      ...unlessZero("readyReplicas", status.readyReplicas),
      ...unlessZero("availableReplicas", status.availableReplicas),
      ...(source.versions.terminatingReplicas ? { terminatingReplicas: status.terminatingReplicas } : {}),
      observedGeneration: status.observedGeneration,
      ...(status.replicaFailure === undefined ? {} : { conditions: failureCondition(status.replicaFailure) }),
    },
  };
}

/** Of one that is being deleted, and what still keeps it. */
function deletionOf({
  deletionTimestamp = -1,
  finalizers = [],
}: DeploymentRecord | ReplicaSetRecord): Pick<ApiMeta, "deletionTimestamp" | "finalizers"> {
  return {
    ...(deletionTimestamp < 0 ? {} : { deletionTimestamp: timestamp(deletionTimestamp) }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
}

export function failureCondition(failure: ReplicaFailure | undefined): ApiCondition[] {
  if (failure === undefined) return [];
  const { reason, message, lastTransitionTime } = failure;
  return [{ type: "ReplicaFailure", status: "True", reason, message, lastTransitionTime: timestamp(lastTransitionTime) }];
}

/** The ReplicaSet that a Progressing condition speaks of: both are written with the Deployment's revision. */
function setNameOf({ store, names }: ViewSource, { id, namespace, name, revision, template }: DeploymentRecord): string | null {
  const newest = store.findReplicaSet(namespace, `${name}-${names.templateHash(template)}`);
  if (newest?.revision === revision) return newest.name;
  // Its template was changed and nobody has seen that yet.
  for (const set of store.replicaSets.values()) if (set.owner === id && set.revision === revision) return set.name;
  return newest?.name ?? null;
}

/** `set`: the ReplicaSet that it is about; null: none. */
function apiCondition(type: string, condition: DeploymentCondition, set: string | null): ApiCondition {
  const { status, reason, lastUpdateTime, lastTransitionTime } = condition;
  return {
    type,
    status,
    reason,
    ...unlessZero("message", messages[reason] ?? progressMessage(reason, set)),
    lastUpdateTime: timestamp(lastUpdateTime),
    lastTransitionTime: timestamp(lastTransitionTime),
  };
}

/** Source: pkg/controller/deployment/{sync,progress}.go. */
const messages: Readonly<Record<string, string>> = {
  MinimumReplicasAvailable: "Deployment has minimum availability.",
  MinimumReplicasUnavailable: "Deployment does not have minimum availability.",
  DeploymentPaused: "Deployment is paused",
  DeploymentResumed: "Deployment is resumed",
};

function progressMessage(reason: string, set: string | null): string {
  if (set === null) return "";
  switch (reason) {
    case "NewReplicaSetCreated":
      return `Created new replica set "${set}"`;
    case "FoundNewReplicaSet":
      return `Found new replica set "${set}"`;
    case "ReplicaSetUpdated":
      return `ReplicaSet "${set}" is progressing.`;
    case "NewReplicaSetAvailable":
      return `ReplicaSet "${set}" has successfully progressed.`;
    case "ProgressDeadlineExceeded":
      return `ReplicaSet "${set}" has timed out progressing.`;
    default:
      return "";
  }
}

export function apiSelector({ matchLabels, matchExpressions }: LabelSelector): ApiSelector {
  return {
    ...unlessEmpty("matchLabels", matchLabels),
    ...(matchExpressions.length === 0
      ? {}
      : {
          matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
            key,
            operator,
            ...(values.length === 0 ? {} : { values }),
          })),
        }),
  };
}
