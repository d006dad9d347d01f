/** What the runner prints. */
import { describe, expect, test } from "vitest";
import { adapter } from "./vector-file.ts";
import { differences, failureLines, judgeFile, skipLines, skippedFile, summaryOf, tableOf } from "./verdict-table.ts";

const cases = [1, 2, 3, 4].map((value) => ({ name: `of ${value}`, input: { value }, expect: { result: value === 4 ? 4 : 9 } }));
const same = adapter<{ value: number }>("value", ({ value }) => ({ result: value }), {
  skips: ({ value }) => (value === 1 ? "is one" : null),
});
const verdicts = [
  judgeFile("numbers", same, { about: "", cases }),
  skippedFile("letters", "not built yet: letters", { about: "", cases: cases.slice(0, 2) }),
];

describe("the runner's report", () => {
  test("counts every case of every file", () => {
    expect(tableOf(verdicts).map((line) => line.replaceAll(/ +/g, " "))).toEqual([
      "file cases passed failed skipped",
      "numbers 4 1 2 1",
      "letters 2 0 0 2",
      "2 files 6 1 2 3",
    ]);
  });

  test("sums up in one line", () => {
    expect(summaryOf(verdicts)).toBe("vectors: 1 passed, 2 failed, 3 skipped");
  });

  test("names each reason of a skip once, with its files", () => {
    expect(skipLines(verdicts)).toEqual(["  is one: numbers (1 of 4)", "  not built yet: letters: letters"]);
  });

  test("shows the first failures of a file and what differs", () => {
    expect(failureLines(verdicts, 1)).toEqual(["  numbers: of 2", "    result: expected 9, found 2", "  numbers: 1 more"]);
  });
});

test.each([
  [{ a: 1 }, { a: 1 }, []],
  [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, ["a.b[1]"]],
  [{ a: [1] }, { a: [1, 2] }, ["a"]],
  [{ a: 1 }, { b: 1 }, ["a", "b"]],
  [null, { a: 1 }, [""]],
  [{ a: [] }, { a: {} }, ["a"]],
])("%j and %j differ at %j", (expected, found, paths) => {
  expect(differences(expected, found).map(({ path }) => path)).toEqual(paths);
});
