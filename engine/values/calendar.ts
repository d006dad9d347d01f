/**
 * Virtual time as the API and kubectl write it. A run begins at midnight of 1 January 2000, UTC: an arbitrary
 * day, but the same for every run, so that no text depends on when it was made.
 */
const EPOCH_DAY = 10_957; // 2000-01-01, counted from 1970-01-01.
const DAY = 86_400;
const MICROS = 1_000_000;
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Seconds of the Unix clock at virtual second 0. */
export const EPOCH_SECONDS: number = EPOCH_DAY * DAY;

/** metav1.Time: whole seconds of virtual time → "2000-01-01T00:01:33Z". */
export function timestamp(seconds: number): string {
  const { year, month, day, hour, minute, second } = civilTime(seconds);
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}Z`;
}

/** metav1.MicroTime: µs of virtual time → "2000-01-01T00:01:33.250000Z". */
export function microTimestamp(micros: number): string {
  const seconds = Math.floor(micros / MICROS);
  return timestamp(seconds).replace("Z", `.${String(micros - seconds * MICROS).padStart(6, "0")}Z`);
}

/** What the two above have written → µs of virtual time. */
export function parseTimestamp(text: string): number {
  const match = /^(\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?Z$/.exec(text);
  if (match === null) throw new Error(`podstorm bug: no time stamp: ${text}`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  const seconds = (daysFrom(year, month, day) - EPOCH_DAY) * DAY + hour * 3600 + minute * 60 + second;
  return seconds * MICROS + Number((match[7] ?? "").padEnd(6, "0"));
}

/** RFC 1123 with a numeric zone, as `kubectl describe` writes: "Sat, 01 Jan 2000 00:01:33 +0000". */
export function rfc1123(micros: number): string {
  const { weekday, year, month, day, hour, minute, second } = civilTime(Math.floor(micros / MICROS));
  return `${weekdays[weekday]}, ${two(day)} ${months[month - 1]} ${year} ${two(hour)}:${two(minute)}:${two(second)} +0000`;
}

export interface CivilTime {
  /** 0: Sunday. */
  readonly weekday: number;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** Whole seconds of virtual time → date and time of day, UTC. */
export function civilTime(seconds: number): CivilTime {
  const days = Math.floor(seconds / DAY);
  const rest = seconds - days * DAY;
  return {
    ...dateOf(days + EPOCH_DAY),
    hour: Math.floor(rest / 3600),
    minute: Math.floor((rest % 3600) / 60),
    second: rest % 60,
  };
}

/** Years that begin in March, in eras of 400 (Howard Hinnant's civil calendar). */
function dateOf(day: number): Pick<CivilTime, "weekday" | "year" | "month" | "day"> {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    weekday: (((day + 4) % 7) + 7) % 7,
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}

function daysFrom(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const ofEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + ofYear;
  return era * 146_097 + ofEra - 719_468;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
