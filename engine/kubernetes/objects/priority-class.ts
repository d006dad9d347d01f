/** PriorityClass, and what it makes of Pod templates that name it. Source: plugin/pkg/admission/priority. */
import type { Issues } from "../../values/issue.ts";
import { forbidden, invalid, unsupported } from "./field-errors.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import type { WrittenPriorityClass } from "./written-workloads.ts";

export interface PriorityClassSpec {
  readonly value: number;
  readonly globalDefault: boolean;
  readonly preemptionPolicy: "PreemptLowerPriority" | "Never";
}

export interface PriorityClass {
  readonly kind: "PriorityClass";
  readonly metadata: ObjectMeta;
  readonly spec: PriorityClassSpec;
}

/** Above it, only the cluster's own classes. Source: scheduling.HighestUserDefinablePriority. */
const USER_PRIORITY_MAX = 1_000_000_000;

/** pkg/apis/scheduling/validation/validation.go ValidatePriorityClass. */
export function validatePriorityClass(written: WrittenPriorityClass, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: false }, issues);
  const { value = 0, preemptionPolicy } = written;
  const name = written.metadata?.name ?? "";
  if (name.startsWith("system-"))
    forbidden(issues, "metadata.name", name, "priority class names with 'system-' prefix are reserved for system use only");
  else if (value > USER_PRIORITY_MAX)
    forbidden(
      issues,
      "value",
      value,
      `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`,
      `at most ${USER_PRIORITY_MAX}`,
    );
  const policies = ["Never", "PreemptLowerPriority"];
  if (preemptionPolicy === "")
    invalid(issues, "preemptionPolicy", "", "one of the two, or nothing", "must be Never or PreemptLowerPriority");
  else if (preemptionPolicy !== undefined && !policies.includes(preemptionPolicy))
    unsupported(issues, "preemptionPolicy", preemptionPolicy, policies);
}

export function readPriorityClass(written: WrittenPriorityClass): PriorityClass {
  const { value = 0, globalDefault = false, preemptionPolicy } = written;
  return {
    kind: "PriorityClass",
    metadata: readMeta(written.metadata, false),
    spec: { value, globalDefault, preemptionPolicy: preemptionPolicy === "Never" ? "Never" : "PreemptLowerPriority" },
  };
}
