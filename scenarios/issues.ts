/** Problems with their places, as text: `file:line:column: path: found X, expected Y (hint: …)`. */
import { childPath, type Issue } from "../engine/values/issue.ts";
import type { YamlDocument } from "./yaml.ts";

export interface LocatedIssue extends Issue {
  readonly file: string;
  /** Both from 1; null where no place in a file is meant (a missing file, an option of the command line). */
  readonly line: number | null;
  readonly column: number | null;
}

/** How many are printed; the rest is counted. */
const shownMax = 100;

export function formatIssues(issues: readonly LocatedIssue[]): string {
  const shown = sortedIssues(issues).slice(0, shownMax).map(formatIssue);
  const rest = issues.length - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${rest} more problems`] : [])].join("\n");
}

export function formatIssue({ file, line, column, path, found, expected, hint, kubernetes }: LocatedIssue): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  const field = path === "" ? "" : `${path}: `;
  const words = kubernetes === undefined ? "" : ` [Kubernetes: ${kubernetes}]`;
  return `${place}: ${field}found ${found}, expected ${expected}${hint === undefined ? "" : ` (hint: ${hint})`}${words}`;
}

/** By file in order of first appearance, then by place. */
export function sortedIssues(issues: readonly LocatedIssue[]): readonly LocatedIssue[] {
  const order = new Map<string, number>();
  for (const { file } of issues) if (!order.has(file)) order.set(file, order.size);
  return [...issues].sort(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}

/** Finds the place of an issue's path in its document. */
export function locateIssue(issue: Issue, document: YamlDocument, aim: "value" | "key" = "value"): LocatedIssue {
  return { file: document.file, ...document.locate(pathSteps(issue.path, document.value), aim), ...issue };
}

/**
 * The steps of a path as it is written, down to where it leaves the value: `spec.ports[0].name`,
 * `metadata.labels[app.kubernetes.io/name]`. A key in brackets is matched against what is there.
 */
export function pathSteps(path: string, root: unknown): readonly (string | number)[] {
  const steps: (string | number)[] = [];
  let value = root;
  let at = "";
  while (at !== path) {
    const before = at;
    const child = childrenOf(value).find(([key]) => spellings(before, key).some((spelling) => isWithin(path, spelling)));
    if (child === undefined) break;
    steps.push(child[0]);
    at = spellings(before, child[0]).find((spelling) => isWithin(path, spelling)) ?? path;
    value = child[1];
  }
  return steps;
}

/** Kubernetes writes keys of free mappings in brackets, also plain ones: `requests[cpu]`. */
function spellings(path: string, key: string | number): readonly string[] {
  return [childPath(path, key), `${path}[${key}]`];
}

function childrenOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item]);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function isWithin(path: string, parent: string): boolean {
  if (!path.startsWith(parent)) return false;
  const next = path[parent.length];
  return next === undefined || next === "." || next === "[";
}
