/**
 * Building blocks of all input schemas. Two things beyond zod: fields that are known but not used by the
 * model, and messages in our own words (a message that begins with "expected " replaces zod's).
 */
import { z } from "zod";

/** One problem of shape, as zod reports it; the rest of podstorm doesn't know zod. */
export interface ShapeProblem {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly errors?: readonly (readonly ShapeProblem[])[];
  readonly options?: readonly unknown[];
}

export type Schema<Value = unknown> = z.ZodType<Value>;

/** Every problem of shape at once. */
export function shapeProblems(schema: Schema, value: unknown): readonly ShapeProblem[] {
  const result = schema.safeParse(value);
  return result.success ? [] : (result.error.issues as readonly ShapeProblem[]);
}

/** Message of a schema: what was expected, as one reads it after "expected". */
export function expecting(text: string): { readonly error: string } {
  return { error: `expected ${text}` };
}

/** A whole number from `min` to `max`, each bound with words of its own. */
export function wholeNumber(min: number, max: number): z.ZodNumber {
  return z
    .number(expecting("a whole number"))
    .int(expecting("a whole number"))
    .min(min, expecting(`${min} or more`))
    .max(max, expecting(`${max} or less`));
}

const unusedSchemas = new WeakSet<object>();

/**
 * A field that Kubernetes knows and the model does not use. `fields` names what may be inside:
 * "name" anything, "name{a b}" a mapping of these, "name[a b]" a list of such mappings; "" = anything.
 */
export function unused(fields: string = ""): z.ZodOptional<z.ZodType<unknown>> {
  const schema = fields === "" ? z.unknown() : fieldTree(fields);
  unusedSchemas.add(schema);
  return schema.optional();
}

/** The same for a list of mappings. */
export function unusedList(fields: string = ""): z.ZodOptional<z.ZodType<unknown>> {
  const schema = z.array(fields === "" ? z.unknown() : fieldTree(fields));
  unusedSchemas.add(schema);
  return schema.optional();
}

/** Several unused fields whose inside nobody checks. */
export function unusedFields<Name extends string>(...names: readonly Name[]): Record<Name, z.ZodOptional<z.ZodType<unknown>>> {
  return Object.fromEntries(names.map((name) => [name, unused()])) as Record<Name, z.ZodOptional<z.ZodType<unknown>>>;
}

function fieldTree(fields: string): z.ZodType<unknown> {
  const tokens = fields.match(/[A-Za-z0-9]+|[{}[\]]/g) ?? [];
  let next = 0;
  const level = (): z.ZodType<unknown> => {
    const shape: Record<string, z.ZodType<unknown>> = {};
    while (next < tokens.length && tokens[next] !== "}" && tokens[next] !== "]") {
      const name = tokens[next++] ?? "";
      const opening = tokens[next];
      if (opening !== "{" && opening !== "[") {
        shape[name] = z.unknown().optional();
        continue;
      }
      next++;
      const inner = level();
      next++;
      shape[name] = (opening === "[" ? z.array(inner) : inner).optional();
    }
    return z.strictObject(shape);
  };
  return level();
}

/** Calls `visit` for every field of `value` that the schema marks as unused, at its outermost. */
export function visitUnused(
  schema: Schema,
  value: unknown,
  visit: (path: readonly (string | number)[]) => void,
  path: readonly (string | number)[] = [],
): void {
  const inner = unwrapped(schema);
  if (unusedSchemas.has(inner)) return visit(path);
  if (Array.isArray(value)) {
    if (inner instanceof z.ZodArray) value.forEach((item, index) => visitUnused(inner.element as Schema, item, visit, [...path, index]));
    return;
  }
  if (typeof value !== "object" || value === null || !(inner instanceof z.ZodObject)) return;
  for (const [key, field] of Object.entries(value)) {
    const known = inner.shape[key] as Schema | undefined;
    if (known !== undefined) visitUnused(known, field, visit, [...path, key]);
  }
}

/** The keys that a mapping at `path` may have; empty if it isn't one. */
export function knownKeys(schema: Schema, path: readonly PropertyKey[]): readonly string[] {
  return schemasAt(schema, path).flatMap((found) => (found instanceof z.ZodObject ? Object.keys(found.shape) : []));
}

/** A union may hold several. */
function schemasAt(schema: Schema, path: readonly PropertyKey[]): readonly Schema[] {
  let found = alternatives(schema);
  for (const key of path) {
    found = found.flatMap((candidate) => {
      if (candidate instanceof z.ZodArray) return alternatives(candidate.element as Schema);
      if (candidate instanceof z.ZodRecord) return alternatives(candidate.valueType as Schema);
      const field = candidate instanceof z.ZodObject ? (candidate.shape[String(key)] as Schema | undefined) : undefined;
      return field === undefined ? [] : alternatives(field);
    });
  }
  return found;
}

function alternatives(schema: Schema): readonly Schema[] {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodUnion ? inner.options.flatMap((option) => alternatives(option as Schema)) : [inner];
}

function unwrapped(schema: Schema): Schema {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap() as Schema) : schema;
}
