/** Label selectors as text: `-l app=web,tier in (a, b),!canary`, and as kubectl writes them back. */
import type { ApiSelector, Labels } from "../../engine/kubernetes/views/api-object.ts";

export interface Requirement {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "absent";
  readonly values: readonly string[];
}

/** Null: not a selector. */
export function parseSelector(text: string): readonly Requirement[] | null {
  const requirements: Requirement[] = [];
  for (const part of splitOutsideBrackets(text)) {
    const requirement = parseRequirement(part.trim());
    if (requirement === null) return null;
    requirements.push(requirement);
  }
  return requirements;
}

export function matchesLabels(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "in":
        return value !== undefined && values.includes(value);
      case "notin":
        return value === undefined || !values.includes(value);
      case "exists":
        return value !== undefined;
      case "absent":
        return value === undefined;
    }
  });
}

const KEY = "[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?";
const VALUE = "[-A-Za-z0-9_.]*";

function parseRequirement(text: string): Requirement | null {
  const sets = new RegExp(`^(${KEY})\\s+(in|notin)\\s+\\(([^()]*)\\)$`).exec(text);
  if (sets !== null)
    return { key: sets[1]!, operator: sets[2] as "in" | "notin", values: sets[3]!.split(",").map((value) => value.trim()) };
  const equal = new RegExp(`^(${KEY})\\s*(==?|!=)\\s*(${VALUE})$`).exec(text);
  if (equal !== null) return { key: equal[1]!, operator: equal[2] === "!=" ? "notin" : "in", values: [equal[3]!] };
  const there = new RegExp(`^(!?)\\s*(${KEY})$`).exec(text);
  return there === null ? null : { key: there[2]!, operator: there[1] === "!" ? "absent" : "exists", values: [] };
}

function splitOutsideBrackets(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const letter = text.charAt(index);
    if (letter === "(") depth++;
    else if (letter === ")") depth--;
    else if (letter === "," && depth === 0) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/** "app=web,tier=front", or `<none>`. */
export function formatLabels(labels: Labels | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(byKey);
  return entries.length === 0 ? "<none>" : entries.map(([key, value]) => `${key}=${value}`).join(",");
}

/** "app=web,tier in (a,b)", or `<none>`. */
export function formatSelector({ matchLabels, matchExpressions }: ApiSelector): string {
  const texts: [string, string][] = [
    ...Object.entries(matchLabels ?? {}).map(([key, value]): [string, string] => [key, `${key}=${value}`]),
    ...(matchExpressions ?? []).map(({ key, operator, values }): [string, string] => [key, expression(key, operator, values ?? [])]),
  ];
  return texts.length === 0
    ? "<none>"
    : texts
        .sort(byKey)
        .map(([, text]) => text)
        .join(",");
}

function expression(key: string, operator: string, values: readonly string[]): string {
  switch (operator) {
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return `${key} ${operator.toLowerCase()} (${[...values].sort().join(",")})`;
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
