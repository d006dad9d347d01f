/** kubectl scale. */
import type { Scale } from "./action.ts";
import type { Steps } from "./operator.ts";

export function* scale({ namespace, kind, name, replicas }: Scale): Steps {
  const { deployment, replicaSet, object } = yield { kind: "find", type: kind, namespace, name };
  if (deployment !== undefined)
    yield { kind: "updateDeployment", deployment: deployment.id, resourceVersion: 0, spec: { ...deployment.spec, replicas } };
  else if (replicaSet !== undefined)
    yield { kind: "updateReplicaSet", replicaSet: replicaSet.id, resourceVersion: 0, change: { replicas } };
  else if (object?.kind === "ReplicationController" || object?.kind === "StatefulSet")
    yield { kind: "updateObject", object: object.id, resourceVersion: 0, change: { spec: { ...object.spec, replicas } } };
}
