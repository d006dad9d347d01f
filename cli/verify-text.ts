/** What `podstorm verify` prints: a line for each trace, and for what differs the two timelines side by side. */
import { factsOf, namesFieldPaths, namespacesOf, type Fact } from "../engine/conformance/trace-facts.ts";
import type { Mismatch } from "../engine/conformance/trace-judge.ts";
import type { VerifiedTrace } from "../engine/conformance/verify-trace.ts";
import type { Trace } from "../engine/conformance/trace.ts";

export interface VerifyRow {
  readonly name: string;
  readonly trace: Trace | null;
  /** Null: skipped. */
  readonly verified: VerifiedTrace | null;
  readonly skipped: string | null;
  /** What is wrong with the file; null: nothing. */
  readonly unreadable: string | null;
}

/** Shown for one trace; the rest is counted. */
const MISMATCHES_MAX = 12;
const TIMELINES_MAX = 4;
const LINES_MAX = 16;

export function verifyTable(rows: readonly VerifyRow[], columns: number): string {
  const width = Math.max(5, ...rows.map(({ name }) => name.length));
  const head = `${"trace".padEnd(width)}  ${"compared".padStart(8)}  ${"matched".padStart(7)}  worst deviation`;
  const lines = rows.map(({ name, verified, skipped, unreadable }) => {
    if (unreadable !== null) return `${name.padEnd(width)}  unreadable: ${unreadable}`;
    if (verified === null) return `${name.padEnd(width)}  ${"skipped:".padStart(8)} ${skipped ?? ""}`;
    const { compared, matched, worst } = verified.verdict;
    const deviation = worst === null ? "none" : `${(worst.byMs / 1000).toFixed(2)} s: ${worst.what}`;
    return `${name.padEnd(width)}  ${String(compared).padStart(8)}  ${String(matched).padStart(7)}  ${deviation}`;
  });
  return [head, ...lines].map((line) => clipped(line, columns)).join("\n");
}

/** A line for each trace that says something no rule knows. */
export function unknownText(rows: readonly VerifyRow[], columns: number): string {
  return rows
    .filter(({ verified }) => (verified?.verdict.unknown.length ?? 0) > 0)
    .map(({ name, verified }) => clipped(`${name}: not judged, unknown: ${verified!.verdict.unknown.join(", ")}`, columns))
    .join("\n");
}

export function mismatchText({ name, trace, verified }: VerifyRow, columns: number): string {
  if (trace === null || verified === null || verified.verdict.mismatches.length === 0) return "";
  const { mismatches, notJudged } = verified.verdict;
  const hasFieldPaths = namesFieldPaths(trace.observed);
  const recorded = factsOf(trace.observed, namespacesOf(trace), hasFieldPaths).facts;
  const model = factsOf(verified.sample, namespacesOf(trace), hasFieldPaths).facts;
  const lines = [`${name}: ${mismatches.length} differ${notJudged.length === 0 ? "" : ` (not judged: ${notJudged.join("; ")})`}`];
  for (const mismatch of mismatches.slice(0, MISMATCHES_MAX)) lines.push(...mismatchLines(mismatch, columns));
  if (mismatches.length > MISMATCHES_MAX) lines.push(`  and ${mismatches.length - MISMATCHES_MAX} more`);
  const shown = new Set<string>();
  for (const { object, aspect } of mismatches) {
    const key = `${object}\n${aspect}`;
    if (shown.has(key) || shown.size >= TIMELINES_MAX || aspect.startsWith("Event ")) continue;
    shown.add(key);
    lines.push(...timelines(`${object}, ${aspect}`, lineOf(recorded, object, aspect), lineOf(model, object, aspect), columns));
  }
  return lines.join("\n");
}

function mismatchLines({ object, aspect, found, expected, atMs }: Mismatch, columns: number): string[] {
  const at = atMs === null ? "" : ` at ${seconds(atMs)}`;
  return [clipped(`  ${object}, ${aspect}: recorded ${found}${at}`, columns), clipped(`    the model: ${expected}`, columns)];
}

function lineOf(facts: readonly Fact[], object: string, aspect: string): readonly Fact[] {
  return facts.filter((fact) => fact.object === object && fact.aspect === aspect);
}

function timelines(title: string, recorded: readonly Fact[], model: readonly Fact[], columns: number): string[] {
  const half = Math.floor((columns - 5) / 2);
  const row = (left: string, right: string): string => `  ${clipped(left, half).padEnd(half)} ${clipped(right, half)}`.trimEnd();
  const count = Math.min(LINES_MAX, Math.max(recorded.length, model.length));
  const rows = Array.from({ length: count }, (_, index) => row(factText(recorded[index]), factText(model[index])));
  return ["", clipped(`  ${title}`, columns), row("recorded", "model, seed 1"), ...rows];
}

function factText(fact: Fact | undefined): string {
  return fact === undefined ? "" : `${seconds(fact.atMs).padStart(9)} ${fact.value}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function clipped(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}
