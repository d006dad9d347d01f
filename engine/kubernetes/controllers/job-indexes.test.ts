/** Completion indexes as the API writes them. */
import { expect, test } from "vitest";
import { firstFreeIndexes, formatIndexes, matchSuccessPolicy, parseIndexes } from "./job-indexes.ts";

test.each([
  [[], ""],
  [[3], "3"],
  [[1, 2], "1,2"],
  [[1, 3, 4, 5], "1,3-5"],
  [[7, 0, 1, 2, 5, 6], "0-2,5-7"],
])("%j is written as %j, and read again", (indexes, text) => {
  expect(formatIndexes(indexes)).toBe(text);
  expect([...parseIndexes(text, 10)].sort((a, b) => a - b)).toEqual(indexes.toSorted((a, b) => a - b));
});

test("indexes that the Job no longer has don't count", () => {
  expect(formatIndexes(parseIndexes("1,3-9", 5))).toBe("1,3,4");
});

test("the lowest free indexes come first", () => {
  expect(firstFreeIndexes(new Set([0, 2]), 3, 5)).toEqual([1, 3, 4]);
  expect(firstFreeIndexes(new Set([0, 2]), 9, 4)).toEqual([1, 3]);
});

test.each([
  ["all of the listed ones", [{ succeededIndexes: "0,2", succeededCount: null }], [0, 2], 0],
  ["not all of them", [{ succeededIndexes: "0,2", succeededCount: null }], [0, 1], -1],
  ["enough of them", [{ succeededIndexes: "0-3", succeededCount: 2 }], [1, 3], 0],
  [
    "enough of any",
    [
      { succeededIndexes: null, succeededCount: 3 },
      { succeededIndexes: null, succeededCount: 1 },
    ],
    [9],
    1,
  ],
])("a success policy holds with %s", (_, rules, succeeded, rule) => {
  expect(matchSuccessPolicy(rules, new Set(succeeded), 10)).toBe(rule);
});

test("as many free indexes are named as are asked for", () => {
  expect([0, 1, 2, 9].map((count) => firstFreeIndexes(new Set([1]), count, 4))).toEqual([[], [0], [0, 2], [0, 2, 3]]);
});

test("a success policy's rule with indexes and a count wants as many of those indexes", () => {
  const rules = [{ succeededIndexes: "0-3", succeededCount: 2 }];
  expect([[0], [0, 7], [0, 2]].map((done) => matchSuccessPolicy(rules, new Set(done), 10))).toEqual([-1, -1, 0]);
});
