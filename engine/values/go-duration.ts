/** A duration as Go prints one (`time.Duration.String`), which texts of Kubernetes' components carry: 1m2.5s, 350ms, 0s. */
const MILLISECOND = 1000;
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export function formatGoDuration(micros: number): string {
  if (micros === 0) return "0s";
  if (micros < MILLISECOND) return `${micros}µs`;
  if (micros < SECOND) return `${decimal(micros, MILLISECOND)}ms`;
  const hours = Math.floor(micros / HOUR);
  const minutes = Math.floor((micros % HOUR) / MINUTE);
  const seconds = `${decimal(micros % MINUTE, SECOND)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** Without trailing zeros; exact, since both are whole. */
function decimal(value: number, unit: number): string {
  const digits = String(unit).length - 1;
  const fraction = String(value % unit)
    .padStart(digits, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(Math.floor(value / unit)) : `${Math.floor(value / unit)}.${fraction}`;
}
