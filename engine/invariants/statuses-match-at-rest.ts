/** Once nothing is under way any more, the statuses tell what is so. */
import type { InvariantDefinition } from "./invariant.ts";

export const statusesMatchAtRestDefinition: InvariantDefinition = {
  name: "statuses-match-at-rest",
  scope: "control",
  isLiveness: true,
  meaning:
    "with the control plane at rest at the end, the status of each ReplicaSet and StatefulSet counts the Pods that are there and those that are Ready",
};

export interface Counts {
  readonly replicas: number;
  readonly readyReplicas: number;
}

export function statusesMatchAtRest(what: string, status: Counts, counted: Counts): string | null {
  if (status.replicas !== counted.replicas) return `${what}: status says ${status.replicas} Pods, ${counted.replicas} are there`;
  if (status.readyReplicas === counted.readyReplicas) return null;
  return `${what}: status says ${status.readyReplicas} ready Pods, ${counted.readyReplicas} are`;
}
