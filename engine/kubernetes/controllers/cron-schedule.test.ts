/** Schedules of CronJobs; a run begins on Saturday, 1 January 2000, at midnight. */
import { expect, test } from "vitest";
import { timestamp } from "../../values/calendar.ts";
import { missedTimes, nextTime, parseSchedule } from "./cron-schedule.ts";

function next(text: string, seconds = 0): string {
  const schedule = parseSchedule(text);
  if (schedule === null) return "no schedule";
  const at = nextTime(schedule, seconds);
  return at === Infinity ? "never" : timestamp(at);
}

test.each([
  ["* * * * *", "2000-01-01T00:01:00Z"],
  ["*/15 * * * *", "2000-01-01T00:15:00Z"],
  ["5/20 3 * * *", "2000-01-01T03:05:00Z"],
  ["30 1-3,7 * * *", "2000-01-01T01:30:00Z"],
  ["@hourly", "2000-01-01T01:00:00Z"],
  ["@daily", "2000-01-02T00:00:00Z"],
  ["@weekly", "2000-01-02T00:00:00Z"],
  ["@monthly", "2000-02-01T00:00:00Z"],
  ["0 12 * * mon", "2000-01-03T12:00:00Z"],
  ["0 0 29 feb *", "2000-02-29T00:00:00Z"],
  ["0 0 13 * 5", "2000-01-07T00:00:00Z"],
  ["0 0 31 2 *", "never"],
  ["0 0 * * 7", "2000-01-02T00:00:00Z"],
])("%s is next due at %s", (text, at) => {
  expect(next(text)).toBe(at);
});

test.each(["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "@never", "x * * * *"])(
  "%j is no schedule",
  (text) => {
    expect(next(text)).toBe("no schedule");
  },
);

test("a time itself isn't its own next time", () => {
  expect(next("0 * * * *", 3600)).toBe("2000-01-01T02:00:00Z");
});

test("of missed times the latest is told, and how many there are", () => {
  expect(missedTimes(parseSchedule("*/10 * * * *")!, 0, 3599, 101)).toEqual({ latest: 3000, count: 5 });
  expect(missedTimes(parseSchedule("*/10 * * * *")!, 3000, 3599, 101)).toEqual({ latest: -1, count: 0 });
});
