/** A vector file (engine/conformance/vectors/README.md): decisions of one Kubernetes function, with the inputs that led to them. How a case is judged. Pure. */

export interface VectorCase {
  readonly name: string;
  readonly input: unknown;
  readonly expect: Readonly<Record<string, unknown>>;
}

export interface VectorFile {
  readonly about: string;
  readonly cases: readonly VectorCase[];
}

/** Why an entry of a file's `cases` is none; null: it is one. */
export function caseProblem(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return `found ${JSON.stringify(value)}, expected a case`;
  const { name } = value as Readonly<Record<string, unknown>>;
  if (typeof name !== "string") return "found no name, expected text";
  if (!("input" in value)) return `${name}: found no input`;
  return "expect" in value ? null : `${name}: found no expect`;
}

/** Answers the cases of one file with the functions that the simulator uses. */
export interface Adapter {
  /** Every input field that it understands, by nesting: `pod{spec{nodeName}} labels* now`; a star takes whatever stands below. Lists are transparent. */
  readonly fields: string;
  /** In the words of the file's `expect`. */
  answer(input: never): unknown;
  /** Null: judge it. Otherwise why the case lies outside of the model. */
  skips?(input: never): string | null;
  /** What of the expectation is compared, when some of it isn't decided by the model; everything if left out. */
  compared?(expected: Readonly<Record<string, unknown>>): unknown;
  /** Equality, where it isn't that of JSON. */
  agrees?(found: never, expected: never): boolean;
}

/** An adapter with the type of its inputs, as the registry keeps it. */
export function adapter<Input>(
  fields: string,
  answer: (input: Input) => unknown,
  more: {
    readonly skips?: (input: Input) => string | null;
    readonly compared?: (expected: Readonly<Record<string, unknown>>) => unknown;
    readonly agrees?: (found: never, expected: never) => boolean;
  } = {},
): Adapter {
  return { fields, answer, ...more };
}

export type Judgement =
  | { readonly verdict: "passed" }
  | { readonly verdict: "failed"; readonly expected: unknown; readonly found: unknown }
  | { readonly verdict: "skipped"; readonly reason: string };

/** A field that the adapter doesn't understand is never ignored: it could change the answer. A case that can't be read has failed. */
export function judge(adapter: Adapter, { input, expect }: VectorCase): Judgement {
  const stranger = unknownField(shapeOf(adapter.fields), input);
  if (stranger !== null) return { verdict: "skipped", reason: `unknown field ${stranger}` };
  let expected: unknown = expect;
  try {
    const reason = adapter.skips?.(input as never) ?? null;
    if (reason !== null) return { verdict: "skipped", reason };
    expected = adapter.compared?.(expect) ?? expect;
    const found = adapter.answer(input as never);
    const isEqual = adapter.agrees?.(found as never, expected as never) ?? isSame(found, expected);
    return isEqual ? { verdict: "passed" } : { verdict: "failed", expected, found };
  } catch (error) {
    return { verdict: "failed", expected, found: `an error: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Null: takes anything below. */
type Shape = Map<string, Shape> | null;

/** `a b{c d*}` → a: leaf, b: { c: leaf, d: anything }. */
export function shapeOf(fields: string): Shape {
  const root = new Map<string, Shape>();
  const open: Map<string, Shape>[] = [root];
  let last = "";
  for (const [token] of fields.matchAll(/[{}*]|[^\s{}*]+/g)) {
    const here = open[open.length - 1];
    if (here === undefined) throw new Error(`braces don't match in "${fields}"`);
    if (token === "}") open.pop();
    else if (token === "*") here.set(last, null);
    else if (token === "{") {
      const inner = new Map<string, Shape>();
      here.set(last, inner);
      open.push(inner);
    } else {
      here.set(token, new Map());
      last = token;
    }
  }
  if (open.length !== 1) throw new Error(`braces don't match in "${fields}"`);
  return root;
}

/** Path of the first field that the shape doesn't name; null if it names all. */
export function unknownField(shape: Shape, value: unknown, path = ""): string | null {
  if (shape === null || typeof value !== "object" || value === null) return null;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = unknownField(shape, item, `${path}[]`);
      if (found !== null) return found;
    }
    return null;
  }
  for (const [name, inner] of Object.entries(value)) {
    const here = path === "" ? name : `${path}.${name}`;
    const next = shape.get(name);
    if (next === undefined) return here;
    const found = unknownField(next, inner, here);
    if (found !== null) return found;
  }
  return null;
}

/** Equality of JSON values, whatever the order of their fields; a field that is undefined isn't there. */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  return left.size === right.size && [...left].every(([name, value]) => right.has(name) && isSame(value, right.get(name)));
}

function fieldsOf(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, field]) => field !== undefined));
}
