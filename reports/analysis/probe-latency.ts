/** How long probes took, from the start of an attempt to its result, by role, handler and outcome. */
import type { Tags } from "../../engine/metrics/catalogue.ts";
import type { HistogramSnapshot } from "../../engine/metrics/recorder.ts";
import { settingDefinitions } from "../../engine/settings.ts";
import type { RunResult } from "../../engine/result.ts";
import { formatCount, formatLatency, plural } from "../figures.ts";
import { mergeHistograms, percentilesOf, summariseLatency } from "../hdr.ts";
import { counters, elidedProbes, histograms, type Labelled } from "../series.ts";
import { percentileCells } from "./requests.ts";
import { left, right, row, type Chart, type Json, type Section, type SeriesColor } from "./section.ts";

const percentiles: readonly number[] = [50, 75, 90, 95, 99, 99.9, 99.99, 100];
const roleColors: Readonly<Record<string, SeriesColor>> = { startup: "waiting", readiness: "good", liveness: "second" };

export function probeLatency(result: RunResult): Section | null {
  const found = histograms(result, "probe_duration");
  if (found.length === 0) return null;
  const rows = found.map(({ labels, value }) => ({ labels, latency: summariseLatency([value])! }));
  const attempts = rows.reduce((sum, { latency }) => sum + latency.count, 0);
  const failed = rows.filter(({ labels }) => labels["outcome"] !== "success").reduce((sum, { latency }) => sum + latency.count, 0);
  const cores = probeCpu(result) ?? 0;
  const lag = summariseLatency(histograms(result, "probe_lag").map(({ value }) => value));
  return {
    id: "probe-latency",
    title: "Probe latency",
    sentences: [
      `${plural(attempts, "probe attempt")}, ${formatCount(failed)} not successful.`,
      ...(lag === null || lag.max < 1_000
        ? []
        : [`Attempts started up to ${formatLatency(lag.max)} late${lag.count === 1 ? "" : ` (p99 ${formatLatency(lag.p99)})`}.`]),
      ...elision(result),
      ...(cores >= 0.1 ? [`Their commands used ${cores.toFixed(2)} cores on average.`] : []),
    ],
    tables: [
      {
        title: null,
        columns: [left("role"), left("handler"), left("outcome"), right("count"), right("p50"), right("p99"), right("max")],
        rows: rows.map(({ labels, latency }) =>
          row(
            [
              labels["role"] ?? "",
              labels["handler"] ?? "",
              labels["outcome"] ?? "",
              formatCount(latency.count),
              ...percentileCells(latency),
              formatLatency(latency.max),
            ],
            labels["outcome"] === "success" ? "plain" : "bad",
          ),
        ),
        briefRows: 9,
      },
    ],
    charts: [percentileChart(found)],
    figures: {
      latencies: rows.map(({ labels, latency }) => ({ ...labels, ...micros(latency) })),
      lag: lag === null ? null : micros(lag),
      /** On average, all containers together. */
      underWay: probeCost(result),
      /** Cores of commands, on average, all nodes together. */
      cpu: cores,
      ...(elidedProbes(result) === null ? {} : { elided: elidedProbes(result), run: Object.fromEntries(runAllTheSame(result)) }),
    },
  };
}

/** What was skipped, and why the rest was not. */
function elision(result: RunResult): readonly string[] {
  const elided = elidedProbes(result);
  if (elided === null) return [];
  const others = runAllTheSame(result).map(([reason, count]) => `${formatCount(count)} ${reasons[reason] ?? reason}`);
  const rest = others.length === 0 ? "" : `; not elided: ${others.join(", ")}`;
  const those = elided === 0 ? "none" : `${formatCount(elided)} of these, each a success that was drawn with others and is no event`;
  return [`Elided probes: ${those}${rest}.`];
}

function runAllTheSame(result: RunResult): readonly (readonly [reason: string, count: number])[] {
  const found = counters(result, "probes_exact").map(({ labels, value }) => [labels["reason"] ?? "", value] as const);
  return found.filter(([, count]) => count > 0).toSorted(([, a], [, b]) => b - a);
}

const reasons: Readonly<Record<string, string>> = {
  settling: "of workers before and after a start or a failure",
  load: "that wait for the same workers as requests",
  connections: "that share their node's table of connections",
  calls: "that ask other Services",
  health: "of applications that turn unhealthy by themselves",
  script: "of scripted applications",
  fault: "under faults and pauses",
  period: "whose timeout is no shorter than their period",
};

/** Probes under way on average: time that they took, over the time that counts. */
export function probeCost(result: RunResult, tags: Tags = {}): number | null {
  const found = histograms(result, "probe_duration", tags);
  if (found.length === 0 || result.end <= result.warmup) return null;
  return found.reduce((sum, { value }) => sum + value.sum, 0) / (result.end - result.warmup);
}

/** Cores that commands of probes used on average: attempts, each at what one costs, over the time that counts. */
export function probeCpu(result: RunResult, tags: Tags = {}): number | null {
  if (result.end <= result.warmup) return null;
  const attempts = histograms(result, "probe_duration", { ...tags, handler: "exec" }).reduce((sum, { value }) => sum + value.count, 0);
  const cost = result.notes.settingsChanged.find(({ name }) => name === "execProbeCpu")?.value ?? settingDefinitions.execProbeCpu.default;
  return (attempts * cost) / (result.end - result.warmup);
}

function micros(latency: object): { readonly [key: string]: Json } {
  const entries = Object.entries(latency as Readonly<Record<string, number>>);
  return Object.fromEntries(entries.map(([key, value]) => [key === "count" ? key : `${key}Micros`, value]));
}

function percentileChart(found: readonly Labelled<HistogramSnapshot>[]): Chart {
  const roles = [...new Set(found.map(({ labels }) => labels["role"] ?? "probe"))].sort();
  return {
    id: "probe-latency",
    title: "Probe latency by percentile, all outcomes",
    kind: "percentiles",
    unit: "µs",
    x: percentiles,
    series: roles.map((role) => {
      const merged = mergeHistograms(found.filter(({ labels }) => (labels["role"] ?? "probe") === role).map(({ value }) => value));
      const at = percentilesOf(merged);
      return { label: role, color: roleColors[role] ?? "other", values: percentiles.map((percentile) => at(percentile)) };
    }),
  };
}
