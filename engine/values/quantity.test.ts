import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { canonicalQuantity, parseQuantity, quantityMilli, quantityNumber, quantityUnits } from "./quantity.ts";

const parsed = (text: string): NonNullable<ReturnType<typeof parseQuantity>> => {
  const quantity = parseQuantity(text);
  if (quantity === null) throw new Error(`${text} is no quantity`);
  return quantity;
};

describe("quantities", () => {
  test.each([
    ["250m", 250, 1],
    ["0.1", 100, 1],
    ["2", 2000, 2],
    ["64Mi", 67_108_864_000, 67_108_864],
    ["1.5k", 1_500_000, 1500],
    ["1e3", 1_000_000, 1000],
    ["1E3", 1_000_000, 1000],
    ["1e-3", 1, 1],
    ["1n", 1, 1],
    ["0", 0, 0],
    ["+5", 5000, 5],
    ["5.", 5000, 5],
    [".5", 500, 1],
    ["-1500m", -1500, -1],
  ])("%s is %d thousandths, %d units", (text, milli, units) => {
    expect(quantityMilli(parsed(text))).toBe(milli);
    expect(quantityUnits(parsed(text))).toBe(units);
  });

  test.each(["", "Mi", "64mi", "64MB", "1,5", "0x10", "NaN", "Infinity", "1 Gi", "--1", "1e", "1ee3", ".", "1e999", "9".repeat(200)])(
    "%j is none",
    (text) => {
      expect(parseQuantity(text)).toBeNull();
    },
  );

  test.each([
    ["1e3", "1e3"],
    ["12e6", "12e6"],
    ["1500m", "1500m"],
    ["2000m", "2"],
    ["1023", "1023"],
    ["512Ki", "512Ki"],
    ["0.5Gi", "512Mi"],
    ["1000", "1k"],
    ["0Ki", "0"],
  ])("%s is written %s", (text, canonical) => {
    expect(canonicalQuantity(parsed(text))).toBe(canonical);
  });

  property.prop([fc.integer({ min: 1, max: 999_999 }), fc.constantFrom("n", "u", "m", "", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti")])(
    "the canonical form means the same and is its own canonical form",
    (amount, suffix) => {
      const quantity = parsed(`${amount}${suffix}`);
      const canonical = canonicalQuantity(quantity);
      expect(parsed(canonical).nano).toBe(quantity.nano);
      expect(canonicalQuantity(parsed(canonical))).toBe(canonical);
      expect(quantityNumber(quantity)).toBeGreaterThan(0);
    },
  );
});
