/** How far an attack is: one line that is rewritten on a terminal, a line per 10 s elsewhere. On stderr. */
import { formatCount, formatShare, plural } from "../../reports/figures.ts";
import type { Terminal } from "../terminal.ts";

export interface AttackProgress {
  /** `share`: of the budget, what breaks it by now. */
  update(runs: number, share: number | null): void;
  /** Clears the line. */
  end(): void;
}

const REDRAW_MS = 100;
const LINE_MS = 10_000;

export function newAttackProgress(name: string, total: number, terminal: Terminal, isQuiet: boolean): AttackProgress {
  const begun = performance.now();
  let shownAt = begun;
  let isDrawn = false;
  return {
    update(runs, share) {
      const now = performance.now();
      if (isQuiet || now - shownAt < (terminal.isInteractive ? REDRAW_MS : LINE_MS)) return;
      shownAt = now;
      const perSecond = (runs / ((now - begun) / 1000)).toFixed(1);
      const found = share === null ? "holds so far" : `breaks with ${formatShare(share)} of the budget`;
      const of = total === Infinity ? "" : ` of ${formatCount(total)}`;
      const line = `${name}: ${plural(runs, "run")}${of} · ${perSecond}/s · ${found}`;
      terminal.error(terminal.isInteractive ? `\r\u001b[2K${line.slice(0, Math.max(20, terminal.columns - 1))}` : `${line}\n`);
      isDrawn = terminal.isInteractive;
    },
    end() {
      if (isDrawn) terminal.error("\r\u001b[2K");
      isDrawn = false;
    },
  };
}
