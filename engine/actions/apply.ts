/**
 * kubectl apply: each object in turn is read, then created, or patched by a three-way merge: what the file says holds,
 * what it no longer says goes, and what others added (a restart's annotation, variables, labels) stays.
 */
import type { Apply } from "./action.ts";
import { newObjectOf, ofKind, type ApiResponse, type ObjectRecord } from "../kubernetes/api-server/client.ts";
import type { KubernetesObject, TableObject } from "../kubernetes/objects/index.ts";
import type { Deployment } from "../kubernetes/objects/deployment.ts";
import type { ReplicaSet } from "../kubernetes/objects/replica-set.ts";
import { mergedTemplate, mergedTexts } from "../kubernetes/objects/apply-merge.ts";
import { isWorkload, podTemplateOf } from "../kubernetes/objects/index.ts";
import { jobRefusal, podRefusal, serviceRefusal, statefulSetRefusal } from "../kubernetes/objects/immutable-fields.ts";
import type { JobSpec } from "../kubernetes/objects/job.ts";
import type { Pod, PodTemplate } from "../kubernetes/objects/pod.ts";
import type { Service } from "../kubernetes/objects/service.ts";
import type { StatefulSetSpec } from "../kubernetes/objects/stateful-set.ts";
import { lastAppliedKey, type Operator, type Steps } from "./operator.ts";
import { refuse } from "./workload.ts";

/** What is refused keeps nothing else from being applied; all refusals together are what the action came to. */
export function* apply(action: Apply, operator: Operator): Steps {
  const problems: string[] = [];
  for (const [index, object] of action.objects.entries()) {
    const problem = yield* applyObject(object, action.files?.[index] ?? "", operator);
    if (problem === null) operator.lastApplied.set(lastAppliedKey(object), object);
    else problems.push(problem);
  }
  if (problems.length > 0) refuse(action, problems.join("; "), operator);
}

type Verb = "creating" | "patching";

/** Null: it was done. `file`: where it is written. */
function* applyObject(object: KubernetesObject, file: string, operator: Operator): Steps<string | null> {
  const { namespace, name } = object.metadata;
  const found: ApiResponse = yield { kind: "find", type: object.kind, namespace, name };
  const exists = [found.deployment, found.replicaSet, found.service, found.object, found.pod].some((record) => record !== undefined);
  const answer = yield* written(object, found, operator);
  return refusalText(object, exists ? "patching" : "creating", file, answer);
}

/** Each of them: the API server's answer. */
function written(object: KubernetesObject, found: ApiResponse, operator: Operator): Steps<ApiResponse> {
  switch (object.kind) {
    case "Deployment":
      return applyDeployment(object, found, operator);
    case "ReplicaSet":
      return applyReplicaSet(object, found, operator);
    case "Service":
      return applyService(object, found);
    case "Pod":
      return applyPod(object, found, operator);
    default:
      return applyTableObject(object, found, operator);
  }
}

const reasons: Readonly<Partial<Record<ApiResponse["status"], string>>> = {
  forbidden: "Forbidden",
  notFound: "NotFound",
  alreadyExists: "AlreadyExists",
  conflict: "Conflict",
  internalError: "InternalError",
};

/** Source: kubectl pkg/cmd/util/helpers.go checkErr, AddSourceToErr. */
function refusalText(
  { kind, metadata }: KubernetesObject,
  verb: Verb,
  file: string,
  { status, message, invalid }: ApiResponse,
): string | null {
  if (invalid !== undefined) return `The ${kind} "${metadata.name}" is invalid: ${invalid}`;
  if (status === "ok") return null;
  const reason = reasons[status];
  const server = reason === undefined ? "Error from server" : `Error from server (${reason})`;
  return `${server}: error when ${verb}${file === "" ? "" : ` "${file}"`}: ${message ?? `${kind} "${metadata.name}": ${status}`}`;
}

const unchanged: ApiResponse = { status: "ok" };

function invalidUpdate(invalid: string): ApiResponse {
  return { status: "forbidden", invalid };
}

/** A Service keeps the address that it has. Source: pkg/registry/core/service/storage patchAllocatedValues. */
function* applyService(object: Service, { service }: ApiResponse): Steps<ApiResponse> {
  if (service === undefined) return yield { kind: "putService", object };
  const refusal = serviceRefusal(service.object, object);
  if (refusal !== null) return invalidUpdate(refusal);
  const { spec } = object;
  const clusterIp = spec.clusterIp === "" && spec.type !== "ExternalName" ? service.object.spec.clusterIp : spec.clusterIp;
  return yield { kind: "putService", object: { ...object, spec: { ...spec, clusterIp } } };
}

function* applyPod(object: Pod, { pod }: ApiResponse, operator: Operator): Steps<ApiResponse> {
  const { namespace, name, finalizers } = object.metadata;
  const { definitions, workloads } = operator;
  const workload = workloads.indexOf("Pod", namespace, name);
  if (pod === undefined) return yield { kind: "createBarePod", workload, template: definitions.idOf(object.template), finalizers };
  const live = definitions.template(pod.template);
  const template = templateFor(object, live, object.template, operator);
  const refusal = podRefusal(live.spec, template.spec);
  if (refusal !== null) return invalidUpdate(refusal);
  const { ephemeralContainers } = live.spec;
  const merged = ephemeralContainers === undefined ? template : { ...template, spec: { ...template.spec, ephemeralContainers } };
  return yield { kind: "updatePodTemplate", pod: pod.id, template: definitions.idOf(merged) };
}

/** As kubectl's three-way merge: a field that neither this file nor the one before says belongs to whoever wrote it, an autoscaler for one. */
function replicasFor(
  object: KubernetesObject & { readonly spec: { readonly replicas: number } },
  live: number,
  operator: Operator,
): number {
  const last = operator.lastApplied.get(lastAppliedKey(object));
  const isLeft = object.metadata.leavesReplicas === true && (last === undefined || last.metadata.leavesReplicas === true);
  return isLeft ? live : object.spec.replicas;
}

/** The template that an object which is there gets. */
function templateFor(
  object: Exclude<KubernetesObject, { readonly kind: "Service" }>,
  live: PodTemplate,
  wanted: PodTemplate,
  operator: Operator,
): PodTemplate {
  const last = operator.lastApplied.get(lastAppliedKey(object));
  return mergedTemplate(last !== undefined && isWorkload(last) ? podTemplateOf(last) : wanted, live, wanted);
}

/** Differs: namespaces that nobody creates. They exist as soon as something names them. */
function* applyTableObject(object: TableObject, { object: known }: ApiResponse, operator: Operator): Steps<ApiResponse> {
  const wanted = newObjectOf(object, operator.workloads);
  if (known === undefined) return yield { kind: "createObject", object: wanted };
  if (object.kind === "Namespace") return unchanged;
  const refusal = immutableRefusal(known, wanted.spec, operator);
  if (refusal !== null) return invalidUpdate(refusal);
  const last = operator.lastApplied.get(lastAppliedKey(object))?.metadata;
  const { labels, annotations } = object.metadata;
  const hasTemplate = object.kind === "StatefulSet" || object.kind === "DaemonSet" || object.kind === "ReplicationController";
  const live = hasTemplate && known.kind === object.kind ? (known.spec as { readonly template: PodTemplate }).template : null;
  const spec =
    hasTemplate && live !== null
      ? {
          ...object.spec,
          ...replicasOfTable(object, known, operator),
          template: templateFor(object, live, object.spec.template, operator),
        }
      : wanted.spec;
  return yield {
    kind: "updateObject",
    object: known.id,
    resourceVersion: 0,
    change: {
      spec,
      labels: mergedTexts(last?.labels ?? labels, known.labels, labels),
      annotations: mergedTexts(last?.annotations ?? annotations, known.annotations, annotations),
    },
  };
}

function immutableRefusal(known: ObjectRecord, spec: unknown, { client }: Operator): string | null {
  switch (known.kind) {
    case "StatefulSet":
      return statefulSetRefusal(known.spec, spec as StatefulSetSpec, client.host.versions);
    case "Job":
      return jobRefusal(known.spec, spec as JobSpec, known.status.startTime >= 0);
    default:
      return null;
  }
}

function replicasOfTable(object: TableObject, known: ObjectRecord, operator: Operator): { readonly replicas?: number } {
  if (object.kind !== "StatefulSet" && object.kind !== "ReplicationController") return {};
  const live = ofKind(known, object.kind)?.spec.replicas;
  return live === undefined ? {} : { replicas: replicasFor(object, live, operator) };
}

function* applyDeployment(object: Deployment, { deployment }: ApiResponse, operator: Operator): Steps<ApiResponse> {
  if (deployment === undefined) return yield { kind: "createDeployment", object };
  const template = templateFor(object, deployment.spec.template, object.spec.template, operator);
  return yield {
    kind: "updateDeployment",
    deployment: deployment.id,
    resourceVersion: 0,
    spec: { ...object.spec, replicas: replicasFor(object, deployment.spec.replicas, operator), template },
  };
}

function* applyReplicaSet(object: ReplicaSet, { replicaSet }: ApiResponse, operator: Operator): Steps<ApiResponse> {
  if (replicaSet === undefined) return yield { kind: "createBareReplicaSet", object };
  const { minReadySeconds } = object.spec;
  const replicas = replicasFor(object, replicaSet.replicas, operator);
  const { definitions } = operator;
  const template = templateFor(object, definitions.template(replicaSet.template), object.spec.template, operator);
  return yield {
    kind: "updateReplicaSet",
    replicaSet: replicaSet.id,
    resourceVersion: 0,
    change: { replicas, minReadySeconds, template: definitions.idOf(template) },
  };
}
