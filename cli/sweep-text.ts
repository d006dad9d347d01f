/** The figures of a sweep as a table for a terminal, and as CSV. */
import { aligned } from "./replications-text.ts";
import { intervalText } from "../reports/replications.ts";
import type { SweepPoint } from "./commands/sweep.ts";

/** What a line of a terminal has room for; the files have all. */
const SHOWN: readonly string[] = [
  "share of requests lost",
  "goodput per second",
  "request p99",
  "restarts",
  "availability",
  "recovery time",
];

export function sweepTable(fields: readonly string[], points: readonly SweepPoint[]): string {
  const names = figureNames(points);
  const shown = SHOWN.filter((name) => names.includes(name));
  const isJudged = points.some(({ failed }) => failed > 0);
  const rows = points.map(({ values, figures, failed, runs }) => [
    ...values,
    ...shown.map((name) => {
      const figure = figures.find((each) => each.name === name);
      return figure === undefined ? "–" : intervalText(figure);
    }),
    ...(isJudged ? [failed === 0 ? "passed" : `${failed} of ${runs} failed`] : []),
  ]);
  return aligned([[...fields, ...shown, ...(isJudged ? ["thresholds"] : [])], ...rows]);
}

/** Times in µs; an interval's half stands beside its mean. */
export function sweepCsv(fields: readonly string[], points: readonly SweepPoint[]): string {
  const names = figureNames(points);
  const head = [...fields, ...names.flatMap((name) => [name, `${name} ±`]), "runs", "failed"];
  const rows = points.map(({ values, figures, failed, runs }) => [
    ...values,
    ...names.flatMap((name) => {
      const figure = figures.find((each) => each.name === name);
      return [figure?.mean ?? "", figure?.half ?? ""].map(String);
    }),
    String(runs),
    String(failed),
  ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

function figureNames(points: readonly SweepPoint[]): readonly string[] {
  return [...new Set(points.flatMap(({ figures }) => figures.map(({ name }) => name)))];
}

/** As RFC 4180 has it. */
function cell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
