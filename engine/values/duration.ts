/** Durations and rates as people write them: "250ms", "1m30s", "2000/s". A number without a unit is nobody's guess. */

/** µs of one of each unit. "µ" is written with either of its two code points. */
const microsPerUnit: Readonly<Record<string, number>> = { us: 1, µs: 1, μs: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000 };

/** What a duration looks like; anchored, for schemas too. */
export const durationPattern: RegExp = /^(?:\d+(?:\.\d+)?(?:us|µs|μs|ms|s|m|h))+$/;

/** µs, rounded once to a whole one; null if the text is no duration or is longer than 100 years. */
export function parseDuration(text: string): number | null {
  if (text.length > 100 || !durationPattern.test(text)) return null;
  let micros = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)([a-zµμ]+)/g))
    micros += Number(amount) * (microsPerUnit[unit] ?? NaN);
  return micros <= durationMax ? Math.round(micros) : null;
}

/** 100 years: far inside what a float64 counts exactly, far outside of what anyone simulates. */
export const durationMax: number = 100 * 365 * 24 * 3_600_000_000;

/** "90s" → "1m30s": the shortest exact text, readable by parseDuration. */
export function formatDuration(micros: number): string {
  if (micros === 0) return "0s";
  let rest = micros;
  let text = "";
  for (const unit of ["h", "m", "s", "ms", "us"]) {
    const size = microsPerUnit[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** What a rate looks like; anchored, for schemas too. */
export const ratePattern: RegExp = /^\d+(?:\.\d+)?\/(?:s|m|h)$/;

/** Per second; null if the text is no rate. */
export function parseRate(text: string): number | null {
  if (text.length > 100 || !ratePattern.test(text)) return null;
  const [amount = "", unit = "s"] = text.split("/");
  const perSecond = Number(amount) / ((microsPerUnit[unit] ?? 1) / 1_000_000);
  return Number.isFinite(perSecond) ? perSecond : null;
}
