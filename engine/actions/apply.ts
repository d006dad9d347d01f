/** kubectl apply: each object in turn is read, then created or brought to what the file says. */
import type { Apply } from "./action.ts";
import { newObjectOf, type ApiResponse } from "../kubernetes/api-server/client.ts";
import type { KubernetesObject, TableObject } from "../kubernetes/objects/index.ts";
import type { Deployment } from "../kubernetes/objects/deployment.ts";
import type { ReplicaSet } from "../kubernetes/objects/replica-set.ts";
import type { Operator, Steps } from "./operator.ts";

export function* apply({ objects }: Apply, operator: Operator): Steps {
  for (const object of objects) yield* applyObject(object, operator);
}

function* applyObject(object: KubernetesObject, operator: Operator): Steps {
  const { namespace, name } = object.metadata;
  const found: ApiResponse = yield { kind: "find", type: object.kind, namespace, name };
  switch (object.kind) {
    case "Deployment":
      yield* applyDeployment(object, found);
      return;
    case "ReplicaSet":
      yield* applyReplicaSet(object, found, operator);
      return;
    case "Service":
      yield { kind: "putService", object };
      return;
    default:
      yield* applyTableObject(object, found, operator);
      return;
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
}

/** Differs: namespaces that nobody creates. They exist as soon as something names them. */
function* applyTableObject(object: TableObject, { object: known }: ApiResponse, { workloads }: Operator): Steps {
  const wanted = newObjectOf(object, workloads);
  const { spec, labels, annotations } = wanted;
  if (known === undefined) yield { kind: "createObject", object: wanted };
  else if (object.kind !== "Namespace")
    yield {
      kind: "updateObject",
      object: known.id,
      resourceVersion: 0,
      change: { spec, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) },
    };
}

function* applyDeployment(object: Deployment, { deployment }: ApiResponse): Steps {
  if (deployment === undefined) yield { kind: "createDeployment", object };
  else yield { kind: "updateDeployment", deployment: deployment.id, resourceVersion: 0, spec: object.spec };
}

function* applyReplicaSet(object: ReplicaSet, { replicaSet }: ApiResponse, { definitions }: Operator): Steps {
  if (replicaSet === undefined) {
    yield { kind: "createBareReplicaSet", object };
    return;
  }
  const { replicas, minReadySeconds, template } = object.spec;
  yield {
    kind: "updateReplicaSet",
    replicaSet: replicaSet.id,
    resourceVersion: 0,
    change: { replicas, minReadySeconds, template: definitions.idOf(template) },
  };
}
