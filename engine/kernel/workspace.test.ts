import { expect, it } from "vitest";
import { Workspace } from "./workspace.ts";

it("lends columns of zeros with room enough, and the same memory again after a reset", () => {
  const workspace = new Workspace();
  const first = workspace.borrow("uint32", 100).fill(7);
  expect(workspace.borrow("uint32", 100)).not.toBe(first);
  workspace.reset();
  const again = [workspace.borrow("uint32", 128), workspace.borrow("uint32", 65)];
  expect(again).toContain(first);
  for (const column of again) expect(column.every((value) => value === 0)).toBe(true);
});

it("grows a column with its content and takes the old one back", () => {
  const workspace = new Workspace();
  const column = workspace.borrow("float64", 16);
  column.set([1.5, 2.5]);
  const longer = workspace.grow("float64", column);
  expect([longer.length, longer[0], longer[1], longer[16]]).toEqual([32, 1.5, 2.5, 0]);
  expect(workspace.borrow("float64", 10)).toBe(column);
});
