import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { chooseTargets } from "./targets.ts";

const drawFor = (candidate: number): number => ((candidate * 7919) % 1009) / 1009;

describe("choosing targets", () => {
  test.each([
    ["one", 0, 1],
    ["all", 0, 10],
    ["fixed", 3, 3],
    ["fixed", 99, 10],
    ["fixed-percent", 25, 2],
    ["fixed-percent", 100, 10],
    ["random-max-percent", 100, 5],
  ] as const)("mode %s with value %i hits %i of ten", (mode, value, expected) => {
    const candidates = Array.from({ length: 10 }, (_, index) => index);
    expect(chooseTargets(candidates, mode, value, drawFor, () => 0.5)).toHaveLength(expected);
  });

  test("nothing to choose from hits nothing", () => {
    expect(chooseTargets([], "one", 0, drawFor, () => 0.5)).toEqual([]);
  });

  test.prop([fc.uniqueArray(fc.nat(500), { minLength: 2, maxLength: 40 }), fc.nat(40)])(
    "one candidate less leaves the others' fate as it was, but for the one that moves up",
    (numbers, count) => {
      const candidates = numbers.sort((a, b) => a - b);
      const all = chooseTargets(candidates, "fixed", count, drawFor, () => 0);
      const without = chooseTargets(candidates.slice(1), "fixed", count, drawFor, () => 0);
      const kept = all.filter((target) => target !== candidates[0]);
      expect(without).toEqual(expect.arrayContaining(kept));
    },
  );
});
