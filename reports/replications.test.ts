/** Means and intervals: known values of Student's distribution, pairs that cancel luck, precision. */
import { describe, expect, test } from "vitest";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { runHere } from "../workers/run.ts";
import { deployment, nodes, spec } from "../workers/testdata/specs.ts";
import {
  intervalOf,
  intervalText,
  isPrecise,
  isSignificant,
  pairedDifferences,
  runFigures,
  studentQuantile,
  summarise,
  type RunFigure,
} from "./replications.ts";
import { classesOf, chainLines, classLine } from "./why.ts";
import { sampleResult } from "./testdata/sample-result.ts";

const runsOf = (...values: readonly (number | null)[]): readonly (readonly RunFigure[])[] =>
  values.map((value) => [{ name: "restarts", unit: "count" as const, value }]);

describe("an interval", () => {
  test.each([
    [1, 12.706],
    [10, 2.228],
    [30, 2.042],
    [40, 2.0211],
    [120, 1.9799],
    [100_000, 1.95999],
  ])("with %d degrees of freedom uses the quantile %d of the tables", (degrees, quantile) => {
    expect(studentQuantile(degrees)).toBeCloseTo(quantile, 3);
  });

  test("is mean ± t × deviation ÷ √n", () => {
    // Deviation 2, n 5: 2.776 × 2 ÷ √5.
    const { runs, mean, half } = intervalOf([8, 8, 10, 12, 12]);
    expect({ runs, mean }).toEqual({ runs: 5, mean: 10 });
    expect(half).toBeCloseTo((2.776 * 2) / Math.sqrt(5), 9);
    expect(intervalOf([3])).toEqual({ runs: 1, mean: 3, half: null });
  });

  test("of runs that had nothing to measure leaves them out", () => {
    expect(summarise(runsOf(null, 4, 6))).toMatchObject([{ runs: 2, mean: 5 }]);
    expect(summarise(runsOf(null, null))).toEqual([]);
  });

  test("reads in the figure's unit", () => {
    expect(intervalText({ name: "x", unit: "µs", runs: 2, mean: 12_000, half: 1_500 })).toBe("12 ms ± 1.5 ms");
    expect(intervalText({ name: "x", unit: "share", runs: 2, mean: -0.02, half: 0.01 })).toBe("-2 % ± 1 %");
    expect(intervalText({ name: "x", unit: "count", runs: 1, mean: 7, half: null })).toBe("7");
  });
});

test("paired differences cancel what both owe to luck", () => {
  const a = runsOf(10, 50, 90, 130);
  const b = runsOf(12, 52, 92, 133);
  const [difference] = pairedDifferences(a, b);
  expect(difference!.mean).toBe(2.25);
  expect(isSignificant(difference!)).toBe(true);
  expect(isSignificant(pairedDifferences(a, runsOf(12, 40, 99, 133))[0]!)).toBe(false);
  expect(pairedDifferences(a, runsOf(12, null, 92, null))).toMatchObject([{ runs: 2 }]);
});

test("figures are precise within a tenth of their mean, or when they don't vary", () => {
  expect(isPrecise(summarise(runsOf(100, 101, 99, 100)))).toBe(true);
  expect(isPrecise(summarise(runsOf(0, 0)))).toBe(true);
  expect(isPrecise(summarise(runsOf(1, 3, 2)))).toBe(false);
  expect(isPrecise(summarise(runsOf(1)))).toBe(false);
});

test("a run comes down to the same figures, by name, whatever happened in it", async () => {
  const quiet = runFigures(
    await runHere(
      spec({
        objects: [deployment(2)],
        nodes: nodes(2),
        applications: [{ selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: [] }],
      }),
      1,
    ),
  );
  const sample = runFigures(sampleResult());
  expect(quiet.map(({ name }) => name)).toEqual(sample.map(({ name }) => name));
  expect(sample.find(({ name }) => name === "requests lost")!.value).toBe(580);
});

test("why: classes come most first, losses before restarts, each with a chain that ends at its root", () => {
  const result = sampleResult();
  const classes = classesOf(result);
  const lost = classes.filter(({ what }) => what !== "restart");
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.map(({ count }) => count)).toEqual(lost.map(({ count }) => count).sort((a, b) => b - a));
  expect(classes.slice(lost.length).every(({ what }) => what === "restart")).toBe(true);
  for (const [index, each] of classes.entries()) {
    expect(classLine(each, index + 1)).toMatch(/^\d+\. [\d,]+ × .+: .+/);
    expect(chainLines(result, each).at(-1)).toContain(each.chain.root);
  }
});
