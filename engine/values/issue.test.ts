import { describe, expect, test } from "vitest";
import { childPath, closest, describe as described } from "./issue.ts";

describe("did you mean", () => {
  const fields = ["replicas", "selector", "template", "strategy", "minReadySeconds", "livenessProbe", "readinessProbe"];
  test.each([
    ["replica", "replicas"],
    ["Replicas", "replicas"],
    ["repilcas", "replicas"],
    ["livenesProbe", "livenessProbe"],
    ["livenessprobe", "livenessProbe"],
    ["minreadyseconds", "minReadySeconds"],
  ])("%s: %s", (word, meant) => {
    expect(closest(word, fields)).toBe(meant);
  });

  test.each(["x", "volumes", "affinity", ""])("%j is like none", (word) => {
    expect(closest(word, fields)).toBeNull();
  });

  test("the nearest wins, the first of equals", () => {
    expect(closest("cat", ["cart", "cats", "bat", "cat"])).toBe("cat");
    expect(closest("web", ["weby", "webx"])).toBe("weby");
  });
});

describe("paths", () => {
  test("plain keys follow a dot, others stand in brackets", () => {
    expect(childPath("", "spec")).toBe("spec");
    expect(childPath("spec", "replicas")).toBe("spec.replicas");
    expect(childPath("spec.containers", 3)).toBe("spec.containers[3]");
    expect(childPath("metadata.labels", "app.kubernetes.io/name")).toBe("metadata.labels[app.kubernetes.io/name]");
  });
});

describe("values in messages", () => {
  test.each([
    [undefined, "nothing"],
    [null, "null"],
    ["8", '"8"'],
    [8, "8"],
    [NaN, "NaN"],
    [true, "true"],
    [[], "an empty list"],
    [[1, 2], "a list of 2"],
    [{}, "an empty mapping"],
    [{ a: 1, b: 2, c: 3, d: 4 }, "a mapping of a, b, c, ..."],
    ["line\nbreak", '"line\\nbreak"'],
  ])("%j", (value, text) => {
    expect(described(value)).toBe(text);
  });

  test("long text is cut", () => {
    expect(described("x".repeat(1000)).length).toBeLessThan(70);
  });
});
