/** Node selectors and node affinity: which nodes a Pod may go to, and how gladly (pure). Source: component-helpers scheduling/corev1/nodeaffinity. */
import { isLabelValue } from "./names.ts";
import type { NodeRequirement, NodeTerm, WeightedNodeTerm } from "./scheduling.ts";

export interface NodeDemand {
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** requiredDuringSchedulingIgnoredDuringExecution; null: none. */
  readonly terms: readonly NodeTerm[] | null;
}

export interface SelectableNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Terms are alternatives: without any, no node will do. */
export function admitsByAffinity({ nodeSelector, terms }: NodeDemand, node: SelectableNode): boolean {
  const isSelected = Object.entries(nodeSelector).every(([key, value]) => labelOf(node.labels, key) === value);
  return isSelected && (terms === null || terms.some((term) => termMatches(term, node)));
}

/** Sum of the weights of the preferred terms that hold; one that asks for nothing never does. */
export function affinityPreference(terms: readonly WeightedNodeTerm[], node: SelectableNode): number {
  return terms.reduce((sum, { weight, term }) => sum + (termMatches(term, node) ? weight : 0), 0);
}

/** A term that asks for nothing, or that can't be parsed, matches nothing. */
function termMatches({ matchExpressions, matchFields }: NodeTerm, { name, labels }: SelectableNode): boolean {
  if (matchExpressions.length + matchFields.length === 0 || !matchExpressions.every(isParsable)) return false;
  return (
    matchExpressions.every((requirement) => matches(requirement, labelOf(labels, requirement.key))) &&
    matchFields.every((requirement) => matches(requirement, requirement.key === "metadata.name" ? name : undefined))
  );
}

function isParsable({ operator, values }: NodeRequirement): boolean {
  return (operator !== "In" && operator !== "NotIn") || values.every(isLabelValue);
}

function matches({ operator, values }: NodeRequirement, value: string | undefined): boolean {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && wholeNumber(value) > wholeNumber(values[0]);
    case "Lt":
      return value !== undefined && wholeNumber(value) < wholeNumber(values[0]);
  }
}

/** NaN, which compares with nothing, for any other text. */
function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
}

/** A label may be named as something that every object inherits. */
function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
