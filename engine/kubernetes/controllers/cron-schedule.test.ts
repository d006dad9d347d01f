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
  ["0 0 * * SUN", "2000-01-02T00:00:00Z"],
  ["0 0 * * 5-7", "2000-01-02T00:00:00Z"],
  ["0 0 * * sat", "2000-01-08T00:00:00Z"],
  ["@yearly", "2001-01-01T00:00:00Z"],
  ["@annually", "2001-01-01T00:00:00Z"],
  ["@midnight", "2000-01-02T00:00:00Z"],
  ["  59  23 31 12 * ", "2000-12-31T23:59:00Z"],
  ["0 0 1 JAN-mar *", "2000-02-01T00:00:00Z"],
  ["0 0 1 dec *", "2000-12-01T00:00:00Z"],
  ["7-7 0 * * *", "2000-01-01T00:07:00Z"],
  ["10-30/15 5 * * *", "2000-01-01T05:10:00Z"],
  // A day that is restricted by month and week is either; a star, even with a step, restricts nothing by itself.
  ["0 0 5 * 1", "2000-01-03T00:00:00Z"],
  ["0 0 */2 * 2", "2000-01-11T00:00:00Z"],
  ["0 0 ?/2 * 2", "2000-01-11T00:00:00Z"],
  ["0 0 4 * */3", "2000-03-04T00:00:00Z"],
  ["0 0 ? * 5", "2000-01-07T00:00:00Z"],
  ["0 0 5 * ?", "2000-01-05T00:00:00Z"],
])("%s is next due at %s", (text, at) => {
  expect(next(text)).toBe(at);
});

test.each([
  ["* * * * *", 59, "2000-01-01T00:01:00Z"],
  ["* * * * *", 60, "2000-01-01T00:02:00Z"],
  ["* * * * *", 61.5, "2000-01-01T00:02:00Z"],
  ["3/10 * * * *", 43 * 60, "2000-01-01T00:53:00Z"],
  ["3/10 * * * *", 53 * 60, "2000-01-01T01:03:00Z"],
  ["10-30/15 * * * *", 25 * 60, "2000-01-01T01:10:00Z"],
  ["0 0 29 2 *", (Date.UTC(2096, 2, 1) - Date.UTC(2000, 0, 1)) / 1000, "2104-02-29T00:00:00Z"],
  ["30 12 * * *", 12.5 * 3600, "2000-01-02T12:30:00Z"],
  ["30 12 * * *", 12.25 * 3600, "2000-01-01T12:30:00Z"],
])("%s is due after %d s at %s", (text, seconds, at) => {
  expect(next(text, seconds)).toBe(at);
});

test("the highest value of each field is one", () => {
  expect(next("59 23 31 12 6,7")).toBe("2000-12-02T23:59:00Z");
  expect(next("0 0 1 1 0")).toBe("2000-01-02T00:00:00Z");
});

test.each([
  "1-60 * * * *",
  "* * * 13 *",
  "* * * 0 *",
  "* * * * 8",
  "* * 32 * *",
  "1,,2 * * * *",
  "1x/2 * * * *",
  "1/x * * * *",
  "-1 * * * *",
])("%j is no schedule either", (text) => {
  expect(next(text)).toBe("no schedule");
});

test.each([
  "* * * * * *",
  "0x1 * * * *",
  "1-0x2 * * * *",
  "x* * * * *",
  "*5 * * * *",
  "1- * * * *",
  "1-y * * * *",
  "y-2 * * * *",
  "* * * ja *",
  "* * * * monday",
])("nor is %j", (text) => {
  expect(next(text)).toBe("no schedule");
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
  expect(missedTimes(parseSchedule("*/10 * * * *")!, 0, 3000, 101)).toEqual({ latest: 3000, count: 5 });
  expect(missedTimes(parseSchedule("*/10 * * * *")!, 0, 3599, 3)).toEqual({ latest: 3000, count: 3 });
  expect(missedTimes(parseSchedule("*/10 * * * *")!, 3000, 3599, 101)).toEqual({ latest: -1, count: 0 });
});
