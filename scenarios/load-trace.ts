/**
 * A recorded trace of arrivals, as CSV: `time,count` on each line, a header or comments (#) if there are. A time is
 * in seconds (or has a unit) and counts from the first line; a count is spread evenly over the time until the next
 * line, the last one over as long as the one before it. So the load of each interval is that of the recording.
 */
import { parseDuration } from "../engine/values/duration.ts";
import { describe } from "../engine/values/issue.ts";
import type { RatePlan, RatePoint } from "../engine/traffic/rate-plan.ts";
import type { ScenarioSections } from "./section.ts";

const SECOND = 1_000_000;
/** More lines than a week has minutes: sum them up first. */
const linesMax = 1_000_000;

interface Line {
  readonly number: number;
  readonly at: number;
  readonly count: number;
}

export function readTrace(text: string, file: string, sections: ScenarioSections): RatePlan | null {
  const reporter = new TraceReporter(file, sections);
  const lines = readLines(text, reporter);
  if (!reporter.isFine) return null;
  if (lines.length < 2) {
    reporter.report(1, `${lines.length === 1 ? "one line" : "no line"} with a time and a count`, "at least two");
    return null;
  }
  return planOf(lines);
}

function readLines(text: string, reporter: TraceReporter): readonly Line[] {
  const lines: Line[] = [];
  const written = text.split(/\r?\n/);
  for (const [index, content] of written.entries()) {
    const number = index + 1;
    const cells = content.split(/[,;\t]/).map((cell) => cell.trim());
    if (content.trim() === "" || content.startsWith("#") || (lines.length === 0 && isHeader(cells))) continue;
    if (lines.length === linesMax) {
      reporter.report(number, `more than ${linesMax} lines`, "fewer", "sum neighbouring lines up");
      break;
    }
    const line = readLine(cells, number, lines[lines.length - 1], reporter);
    if (line !== null) lines.push(line);
  }
  return lines;
}

/** Names instead of numbers. */
function isHeader(cells: readonly string[]): boolean {
  return cells.length === 2 && cells.every((cell) => /^[A-Za-z_ ]+$/.test(cell));
}

function readLine(cells: readonly string[], number: number, before: Line | undefined, reporter: TraceReporter): Line | null {
  const [time = "", amount = ""] = cells;
  const at = /^\d+(?:\.\d+)?$/.test(time) ? Math.round(Number(time) * SECOND) : parseDuration(time);
  const count = /^\d+(?:\.\d+)?$/.test(amount) ? Number(amount) : null;
  if (cells.length !== 2) reporter.report(number, describe(cells.join(",")), "two values: time,count");
  else if (at === null) reporter.report(number, describe(time), "a time in seconds, or with a unit");
  else if (count === null) reporter.report(number, describe(amount), "a count, 0 or more");
  else if (before !== undefined && at <= before.at) reporter.report(number, describe(time), `a time after that of line ${before.number}`);
  else return { number, at, count };
  return null;
}

/** A step for each line. */
function planOf(lines: readonly Line[]): RatePlan {
  const first = lines[0]!.at;
  const points: RatePoint[] = [];
  let width = 0;
  for (const [index, { at, count }] of lines.entries()) {
    width = index + 1 < lines.length ? lines[index + 1]!.at - at : width;
    const rate = (count * SECOND) / width;
    points.push({ at: at - first, rate }, { at: at - first + width, rate });
  }
  points.push({ at: points[points.length - 1]!.at, rate: 0 });
  return { points, period: null };
}

class TraceReporter {
  isFine = true;
  private readonly file: string;
  private readonly sections: ScenarioSections;

  constructor(file: string, sections: ScenarioSections) {
    this.file = file;
    this.sections = sections;
  }

  report(line: number, found: string, expected: string, hint?: string): void {
    this.isFine = false;
    const issue = { file: this.file, line, column: 1, path: "", found, expected };
    this.sections.issues.push(hint === undefined ? issue : { ...issue, hint });
  }
}
