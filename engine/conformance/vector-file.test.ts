/** How a case is judged, and what is never let pass. */
import { describe, expect, test } from "vitest";
import { adapter, isSame, judge, shapeOf, unknownField } from "./vector-file.ts";

const double = adapter<{ value: number; list?: readonly number[] }>("value list", ({ value }) => ({ result: value * 2 }));
const caseOf = (input: unknown, expected: Record<string, unknown>): Parameters<typeof judge>[1] => ({ name: "", input, expect: expected });

describe("a case", () => {
  test("passes with the expected answer", () => {
    expect(judge(double, caseOf({ value: 2 }, { result: 4 }))).toEqual({ verdict: "passed" });
  });

  test("fails with any other, and says both", () => {
    expect(judge(double, caseOf({ value: 2 }, { result: 5 }))).toEqual({
      verdict: "failed",
      expected: { result: 5 },
      found: { result: 4 },
    });
  });

  test("fails when something is expected that the answer doesn't hold", () => {
    expect(judge(double, caseOf({ value: 2 }, { result: 4, reason: "because" })).verdict).toBe("failed");
  });

  test("fails, and doesn't end the run, when the adapter throws", () => {
    const broken = adapter("value", () => {
      throw new Error("no such thing");
    });
    expect(judge(broken, caseOf({ value: 2 }, {}))).toMatchObject({ verdict: "failed", found: "an error: no such thing" });
  });

  test("fails, and doesn't end the run, when its expectation can't be read or compared", () => {
    const unreadable = (): never => {
      throw new Error("no operator: undefined");
    };
    for (const more of [{ compared: unreadable }, { agrees: unreadable }])
      expect(
        judge(
          adapter<{ value: number }>("value", () => ({}), more),
          caseOf({ value: 2 }, { list: "zz" }),
        ),
      ).toEqual({
        verdict: "failed",
        expected: { list: "zz" },
        found: "an error: no operator: undefined",
      });
  });

  test("is skipped by name when its input has a field that the adapter doesn't know", () => {
    expect(judge(double, caseOf({ value: 2, list: [1], unit: "s" }, { result: 4 }))).toEqual({
      verdict: "skipped",
      reason: "unknown field unit",
    });
  });

  test("is skipped with the adapter's own reason", () => {
    const picky = adapter<{ value: number }>("value", () => ({}), { skips: ({ value }) => (value > 1 ? "too large" : null) });
    expect(judge(picky, caseOf({ value: 2 }, {}))).toEqual({ verdict: "skipped", reason: "too large" });
    expect(judge(picky, caseOf({ value: 1 }, {}))).toEqual({ verdict: "passed" });
  });

  test("is compared in the part and by the rule that its file has", () => {
    const part = adapter<{ value: number }>("value", ({ value }) => ({ valid: value > 0 }), { compared: ({ valid }) => ({ valid }) });
    expect(judge(part, caseOf({ value: 2 }, { valid: true, text: "of another release" })).verdict).toBe("passed");
    const near = adapter<{ value: number }>("value", ({ value }) => value, {
      agrees: (found: number, expected: { about: number }) => Math.abs(found - expected.about) < 1,
    });
    expect(judge(near, caseOf({ value: 2 }, { about: 2.5 })).verdict).toBe("passed");
    expect(judge(near, caseOf({ value: 2 }, { about: 4 })).verdict).toBe("failed");
  });
});

describe("the fields of an adapter", () => {
  test.each([
    ["a b", { a: 1, b: [2] }, null],
    ["a", { a: 1, b: 2 }, "b"],
    ["a{b}", { a: [{ b: 1 }, { c: 2 }] }, "a[].c"],
    ["a{b{c}} d", { a: { b: { c: 1 } }, d: null }, null],
    ["a{b}", { a: { b: { c: 1 } } }, "a.b.c"],
    ["a*", { a: { any: { thing: 1 } } }, null],
    ["a{b*} c", { a: { b: { x: [{ y: 1 }] } }, c: 1 }, null],
    ["memory.available", { "memory.available": "1Gi" }, null],
  ])("%s, of %j: %s", (fields, input, unknown) => {
    expect(unknownField(shapeOf(fields), input)).toBe(unknown);
  });

  test.each(["a{b", "a}", "}{"])("%s: braces that don't match are a mistake in the registry", (fields) => {
    expect(() => shapeOf(fields)).toThrow("braces don't match");
  });
});

test.each([
  [{ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 }, true],
  [{ a: undefined }, {}, true],
  [{ a: null }, {}, false],
  [[1, 2], [2, 1], false],
  [[1], { 0: 1 }, false],
  [0, -0, true],
])("%j and %j are the same: %s", (a, b, same) => {
  expect(isSame(a, b)).toBe(same);
});
