/** Problems of shape (zod's) → issues in the house's words: found, expected, did you mean. */
import { childPath, closest, describe, type Issue } from "../engine/values/issue.ts";
import { knownKeys, shapeProblems, type Schema, type ShapeProblem } from "../engine/values/shape.schema.ts";

export interface ShapeCheck<Value> {
  /** The value without what is wrong with it; null if that would move the items of a list. */
  readonly value: Value | null;
  readonly issues: readonly Issue[];
  /** Paths of unknown keys: their issue points at the key, not at its value. */
  readonly unknownKeys: ReadonlySet<string>;
}

export interface ShapeOptions {
  readonly basePath: string;
  /** What to say about an unknown field instead of "did you mean". */
  readonly hints?: Readonly<Record<string, string>>;
}

/** Checks a value against its schema, and mends what it can so that the checks behind have something to look at. */
export function checkShape<Value>(schema: Schema<Value>, value: unknown, options: ShapeOptions): ShapeCheck<Value> {
  const issues: Issue[] = [];
  const unknownKeys = new Set<string>();
  const problems = onePerValue(shapeProblems(schema, value).flatMap(flattened));
  for (const problem of problems) {
    if (problem.code === "unrecognized_keys") {
      for (const key of problem.keys ?? []) {
        const path = pathText(options.basePath, [...problem.path, key]);
        unknownKeys.add(path);
        issues.push(unknownField(path, key, knownKeys(schema, problem.path), options.hints ?? {}));
      }
    } else issues.push(wrongValue(problem, value, options.basePath));
  }
  if (problems.length === 0) return { value: value as Value, issues, unknownKeys };
  const mended = structuredClone(value);
  const isMended = problems.every((problem) => cutOut(mended, problem));
  return { value: isMended && shapeProblems(schema, mended).length === 0 ? (mended as Value) : null, issues, unknownKeys };
}

/** A value that is wrong in two ways is one problem: the first says enough. */
function onePerValue(problems: readonly ShapeProblem[]): readonly ShapeProblem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = `${problem.code === "unrecognized_keys" ? "keys of " : ""}${pathText("", problem.path)}`;
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
}

/** A union's problem is that of the alternative which the value was most likely meant to be: of the right kind, with the fewest problems. */
function flattened(problem: ShapeProblem): readonly ShapeProblem[] {
  if (problem.code !== "invalid_union" || problem.errors === undefined) return [problem];
  const ofRightKind = problem.errors
    .map((errors) => errors.flatMap(flattened))
    .filter((errors) => !errors.some((error) => error.path.length === 0 && wrongKinds.has(error.code)));
  const best = ofRightKind.toSorted((a, b) => a.length - b.length)[0];
  return best === undefined ? [problem] : best.map((error) => ({ ...error, path: [...problem.path, ...error.path] }));
}

const wrongKinds: ReadonlySet<string> = new Set(["invalid_type", "invalid_union", "invalid_value"]);

function unknownField(path: string, key: string, known: readonly string[], hints: Readonly<Record<string, string>>): Issue {
  const meant = closest(key, known);
  const hint = (Object.hasOwn(hints, key) ? hints[key] : undefined) ?? (meant === null ? undefined : `did you mean ${meant}?`);
  const expected = known.length === 0 || known.length > 12 ? "a known field" : `one of ${known.join(", ")}`;
  const issue = { path, found: `unknown field ${describe(key)}`, expected };
  return hint === undefined ? issue : { ...issue, hint };
}

function wrongValue(problem: ShapeProblem, root: unknown, basePath: string): Issue {
  const found = valueAt(root, problem.path);
  const path = pathText(basePath, problem.path);
  const expected = expectedOf(problem);
  const hint = hintFor(found, expected, problem);
  const issue = { path, found: describe(found), expected };
  return hint === undefined ? issue : { ...issue, hint };
}

function expectedOf(problem: ShapeProblem): string {
  if (problem.message.startsWith("expected ")) return problem.message.slice("expected ".length);
  switch (problem.code) {
    case "invalid_type":
      return typeWords[problem.expected ?? ""] ?? problem.expected ?? "another kind of value";
    case "invalid_value":
      return oneOf(problem.values ?? []);
    case "too_small":
      return `${String(problem.minimum)} or more`;
    case "too_big":
      return `${String(problem.maximum)} or less`;
    case "invalid_union":
      return problem.options === undefined ? "another kind of value" : oneOf(problem.options);
    default:
      return "a valid value";
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  array: "a list",
  record: "a mapping",
};

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? describe(values[0]) : `one of ${values.map(describe).join(", ")}`;
}

function hintFor(found: unknown, expected: string, problem: ShapeProblem): string | undefined {
  if (typeof found === "number" && Number.isFinite(found)) {
    if (expected.startsWith("a duration with a unit"))
      return found < 0 ? "durations aren't negative" : `with a unit: ${found}s or ${found}ms`;
    if (expected.startsWith("a rate with a unit")) return `with a unit: ${found}/s`;
  }
  if (expected === "text" && (typeof found === "number" || typeof found === "boolean")) return "put it in quotes";
  if ((expected === "a number" || expected === "a whole number") && typeof found === "string" && /^-?\d+$/.test(found))
    return `drop the quotes: ${found}`;
  if (expected === "a list" && found !== undefined && found !== null) return "begin each item with a dash";
  const values = problem.values ?? problem.options;
  const meant =
    typeof found === "string" && values !== undefined
      ? closest(
          found,
          values.filter((value) => typeof value === "string"),
        )
      : null;
  return meant === null ? undefined : `did you mean ${meant}?`;
}

export function pathText(basePath: string, steps: readonly PropertyKey[]): string {
  return steps.reduce<string>((path, step) => childPath(path, typeof step === "number" ? step : String(step)), basePath);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined),
    root,
  );
}

/** Removes what is wrong; false if it is an item of a list or the root, which can't be removed. */
function cutOut(root: unknown, problem: ShapeProblem): boolean {
  const owner = problem.code === "unrecognized_keys" ? valueAt(root, problem.path) : valueAt(root, problem.path.slice(0, -1));
  if (typeof owner !== "object" || owner === null || Array.isArray(owner)) return false;
  const keys = problem.code === "unrecognized_keys" ? (problem.keys ?? []) : problem.path.slice(-1).map(String);
  for (const key of keys) delete (owner as Record<string, unknown>)[key];
  return keys.length > 0;
}
