import { describe, expect, test } from "vitest";
import { logNormal } from "./distribution.ts";
import { streamKey, word } from "./random.ts";
import { TailTable } from "./tail-table.ts";

const key = streamKey(1, "test", "tail table");
const exact = streamKey(2, "test", "tail table");

describe("a table of a log-normal tail", () => {
  test("has the quantiles of exact draws, also far out", () => {
    const deviation = 0.84;
    const table = new TailTable(250, deviation);
    const count = 400_000;
    const fromTable = new Float64Array(count);
    const drawn = new Float64Array(count);
    for (let index = 0; index < count; index++) {
      fromTable[index] = table.at(word(key.hi, key.lo, index), key.hi, key.lo, index);
      drawn[index] = logNormal(250, deviation, exact.hi, exact.lo, index);
    }
    fromTable.sort();
    drawn.sort();
    // Standard error of a quantile, relative: deviation × √(p(1-p)/n) ÷ density; 4 of them.
    for (const [p, tolerance] of [
      [0.01, 0.02],
      [0.1, 0.01],
      [0.5, 0.01],
      [0.9, 0.01],
      [0.99, 0.02],
      [0.999, 0.05],
      [0.9999, 0.15],
    ] as const) {
      expect(Math.abs(fromTable[Math.floor(p * count)]! / drawn[Math.floor(p * count)]! - 1)).toBeLessThan(tolerance);
    }
    expect(fromTable[count - 1]! / drawn[count - 1]!).toBeGreaterThan(0.5);
    const mean = fromTable.reduce((sum, value) => sum + value, 0) / count;
    expect(mean / (250 * Math.exp((deviation * deviation) / 2))).toBeCloseTo(1, 2);
  });

  test("knows the quantiles of the normal distribution", () => {
    // Cells 256, 512 and 1013 of 1024: the lower quartile, the median, and 0.98926.
    const table = new TailTable(1, 1);
    expect(table.at(512 << 22, 0, 0, 0)).toBe(1);
    expect(Math.log(table.at((1013 << 22) >>> 0, 0, 0, 0))).toBeCloseTo(2.298, 2);
    expect(Math.log(table.at(256 << 22, 0, 0, 0))).toBeCloseTo(-0.6744897501960817, 12);
  });

  test("is constant without deviation", () => {
    const table = new TailTable(0, 0);
    for (const bits of [0, 1 << 22, 0xffffffff]) expect(table.at(bits, key.hi, key.lo, 1)).toBe(0);
    expect(new TailTable(7, 0).at(5, 0, 0, 0)).toBe(7);
  });
});
