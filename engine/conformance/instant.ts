/** Times of the vectors (RFC 3339) as µs since 2000, so that they are exact. */

export function instant(text: string | null | undefined): number {
  const parts = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(\.\d+)?Z$/.exec(text ?? "2000-01-01T00:00:00Z");
  if (parts === null) throw new Error(`no time: ${text}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const seconds = (daysBefore(year, month) + day - 1) * 86_400 + hour * 3600 + minute * 60 + second;
  // A fraction finer than a µs still lies after the whole one.
  return seconds * 1_000_000 + Math.ceil(Number(parts[7] ?? 0) * 1_000_000);
}

export function wholeSecondsOf(text: string | undefined): number {
  return Math.floor(instant(text) / 1_000_000);
}

/** From 2000 on, or (negative) back from there. */
function daysBefore(year: number, month: number): number {
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  let days = 0;
  for (let before = 2000; before < year; before++) days += isLeap(before) ? 366 : 365;
  for (let after = year; after < 2000; after++) days -= isLeap(after) ? 366 : 365;
  return lengths.slice(0, month - 1).reduce((sum, length) => sum + length, days);
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
