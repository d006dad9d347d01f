/**
 * What a Job's podFailurePolicy says of a failed Pod (pure): the first rule that holds. Rules whose action or
 * operator nobody knows hold for nothing. Source: pkg/controller/job/pod_failure_policy.go.
 */
import type { PodFailureRule } from "../objects/job.ts";
import { PodCondition, type ContainerStatus, type PodTemplate } from "../objects/pod.ts";
import type { PodRecord } from "../api-server/pod-record.ts";

/** What rules look at. */
export interface FailedPod {
  readonly namespace: string;
  readonly name: string;
  /** Regular containers first, then init containers; those still running have no exit code. */
  readonly containers: readonly { readonly name: string; readonly exitCode: number | null }[];
  readonly conditions: readonly { readonly type: string; readonly status: string }[];
}

export interface FailureVerdict {
  /** Null: no rule holds, and the failure counts. */
  readonly action: PodFailureRule["action"] | null;
  /** Counts towards backoffLimit. */
  readonly counts: boolean;
  /** With which the whole Job fails; null: it goes on. */
  readonly message: string | null;
}

const counted: FailureVerdict = Object.freeze({ action: null, counts: true, message: null });

export function matchFailurePolicy(rules: readonly PodFailureRule[] | null, pod: FailedPod): FailureVerdict {
  for (const [index, rule] of (rules ?? []).entries()) {
    const reason = reasonOf(rule, pod);
    if (reason === null) continue;
    switch (rule.action) {
      case "Ignore":
        return { action: "Ignore", counts: false, message: null };
      case "Count":
      case "FailIndex":
        return { action: rule.action, counts: true, message: null };
      case "FailJob":
        return { action: "FailJob", counts: true, message: `${reason} matching FailJob rule at index ${index}` };
      default:
        // What a newer release may know.
        continue;
    }
  }
  return counted;
}

/** Why the rule holds, in upstream's words; null: it doesn't. */
function reasonOf({ onExitCodes, onPodConditions }: PodFailureRule, { namespace, name, containers, conditions }: FailedPod): string | null {
  if (onExitCodes !== null) {
    const { containerName, operator, values } = onExitCodes;
    const failed = containers.find(
      (container) =>
        container.exitCode !== null &&
        container.exitCode !== 0 &&
        (containerName === null || containerName === container.name) &&
        isAskedFor(operator, values, container.exitCode),
    );
    if (failed !== undefined) return `Container ${failed.name} for pod ${namespace}/${name} failed with exit code ${failed.exitCode}`;
  }
  const wanted = onPodConditions?.find(({ type, status }) =>
    conditions.some((condition) => condition.type === type && condition.status === status),
  );
  return wanted === undefined ? null : `Pod ${namespace}/${name} has condition ${wanted.type}`;
}

function isAskedFor(operator: string, values: readonly number[], exitCode: number): boolean {
  if (operator === "In") return values.includes(exitCode);
  return operator === "NotIn" && !values.includes(exitCode);
}

export function failedPodOf(pod: PodRecord, template: PodTemplate, namespace: string, name: string): FailedPod {
  const { containers, initContainers } = template.spec;
  const exits = (names: readonly { readonly name: string }[], statuses: readonly ContainerStatus[]): FailedPod["containers"] =>
    statuses.map(({ state }, index) => ({ name: names[index]?.name ?? "", exitCode: state.type === "terminated" ? state.exitCode : null }));
  return {
    namespace,
    name,
    containers: [...exits(containers, pod.status.containers), ...exits(initContainers, pod.status.initContainers)],
    conditions: Object.entries(PodCondition)
      .filter(([type, bit]) => type !== "DisruptionTarget" || (pod.status.conditions & bit) !== 0)
      .map(([type, bit]) => ({ type, status: (pod.status.conditions & bit) === 0 ? "False" : "True" })),
  };
}
