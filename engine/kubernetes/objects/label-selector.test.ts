import { describe, expect, test } from "vitest";
import { Issues } from "../../values/issue.ts";
import { isEmptySelector, labelsInclude, readLabelSelector, selectorMatches, validateLabelSelector } from "./label-selector.ts";
import type { WrittenLabelSelector } from "./written.ts";

const labels = { app: "web", tier: "front" };

describe("a selector", () => {
  test.each<[string, WrittenLabelSelector, boolean]>([
    ["empty matches everything", {}, true],
    ["matchLabels: all must be there", { matchLabels: { app: "web", tier: "front" } }, true],
    ["matchLabels: another value", { matchLabels: { app: "api" } }, false],
    ["matchLabels: a missing key", { matchLabels: { zone: "a" } }, false],
    ["In", { matchExpressions: [{ key: "app", operator: "In", values: ["api", "web"] }] }, true],
    ["In without the key", { matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] }, false],
    ["NotIn", { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
    ["NotIn without the key", { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["a"] }] }, true],
    ["Exists", { matchExpressions: [{ key: "app", operator: "Exists" }] }, true],
    ["DoesNotExist", { matchExpressions: [{ key: "app", operator: "DoesNotExist" }] }, false],
    ["Exists of a name that objects inherit", { matchExpressions: [{ key: "constructor", operator: "Exists" }] }, false],
    ["labels and expressions together", { matchLabels: { app: "web" }, matchExpressions: [{ key: "zone", operator: "Exists" }] }, false],
  ])("%s", (_name, selector, expected) => {
    expect(selectorMatches(readLabelSelector(selector), labels)).toBe(expected);
  });

  test("of a Service finds labels by value", () => {
    expect(labelsInclude(labels, { app: "web" })).toBe(true);
    expect(labelsInclude(labels, { app: "" })).toBe(false);
  });

  test("is empty when neither part says anything", () => {
    expect(isEmptySelector({ matchLabels: {}, matchExpressions: [] })).toBe(true);
    expect(isEmptySelector({ matchExpressions: [{ key: "a", operator: "Exists" }] })).toBe(false);
  });

  test.each<[string, WrittenLabelSelector, readonly string[]]>([
    ["values with Exists", { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] }, ["s.matchExpressions[0].values"]],
    ["no key", { matchExpressions: [{ operator: "Exists" }] }, ["s.matchExpressions[0].key"]],
    [
      "a bad key and a bad value",
      { matchExpressions: [{ key: "-a", operator: "In", values: ["b", "c!"] }] },
      ["s.matchExpressions[0].key", "s.matchExpressions[0].values[1]"],
    ],
    ["a bad label", { matchLabels: { "a/b/c": "x", ok: "_" } }, ["s.matchLabels", "s.matchLabels[ok]"]],
  ])("with %s is invalid", (_name, selector, paths) => {
    const issues = new Issues();
    validateLabelSelector(selector, "s", issues);
    expect(issues.list.map((issue) => issue.path)).toEqual(paths);
  });
});
