/** Delayed and lost packets over TCP: by hand, and in the mean. */
import { expect, test } from "vitest";
import { streamKey } from "../kernel/random.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { exchangeDelay, TROUBLE_DRAWS } from "./packet-trouble.ts";

const { hi, lo } = streamKey(1, "test", "packets");
const delays = (trouble: { delay?: number; jitter?: number; loss?: number }, opens = true, count = 20_000): readonly number[] =>
  Array.from({ length: count }, (_, index) =>
    exchangeDelay({ delay: 0, jitter: 0, loss: 0, ...trouble }, opens, hi, lo, index * TROUBLE_DRAWS),
  );
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test("a delay counts for the handshake and for the answer, on an open connection once", () => {
  expect(new Set(delays({ delay: 30 }, true, 100))).toEqual(new Set([60]));
  expect(new Set(delays({ delay: 30 }, false, 100))).toEqual(new Set([30]));
});

test("jitter spreads it evenly around", () => {
  const late = delays({ delay: 100 * MILLISECOND, jitter: 40 * MILLISECOND }, false);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(60 * MILLISECOND);
  expect(Math.max(...late)).toBeLessThanOrEqual(140 * MILLISECOND);
  expect(Math.abs(mean(late) - 100 * MILLISECOND)).toBeLessThan(MILLISECOND);
});

test("lost packets come again after waits that double: nobody waits anything else", () => {
  const late = delays({ loss: 0.3 }, false);
  expect(late.every((each) => Number.isInteger(Math.log2(each / (200 * MILLISECOND) + 1)))).toBe(true);
  expect(late.filter((each) => each > 0).length / late.length).toBeCloseTo(0.3, 1);
});

test("a lost handshake costs a second", () => {
  const late = delays({ loss: 0.1 });
  expect(late.filter((each) => each >= SECOND).length / late.length).toBeCloseTo(0.1, 1);
});

test("where everything is lost nothing comes", () => {
  expect(new Set(delays({ loss: 1 }, true, 100))).toEqual(new Set([Infinity]));
});
