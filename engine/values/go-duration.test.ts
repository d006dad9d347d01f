import { expect, it } from "vitest";
import { formatGoDuration } from "./go-duration.ts";

it.each([
  [0, "0s"],
  [7, "7µs"],
  [1500, "1.5ms"],
  [350_000, "350ms"],
  [1_000_000, "1s"],
  [15_701_000, "15.701s"],
  [62_500_000, "1m2.5s"],
  [60_000_000, "1m0s"],
  [3_661_000_000, "1h1m1s"],
])("%i µs are %s in Go", (micros, text) => {
  expect(formatGoDuration(micros)).toBe(text);
});
