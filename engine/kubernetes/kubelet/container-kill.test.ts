import { expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { graceOnNode } from "./container-kill.ts";

test("a deletion without grace gets the forced grace, any other its own", () => {
  expect([0, 1, 30].map((grace) => graceOnNode(grace, SECOND))).toEqual([1, 1, 30]);
  expect([0, 1, 30].map((grace) => graceOnNode(grace, 5 * SECOND))).toEqual([5, 1, 30]);
});
