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
import type { PodTemplate } from "../kubernetes/objects/pod.ts";
import { lastAppliedKey, type Operator, type Steps } from "./operator.ts";

export function* apply({ objects }: Apply, operator: Operator): Steps {
  for (const object of objects) yield* applyObject(object, operator);
}

function* applyObject(object: KubernetesObject, operator: Operator): Steps {
  const { namespace, name } = object.metadata;
  const found: ApiResponse = yield { kind: "find", type: object.kind, namespace, name };
  switch (object.kind) {
    case "Deployment":
      yield* applyDeployment(object, found, operator);
      break;
    case "ReplicaSet":
      yield* applyReplicaSet(object, found, operator);
      break;
    case "Service":
      yield { kind: "putService", object };
      break;
    default:
      yield* applyTableObject(object, found, operator);
      break;
    case "Pod":
      // What of a Pod could be changed has no effect here.
      if (found.pod === undefined) {
        yield {
          kind: "createBarePod",
          workload: operator.workloads.indexOf("Pod", namespace, name),
          template: operator.definitions.idOf(object.template),
        };
      }
  }
  operator.lastApplied.set(lastAppliedKey(object), object);
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
function* applyTableObject(object: TableObject, { object: known }: ApiResponse, operator: Operator): Steps {
  const wanted = newObjectOf(object, operator.workloads);
  if (known === undefined) yield { kind: "createObject", object: wanted };
  else if (object.kind !== "Namespace") {
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
    yield {
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
}

function replicasOfTable(object: TableObject, known: ObjectRecord, operator: Operator): { readonly replicas?: number } {
  if (object.kind !== "StatefulSet" && object.kind !== "ReplicationController") return {};
  const live = ofKind(known, object.kind)?.spec.replicas;
  return live === undefined ? {} : { replicas: replicasFor(object, live, operator) };
}

function* applyDeployment(object: Deployment, { deployment }: ApiResponse, operator: Operator): Steps {
  if (deployment === undefined) {
    yield { kind: "createDeployment", object };
    return;
  }
  const template = templateFor(object, deployment.spec.template, object.spec.template, operator);
  yield {
    kind: "updateDeployment",
    deployment: deployment.id,
    resourceVersion: 0,
    spec: { ...object.spec, replicas: replicasFor(object, deployment.spec.replicas, operator), template },
  };
}

function* applyReplicaSet(object: ReplicaSet, { replicaSet }: ApiResponse, operator: Operator): Steps {
  if (replicaSet === undefined) {
    yield { kind: "createBareReplicaSet", object };
    return;
  }
  const { minReadySeconds } = object.spec;
  const replicas = replicasFor(object, replicaSet.replicas, operator);
  const { definitions } = operator;
  const template = templateFor(object, definitions.template(replicaSet.template), object.spec.template, operator);
  yield {
    kind: "updateReplicaSet",
    replicaSet: replicaSet.id,
    resourceVersion: 0,
    change: { replicas, minReadySeconds, template: definitions.idOf(template) },
  };
}
