/** Virtual time in the API's words, held against JavaScript's own calendar. */
import { describe, expect, test } from "vitest";
import { EPOCH_SECONDS, microTimestamp, parseTimestamp, rfc1123, timestamp } from "./calendar.ts";

describe("time stamps", () => {
  test("a run begins with the year 2000", () => {
    expect(timestamp(0)).toBe("2000-01-01T00:00:00Z");
    expect(rfc1123(93_000_000)).toBe("Sat, 01 Jan 2000 00:01:33 +0000");
    expect(microTimestamp(93_250_000)).toBe("2000-01-01T00:01:33.250000Z");
  });

  test.each([-86_401, -1, 0, 59, 5_097_599, 5_184_000, 31_622_400, 951_782_400, 4_102_444_800])(
    "second %i is the calendar's",
    (seconds) => {
      const date = new Date((EPOCH_SECONDS + seconds) * 1000);
      expect(timestamp(seconds)).toBe(date.toISOString().replace(".000Z", "Z"));
      expect(rfc1123(seconds * 1_000_000)).toBe(date.toUTCString().replace("GMT", "+0000"));
      expect(parseTimestamp(timestamp(seconds))).toBe(seconds * 1_000_000);
    },
  );

  test("microseconds survive", () => {
    expect(parseTimestamp(microTimestamp(-1))).toBe(-1);
    expect(parseTimestamp(microTimestamp(1_234_567_890_123))).toBe(1_234_567_890_123);
  });
});
