import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutants } from "./index.ts";
import { fuzzers, withFault } from "./mutant.ts";

test("there are enough of them, each with a name of its own", () => {
  const names = new Set(mutants.map(({ name }) => name));
  expect(names.size).toBe(mutants.length);
  expect(names.size).toBeGreaterThanOrEqual(40);
});

test.each(mutants)("$name changes exactly one place of its file", (mutant) => {
  const text = readFileSync(mutant.file, "utf8");
  const after = withFault(mutant, text);
  expect(after).not.toBe(text);
  expect(after.length).toBe(text.length - mutant.from.length + mutant.to.length);
});

test.each(mutants)("the alarm of $name is there", ({ alarm }) => {
  expect((fuzzers as readonly string[]).includes(alarm) || existsSync(alarm)).toBe(true);
});

test("a patch that fits nowhere, or twice, is refused", () => {
  const mutant = { name: "x", file: "x.ts", from: "aa", to: "b", breaks: "", alarm: "clusters" } as const;
  expect(() => withFault(mutant, "b")).toThrow("nowhere");
  expect(() => withFault(mutant, "aaa")).toThrow("more than once");
  expect(withFault(mutant, "caad")).toBe("cbd");
});
