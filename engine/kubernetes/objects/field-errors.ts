/**
 * The API server's kinds of field errors (apimachinery pkg/util/validation/field), each with its own words
 * beside ours: people search for the former and mend by the latter.
 */
import { describe, type Issues } from "../../values/issue.ts";

export function required(issues: Issues, path: string, expected: string, detail: string = ""): void {
  issues.list.push({ path, found: "nothing", expected, kubernetes: withDetail("Required value", detail) });
}

export function invalid(issues: Issues, path: string, value: unknown, expected: string, detail: string, hint?: string): void {
  const issue = { path, found: describe(value), expected, kubernetes: `Invalid value: ${describe(value)}: ${detail}` };
  issues.list.push(hint === undefined ? issue : { ...issue, hint });
}

export function unsupported(issues: Issues, path: string, value: unknown, supported: readonly string[]): void {
  const quoted = supported.map((word) => JSON.stringify(word));
  issues.list.push({
    path,
    found: describe(value),
    expected: quoted.length === 1 ? quoted.join() : `one of ${quoted.join(", ")}`,
    kubernetes: `Unsupported value: ${describe(value)}: supported values: ${quoted.join(", ")}`,
  });
}

export function forbidden(issues: Issues, path: string, value: unknown, detail: string, hint?: string): void {
  const issue = { path, found: describe(value), expected: "nothing", kubernetes: `Forbidden: ${detail}` };
  issues.list.push(hint === undefined ? issue : { ...issue, hint });
}

export function duplicate(issues: Issues, path: string, value: unknown, expected: string): void {
  issues.list.push({ path, found: `${describe(value)} again`, expected, kubernetes: `Duplicate value: ${describe(value)}` });
}

function withDetail(text: string, detail: string): string {
  return detail === "" ? text : `${text}: ${detail}`;
}
