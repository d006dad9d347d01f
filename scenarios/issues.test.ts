import { describe, expect, test } from "vitest";
import { formatIssue, formatIssues, pathSteps } from "./issues.ts";

const issue = { file: "a.yaml", line: 3, column: 5, path: "spec.x", found: "1", expected: "2" };

describe("issues as text", () => {
  test.each([
    [issue, "a.yaml:3:5: spec.x: found 1, expected 2"],
    [{ ...issue, hint: "try 2" }, "a.yaml:3:5: spec.x: found 1, expected 2 (hint: try 2)"],
    [{ ...issue, path: "" }, "a.yaml:3:5: found 1, expected 2"],
    [{ ...issue, line: null, column: null }, "a.yaml: spec.x: found 1, expected 2"],
    [{ ...issue, kubernetes: "Required value" }, "a.yaml:3:5: spec.x: found 1, expected 2 [Kubernetes: Required value]"],
  ])("%#", (given, expected) => {
    expect(formatIssue(given)).toBe(expected);
  });

  test("stand in order of files, then places; beyond a hundred they are counted", () => {
    const text = formatIssues([{ ...issue, file: "b.yaml" }, { ...issue, line: 9 }, issue, { ...issue, file: "b.yaml", line: 1 }]);
    expect(text.split("\n").map((line) => line.split(": ")[0])).toEqual(["b.yaml:1:5", "b.yaml:3:5", "a.yaml:3:5", "a.yaml:9:5"]);
    expect(
      formatIssues(Array.from({ length: 105 }, () => issue))
        .split("\n")
        .at(-1),
    ).toBe("and 5 more problems");
  });
});

describe("paths as steps", () => {
  const root = {
    metadata: { labels: { "app.kubernetes.io/name": "x", "a]b": "y" } },
    spec: { list: [{ cpu: 1 }, { cpu: 2 }] },
    "odd.key": { a: 1 },
  };
  test.each([
    ["metadata.labels[app.kubernetes.io/name]", ["metadata", "labels", "app.kubernetes.io/name"]],
    ["metadata.labels[a]b]", ["metadata", "labels", "a]b"]],
    ["spec.list[1].cpu", ["spec", "list", 1, "cpu"]],
    ["spec.list[1][cpu]", ["spec", "list", 1, "cpu"]],
    ["spec.list[1].memory", ["spec", "list", 1]],
    ["spec.listing", ["spec"]],
    ["[odd.key].a", ["odd.key", "a"]],
    ["nowhere", []],
    ["", []],
  ])("%s", (path, steps) => {
    expect(pathSteps(path, root)).toEqual(steps);
  });
});
