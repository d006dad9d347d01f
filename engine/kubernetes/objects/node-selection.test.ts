/** Beyond upstream's own cases (engine/conformance): numbers, fields, names of labels. */
import { expect, test } from "vitest";
import type { NodeRequirement, NodeTerm } from "./scheduling.ts";
import { admitsByAffinity, affinityPreference } from "./node-selection.ts";

const node = { name: "node-1", labels: { zone: "a", cores: "16", empty: "" } };
const term = (...matchExpressions: readonly NodeRequirement[]): NodeTerm => ({ matchExpressions, matchFields: [] });
const asks = (key: string, operator: NodeRequirement["operator"], ...values: readonly string[]): NodeRequirement => ({
  key,
  operator,
  values,
});

test.each([
  [asks("cores", "Gt", "8"), true],
  [asks("cores", "Gt", "16"), false],
  [asks("cores", "Lt", "17"), true],
  [asks("zone", "Gt", "0"), false],
  [asks("absent", "Lt", "1"), false],
  [asks("empty", "Exists"), true],
  [asks("empty", "In", ""), true],
  [asks("absent", "NotIn", "a"), true],
  // Inherited by every object, but no label.
  [asks("toString", "Exists"), false],
])("%j: %s", (requirement, isAdmitted) => {
  expect(admitsByAffinity({ nodeSelector: {}, terms: [term(requirement)] }, node)).toBe(isAdmitted);
});

test("a selector and one of the terms must both hold", () => {
  const terms = [term(asks("zone", "In", "b")), term(asks("zone", "In", "a"), asks("cores", "Gt", "8"))];
  expect(admitsByAffinity({ nodeSelector: { zone: "a" }, terms }, node)).toBe(true);
  expect(admitsByAffinity({ nodeSelector: { zone: "b" }, terms }, node)).toBe(false);
  expect(admitsByAffinity({ nodeSelector: {}, terms: terms.slice(0, 1) }, node)).toBe(false);
});

test("without affinity every node will do, with an empty list of terms none", () => {
  expect(admitsByAffinity({ nodeSelector: {}, terms: null }, node)).toBe(true);
  expect(admitsByAffinity({ nodeSelector: {}, terms: [] }, node)).toBe(false);
});

test("preferred terms add their weights up, and one without a wish adds nothing", () => {
  const terms = [
    { weight: 30, term: term(asks("zone", "In", "a")) },
    { weight: 5, term: term(asks("cores", "Gt", "8")) },
    { weight: 50, term: term(asks("zone", "In", "b")) },
    { weight: 100, term: term() },
  ];
  expect(affinityPreference(terms, node)).toBe(35);
});
