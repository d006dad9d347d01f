/**
 * Virtual time: an integer number of microseconds since the start of the run, held in a float64
 * (exact for 285 years). A duration has the same unit. Never a fraction: whoever draws a random
 * duration rounds it once, at the draw.
 *
 * Both are plain aliases, not brands: hot loops add them all day, and a cast at every sum would hide
 * more errors than it finds.
 */
export type VirtualTime = number;
export type Duration = number;

export const MILLISECOND: Duration = 1_000;
export const SECOND: Duration = 1_000_000;
export const MINUTE: Duration = 60 * SECOND;
export const HOUR: Duration = 60 * MINUTE;

/** Later than every instant of a run; the deadline of a timer that is not armed. */
export const NEVER: VirtualTime = Infinity;

/** The whole seconds of an instant, as API time stamps show it (truncated). */
export function wholeSeconds(time: VirtualTime): number {
  return Math.floor(time / SECOND);
}

/** "93.250s", "2m05s", "1h00m": an instant or a duration for people. */
export function formatTime(time: number): string {
  if (!Number.isFinite(time)) return "never";
  if (time === 0) return "0s";
  const sign = time < 0 ? "-" : "";
  const micros = Math.abs(time);
  if (micros < MILLISECOND) return `${sign}${micros}µs`;
  if (micros < SECOND) return `${sign}${trimmed(micros / MILLISECOND)}ms`;
  if (micros < MINUTE) return `${sign}${trimmed(micros / SECOND)}s`;
  const seconds = Math.floor(micros / SECOND);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${sign}${hours}h${String(minutes).padStart(2, "0")}m${rest}s` : `${sign}${minutes}m${rest}s`;
}

function trimmed(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}
