/** Whose usage has to be measured: the targets of the scenario's autoscalers, known before the run on every shard. */
import type { KubernetesObject } from "../kubernetes/objects/index.ts";
import type { WorkloadKind, Workloads } from "../kubernetes/objects/workloads.ts";
import type { ScenarioSpec } from "../scenario-spec.ts";

/** Numbers of workloads. */
export function autoscaledWorkloads({ objects, actions }: ScenarioSpec, workloads: Workloads): ReadonlySet<number> {
  const applied = actions.flatMap((action) => (action.type === "apply" ? action.objects : []));
  const found = new Set<number>();
  for (const object of [...objects, ...applied]) {
    const workload = targetOf(object, workloads);
    if (workload !== -1) found.add(workload);
  }
  return found;
}

/** -1: not an autoscaler, or of something that no manifest has. */
function targetOf(object: KubernetesObject, workloads: Workloads): number {
  if (object.kind !== "HorizontalPodAutoscaler") return -1;
  const { kind, name } = object.spec.scaleTargetRef;
  return workloads.indexOf(kind as WorkloadKind, object.metadata.namespace, name);
}
