/** How far a run is: a bar that rewrites its line on a terminal, a line per 10 s elsewhere. On stderr. */
import { formatCount, formatInstant } from "../reports/figures.ts";
import type { Terminal } from "./terminal.ts";

export interface ProgressReading {
  /** µs of virtual time. */
  readonly virtualTime: number;
  readonly events: number;
  readonly pods: number;
  readonly lost: number;
}

/** Says nothing. */
export const QUIET: Progress = { update: () => {}, end: () => {} };

export interface Progress {
  update(reading: ProgressReading): void;
  /** Clears the bar, so that what follows starts on a clean line. */
  end(): void;
}

const REDRAW_MILLISECONDS = 100;
const LINE_MILLISECONDS = 10_000;
const BAR = 24;

export interface ProgressOptions {
  /** ms of wall time. */
  readonly clock?: () => number;
  /** What the run's time is. */
  readonly clockName?: "virtual time" | "wall time";
}

/** `duration` in µs of the run's time. */
export function newProgress(name: string, duration: number, terminal: Terminal, options: ProgressOptions = {}): Progress {
  const { clock = () => performance.now(), clockName = "virtual time" } = options;
  const begun = clock();
  let shownAt = begun;
  let isDrawn = false;
  if (!terminal.isInteractive) terminal.error(`${name}: running ${formatInstant(duration)} of ${clockName}\n`);
  const speed = (reading: ProgressReading): number => Math.round(reading.events / Math.max(0.001, (clock() - begun) / 1000));
  return {
    update(reading) {
      const now = clock();
      if (now - shownAt < (terminal.isInteractive ? REDRAW_MILLISECONDS : LINE_MILLISECONDS)) return;
      shownAt = now;
      const facts = [
        `${formatInstant(reading.virtualTime)} of ${formatInstant(duration)}`,
        `${formatCount(speed(reading))} events/s`,
        `${formatCount(reading.pods)} Pods`,
        `${formatCount(reading.lost)} lost`,
      ].join(" · ");
      if (!terminal.isInteractive) {
        terminal.error(`${name}: ${facts}\n`);
        return;
      }
      const share = Math.min(1, reading.virtualTime / duration);
      const full = Math.round(share * BAR);
      const line = `${"█".repeat(full)}${"░".repeat(BAR - full)} ${String(Math.floor(share * 100)).padStart(3)} % ${facts}`;
      terminal.error(`\r\u001b[2K${line.slice(0, Math.max(20, terminal.columns - 1))}`);
      isDrawn = true;
    },
    end() {
      if (isDrawn) terminal.error("\r\u001b[2K");
      isDrawn = false;
    },
  };
}
