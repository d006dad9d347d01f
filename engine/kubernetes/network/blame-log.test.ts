/** Why a Service stays without endpoints, read at an instant. */
import { expect, test } from "vitest";
import { NO_CAUSE } from "../../kernel/causes.ts";
import { BlameLog } from "./blame-log.ts";

test("the last blame of a Service that has become valid since its last endpoint left counts", () => {
  const log = new BlameLog();
  log.append({ service: 0, pod: -1, cause: 7, delay: 0 }, 100);
  log.append({ service: 1, pod: -1, cause: 8, delay: 0 }, 150);
  log.append({ service: 0, pod: -1, cause: 9, delay: 0 }, 200);
  const causes = [99, 100, 199, 200, 1000].map((now) => log.causeAt(0, 50, now));
  expect(causes).toEqual([NO_CAUSE, 7, 7, 9, 9]);
  expect(log.causeAt(1, 50, 1000)).toBe(8);
  expect(log.causeAt(2, 50, 1000)).toBe(NO_CAUSE);
  // Emptied anew since.
  expect(log.causeAt(0, 150, 180)).toBe(NO_CAUSE);
  expect(log.causeAt(0, 300, 1000)).toBe(NO_CAUSE);
});

test("a Pod's removal that is held up keeps its first cause, by Service, from the instant at which it is known", () => {
  const atOnce = (): number => 0;
  const log = new BlameLog();
  log.append({ service: 0, pod: 3, cause: 7, delay: 0 }, 100);
  log.append({ service: 0, pod: 3, cause: 8, delay: 0 }, 200);
  log.append({ service: 1, pod: 4, cause: 9, delay: 40 }, 300);
  expect([99, 100, 500].map((now) => log.holdUpAt(0, 3, now, atOnce))).toEqual([NO_CAUSE, 7, 7]);
  expect(log.holdUpAt(1, 3, 500, atOnce)).toBe(NO_CAUSE);
  expect(log.holdUpAt(1, 4, 299, atOnce)).toBe(NO_CAUSE);
  expect(log.holdUpAt(1, 4, 300, atOnce)).toBe(9);
  // Until then the proxies wouldn't have known anyway.
  expect([1259, 1260].map((now) => log.holdUpAt(1, 4, now, (delay) => 1000 - delay))).toEqual([NO_CAUSE, 9]);
  // They say nothing about a lack of endpoints.
  expect(log.causeAt(0, 0, 500)).toBe(NO_CAUSE);
});
