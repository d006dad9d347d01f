/** Whether samples come from one distribution: tests with a stated chance of a false alarm, for fixed seeds. */
import { log } from "../kernel/elementary.ts";
import { normalAbove } from "../kernel/normal.ts";

/** χ² of counts against their expected shares; cells that expect fewer than 5 are put together with the next ones. */
export function chiSquareChance(counts: readonly number[], shares: readonly number[]): number {
  const whole = counts.reduce((sum, count) => sum + count, 0);
  let statistic = 0;
  let cells = 0;
  let seen = 0;
  let expected = 0;
  let left = whole;
  for (let cell = 0; cell < counts.length; cell++) {
    seen += counts[cell]!;
    expected += shares[cell]! * whole;
    left -= shares[cell]! * whole;
    if (expected < 5 || (left < 5 && cell < counts.length - 1)) continue;
    statistic += (seen - expected) ** 2 / expected;
    cells++;
    seen = 0;
    expected = 0;
  }
  return chanceAbove(statistic, cells - 1);
}

/** χ² of homogeneity: the chance that two samples of one distribution, counted in the same cells, differ this much. */
export function twoCountsChance(one: readonly number[], other: readonly number[]): number {
  const [n, m] = [one, other].map((counts) => counts.reduce((sum, count) => sum + count, 0)) as [number, number];
  let statistic = 0;
  let cells = 0;
  let [a, b] = [0, 0];
  for (let cell = 0; cell < one.length; cell++) {
    a += one[cell]!;
    b += other[cell]!;
    if (a + b < 10) continue;
    statistic += (Math.sqrt(m / n) * a - Math.sqrt(n / m) * b) ** 2 / (a + b);
    cells++;
    [a, b] = [0, 0];
  }
  return chanceAbove(statistic, cells - 1);
}

/** Kolmogorov and Smirnov: the chance that two samples of one distribution lie this far apart (an upper bound if there are ties). */
export function twoSamplesChance(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [one.toSorted((x, y) => x - y), other.toSorted((x, y) => x - y)];
  let distance = 0;
  for (const value of [...a, ...b]) {
    const share = (sample: readonly number[]): number => sample.filter((each) => each <= value).length / sample.length;
    distance = Math.max(distance, Math.abs(share(a) - share(b)));
  }
  const size = Math.sqrt((a.length * b.length) / (a.length + b.length));
  const lambda = (size + 0.12 + 0.11 / size) * distance;
  let sum = 0;
  for (let term = 1; term <= 100; term++) sum += (term % 2 === 1 ? 2 : -2) * Math.exp(-2 * (term * lambda) ** 2);
  return lambda < 0.2 ? 1 : sum;
}

/** Welch: the chance that means of two samples with one mean lie this far apart (normal: some dozens of values each). */
export function twoMeansChance(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [momentsOf(one), momentsOf(other)];
  const error = Math.sqrt(a.variance / one.length + b.variance / other.length);
  return error === 0 ? (a.mean === b.mean ? 1 : 0) : 2 * normalAbove(Math.abs(a.mean - b.mean) / error);
}

function momentsOf(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) };
}

/** Of χ² with so many degrees of freedom (Wilson and Hilferty 1931). */
function chanceAbove(statistic: number, freedom: number): number {
  if (freedom < 1) return 1;
  const cubeRoot = statistic === 0 ? 0 : Math.exp(log(statistic / freedom) / 3);
  return normalAbove((cubeRoot - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom)));
}
