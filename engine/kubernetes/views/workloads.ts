/** Deployments and ReplicaSets in the API's shape. */
import { timestamp } from "../../values/calendar.ts";
import type { DeploymentCondition, DeploymentRecord, ReplicaFailure, ReplicaSetRecord } from "../api-server/records.ts";
import type { LabelSelector } from "../objects/meta.ts";
import type { ApiCondition, ApiDeployment, ApiReplicaSet, ApiSelector } from "./api-object.ts";
import { apiPodTemplate } from "./pod-templates.ts";
import { createdAt, metadataOf, ownerOf, unlessEmpty, unlessZero, type ViewSource } from "./view-source.ts";

const REVISION = "deployment.kubernetes.io/revision";

export function apiDeployment(source: ViewSource, deployment: DeploymentRecord): ApiDeployment {
  const { namespace, name, spec, status, generation, resourceVersion, revision } = deployment;
  const { strategy } = spec;
  const conditions = [
    ...(status.available === null ? [] : [apiCondition("Available", status.available, deployment)]),
    ...(status.progressing === null ? [] : [apiCondition("Progressing", status.progressing, deployment)]),
    ...failureCondition(status.replicaFailure),
  ];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadataOf(source, "Deployment", {
      namespace,
      name,
      createdAt: createdAt(source, "Deployment", namespace, name, deployment.createdAt),
      generation,
      resourceVersion,
      annotations: revision > 0 ? { [REVISION]: String(revision) } : {},
      ownLabels: deployment.labels,
      ownAnnotations: deployment.annotations,
    }),
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
  const wasThere = isOwned && set.createdAt === 0 && source.wasThere("Deployment", namespace, workload.name);
  const annotations: Record<string, string> = {};
  if (set.desiredReplicas >= 0) annotations["deployment.kubernetes.io/desired-replicas"] = String(set.desiredReplicas);
  if (set.maxReplicas >= 0) annotations["deployment.kubernetes.io/max-replicas"] = String(set.maxReplicas);
  if (set.revision > 0) annotations[REVISION] = String(set.revision);
  const selector = deployment?.spec.selector ?? { matchLabels: template.labels, matchExpressions: [] };
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: metadataOf(source, "ReplicaSet", {
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

export function failureCondition(failure: ReplicaFailure | undefined): ApiCondition[] {
  if (failure === undefined) return [];
  const { reason, message, lastTransitionTime } = failure;
  return [{ type: "ReplicaFailure", status: "True", reason, message, lastTransitionTime: timestamp(lastTransitionTime) }];
}

function apiCondition(type: string, condition: DeploymentCondition, { name }: DeploymentRecord): ApiCondition {
  const { status, reason, lastUpdateTime, lastTransitionTime } = condition;
  return {
    type,
    status,
    reason,
    ...unlessZero("message", messages[reason]?.(name) ?? ""),
    lastUpdateTime: timestamp(lastUpdateTime),
    lastTransitionTime: timestamp(lastTransitionTime),
  };
}

/** Source: pkg/controller/deployment/{sync,progress}.go; those that name a ReplicaSet are left out. */
const messages: Readonly<Record<string, (deployment: string) => string>> = {
  MinimumReplicasAvailable: () => "Deployment has minimum availability.",
  MinimumReplicasUnavailable: () => "Deployment does not have minimum availability.",
  DeploymentPaused: () => "Deployment is paused",
  DeploymentResumed: () => "Deployment is resumed",
};

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
