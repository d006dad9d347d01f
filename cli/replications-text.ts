/** Figures of several runs as tables for a terminal. */
import { intervalText, isSignificant, type FigureSummary } from "../reports/replications.ts";

export function replicationTable(summaries: readonly FigureSummary[]): string {
  return aligned([["figure", "mean ± 95 % interval"], ...summaries.map((summary) => [summary.name, intervalText(summary)])]);
}

/** `differences`: B − A. Of luck alone, one figure in twenty would be marked. */
export function differenceTable(a: readonly FigureSummary[], b: readonly FigureSummary[], differences: readonly FigureSummary[]): string {
  const textOf = (summaries: readonly FigureSummary[], name: string): string => {
    const found = summaries.find((summary) => summary.name === name);
    return found === undefined ? "–" : intervalText(found);
  };
  const rows = differences.map((difference) => {
    const { name } = difference;
    return [name, textOf(a, name), textOf(b, name), intervalText(difference), verdictOf(difference)];
  });
  return aligned([["figure", "A", "B", "B − A", ""], ...rows]);
}

function verdictOf(difference: FigureSummary): string {
  if (difference.mean === 0 && (difference.half ?? 0) === 0) return "the same";
  return isSignificant(difference) ? (difference.mean > 0 ? "more" : "less") : "no difference beyond luck";
}

export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
