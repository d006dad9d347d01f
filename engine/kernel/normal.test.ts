import { expect, test } from "vitest";
import { normalAbove, normalBelow } from "./normal.ts";

test.each([
  // NIST's and scipy's digits.
  [0, 0.5],
  [1, 0.15865525393145707],
  [2.5, 0.006209665325776132],
  [3.999, 3.180534005420206e-5],
  [4, 3.167124183311986e-5],
  [6, 9.86587645037698e-10],
  [10, 7.61985302416047e-24],
])("a standard normal is above %d with chance %d", (z, chance) => {
  expect(normalAbove(z) / chance).toBeCloseTo(1, 9);
  expect(normalBelow(-z) / chance).toBeCloseTo(1, 9);
  expect(normalBelow(z)).toBeCloseTo(1 - chance, 12);
});

test("it is below infinity", () => {
  expect(normalBelow(Infinity)).toBe(1);
  expect(normalAbove(Infinity)).toBe(0);
});
