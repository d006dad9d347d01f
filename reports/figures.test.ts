/** Numbers as people read them. */
import { expect, test } from "vitest";
import { formatBytes, formatCount, formatInstant, formatLatency, formatShare, plural } from "./figures.ts";

test.each([
  [0, "0"],
  [999, "999"],
  [1_000, "1,000"],
  [1_234_567.8912, "1,234,567.891"],
  [12_345.6, "12,345.6"],
])("count %d reads %s", (value, text) => expect(formatCount(value)).toBe(text));

test.each([
  [0, "0 %"],
  [1, "100 %"],
  [0.000834, "0.0834 %"],
  [1e-9, "<0.001 %"],
  [0.9999999, ">99.999 %"],
  [0.99987, "99.987 %"],
  [0.5, "50 %"],
])("share %d reads %s: neither a loss nor a gap rounds away", (share, text) => expect(formatShare(share)).toBe(text));

test.each([
  [0, "0 µs"],
  [999.4, "999 µs"],
  [999.6, "1 ms"],
  [12_148, "12.1 ms"],
  [999_499, "999 ms"],
  [999_500, "1 s"],
  [1_234_567, "1.23 s"],
  [90_000_000, "1.5 min"],
])("latency of %d µs reads %s", (micros, text) => expect(formatLatency(micros)).toBe(text));

test.each([
  [250_000, "0.3s"],
  [59_940_000, "59.9s"],
  [59_960_000, "1m00s"],
  [125_000_000, "2m05s"],
  [3_600_000_000, "1h00m00s"],
])("instant %d reads %s", (micros, text) => expect(formatInstant(micros)).toBe(text));

test("bytes read in binary units", () => {
  expect(formatBytes(512)).toBe("512 B");
  expect(formatBytes(181 * 1024 * 1024)).toBe("181 MiB");
});

test("one is singular, all else plural", () => {
  expect(plural(1, "fault")).toBe("1 fault");
  expect(plural(0, "fault")).toBe("0 faults");
  expect(plural(2, "setting changed", "settings changed")).toBe("2 settings changed");
});
