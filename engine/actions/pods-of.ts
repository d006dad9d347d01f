/** The Pods that an action is about, as a list request finds them. */
import { PodLabels, type ApiRequest, type ApiResponse } from "../kubernetes/api-server/client.ts";
import type { Workload } from "../kubernetes/objects/workloads.ts";
import type { PodSelector } from "./action.ts";
import type { Operator } from "./operator.ts";

type PodRecord = NonNullable<ApiResponse["pod"]>;

/** Of Pods by number, so the order is that of creation. */
export function* podsOf(
  selector: PodSelector,
  { workloads, definitions }: Operator,
): Generator<ApiRequest, readonly PodRecord[], ApiResponse> {
  const chosen = Array.from({ length: workloads.size }, (_, index) => index).filter((index) =>
    isChosen(selector, workloads.workload(index)),
  );
  const { pods = [] } = yield { kind: "listPods", workloads: chosen };
  const labelled = new PodLabels(definitions, workloads);
  return pods.filter((pod) => {
    const labels = labelled.of(pod);
    return Object.entries(selector.labels ?? {}).every(([name, value]) => labels[name] === value);
  });
}

/** Whether a workload may own Pods that are meant; their labels have the last word. */
export function isChosen(
  { namespace, deployment, replicaSet, pod }: PodSelector,
  { kind, namespace: where, name }: Pick<Workload, "kind" | "namespace" | "name">,
): boolean {
  if (namespace !== undefined && namespace !== where) return false;
  if (deployment !== undefined && (kind !== "Deployment" || name !== deployment)) return false;
  if (replicaSet !== undefined && (kind !== "ReplicaSet" || name !== replicaSet)) return false;
  return pod === undefined || (kind === "Pod" && name === pod);
}
