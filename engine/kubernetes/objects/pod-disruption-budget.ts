/** PodDisruptionBudget (policy/v1; v1beta1 until 1.24, where an empty selector selects nothing). */
import type { Issues } from "../../values/issue.ts";
import { invalid, unsupported } from "./field-errors.ts";
import { validateIntOrPercent } from "./int-or-string.ts";
import { isEmptySelector, readLabelSelector, validateLabelSelector } from "./label-selector.ts";
import type { IntOrString, LabelSelector, ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import type { WrittenPodDisruptionBudget } from "./written-workloads.ts";

export interface PodDisruptionBudgetSpec {
  /** At most one of the two is set. */
  readonly minAvailable: IntOrString | null;
  readonly maxUnavailable: IntOrString | null;
  /** Null: selects nothing. */
  readonly selector: LabelSelector | null;
  readonly unhealthyPodEvictionPolicy: "IfHealthyBudget" | "AlwaysAllow";
}

export interface PodDisruptionBudget {
  readonly kind: "PodDisruptionBudget";
  readonly metadata: ObjectMeta;
  readonly spec: PodDisruptionBudgetSpec;
}

export interface PodDisruptionBudgetStatus {
  readonly observedGeneration: number;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  /** Evictions that were granted and not seen yet: the Pod, and when, in whole seconds. In the order of Pods. */
  readonly disruptedPods: readonly { readonly pod: number; readonly at: number }[];
  /** The condition DisruptionAllowed; left out: nobody has looked yet, or the release has none. */
  readonly allowed?: DisruptionAllowed;
}

export interface DisruptionAllowed {
  readonly reason: "SufficientPods" | "InsufficientPods" | "SyncFailed";
  readonly message: string;
  readonly observedGeneration: number;
  /** Whole seconds of the last change between True and False. */
  readonly since: number;
}

/** With the condition that its counts come to; `error`: why they couldn't be had. Source: pkg/apis/policy/v1 UpdateDisruptionAllowedCondition. */
export function withDisruptionAllowed(
  status: PodDisruptionBudgetStatus,
  before: DisruptionAllowed | undefined,
  error: string | null,
  seconds: number,
): PodDisruptionBudgetStatus {
  const isAllowed = error === null && status.disruptionsAllowed > 0;
  const isUnchanged = before !== undefined && (before.reason === "SufficientPods") === isAllowed;
  const reason = error !== null ? "SyncFailed" : isAllowed ? "SufficientPods" : "InsufficientPods";
  const { observedGeneration } = status;
  return { ...status, allowed: { reason, message: error ?? "", observedGeneration, since: isUnchanged ? before.since : seconds } };
}

export const emptyPodDisruptionBudgetStatus: PodDisruptionBudgetStatus = Object.freeze({
  observedGeneration: 0,
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
  disruptedPods: Object.freeze([]),
});

/** pkg/apis/policy/validation/validation.go ValidatePodDisruptionBudgetSpec. */
export function validatePodDisruptionBudget(written: WrittenPodDisruptionBudget, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = written.spec ?? {};
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    invalid(issues, "spec", { minAvailable, maxUnavailable }, "one of the two", "minAvailable and maxUnavailable cannot be both set");
  for (const [name, value] of [
    ["minAvailable", minAvailable],
    ["maxUnavailable", maxUnavailable],
  ] as const) {
    if (value === undefined) continue;
    validateIntOrPercent(value, `spec.${name}`, issues);
    if (typeof value === "string" && /^\d+%$/.test(value) && Number(value.slice(0, -1)) > 100)
      invalid(issues, `spec.${name}`, value, "at most 100%", "must not be greater than 100%");
  }
  if (selector !== undefined) validateLabelSelector(selector, "spec.selector", issues);
  const policies = ["IfHealthyBudget", "AlwaysAllow"];
  if (policy !== undefined && !policies.includes(policy)) unsupported(issues, "spec.unhealthyPodEvictionPolicy", policy, policies);
}

export function readPodDisruptionBudget(written: WrittenPodDisruptionBudget): PodDisruptionBudget {
  const { minAvailable = null, maxUnavailable = null, selector, unhealthyPodEvictionPolicy } = written.spec ?? {};
  const selectsNothing = selector === undefined || (written.apiVersion === "policy/v1beta1" && isEmptySelector(selector));
  return {
    kind: "PodDisruptionBudget",
    metadata: readMeta(written.metadata, true),
    spec: {
      minAvailable,
      maxUnavailable,
      selector: selectsNothing ? null : readLabelSelector(selector),
      unhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy === "AlwaysAllow" ? "AlwaysAllow" : "IfHealthyBudget",
    },
  };
}
