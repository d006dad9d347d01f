/**
 * What a scenario wants to be reached at least once, over a whole campaign: what a run reaches is part of its coverage, so it is
 * searched for like any other news; what no run has reached by the end was never tested.
 */
import type { RunResult } from "../../engine/result.ts";
import { judge } from "../../reports/verdict.ts";
import { readCase, type FuzzCase } from "./fuzz-case.ts";

/** Keys of coverage. */
export function reachedKeys(result: RunResult): readonly string[] {
  if ((result.sometimes ?? []).length === 0) return [];
  return judge(result, []).sometimes.flatMap(({ name, isReached }) => (isReached ? [keyOf(name)] : []));
}

/** What the scenario wants, as written. */
export function wantedBy(base: FuzzCase): readonly string[] {
  return (readCase(base).spec?.sometimes ?? []).map(({ name }) => name);
}

export function neverReached(wanted: readonly string[], coverage: Iterable<string>): readonly string[] {
  const reached = new Set(coverage);
  return wanted.filter((name) => !reached.has(keyOf(name)));
}

function keyOf(name: string): string {
  return `sometimes | ${name}`;
}
