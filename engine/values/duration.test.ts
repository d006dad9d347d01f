import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { durationMax, formatDuration, parseDuration, parseRate } from "./duration.ts";

describe("durations", () => {
  test.each([
    ["250ms", 250_000],
    ["30s", 30_000_000],
    ["1m30s", 90_000_000],
    ["1.5s", 1_500_000],
    ["2h", 7_200_000_000],
    ["500us", 500],
    ["500µs", 500],
    ["500μs", 500],
    ["0s", 0],
    ["0.0000004s", 0],
  ])("%s is %d µs", (text, micros) => {
    expect(parseDuration(text)).toBe(micros);
  });

  test.each([
    "",
    "30",
    "-5s",
    "5",
    "s",
    "5 s",
    "1e3s",
    "5d",
    "NaNs",
    "Infinity",
    "1m 30s",
    ".5s",
    "5S",
    "9999999999h",
    `${"1s".repeat(60)}`,
  ])("%j is no duration", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  property.prop([fc.integer({ min: 0, max: durationMax })])("what is printed is read back", (micros) => {
    expect(parseDuration(formatDuration(micros))).toBe(micros);
  });
});

describe("rates", () => {
  test.each([
    ["2000/s", 2000],
    ["90/m", 1.5],
    ["1.5/s", 1.5],
    ["3600/h", 1],
  ])("%s is %d per second", (text, rate) => {
    expect(parseRate(text)).toBe(rate);
  });

  test.each(["2000", "-1/s", "/s", "1/d", "1e3/s", "1/s/s"])("%j is no rate", (text) => {
    expect(parseRate(text)).toBeNull();
  });
});
