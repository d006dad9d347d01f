/** How far a campaign is: one line that is rewritten on a terminal, a line per 10 s elsewhere. On stderr. */
import { formatCount, plural } from "../../reports/figures.ts";
import type { Terminal } from "../terminal.ts";

export interface FuzzReading {
  readonly runs: number;
  /** Infinity: until the time is over. */
  readonly total: number;
  readonly failures: number;
  readonly coverage: number;
  readonly worst: number | null;
}

export interface FuzzProgress {
  update(reading: FuzzReading): void;
  /** Clears the line. */
  end(): void;
}

const REDRAW_MS = 100;
const LINE_MS = 10_000;

/** `before`: runs of an earlier process, which took none of this one's time. */
export function newFuzzProgress(name: string, terminal: Terminal, isQuiet: boolean, before: number): FuzzProgress {
  const begun = performance.now();
  let shownAt = begun;
  let isDrawn = false;
  return {
    update(reading) {
      const now = performance.now();
      if (isQuiet || now - shownAt < (terminal.isInteractive ? REDRAW_MS : LINE_MS)) return;
      shownAt = now;
      const line = `${name}: ${progressText(reading, (reading.runs - before) / ((now - begun) / 1000))}`;
      terminal.error(terminal.isInteractive ? `\r\u001b[2K${line.slice(0, Math.max(20, terminal.columns - 1))}` : `${line}\n`);
      isDrawn = terminal.isInteractive;
    },
    end() {
      if (isDrawn) terminal.error("\r\u001b[2K");
      isDrawn = false;
    },
  };
}

export function progressText({ runs, total, failures, coverage, worst }: FuzzReading, perSecond: number): string {
  return [
    `${plural(runs, "run")}${total === Infinity ? "" : ` of ${formatCount(total)}`}`,
    `${perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond))}/s`,
    plural(failures, "failure"),
    `coverage ${formatCount(coverage)}`,
    ...(worst === null ? [] : [`worst ${worstText(worst)}`]),
  ].join(" · ");
}

export function worstText(value: number): string {
  if (value === Number.MAX_VALUE) return "never";
  return Number.isInteger(value) ? formatCount(value) : value.toFixed(3);
}
