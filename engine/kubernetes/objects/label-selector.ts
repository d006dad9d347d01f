/** Label selectors: matching (once per selector and template) and validation. */
import type { Issues } from "../../values/issue.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import type { LabelSelector, LabelSelectorRequirement } from "./meta.ts";
import { validateLabelKey, validateLabels, validateLabelValue } from "./names.ts";
import type { WrittenLabelSelector } from "./written.ts";

type Labels = Readonly<Record<string, string>>;

/** An empty selector matches everything (apimachinery pkg/apis/meta/v1 LabelSelectorAsSelector). */
export function selectorMatches(selector: LabelSelector, labels: Labels): boolean {
  return (
    labelsInclude(labels, selector.matchLabels) && selector.matchExpressions.every((requirement) => requirementMatches(requirement, labels))
  );
}

/** Whether every wanted label is there with its value: how a Service chooses Pods. */
export function labelsInclude(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function requirementMatches({ key, operator, values }: LabelSelectorRequirement, labels: Labels): boolean {
  // A label may be named as something that every object inherits.
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

export function isEmptySelector(selector: WrittenLabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

export function validateLabelSelector(selector: WrittenLabelSelector, path: string, issues: Issues): void {
  validateLabels(selector.matchLabels, `${path}.matchLabels`, issues);
  (selector.matchExpressions ?? []).forEach((requirement, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const { key, operator, values = [] } = requirement;
    if (operator !== "In" && operator !== "NotIn" && operator !== "Exists" && operator !== "DoesNotExist") {
      unsupported(issues, `${at}.operator`, operator, ["In", "NotIn", "Exists", "DoesNotExist"]);
    } else if (operator === "In" || operator === "NotIn") {
      if (values.length === 0)
        required(issues, `${at}.values`, "at least one value", "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (values.length > 0) {
      invalid(
        issues,
        `${at}.values`,
        values,
        `no values with ${operator}`,
        "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      );
    }
    if (key === undefined) required(issues, `${at}.key`, "a label key");
    else validateLabelKey(key, `${at}.key`, issues);
    values.forEach((value, position) => validateLabelValue(value, `${at}.values[${position}]`, issues));
  });
}

/** A validated selector, every field filled in. */
export function readLabelSelector(selector: WrittenLabelSelector | undefined): LabelSelector {
  return {
    matchLabels: { ...selector?.matchLabels },
    matchExpressions: (selector?.matchExpressions ?? []).map(({ key = "", operator, values }) => ({
      key,
      operator: operator === "NotIn" || operator === "Exists" || operator === "DoesNotExist" ? operator : "In",
      values: [...(values ?? [])],
    })),
  };
}
