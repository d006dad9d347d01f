import { describe, expect, test } from "vitest";
import { logNormal } from "./distribution.ts";
import { normalAbove } from "./normal.ts";
import { streamKey, word } from "./random.ts";
import { TailTable, tailTable } from "./tail-table.ts";

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

describe("durations", () => {
  test.each([
    [0, 1],
    [0.4, 1],
    [1, 1],
    [2.4, 2],
    [2.5, 3],
    [1_999_999_999.6, 2_000_000_000],
    [3_000_000_000.6, 3_000_000_001],
  ])("of %d µs are rounded to %d", (drawn, micros) => {
    expect(new TailTable(drawn, 0).duration(key.hi, key.lo, 3)).toBe(micros);
  });

  test("are what the word of their index stands for", () => {
    const table = new TailTable(1e6, 0.5);
    for (let index = 0; index < 100; index++) {
      const { hi, lo } = key;
      expect(table.duration(hi, lo, index)).toBe(Math.round(table.at(word(hi, lo, index), hi, lo, index)));
    }
  });
});

describe("the share of draws from a value on", () => {
  const table = new TailTable(250, 0.84);
  const last = 1023 * 2 ** 22;

  test("is that of the words that stand for it or more", () => {
    for (let bits = 1; bits < last; bits += 1_234_567) expect(table.shareFrom(table.at(bits, 0, 0, 0))).toBeCloseTo(1 - bits / 2 ** 32, 9);
    for (const cell of [1, 2, 511, 512, 1022]) expect(table.shareFrom(table.at(cell * 2 ** 22, 0, 0, 0))).toBe(1 - cell / 1024);
  });

  test("is everything at zero and below it", () => {
    expect([table.shareFrom(0), table.shareFrom(-5)]).toEqual([1, 1]);
  });

  test("goes on exactly beyond the table", () => {
    const edge = table.at(last - 1, 0, 0, 0);
    expect(table.shareFrom(edge) * 1024).toBeCloseTo(1, 5);
    for (const z of [3.2, 3.5, 5]) {
      expect(table.shareFrom(250 * Math.exp(0.84 * z)) / normalAbove(z)).toBeCloseTo(1, 7);
    }
  });

  test("is a 1,024th at the table's last quantile", () => {
    // Of a deviation of 1 around 1: the quantile itself.
    const plain = new TailTable(1, 1);
    let [low, high] = [20, 25];
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (plain.shareFrom(middle) > 1 / 1024) low = middle;
      else high = middle;
      expect(plain.shareFrom(middle)).toBeGreaterThan(0);
    }
    // Some of these is the quantile to the last bit.
    for (let bit = 0; bit < 64; bit++) expect(plain.shareFrom(high + bit * 2 ** -48)).toBeGreaterThan(0);
    expect(Math.log(low)).toBeCloseTo(3.097, 2);
    expect(plain.shareFrom(low)).toBeCloseTo(1 / 1024, 9);
  });

  test("without deviation is all up to the median and none beyond", () => {
    const constant = new TailTable(7, 0);
    expect([6, 7, 7.1, -1].map((value) => constant.shareFrom(value))).toEqual([1, 1, 0, 1]);
  });

  test("is that of draws beyond the table as well", () => {
    const count = 100_000;
    for (const z of [3.15, 3.3, 3.6, 4]) {
      const from = 250 * Math.exp(0.84 * z);
      let beyond = 0;
      for (let index = 0; index < count; index++) if (table.at(0xffffffff, key.hi, key.lo, index) >= from) beyond++;
      const share = table.shareFrom(from) * 1024;
      // Four standard deviations.
      expect(Math.abs(beyond / count - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / count));
    }
  });
});

test("tables that are asked for again are the same, as long as few are", () => {
  const first = tailTable(250, 0.5);
  expect(tailTable(250, 0.5)).toBe(first);
  expect(first.duration(key.hi, key.lo, 1)).toBe(new TailTable(250, 0.5).duration(key.hi, key.lo, 1));
  const others = [tailTable(251, 0.5), tailTable(250, 0.25)];
  expect(others.map((table) => table === first)).toEqual([false, false]);
  expect(tailTable(251, 0.5)).toBe(others[0]);
  for (let median = 1_000; median < 1_064; median++) tailTable(median, 0);
  expect(tailTable(250, 0.5)).not.toBe(first);
  expect(tailTable(1_063, 0)).toBe(tailTable(1_063, 0));
});
