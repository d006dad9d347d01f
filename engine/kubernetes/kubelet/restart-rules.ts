/**
 * What follows from a container's exit (pkg/api/v1/pod/util.go `ContainerShouldRestart`): its own rules by exit
 * code, else its own policy, else the Pod's. Pure.
 */
import type { RestartPolicy, RestartPolicyRule } from "../objects/pod.ts";

export type AfterExit = "restart" | "restartAll" | "stays";

export interface RestartTerms {
  /** The container's own; null: the Pod's. */
  readonly restartPolicy: RestartPolicy | null;
  readonly restartPolicyRules?: readonly RestartPolicyRule[];
}

/** Nothing of the container's own. */
export const podTerms: RestartTerms = Object.freeze({ restartPolicy: null });

export function afterExit(exitCode: number, podPolicy: RestartPolicy, terms: RestartTerms): AfterExit {
  for (const { action, operator, values } of terms.restartPolicyRules ?? []) {
    if (values.includes(exitCode) === (operator === "In")) return action === "RestartAllContainers" ? "restartAll" : "restart";
  }
  const policy = terms.restartPolicy ?? podPolicy;
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0) ? "restart" : "stays";
}

/** Whether some exit of the container has all containers of its Pod start over. */
export function mayRestartAll({ restartPolicyRules = [] }: RestartTerms): boolean {
  return restartPolicyRules.some(({ action }) => action === "RestartAllContainers");
}

/** A container that the kubelet killed for a failed probe is started again unless its policy is Never; rules look at exits only. */
export function restartsAfterKill(podPolicy: RestartPolicy, terms: RestartTerms): boolean {
  return (terms.restartPolicy ?? podPolicy) !== "Never";
}
