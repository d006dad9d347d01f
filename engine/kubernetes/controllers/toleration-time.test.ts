/** How long a Pod stays on a tainted node, beyond upstream's own cases, which are among the vectors (engine/conformance). */
import { expect, test } from "vitest";
import { minTolerationSeconds } from "./toleration-time.ts";

test.each([
  ["not at all without a toleration", [], 0],
  ["for ever with tolerations without end", [null, null], Infinity],
  ["as long as the shortest says", [null, 30, 7], 7],
  ["not at all where that lies in the past", [30, -5], 0],
])("a Pod stays %s", (_, seconds, delay) => {
  expect(minTolerationSeconds(seconds.map((tolerationSeconds) => ({ tolerationSeconds })))).toBe(delay);
});
