import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  defaultsDeployment,
  intstrScaledValue,
  quantityCanonical,
  quantityFloat,
  validationDeployment,
  validationProbe,
} from "./objects.ts";

interface VectorCase {
  readonly name: string;
  readonly input: never;
  readonly expect: Record<string, unknown>;
}

const casesOf = (file: string): readonly VectorCase[] =>
  (JSON.parse(readFileSync(new URL(`vectors/${file}.json`, import.meta.url), "utf8")) as { cases: VectorCase[] }).cases;

describe("quantity_canonical", () => {
  test.each(casesOf("quantity_canonical"))("$name", ({ input, expect: expected }) => {
    expect(quantityCanonical(input)).toEqual(expected);
  });
});

describe("quantity_float", () => {
  test.each(casesOf("quantity_float"))("$name", ({ input, expect: expected }) => {
    const wanted = Number(expected["value"]);
    const { value } = quantityFloat(input) as { value: number };
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 1e-12);
  });
});

describe("intstr_scaled_value", () => {
  test.each(casesOf("intstr_scaled_value"))("$name", ({ input, expect: expected }) => {
    expect(intstrScaledValue(input)).toEqual(expected);
  });
});

describe("defaults_deployment", () => {
  test.each(casesOf("defaults_deployment"))("$name", ({ input, expect: expected }) => {
    expect(defaultsDeployment(input)).toEqual(expected);
  });
});

describe("validation_deployment", () => {
  test.each(casesOf("validation_deployment"))("$name", ({ input, expect: expected }) => {
    const { valid, errors } = validationDeployment(input);
    expect({ valid, errors }).toMatchObject({ valid: expected["valid"] });
    if (typeof expected["errorContains"] === "string") expect(errors[0]).toContain(expected["errorContains"]);
  });
});

describe("validation_probe", () => {
  test.each(casesOf("validation_probe"))("$name", ({ input, expect: expected }) => {
    expect(validationProbe(input)).toEqual(expected);
  });
});
