/** How many runs of a search or a sweep are made: one line that is rewritten on a terminal, a line per 10 s elsewhere. On stderr. */
import { plural } from "../reports/figures.ts";
import type { Terminal } from "./terminal.ts";

export interface RunCount {
  readonly update: (runs: number) => void;
  /** Clears the line. */
  readonly end: () => void;
}

const REDRAW_MILLISECONDS = 100;
const LINE_MILLISECONDS = 10_000;

/** `of`: how many there will be, where that is known. */
export function newRunCount(name: string, terminal: Terminal, isQuiet: boolean, of: number | null = null): RunCount {
  let shownAt = performance.now();
  let isDrawn = false;
  return {
    update(runs) {
      const now = performance.now();
      if (isQuiet || now - shownAt < (terminal.isInteractive ? REDRAW_MILLISECONDS : LINE_MILLISECONDS)) return;
      shownAt = now;
      const text = `${name}: ${plural(runs, "run")}${of === null ? "" : ` of ${of}`}`;
      terminal.error(terminal.isInteractive ? `\r\u001b[2K${text}` : `${text}\n`);
      isDrawn = terminal.isInteractive;
    },
    end() {
      if (isDrawn) terminal.error("\r\u001b[2K");
      isDrawn = false;
    },
  };
}
