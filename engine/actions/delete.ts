/** kubectl delete: by default owners go at once, and the garbage collector takes what they owned. */
import type { Delete } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";
import { notFoundText, refuse } from "./workload.ts";

export function* remove(action: Delete, operator: Operator): Steps {
  const { namespace, kind, name, gracePeriodSeconds, force, cascade } = action;
  const propagated = cascade === undefined ? {} : { propagation: cascade };
  const { deployment, replicaSet, pod, service, object } = yield { kind: "find", type: kind, namespace, name };
  if (deployment !== undefined) yield { kind: "deleteDeployment", deployment: deployment.id, ...propagated };
  else if (replicaSet !== undefined) yield { kind: "deleteReplicaSet", replicaSet: replicaSet.id, ...propagated };
  else if (object !== undefined) yield { kind: "deleteObject", object: object.id, ...propagated };
  else if (service !== undefined) yield { kind: "deleteService", service: service.index };
  else if (pod !== undefined) yield { kind: "deletePod", pod: pod.id, gracePeriodSeconds: graceOf(gracePeriodSeconds, force) };
  else refuse(action, notFoundText(kind, name), operator);
}

/** kubectl refuses 0 without --force: it asks for 1 then. Source: kubectl delete.go. */
function graceOf(gracePeriodSeconds: number | null, force: boolean): number | null {
  if (force) return gracePeriodSeconds ?? 0;
  return gracePeriodSeconds === 0 ? 1 : gracePeriodSeconds;
}
