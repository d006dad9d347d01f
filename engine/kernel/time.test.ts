import { expect, it } from "vitest";
import { HOUR, NEVER, formatTime, wholeSeconds } from "./time.ts";

it.each([
  [0, "0s"],
  [250, "250µs"],
  [1_000, "1ms"],
  [1_500, "1.5ms"],
  [1_000_000, "1s"],
  [93_250, "93.25ms"],
  [59_999_999, "60s"],
  [60_000_000, "1m00s"],
  [125_900_000, "2m05s"],
  [HOUR, "1h00m00s"],
  [-1_500, "-1.5ms"],
  [NEVER, "never"],
])("%d µs reads %s", (time, text) => {
  expect(formatTime(time)).toBe(text);
});

it("truncates to whole seconds, as API time stamps do", () => {
  expect([wholeSeconds(999_999), wholeSeconds(1_999_999)]).toEqual([0, 1]);
});
