/** Values along a field, from what is typed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAxis } from "./axis.ts";

function valuesOf(text: string, steps = 4): readonly string[] | string {
  const parsed = parseAxis(text, steps);
  return "problem" in parsed ? parsed.problem : parsed.value.values;
}

describe("the values of a field", () => {
  test.each([
    ["load.shop.rate=1x..2x:0.25x", ["1x", "1.25x", "1.5x", "1.75x", "2x"]],
    ["load.shop.rate=1..2x:0.5", ["1x", "1.5x", "2x"]],
    ["load[0].rate=100/s..400/s", ["100/s", "175/s", "250/s", "325/s", "400/s"]],
    ["deployment/web.livenessProbe.timeoutSeconds=1,2,5", ["1", "2", "5"]],
    ["load.shop.timeout=500ms..1700ms:500ms", ["500ms", "1000ms", "1500ms", "1700ms"]],
    ["load.shop.timeout=0.5s..1.5s:0.1s", ["0.5s", "0.6s", "0.7s", "0.8s", "0.9s", "1s", "1.1s", "1.2s", "1.3s", "1.4s", "1.5s"]],
    ["load.shop.retries.budget=10%,50%", ["10%", "50%"]],
  ])("of %s", (text, values) => {
    expect(valuesOf(text)).toEqual(values);
  });

  test.each([
    ["rate", "expected a field and its values"],
    ["=1..2", "expected a field and its values"],
    ["rate=", "expected a field and its values"],
    ["rate=a..b", "expected a field and its values"],
    ["rate=2x..1x", "a smaller and a larger value of one unit"],
    ["timeout=500ms..2s", "a smaller and a larger value of one unit"],
    ["timeout=1s..2s:0s", "expected a step above 0"],
    ["timeout=1s..2s:100ms", "expected a step above 0 in the unit"],
    ["timeout=2s,1s", "expected ascending values of one unit"],
    ["rate=1..2:0.0001", "more than 1000 values"],
  ])("%s is told what is wrong", (text, problem) => {
    expect(valuesOf(text)).toContain(problem);
  });

  test("go from the one end to the other in order, whatever the step", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (from, span, step) => {
        const parsed = parseAxis(`rate=${from}..${from + span}:${step}`, 4);
        const numbers = "problem" in parsed ? [] : parsed.value.numbers;
        expect([numbers[0], numbers.at(-1)]).toEqual([from, from + span]);
        expect(
          numbers.every((number, index) => index === 0 || (number > numbers[index - 1]! && number - numbers[index - 1]! <= step)),
        ).toBe(true);
      }),
    );
  });
});
