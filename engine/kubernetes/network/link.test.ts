import { describe, expect, test } from "vitest";
import { streamKey } from "../../kernel/random.ts";
import { KeyedLatency, Link } from "./link.ts";

const key = streamKey(1, "test", "link");

function quantiles(draw: (index: number) => number): { median: number; p99: number; min: number } {
  const draws = Array.from({ length: 40_000 }, (_, index) => draw(index)).sort((a, b) => a - b);
  return { median: draws[20_000]!, p99: draws[39_600]!, min: draws[0]! };
}

describe("a latency drawn by stream and index", () => {
  test("has the median and p99 of its settings and never falls below its floor", () => {
    const latency = new KeyedLatency(1000, 2000, 50_000);
    const { median, p99, min } = quantiles((index) => latency.draw(key.hi, key.lo, index));
    expect(min).toBeGreaterThanOrEqual(1000);
    expect(median / 2000).toBeCloseTo(1, 1);
    expect(p99 / 50_000).toBeGreaterThan(0.85);
    expect(p99 / 50_000).toBeLessThan(1.15);
  });

  test("is constant when the median is the floor, and at least 1 µs", () => {
    expect(new KeyedLatency(250, 250, 250).draw(key.hi, key.lo, 3)).toBe(250);
    expect(new KeyedLatency(0, 0, 0).draw(key.hi, key.lo, 3)).toBe(1);
  });
});

describe("a link", () => {
  test("takes its floor on the way out, and both ways together what two draws take", () => {
    const latency = new KeyedLatency(250, 500, 2000);
    const link = new Link(latency);
    expect(link.wayOut).toBe(250);
    const round = quantiles((index) => link.wayOut + link.wayBack(key.hi, key.lo, index));
    const other = streamKey(2, "test", "link");
    const twice = quantiles((index) => latency.draw(key.hi, key.lo, index) + latency.draw(other.hi, other.lo, index));
    expect(round.median / twice.median).toBeCloseTo(1, 1);
    expect(round.p99 / twice.p99).toBeGreaterThan(0.9);
    expect(round.p99 / twice.p99).toBeLessThan(1.1);
  });
});
