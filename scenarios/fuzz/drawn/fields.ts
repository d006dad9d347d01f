/** Words in which what a scenario may say is drawn: tables of fields, of which each document has a few. */
import fc from "fast-check";
import type { PlainDocument } from "../fuzz-case.ts";

/** Every field of what people write: a new one that is missing doesn't compile. Null: not drawn here, the comment says why. */
export type FieldTable<Written> = { readonly [Field in keyof Written]-?: fc.Arbitrary<unknown> | null };

/** Some of the fields: each with a chance of `weight` in 10. */
export function someOf(table: Readonly<Record<string, fc.Arbitrary<unknown> | null>>, weight: number = 2): fc.Arbitrary<PlainDocument> {
  const drawn: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [field, arbitrary] of Object.entries(table)) if (arbitrary !== null) drawn[field] = maybe(arbitrary, weight);
  return fc.record(drawn).map(withoutGaps);
}

/** All of the fields. */
export function allOf(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<PlainDocument> {
  return fc.record(fields).map(withoutGaps);
}

/** Undefined: it isn't there. */
export function maybe<Value>(arbitrary: fc.Arbitrary<Value>, weight: number = 2): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: 10 - weight, arbitrary: fc.constant(undefined) }, { weight, arbitrary });
}

export function withoutGaps(drawn: Readonly<Record<string, unknown>>): PlainDocument {
  return Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined));
}

export function seconds(min: number, max: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((count) => `${count}s`);
}

export function oneOf<const Value>(...values: readonly Value[]): fc.Arbitrary<Value> {
  return fc.constantFrom(...values);
}

export function whole(min: number, max: number): fc.Arbitrary<number> {
  return fc.integer({ min, max });
}

export function listOf<Value>(arbitrary: fc.Arbitrary<Value>, min: number, max: number): fc.Arbitrary<Value[]> {
  return fc.array(arbitrary, { minLength: min, maxLength: max });
}

/** A count, or a share of replicas. */
export const amount: fc.Arbitrary<number | string> = fc.oneof(whole(0, 3), oneOf("25%", "50%", "100%"));
export const share: fc.Arbitrary<string | number> = oneOf<string | number>("50%", "10%", 0.3, 1);
