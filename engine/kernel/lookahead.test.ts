/** How far shards may run without hearing from the others. */
import { expect, it } from "vitest";
import { boundOf } from "./lookahead.ts";
import { NEVER } from "./time.ts";

it.each([
  [[10, 7, 12], 5, 12],
  [[7, 10], 5, 12],
  [[7], 0, 8],
  [[7, 7], -3, 8],
  [[7, 9], 1, 8],
  [[NEVER, 40], 250, 290],
  [[NEVER, NEVER], 250, NEVER],
  [[], 250, NEVER],
])("shards that send at %j at the earliest may run, with a lookahead of %d µs, up to %d", (earliest, lookahead, bound) => {
  expect(boundOf(earliest, lookahead)).toBe(bound);
});
