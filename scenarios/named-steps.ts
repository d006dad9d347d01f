/** Values set from the command line, made to fit the document: entries of lists by name, and factors of what stands there. */
import { childPath } from "../engine/values/issue.ts";
import type { SetOption } from "./overrides.ts";

/** `load.shop.rate` → `load[0].rate`: a step into a list that is no number is the name of an entry. */
export function withIndexes(root: unknown, option: SetOption): SetOption {
  let value = root;
  const steps = option.steps.map((step) => {
    const index = Array.isArray(value) && typeof step === "string" ? value.findIndex((entry) => namesOf(entry).includes(step)) : -1;
    const found = index < 0 ? step : index;
    value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[found] : undefined;
    return found;
  });
  return { ...option, steps, path: steps.reduce<string>(childPath, "") };
}

/** What an entry of a list may be called: its name, and without one its Service, whom it selects, its type. */
function namesOf(entry: unknown): readonly unknown[] {
  if (typeof entry !== "object" || entry === null) return [];
  const { name, target, service, selector, type } = entry as Record<string, unknown>;
  const last = (text: unknown): unknown => (typeof text === "string" ? text.split("/").at(-1) : undefined);
  const selected = typeof selector === "object" && selector !== null ? Object.values(selector) : [];
  return name === undefined ? [last(target), last(service), ...selected, type] : [name];
}

/** A step by name into a list that has no such entry. */
export function unknownEntry(root: unknown, { steps }: SetOption): { readonly path: string; readonly names: readonly string[] } | null {
  let value = root;
  let path = "";
  for (const step of steps) {
    if (Array.isArray(value) && typeof step === "string") {
      const names = value.flatMap((entry) => namesOf(entry).filter((name) => typeof name === "string"));
      return { path: childPath(path, step), names: [...new Set(names)] };
    }
    value = typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
    path = childPath(path, step);
  }
  return null;
}

/** `1.5x`: so many times what stands there. Null: no factor. */
export function factorOf(value: unknown): number | null {
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)x$/.exec(value) : null;
  return match === null ? null : Number(match[1]);
}

/** Times the number at the head of the value, whose unit stays; whole numbers without a unit stay whole. Undefined: it has none. */
export function multiplied(value: unknown, factor: number): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? Math.round(value * factor) : tidy(value * factor);
  const match = typeof value === "string" ? /^(\d+(?:\.\d+)?)([a-zA-Z%/]*)$/.exec(value) : null;
  return match === null ? undefined : `${tidy(Number(match[1]) * factor)}${match[2]}`;
}

/** What stands at the end of these steps. */
export function valueAt(root: unknown, steps: readonly (string | number)[]): unknown {
  return steps.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[step] : undefined),
    root,
  );
}

/** Without the noise of binary fractions. */
function tidy(value: number): number {
  return Number(value.toPrecision(9));
}
