/** Ages as kubectl writes them. Source: apimachinery pkg/util/duration HumanDuration. */
import { parseTimestamp } from "../../engine/values/calendar.ts";

const SECOND = 1_000_000;

/** `micros` as a duration: "12s", "108s", "2m13s", "7h5m", "20h". */
export function humanDuration(micros: number): string {
  const seconds = Math.trunc(micros / SECOND);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return withRest(`${minutes}m`, seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return withRest(`${hours}h`, minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return withRest(`${days}d`, hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? withRest(`${years}y`, days % 365, "d") : `${years}y`;
}

function withRest(text: string, rest: number, unit: string): string {
  return rest === 0 ? text : `${text}${rest}${unit}`;
}

/** How long ago a time stamp was at `at` (µs); `<unknown>` without one. */
export function ageOf(text: string | null | undefined, at: number): string {
  return text === null || text === undefined ? "<unknown>" : humanDuration(at - parseTimestamp(text));
}
