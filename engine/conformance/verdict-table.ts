/** What the runner prints of judged vector files: a table, the reasons of skips, the first failures with what differs. Pure. */
import { judge, type Adapter, type VectorFile } from "./vector-file.ts";

export interface Failure {
  readonly name: string;
  readonly expected: unknown;
  readonly found: unknown;
}

export interface FileVerdict {
  readonly file: string;
  readonly cases: number;
  readonly passed: number;
  readonly failures: readonly Failure[];
  /** Reason → number of cases. */
  readonly skipped: ReadonlyMap<string, number>;
}

export function judgeFile(file: string, adapter: Adapter, { cases }: VectorFile): FileVerdict {
  const failures: Failure[] = [];
  const skipped = new Map<string, number>();
  let passed = 0;
  for (const one of cases) {
    const judgement = judge(adapter, one);
    if (judgement.verdict === "passed") passed++;
    else if (judgement.verdict === "failed") failures.push({ name: one.name, expected: judgement.expected, found: judgement.found });
    else skipped.set(judgement.reason, (skipped.get(judgement.reason) ?? 0) + 1);
  }
  return { file, cases: cases.length, passed, failures, skipped };
}

/** Every case of a file that has no adapter. */
export function skippedFile(file: string, reason: string, { cases }: VectorFile): FileVerdict {
  return { file, cases: cases.length, passed: 0, failures: [], skipped: new Map([[reason, cases.length]]) };
}

function skippedCount({ skipped }: FileVerdict): number {
  return [...skipped.values()].reduce((sum, count) => sum + count, 0);
}

const NAME_WIDTH = 44;
const COUNT_WIDTH = 9;

export function tableOf(verdicts: readonly FileVerdict[]): string[] {
  const row = (name: string, ...counts: readonly (number | string)[]): string =>
    `${name.padEnd(NAME_WIDTH)}${counts.map((count) => String(count).padStart(COUNT_WIDTH)).join("")}`;
  const total = (count: (verdict: FileVerdict) => number): number => verdicts.reduce((sum, verdict) => sum + count(verdict), 0);
  return [
    row("file", "cases", "passed", "failed", "skipped"),
    ...verdicts.map((verdict) => row(verdict.file, verdict.cases, verdict.passed, verdict.failures.length, skippedCount(verdict))),
    row(
      `${verdicts.length} files`,
      total(({ cases }) => cases),
      total(({ passed }) => passed),
      total(({ failures }) => failures.length),
      total(skippedCount),
    ),
  ];
}

export function summaryOf(verdicts: readonly FileVerdict[]): string {
  const total = (count: (verdict: FileVerdict) => number): number => verdicts.reduce((sum, verdict) => sum + count(verdict), 0);
  return `vectors: ${total(({ passed }) => passed)} passed, ${total(({ failures }) => failures.length)} failed, ${total(skippedCount)} skipped`;
}

/** One line for each reason, with its files. */
export function skipLines(verdicts: readonly FileVerdict[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { file, cases, skipped } of verdicts) {
    for (const [reason, count] of skipped)
      byReason.set(reason, [...(byReason.get(reason) ?? []), count === cases ? file : `${file} (${count} of ${cases})`]);
  }
  return [...byReason].map(([reason, files]) => `  ${reason}: ${files.join(", ")}`);
}

/** The first `most` failures of each file. */
export function failureLines(verdicts: readonly FileVerdict[], most: number): string[] {
  return verdicts.flatMap(({ file, failures }) => {
    const shown = failures.slice(0, most).flatMap(({ name, expected, found }) => [
      `  ${file}: ${name}`,
      ...differences(expected, found)
        .slice(0, DIFFERENCES_MAX)
        .map(
          ({ path, expected: wanted, found: got }) =>
            `    ${path === "" ? "answer" : path}: expected ${textOf(wanted)}, found ${textOf(got)}`,
        ),
    ]);
    return failures.length > most ? [...shown, `  ${file}: ${failures.length - most} more`] : shown;
  });
}

const DIFFERENCES_MAX = 5;
const TEXT_MAX = 300;

function textOf(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** Where two JSON values differ, as deep as both have the same shape. */
export function differences(expected: unknown, found: unknown, path = ""): Difference[] {
  if (typeof expected !== "object" || typeof found !== "object" || expected === null || found === null)
    return expected === found ? [] : [{ path, expected, found }];
  if (Array.isArray(expected) !== Array.isArray(found)) return [{ path, expected, found }];
  if (Array.isArray(expected) && Array.isArray(found) && expected.length !== found.length) return [{ path, expected, found }];
  const names = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return names.flatMap((name) => {
    const here = Array.isArray(expected) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    return differences((expected as Readonly<Record<string, unknown>>)[name], (found as Readonly<Record<string, unknown>>)[name], here);
  });
}
