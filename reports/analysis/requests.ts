/** How many requests of each load were answered, how many lost, and how long an answer took. */
import type { RunResult } from "../../engine/result.ts";
import { formatCount, formatLatency, formatShare, plural } from "../figures.ts";
import { summariseLatency, type LatencySummary } from "../hdr.ts";
import { bucketCount, histograms, timeSeries, total } from "../series.ts";
import { left, right, row, type Chart, type ChartSeries, type Section, type SeriesColor } from "./section.ts";

export function requests(result: RunResult): Section | null {
  if (result.names.loads.length === 0) return null;
  const loads = result.names.loads.map((load) => ({ ...load, ...figuresOf(result, load.name) }));
  const sent = loads.reduce((sum, load) => sum + load.sent, 0);
  const lost = loads.reduce((sum, load) => sum + load.lost, 0);
  return {
    id: "requests",
    title: "Requests",
    sentences: [
      lost === 0
        ? `None of ${plural(sent, "request")} was lost.`
        : `${formatCount(lost)} of ${plural(sent, "request")} lost (${formatShare(sent === 0 ? 0 : lost / sent)}).`,
      ...loads
        .filter((load) => load.sent !== load.answered + load.lost + load.inFlight)
        .map((load) => `${load.name}: sent is not answered + lost + in flight.`),
      ...loads.filter(({ repeated }) => repeated > 0).map(amplificationText),
      ...loads.filter(({ skew }) => skew !== null && skew >= NOTABLE_SKEW).map(skewText),
    ],
    tables: [
      {
        title: null,
        columns: [
          left("load"),
          right("sent"),
          right("answered"),
          right("lost"),
          right("in flight"),
          right("p50"),
          right("p99"),
          right("max"),
        ],
        rows: loads.map((load) =>
          row(
            [load.name, ...[load.sent, load.answered, load.lost, load.inFlight].map(formatCount), ...latencyCells(load.latency)],
            load.lost > 0 ? "bad" : "good",
          ),
        ),
        briefRows: 12,
      },
    ],
    charts: [overTime(result), lostOverTime(result)].filter((chart) => chart !== null),
    figures: loads.map(({ name, service, executor, rate, sent, answered, lost, inFlight, latency, repeated, skew }) => ({
      name,
      service,
      executor,
      ratePerSecond: rate,
      sent,
      answered,
      lost,
      inFlight,
      lostShare: sent === 0 ? 0 : lost / sent,
      goodputPerSecond: goodputOf(result, answered),
      attemptsPerRequest: attemptsPerRequest({ sent, repeated }),
      skew,
      latencyMicros: latency === null ? null : { ...latency },
    })),
  };
}

interface LoadFigures {
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly inFlight: number;
  /** Attempts beyond the first. */
  readonly repeated: number;
  /** Requests at the busiest endpoint ÷ at the mean one, per time; null: no endpoint was used for long. */
  readonly skew: number | null;
  readonly latency: LatencySummary | null;
}

function figuresOf(result: RunResult, load: string): LoadFigures {
  return {
    sent: total(result, "requests_sent", { load }),
    answered: total(result, "requests_answered", { load }),
    lost: total(result, "requests_lost", { load }),
    inFlight: total(result, "requests_in_flight", { load }),
    repeated: total(result, "attempts_repeated", { load }),
    skew: skewOf(result, load),
    latency: summariseLatency(histograms(result, "request_duration", { load }).map(({ value }) => value)),
  };
}

/** From here on the busiest endpoint is worth a sentence. */
const NOTABLE_SKEW = 1.5;

export function skewOf(result: RunResult, load: string): number | null {
  const least = histograms(result, "endpoint_interval", { load }).map(({ value }) => value.min);
  const requests = total(result, "endpoint_requests", { load });
  if (least.length === 0 || requests === 0) return null;
  return total(result, "endpoint_time", { load }) / requests / Math.max(1, Math.min(...least));
}

/** Answers per second of the time that counts. */
export function goodputOf({ end, warmup }: RunResult, answered: number): number {
  return end <= warmup ? 0 : (answered * 1_000_000) / (end - warmup);
}

export function attemptsPerRequest({ repeated, sent }: Pick<LoadFigures, "repeated" | "sent">): number {
  return sent === 0 ? 1 : 1 + repeated / sent;
}

function amplificationText(load: LoadFigures & { readonly name: string }): string {
  return `${load.name}: ${plural(load.repeated, "retry or hedge", "retries and hedges")}, ${attemptsPerRequest(load).toFixed(2)} attempts per request.`;
}

function skewText({ name, skew }: LoadFigures & { readonly name: string }): string {
  return `${name}: the busiest endpoint had ${(skew ?? 1).toFixed(1)} times as many requests as the mean one.`;
}

/** p50 and p99; of a single value there are none. */
export function percentileCells(latency: LatencySummary): readonly string[] {
  return latency.count === 1 ? ["–", "–"] : [latency.p50, latency.p99].map(formatLatency);
}

function latencyCells(latency: LatencySummary | null): readonly string[] {
  return latency === null ? ["–", "–", "–"] : [...percentileCells(latency), formatLatency(latency.max)];
}

function overTime(result: RunResult): Chart | null {
  const answered = timeSeries(result, "answered");
  if (answered.length === 0) return null;
  const colors: readonly SeriesColor[] = ["good", "second", "third", "other"];
  return {
    id: "requests-answered",
    title: "Requests answered",
    kind: "lines",
    unit: "requests/s",
    x: bucketStarts(result),
    series: answered.map(({ labels, value }, index) => ({
      label: labels["load"] ?? "answered",
      color: colors[index % colors.length]!,
      values: perSecond(result, value),
    })),
  };
}

function lostOverTime(result: RunResult): Chart | null {
  const lost = timeSeries(result, "lost");
  if (lost.length === 0) return null;
  const byOutcome = new Map<string, number[]>();
  for (const { labels, value } of lost) {
    const outcome = labels["outcome"] ?? "lost";
    const sums = byOutcome.get(outcome) ?? value.map(() => 0);
    byOutcome.set(
      outcome,
      sums.map((sum, bucket) => sum + (value[bucket] ?? 0)),
    );
  }
  const colors: readonly SeriesColor[] = ["bad", "worse", "waiting", "leaving", "second", "other"];
  const series: ChartSeries[] = [...byOutcome]
    .filter(([, values]) => values.some((value) => value > 0))
    .map(([label, values], index) => ({ label, color: colors[index % colors.length]!, values: perSecond(result, values) }));
  if (series.length === 0) return null;
  return { id: "requests-lost", title: "Requests lost, by outcome", kind: "bars", unit: "requests/s", x: bucketStarts(result), series };
}

export function bucketStarts(result: RunResult): number[] {
  return Array.from({ length: bucketCount(result) }, (_, bucket) => (bucket * result.metrics.bucketWidth) / 1_000_000);
}

function perSecond(result: RunResult, counts: readonly number[]): number[] {
  const width = result.metrics.bucketWidth;
  // The last bucket may be cut short by the end of the run.
  return Array.from({ length: bucketCount(result) }, (_, bucket) => {
    const span = Math.min(width, result.end - bucket * width);
    return span <= 0 ? 0 : ((counts[bucket] ?? 0) * 1_000_000) / span;
  });
}
