import { expect, test } from "vitest";
import { fieldsWithoutEffect } from "./notes.ts";

test("a virtual run names the fields of processes among the others, outermost only", () => {
  const noEffect = [
    { field: "a.env.valueFrom.secretKeyRef", count: 1 },
    { field: "a.envFrom", count: 2 },
    { field: "z", count: 3 },
  ];
  const liveOnly = [
    { field: "a.command", count: 4 },
    { field: "a.env", count: 5 },
  ];
  expect(fieldsWithoutEffect({ notModelled: [], noEffect, liveOnly }).map(({ field, count }) => [field, count])).toEqual([
    ["a.command", 4],
    ["a.env", 5],
    ["a.envFrom", 2],
    ["z", 3],
  ]);
  expect(fieldsWithoutEffect({ notModelled: [], noEffect, liveOnly: [] })).toEqual(noEffect);
});
