/** kubectl scale. */
import type { Scale } from "./action.ts";
import type { Steps } from "./operator.ts";

export function* scale({ namespace, kind, name, replicas }: Scale): Steps {
  const { deployment, replicaSet } = yield { kind: "find", type: kind, namespace, name };
  if (deployment !== undefined)
    yield { kind: "updateDeployment", deployment: deployment.id, resourceVersion: 0, spec: { ...deployment.spec, replicas } };
  else if (replicaSet !== undefined)
    yield { kind: "updateReplicaSet", replicaSet: replicaSet.id, resourceVersion: 0, change: { replicas } };
}
