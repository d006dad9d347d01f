/** Working set, the number in flight that crosses the limit, and the age at which growth does. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { crossingAge, inFlightMax, workingSet } from "./memory-profile.ts";

const mebibyte = 1024 * 1024;
const memories = fc
  .record({ base: fc.integer({ min: 0, max: 512 }), perRequest: fc.integer({ min: 1, max: 8 }), growth: fc.integer({ min: 1, max: 64 }) })
  .map(({ base, perRequest, growth }) => ({ base: base * mebibyte, perRequest: perRequest * mebibyte, growth: growth * mebibyte }));

describe("memory", () => {
  test.prop([memories, fc.integer({ min: 0, max: 100_000_000 })])("the most in flight fits, one more doesn't", (memory, age) => {
    const limit = 1024 * mebibyte;
    const most = inFlightMax(memory, limit, age);
    expect(workingSet(memory, age, most + 1)).toBeGreaterThan(limit);
    if (most > 0) expect(workingSet(memory, age, most)).toBeLessThanOrEqual(limit);
  });

  test.prop([memories, fc.integer({ min: 0, max: 50 })])(
    "the crossing age crosses, one microsecond earlier doesn't",
    (memory, inFlight) => {
      const limit = 1024 * mebibyte;
      const age = crossingAge(memory, limit, inFlight);
      expect(workingSet(memory, age, inFlight)).toBeGreaterThan(limit);
      if (age > 0) expect(workingSet(memory, age - 1, inFlight)).toBeLessThanOrEqual(limit + memory.growth / 1e6);
    },
  );

  it("without growth or limit nothing is ever crossed", () => {
    expect(crossingAge({ base: 10, perRequest: 0, growth: 0 }, 100, 0)).toBe(Infinity);
    expect(crossingAge({ base: 10, perRequest: 0, growth: 5 }, Infinity, 0)).toBe(Infinity);
    expect(inFlightMax({ base: 10, perRequest: 0, growth: 0 }, 100, 0)).toBe(Infinity);
  });
});
