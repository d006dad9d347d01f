/**
 * Random durations and sizes, as plain data, and how to draw one. A sample takes one index of its
 * stream, however many words it uses, so changing a distribution never shifts the draws after it.
 */
import { unreachable } from "./assert.ts";
import { exp, log, pow } from "./elementary.ts";
import { normalAbove } from "./normal.ts";
import { uniform } from "./random.ts";
import { exponential, standardNormal } from "./ziggurat.ts";

/** Parameters in the unit of the quantity (durations: µs; sizes: bytes). */
export type Distribution =
  | { readonly type: "constant"; readonly value: number }
  | { readonly type: "uniform"; readonly min: number; readonly max: number }
  | { readonly type: "exponential"; readonly mean: number }
  | { readonly type: "normal"; readonly mean: number; readonly deviation: number }
  /** Given by two quantiles, as people measure it. */
  | { readonly type: "logNormal"; readonly median: number; readonly p99: number }
  | { readonly type: "pareto"; readonly scale: number; readonly shape: number }
  | { readonly type: "weibull"; readonly scale: number; readonly shape: number }
  /** Drawn uniformly from measured values. */
  | { readonly type: "empirical"; readonly values: readonly number[] };

/** The 99 % quantile of the standard normal distribution. */
const Z99 = 2.3263478740408408;

/** Deviation of the logarithm of a log-normal quantity with this median and p99. */
export function logDeviation(median: number, p99: number): number {
  return p99 > median && median > 0 ? log(p99 / median) / Z99 : 0;
}

/** Draw `index` of the stream (hi, lo). Not rounded; a normal may be negative: the user of a duration clamps. */
export function sample(distribution: Distribution, hi: number, lo: number, index: number): number {
  switch (distribution.type) {
    case "constant":
      return distribution.value;
    case "uniform":
      return distribution.min + (distribution.max - distribution.min) * uniform(hi, lo, index);
    case "exponential":
      return distribution.mean * exponential(hi, lo, index);
    case "normal":
      return distribution.mean + distribution.deviation * standardNormal(hi, lo, index);
    case "logNormal":
      return logNormal(distribution.median, logDeviation(distribution.median, distribution.p99), hi, lo, index);
    case "pareto":
      return distribution.scale * exp(exponential(hi, lo, index) / distribution.shape);
    case "weibull":
      return distribution.scale * pow(exponential(hi, lo, index), 1 / distribution.shape);
    case "empirical":
      return distribution.values[Math.floor(uniform(hi, lo, index) * distribution.values.length)]!;
    default:
      return unreachable(distribution);
  }
}

/** Chance of a sample of at least `x`. */
export function shareFrom(distribution: Distribution, x: number): number {
  switch (distribution.type) {
    case "constant":
      return distribution.value >= x ? 1 : 0;
    case "uniform": {
      const { min, max } = distribution;
      return max === min ? (min >= x ? 1 : 0) : Math.min(1, Math.max(0, (max - x) / (max - min)));
    }
    case "exponential":
      return x <= 0 ? 1 : exp(-x / distribution.mean);
    case "normal":
      return distribution.deviation === 0
        ? distribution.mean >= x
          ? 1
          : 0
        : normalAbove((x - distribution.mean) / distribution.deviation);
    case "logNormal": {
      const deviation = logDeviation(distribution.median, distribution.p99);
      if (deviation === 0) return distribution.median >= x ? 1 : 0;
      return x <= 0 ? 1 : normalAbove(log(x / distribution.median) / deviation);
    }
    case "pareto":
      return x <= distribution.scale ? 1 : pow(distribution.scale / x, distribution.shape);
    case "weibull":
      return x <= 0 ? 1 : exp(-pow(x / distribution.scale, distribution.shape));
    case "empirical":
      return distribution.values.filter((value) => value >= x).length / distribution.values.length;
    default:
      return unreachable(distribution);
  }
}

/** The mean, where it can be told from the parameters; null: it can't, or there is none. */
export function meanOf(distribution: Distribution): number | null {
  switch (distribution.type) {
    case "constant":
      return distribution.value;
    case "uniform":
      return (distribution.min + distribution.max) / 2;
    case "exponential":
    case "normal":
      return distribution.mean;
    case "logNormal": {
      const deviation = logDeviation(distribution.median, distribution.p99);
      return distribution.median * exp((deviation * deviation) / 2);
    }
    case "pareto":
      return distribution.shape > 1 ? (distribution.scale * distribution.shape) / (distribution.shape - 1) : null;
    case "weibull":
      return null;
    case "empirical":
      return distribution.values.reduce((sum, value) => sum + value, 0) / distribution.values.length;
    default:
      return unreachable(distribution);
  }
}

export type Sampler = (hi: number, lo: number, index: number) => number;

/** The same draws as `sample`, with what follows from the parameters alone computed once. */
export function sampler(distribution: Distribution): Sampler {
  if (distribution.type !== "logNormal") return (hi, lo, index) => sample(distribution, hi, lo, index);
  const median = distribution.median;
  const deviation = logDeviation(median, distribution.p99);
  return (hi, lo, index) => logNormal(median, deviation, hi, lo, index);
}

/** A log-normal draw from its median and the deviation of its logarithm. */
export function logNormal(median: number, deviation: number, hi: number, lo: number, index: number): number {
  return deviation === 0 ? median : median * exp(deviation * standardNormal(hi, lo, index));
}
