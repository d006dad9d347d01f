/** The search over two fields: what an interruption leaves, and what ends it. */
import { describe, expect, test } from "vitest";
import type { RunResult } from "../../engine/result.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { sampleResult } from "../../reports/testdata/sample-result.ts";
import { RadarError, searchRadar, type RadarFindings, type RadarSearch } from "./radar-search.ts";

const SECOND = 1_000_000;
const axis = (count: number): RadarSearch["x"] => ({
  path: "x",
  values: Array.from({ length: count }, (_, index) => `${index}`),
  numbers: Array.from({ length: count }, (_, index) => index),
});

/** Comes back below a level of 7 + y. */
function outcome(level: number, until = 100): RunResult {
  const sample = sampleResult();
  const isBack = level < 7;
  return {
    ...sample,
    names: { ...sample.names, loads: [{ name: "web", service: "s", executor: "poisson-arrival-rate", rate: 1 }] },
    control: { ...sample.control, faults: [{ ...sample.control.faults[0]!, from: 60 * SECOND, until: until * SECOND }] },
    metrics: {
      ...sample.metrics,
      timeSeries: {
        "sent{load=web}": Array.from({ length: 301 }, () => 100),
        "answered{load=web}": Array.from({ length: 301 }, (_, second) => (second > 60 && !isBack ? 0 : 100)),
      },
    },
  };
}

async function searched(
  run: (level: number, count: number) => RunResult | null,
  options: Partial<RadarSearch> = {},
): Promise<RadarFindings> {
  let count = 0;
  return await searchRadar({
    x: axis(21),
    y: axis(3),
    replications: 2,
    options: { window: 10 * SECOND, within: null },
    specOf: (x, y) => ({ seed: 1, duration: 300 * SECOND, warmup: 0, level: x - y }) as unknown as ScenarioSpec,
    run: async (spec) => run((spec as unknown as { level: number }).level, count++),
    onRun: () => {},
    ...options,
  });
}

describe("a search over two fields", () => {
  test("finds the boundary of each row, and keeps what it looked at in order", async () => {
    const { rows, cells, isPartial } = await searched((level) => outcome(level));
    expect(rows.map(({ survives, collapses }) => [survives, collapses])).toEqual([
      [6, 7],
      [7, 8],
      [8, 9],
    ]);
    expect(isPartial).toBe(false);
    expect(cells.every(({ runs }) => runs.length === 2)).toBe(true);
    expect(cells).toEqual(cells.toSorted((a, b) => a.y - b.y || a.x - b.x));
  });

  test("keeps whole cells when it is interrupted, and no row that isn't whole", async () => {
    const { rows, cells, isPartial } = await searched((level, count) => (count < 15 ? outcome(level) : null));
    expect([rows.length, isPartial, cells.length]).toEqual([0, true, 7]);
  });

  test("adds up the broken invariants of its runs", async () => {
    const violation = { invariant: "i", time: 0, message: "m", cause: 0 };
    const { violations } = await searched((level) => ({ ...outcome(level), violations: [violation] }), { x: axis(2), y: null });
    expect(violations).toBe(4);
  });

  test("ends where a run leaves no time after its trigger, or values make no scenario", async () => {
    await expect(searched((level) => outcome(level, 299))).rejects.toThrow(/its faults from 60s to 299s: expected a window before them/);
    await expect(searched((level) => outcome(level), { specOf: () => null })).rejects.toThrow(RadarError);
  });
});
