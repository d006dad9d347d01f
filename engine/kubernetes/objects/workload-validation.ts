/** What workloads that never end share: a selector that finds its own Pods, a template that restarts for ever. */
import type { Issues } from "../../values/issue.ts";
import { forbidden, invalid, required, unsupported } from "./field-errors.ts";
import { isEmptySelector, readLabelSelector, selectorMatches, validateLabelSelector } from "./label-selector.ts";
import { validatePodTemplate } from "./pod-validation.ts";
import type { Minor } from "./probe-validation.ts";
import type { WrittenLabelSelector, WrittenPodTemplate } from "./written.ts";

/** `kind` in lower case, as Kubernetes says it. */
export function validateWorkloadSelector(
  selector: WrittenLabelSelector | undefined,
  template: WrittenPodTemplate | undefined,
  kind: string,
  issues: Issues,
): void {
  if (selector === undefined) return required(issues, "spec.selector", "a selector that matches the labels of the template");
  const before = issues.list.length;
  validateLabelSelector(selector, "spec.selector", issues);
  if (issues.list.length > before) return;
  if (isEmptySelector(selector)) return invalid(issues, "spec.selector", {}, "at least one label", `empty selector is invalid for ${kind}`);
  const labels = template?.metadata?.labels ?? {};
  if (template !== undefined && !selectorMatches(readLabelSelector(selector), labels)) {
    invalid(
      issues,
      "spec.template.metadata.labels",
      labels,
      "labels that spec.selector matches",
      "`selector` does not match template `labels`",
      selectorHint(selector),
    );
  }
}

function selectorHint(selector: WrittenLabelSelector): string | undefined {
  const wanted = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}: ${value}`);
  return wanted.length === 0 ? undefined : `the selector wants ${wanted.join(", ")}`;
}

/** `kind` as Kubernetes names it in this text: Deployments share the ReplicaSet's. */
export function validateWorkloadTemplate(
  template: WrittenPodTemplate | undefined,
  minor: Minor,
  issues: Issues,
  kind: string = "ReplicaSet",
): void {
  if (template === undefined) return required(issues, "spec.template", "a Pod template");
  validatePodTemplate(template, "spec.template", minor, issues);
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy === "OnFailure" || restartPolicy === "Never")
    unsupported(issues, "spec.template.spec.restartPolicy", restartPolicy, ["Always"]);
  if (activeDeadlineSeconds !== undefined)
    forbidden(
      issues,
      "spec.template.spec.activeDeadlineSeconds",
      activeDeadlineSeconds,
      `activeDeadlineSeconds in ${kind} is not Supported`,
    );
}
