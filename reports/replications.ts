/**
 * Several runs that differ in their seed alone: each figure's mean with its 95 % confidence interval (Student), and
 * of two scenarios run with the same seeds, the paired differences, in which the luck that both share cancels out.
 */
import type { RunResult } from "../engine/result.ts";
import { CauseChains } from "./cause-chain.ts";
import { formatCount, formatLatency, formatShare } from "./figures.ts";
import { figureOf } from "./measures.ts";
import { summariseLatency } from "./hdr.ts";
import { countedRestarts, histograms, total } from "./series.ts";

export type FigureUnit = "count" | "share" | "number" | "µs";

/** By name, in the order of the report. */
export interface RunFigure {
  readonly name: string;
  readonly unit: FigureUnit;
  /** Null: there was nothing to measure. */
  readonly value: number | null;
}

export interface Interval {
  readonly runs: number;
  readonly mean: number;
  /** The interval is mean ± half; null: one value has none. */
  readonly half: number | null;
}

export interface FigureSummary extends Interval {
  readonly name: string;
  readonly unit: FigureUnit;
}

/** What a run comes down to. */
export function runFigures(result: RunResult): readonly RunFigure[] {
  const chains = new CauseChains(result);
  const figure = (metric: Parameters<typeof figureOf>[2], aggregate = "value"): number | null =>
    figureOf(result, chains, metric, {}, aggregate);
  const sent = total(result, "requests_sent");
  const latency = summariseLatency(histograms(result, "request_duration").map(({ value }) => value));
  const recovery = figure("recovery_time");
  return [
    { name: "requests lost", unit: "count", value: sent === 0 ? null : total(result, "requests_lost") },
    { name: "share of requests lost", unit: "share", value: sent === 0 ? null : total(result, "requests_lost") / sent },
    { name: "goodput per second", unit: "number", value: sent === 0 ? null : figure("goodput") },
    { name: "attempts per request", unit: "number", value: sent === 0 ? null : figure("attempts_per_request") },
    { name: "request p50", unit: "µs", value: latency?.p50 ?? null },
    { name: "request p99", unit: "µs", value: latency?.p99 ?? null },
    { name: "restarts", unit: "count", value: countedRestarts(result).length },
    { name: "restart storms", unit: "count", value: figure("restart_storms") },
    { name: "availability", unit: "share", value: figure("availability", "avg") },
    { name: "least availability", unit: "share", value: figure("availability", "min") },
    { name: "recovery time", unit: "µs", value: recovery === Infinity ? null : recovery },
    { name: "time not ready", unit: "µs", value: figure("time_not_ready") },
  ];
}

/** Figures that no run has are left out. */
export function summarise(runs: readonly (readonly RunFigure[])[]): readonly FigureSummary[] {
  return (runs[0] ?? []).flatMap(({ name, unit }, index) => {
    const values = runs.map((figures) => figures[index]!.value).filter((value) => value !== null);
    return values.length === 0 ? [] : [{ name, unit, ...intervalOf(values) }];
  });
}

/** B − A, seed by seed; only seeds of which both have the figure count. */
export function pairedDifferences(a: readonly (readonly RunFigure[])[], b: readonly (readonly RunFigure[])[]): readonly FigureSummary[] {
  return (a[0] ?? []).flatMap(({ name, unit }, index) => {
    const differences = a.flatMap((figures, run) => {
      const [from, to] = [figures[index]!.value, b[run]![index]!.value];
      return from === null || to === null ? [] : [to - from];
    });
    return differences.length === 0 ? [] : [{ name, unit, ...intervalOf(differences) }];
  });
}

/** Whether each figure is known to ± 10 %, or doesn't vary. */
export function isPrecise(summaries: readonly FigureSummary[]): boolean {
  return summaries.every(({ mean, half }) => half !== null && half <= PRECISION * Math.abs(mean));
}

const PRECISION = 0.1;

export function intervalOf(values: readonly number[]): Interval {
  const runs = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / runs;
  if (runs < 2) return { runs, mean, half: null };
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (runs - 1);
  return { runs, mean, half: studentQuantile(runs - 1) * Math.sqrt(variance / runs) };
}

/** Student's t at 97.5 %, by degrees of freedom from 1 on (tables of the distribution). */
const STUDENT: readonly number[] = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086,
  2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const NORMAL = 1.959964;

export function studentQuantile(degrees: number): number {
  const known = STUDENT[degrees - 1];
  if (known !== undefined) return known;
  // Cornish-Fisher: exact to three digits from 30 degrees on.
  const z = NORMAL;
  return z + (z * z * z + z) / (4 * degrees) + (5 * z * z * z * z * z + 16 * z * z * z + 3 * z) / (96 * degrees * degrees);
}

/** "12.3 ± 1.4", in the figure's unit. */
export function intervalText({ mean, half, unit }: FigureSummary): string {
  const text = valueText(mean, unit);
  return half === null ? text : `${text} ± ${valueText(half, unit)}`;
}

/** The interval of a difference holds no 0: it is no luck. */
export function isSignificant({ mean, half }: Interval): boolean {
  return half !== null && Math.abs(mean) > half;
}

function valueText(value: number, unit: FigureUnit): string {
  const sign = value < 0 ? "-" : "";
  const size = Math.abs(value);
  switch (unit) {
    case "share":
      return sign + formatShare(size);
    case "µs":
      return sign + formatLatency(size);
    case "count":
    case "number":
      return sign + formatCount(Number(size.toPrecision(size >= 1000 ? 6 : 4)));
  }
}
