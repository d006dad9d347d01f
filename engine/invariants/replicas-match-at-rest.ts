/** Once nothing is under way any more, there are as many Pods as were asked for. */
import type { InvariantDefinition } from "./invariant.ts";

export const replicasMatchAtRestDefinition: InvariantDefinition = {
  name: "replicas-match-at-rest",
  scope: "control",
  isLiveness: true,
  meaning: "with the control plane at rest at the end, each ReplicaSet has as many active Pods as it asks for, unless it says why not",
};

/** `hasFailed`: its condition ReplicaFailure is True. */
export function replicasMatchAtRest(replicaSet: string, replicas: number, active: number, hasFailed: boolean): string | null {
  return active === replicas || hasFailed ? null : `${replicaSet}: ${active} active Pods at rest, ${replicas} asked for`;
}
