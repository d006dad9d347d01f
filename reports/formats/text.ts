/** The summary for a terminal: at most 80 columns, fewer where it is narrower (but for tables), tables that line up, colour only where it is asked for. */
import type { Column, Row, Section, Table, Tone } from "../analysis/section.ts";
import { formatBytes, formatCount, formatInstant, formatLatency, formatShare, plural } from "../figures.ts";
import { abortText, reachedText, type Report, type RunFacts } from "../report.ts";
import { elidedProbes } from "../series.ts";
import { isFailure } from "../verdict.ts";
import type { Format } from "./format.ts";

const COLUMNS = 80;
/** Narrower than this nothing can be read anyway. */
const COLUMNS_LEAST = 30;

export const text: Format = {
  name: "text",
  fileName: null,
  format: (report) => formatText(report, { color: false, columns: COLUMNS }),
};

export interface TextOptions {
  readonly color: boolean;
  /** Of the terminal. */
  readonly columns: number;
}

/** What the lines are made for. */
interface Page {
  readonly paint: Paint;
  readonly columns: number;
}

export function formatText(report: Report, options: TextOptions): string {
  const page: Page = { paint: painter(options.color), columns: Math.max(COLUMNS_LEAST, Math.min(COLUMNS, options.columns)) };
  return [
    ...head(report, page),
    ...verdict(report, page),
    ...report.sections.flatMap((section) => sectionLines(section, page)),
    ...foot(report, page),
  ]
    .map((line) => line.trimEnd())
    .join("\n")
    .concat("\n");
}

function head(report: Report, { paint, columns }: Page): readonly string[] {
  const { result, run } = report;
  const clockName = run?.live === undefined ? "virtual time" : "wall time";
  const aborted = abortText(report);
  const what = `${result.name}: ${formatInstant(result.duration)} of Kubernetes ${result.kubernetesVersion}, seed ${result.seed}, 1 run`;
  return [
    ...wrapped(printable(what), columns).map((line) => paint("bold", line)),
    ...(result.isPartial
      ? wrapped(`PARTIAL: interrupted at ${formatInstant(result.end)} of ${clockName}; figures cover that part only`, columns).map((line) =>
          paint("bad", line),
        )
      : []),
    ...(aborted === null ? [] : wrapped(printable(aborted), columns).map((line) => paint("bad", line))),
  ];
}

function verdict(report: Report, page: Page): readonly string[] {
  const { paint } = page;
  const { thresholds, sometimes, violations, isPassed } = report.verdict;
  if (thresholds.length === 0 && sometimes.length === 0 && violations === 0) return [];
  const unreached = sometimes.filter(({ isReached }) => !isReached).length;
  const failed = thresholds.filter(isFailure).length;
  const warned = thresholds.filter((threshold) => !threshold.isPassed).length - failed;
  const words = [
    ...(thresholds.length > warned
      ? [
          failed === 0
            ? `${plural(thresholds.length - warned, "threshold")} held`
            : `${failed} of ${plural(thresholds.length, "threshold")} failed`,
        ]
      : []),
    ...(warned > 0 ? [plural(warned, "warning")] : []),
    ...(unreached > 0 ? [`${unreached} of ${sometimes.length} states never reached`] : []),
    ...(unreached === 0 && sometimes.length > 0 ? [`${plural(sometimes.length, "state")} reached`] : []),
    ...(violations > 0 ? [`${plural(violations, "invariant violation")}`] : []),
  ];
  const rows: Row[] = thresholds.map((threshold) => ({
    cells: [threshold.isPassed ? "✓" : isFailure(threshold) ? "✗" : "!", threshold.metric, threshold.text, threshold.valueText],
    notes: [],
    tone: threshold.isPassed ? "good" : "bad",
  }));
  rows.push(
    ...sometimes.map(({ name, isReached, at }): Row => ({
      cells: [isReached ? "✓" : "✗", name, "sometimes", reachedText(isReached, at)],
      notes: [],
      tone: isReached ? "good" : "bad",
    })),
  );
  const columns: Column[] = [left(""), left(""), left(""), { title: "", align: "right" }];
  return [
    "",
    `${paint(isPassed ? "good" : "bad", isPassed ? "PASSED" : "FAILED")}  ${words.join(", ")}`,
    ...grid(columns, rows, page, false),
  ];
}

function left(title: string): Column {
  return { title, align: "left" };
}

function sectionLines(section: Section, page: Page): readonly string[] {
  // Charts alone say nothing here.
  if (section.sentences.length === 0 && section.tables.length === 0) return [];
  return [
    "",
    page.paint("bold", section.title),
    ...section.sentences.flatMap((sentence) => wrapped(printable(sentence), page.columns - 2).map((line) => `  ${line}`)),
    ...section.tables.flatMap((table) => tableLines(table, page)),
  ];
}

function tableLines(table: Table, page: Page): readonly string[] {
  const shown = table.rows.slice(0, table.briefRows);
  const rest = table.rows.length - shown.length;
  return [
    ...(table.title === null ? [] : wrapped(`${table.title}:`, page.columns - 2).map((line) => `  ${line}`)),
    ...(table.columns.length === 1 ? shown.flatMap((row) => bullet(row.cells[0] ?? "", page)) : grid(table.columns, shown, page, true)),
    ...(rest > 0 ? [page.paint("quiet", `  … and ${formatCount(rest)} more (in the report files)`)] : []),
  ];
}

function bullet(line: string, { paint, columns }: Page): readonly string[] {
  return wrapped(printable(line), columns - 6).map((each, index) => paint("quiet", `    ${index === 0 ? "- " : "  "}${each}`));
}

/** A table keeps its width on a narrow terminal: broken rows would say less. */
function grid(columns: readonly Column[], rows: readonly Row[], page: Page, hasTitles: boolean): readonly string[] {
  const { paint } = page;
  const widths = fit(
    columns.map((column, index) =>
      Math.max(hasTitles ? width(column.title) : 0, ...rows.map((row) => width(printable(row.cells[index] ?? "")))),
    ),
  );
  const line = (cells: readonly string[]): readonly string[] => {
    const parts = cells.map((cell, index) => (width(cell) <= widths[index]! ? [cell] : wrapped(cell, widths[index]!)));
    const height = Math.max(...parts.map((part) => part.length));
    return Array.from(
      { length: height },
      (_, at) => `  ${parts.map((part, index) => pad(part[at] ?? "", widths[index]!, columns[index]!.align)).join("  ")}`,
    );
  };
  return [
    ...(hasTitles ? line(columns.map((column) => column.title)).map((each) => paint("quiet", each)) : []),
    ...rows.flatMap((row) => [
      ...line(row.cells.map(printable)).map((each) => paint(row.tone, each)),
      ...row.notes.flatMap((note) => wrapped(printable(note), page.columns - 6).map((each) => paint("quiet", `      ${each}`))),
    ]),
  ];
}

/** Narrows the widest columns until a row fits. */
function fit(widths: readonly number[]): number[] {
  const fitted = [...widths];
  const budget = COLUMNS - 2 - 2 * (widths.length - 1);
  while (fitted.reduce((sum, each) => sum + each, 0) > budget) {
    const widest = fitted.indexOf(Math.max(...fitted));
    fitted[widest]!--;
  }
  return fitted;
}

function foot(report: Report, { paint, columns }: Page): readonly string[] {
  const { run, result } = report;
  const elided = elidedProbes(result);
  const skipped = elided === null ? "" : `; elided probes: ${formatCount(elided)}`;
  const lines = [`fingerprint ${result.fingerprint}, ${plural(result.events, "event")}${skipped}`, ...(run === null ? [] : runLines(run))];
  return ["", ...lines.flatMap((line) => wrapped(printable(line), columns)).map((line) => paint("quiet", line))];
}

function runLines(run: RunFacts): readonly string[] {
  const memory = formatBytes(run.peakMemoryBytes);
  if (run.live !== undefined)
    return [`live: ${run.wallSeconds.toFixed(2)} s, at most ${formatLatency(run.live.hostLag.maxMicros)} behind the clock, ${memory}`];
  const waiting =
    run.waitingShare.length > 1
      ? `, waiting ${formatShare(run.waitingShare.reduce((sum, each) => sum + each, 0) / run.waitingShare.length)}`
      : "";
  return [
    `${run.wallSeconds.toFixed(2)} s of wall time (${formatCount(Math.round(run.virtualSecondsPerSecond))}× real time), ` +
      `${formatCount(Math.round(run.eventsPerSecond))} events/s, ${memory}`,
    `${plural(run.shards, "shard")}${waiting}: ${run.why.replace(/^\d+ shards?[:,] /, "")}`,
  ];
}

type Paint = (tone: Tone | "bold", line: string) => string;

function painter(isColored: boolean): Paint {
  if (!isColored) return (_, line) => line;
  const codes: Readonly<Record<Tone | "bold", string>> = { bold: "1", bad: "31", good: "32", quiet: "2", plain: "" };
  return (tone, line) => (codes[tone] === "" ? line : `\u001b[${codes[tone]}m${line}\u001b[0m`);
}

/** Texts from manifests must not steer the terminal: control characters are shown, not sent. */
function printable(value: string): string {
  return value.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

function wrapped(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of line.split(" ").flatMap((each) => chunks(each, columns))) {
    if (current !== "" && width(current) + 1 + width(word) > columns) {
      lines.push(current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, current];
}

/** A word longer than the line is cut, at a slash or dot where there is one. */
function chunks(word: string, columns: number): string[] {
  if (width(word) <= columns) return [word];
  const letters = [...word];
  const head = letters.slice(0, columns).join("");
  const at = Math.max(head.lastIndexOf("/"), head.lastIndexOf("."), head.lastIndexOf("-"));
  const cut = at > columns / 3 ? width(head.slice(0, at + 1)) : columns;
  return [letters.slice(0, cut).join(""), ...chunks(letters.slice(cut).join(""), columns)];
}

function width(line: string): number {
  return [...line].length;
}

function pad(cell: string, columns: number, align: Column["align"]): string {
  const space = " ".repeat(Math.max(0, columns - width(cell)));
  return align === "right" ? space + cell : cell + space;
}
