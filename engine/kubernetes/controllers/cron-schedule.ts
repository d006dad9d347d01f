/**
 * Schedules of CronJobs (pure): five fields or a macro, read as robfig/cron does, in UTC. A day matches if it
 * is right by month and by week, or, if both are restricted, by either of them.
 */
import { civilTime } from "../../values/calendar.ts";
import { withoutZone } from "../objects/cron-job.ts";

export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 0: Sunday. */
  readonly weekdays: ReadonlySet<number>;
  readonly isAnyDay: boolean;
  readonly isAnyWeekday: boolean;
}

const macros: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
/** A schedule that meets no day in so long never does (29 February comes every 8 years at the latest). */
const HORIZON = 9 * 366 * DAY;

/** Null: no schedule. */
export function parseSchedule(text: string): CronSchedule | null {
  const bare = withoutZone(text).trim();
  const fields = (macros[bare] ?? bare).split(/\s+/);
  if (fields.length !== 5) return null;
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const minutes = parseField(minute, 0, 59, []);
  const hours = parseField(hour, 0, 23, []);
  const days = parseField(day, 1, 31, []);
  const months = parseField(month, 1, 12, monthNames);
  const weekdays = parseField(weekday, 0, 7, weekdayNames);
  if (minutes === null || hours === null || days === null || months === null || weekdays === null) return null;
  return {
    minutes,
    hours,
    days,
    months,
    weekdays: new Set([...weekdays].map((value) => value % 7)),
    isAnyDay: isAny(day),
    isAnyWeekday: isAny(weekday),
  };
}

function isAny(field: string): boolean {
  return field.startsWith("*") || field.startsWith("?");
}

/** `names` stand for min, min + 1, … */
function parseField(field: string, min: number, max: number, names: readonly string[]): Set<number> | null {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const match = /^(?:(\*|\?)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    if (match === null) return null;
    const [, any, from, to, step] = match;
    const number = (text: string): number =>
      names.includes(text.toLowerCase()) ? names.indexOf(text.toLowerCase()) + min : /^\d+$/.test(text) ? Number(text) : NaN;
    const first = any === undefined ? number(from ?? "") : min;
    // "3/10" goes on to the end, "3" doesn't.
    const last = any !== undefined || (to === undefined && step !== undefined) ? max : number(to ?? from ?? "");
    const by = step === undefined ? 1 : Number(step);
    if (!(first >= min && last <= max && first <= last) || by === 0) return null;
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return values;
}

/** The first whole minute after `seconds` (of virtual time) that the schedule names; Infinity: none. */
export function nextTime(schedule: CronSchedule, seconds: number): number {
  const end = seconds + HORIZON;
  let at = (Math.floor(seconds / MINUTE) + 1) * MINUTE;
  while (at < end) {
    const { month, day, weekday, hour, minute } = civilTime(at);
    if (!schedule.months.has(month) || !isDay(schedule, day, weekday)) at = (Math.floor(at / DAY) + 1) * DAY;
    else if (!schedule.hours.has(hour)) at = (Math.floor(at / HOUR) + 1) * HOUR;
    else if (!schedule.minutes.has(minute)) at += MINUTE;
    else return at;
  }
  return Infinity;
}

function isDay({ days, weekdays, isAnyDay, isAnyWeekday }: CronSchedule, day: number, weekday: number): boolean {
  const [byDay, byWeekday] = [days.has(day), weekdays.has(weekday)];
  return isAnyDay || isAnyWeekday ? byDay && byWeekday : byDay || byWeekday;
}

/** The latest of the times in (after, until], and how many there are, counted up to `most`. */
export function missedTimes(
  schedule: CronSchedule,
  after: number,
  until: number,
  most: number,
): { readonly latest: number; readonly count: number } {
  let latest = -1;
  let count = 0;
  for (let at = nextTime(schedule, after); at <= until; at = nextTime(schedule, at)) {
    latest = at;
    if (count < most) count++;
  }
  return { latest, count };
}
