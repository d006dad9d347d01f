/** `--set a.b=c`: single values of a scenario, replaced on the command line. Values are YAML. */
import { childPath } from "../engine/values/issue.ts";
import { parseYaml } from "./yaml.ts";

export interface SetOption {
  readonly steps: readonly (string | number)[];
  readonly path: string;
  readonly value: unknown;
  /** As given, for messages. */
  readonly option: string;
}

/** Paths are below `spec`, unless they begin with it or with `metadata`. Null if the text is no such thing. */
export function parseOverride(text: string): SetOption | null {
  const equals = text.indexOf("=");
  const field = text.slice(0, equals).trim();
  if (equals < 1 || !/^[\w-]+(?:\.[\w-]+|\[\d+\])*$/.test(field)) return null;
  // A number after a dot is an index as well: load.0.rate.
  const written = [...field.matchAll(/[\w-]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step));
  if (written.some((step) => step === "__proto__")) return null;
  const steps = written[0] === "spec" || written[0] === "metadata" ? written : ["spec", ...written];
  const { documents, issues } = parseYaml(text.slice(equals + 1), "--set");
  if (issues.length > 0 || documents.length > 1) return null;
  return { steps, path: steps.reduce<string>(childPath, ""), value: documents[0]?.value, option: `--set ${text}` };
}

export interface MissingEntry {
  /** With the index. */
  readonly path: string;
  readonly list: string;
  readonly index: number;
  readonly length: number;
}

/** The first entry of a list on the option's way that isn't there; the last step may make the one behind the last. */
export function missingEntry(root: unknown, { steps }: SetOption): MissingEntry | null {
  let value = root;
  let list = "";
  for (const [at, step] of steps.entries()) {
    const path = childPath(list, step);
    if (typeof step === "number") {
      const length = Array.isArray(value) ? value.length : 0;
      const isNew = at === steps.length - 1 && step === length;
      if (step >= length && !isNew) return { path, list, index: step, length };
    }
    value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
    list = path;
  }
  return null;
}

/** A copy of the document's value with these put in; missing mappings and lists are made. */
export function overridden(root: unknown, options: readonly SetOption[]): unknown {
  return options.reduce((value, { steps, value: replacement }) => withValue(value, steps, replacement), root);
}

function withValue(owner: unknown, [step, ...rest]: readonly (string | number)[], replacement: unknown): unknown {
  if (step === undefined) return replacement;
  if (typeof step === "number") {
    const list: unknown[] = Array.isArray(owner) ? [...owner] : [];
    list[step] = withValue(list[step], rest, replacement);
    return list;
  }
  const fields = typeof owner === "object" && owner !== null && !Array.isArray(owner) ? (owner as Record<string, unknown>) : {};
  return { ...fields, [step]: withValue(fields[step], rest, replacement) };
}
