import { expect, test } from "vitest";
import { SECOND } from "../kernel/time.ts";
import { PresentRate } from "./present-rate.ts";

test("the present rate follows what happens, and is 0 after two quiet windows", () => {
  const rate = new PresentRate();
  for (let at = 0; at < 60 * SECOND; at += SECOND / 10) rate.note(at);
  expect(Math.abs(rate.at(60 * SECOND - 1) * SECOND - 10)).toBeLessThan(0.1);
  expect(rate.at(100 * SECOND)).toBe(0);
});
