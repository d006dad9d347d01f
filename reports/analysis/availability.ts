/**
 * Available replicas over desired ones (Pods that have been Ready for minReadySeconds), as the time-weighted share and the least of it after
 * the warm-up, and the recovery time: from the end of the last fault until no replica that was missing then, or went missing by a fault, is missing.
 */
import type { RunResult } from "../../engine/result.ts";
import type { CauseChains } from "../cause-chain.ts";
import { formatCount, formatInstant, formatShare } from "../figures.ts";
import { levels, timeSeries } from "../series.ts";
import { bucketStarts } from "./requests.ts";
import { left, right, row, type Chart, type Section, type Table } from "./section.ts";

type Sums = RunResult["control"]["availability"]["total"];

export function availability(result: RunResult, chains: CauseChains): Section | null {
  const { total, workloads } = result.control.availability;
  if (total.desiredTime === 0) return null;
  const lost = recoveryOf(result, chains);
  const missing = total.desired - total.available;
  return {
    id: "availability",
    title: "Availability",
    sentences: [
      `${formatShare(total.availableTime / total.desiredTime)} of the desired replicas were available over time, ` +
        `at least ${formatCount(total.least)} of ${formatCount(total.leastOf)} at any moment.`,
      ...(lost === null ? [] : [recoveryText(lost)]),
      ...(missing > 0 && lost?.until !== -1 ? [`At the end ${formatCount(missing)} of ${formatCount(total.desired)} were missing.`] : []),
    ],
    tables: workloads.length < 2 ? [] : [workloadTable(result)],
    charts: chartOf(result),
    figures: {
      ...figuresOf(total),
      missingReplicaMicros: missingTime(result),
      recoveryMicros: lost === null || lost.until < 0 ? null : lost.until - lost.from,
      recovered: lost === null ? null : lost.until >= 0,
      workloads: Object.fromEntries(workloads.map((sums) => [workloadName(result, sums.workload), figuresOf(sums)])),
    },
  };
}

interface Recovery {
  readonly from: number;
  /** -1: never. */
  readonly until: number;
}

/** Null: no fault ended within the run, after its warm-up. */
export function recoveryOf(result: RunResult, chains: CauseChains): Recovery | null {
  const ends = result.control.faults.map(({ until }) => until).filter((until) => until < result.end && until >= result.warmup);
  if (ends.length === 0) return null;
  const from = Math.max(...ends);
  const { shortages } = result.control.availability;
  // What a fault does may show after it is over; a rollout later on is another matter.
  const theirs = shortages.filter(
    (shortage) => (shortage.until < 0 || shortage.until > from) && (shortage.from <= from || chains.chainOf(shortage.cause).fault !== null),
  );
  const isForGood = theirs.some(({ until }) => until < 0);
  return { from, until: isForGood ? -1 : theirs.reduce((latest, { until }) => Math.max(latest, until), from) };
}

function recoveryText({ from, until }: Recovery): string {
  if (until < 0) return "Since the last fault not all of them were available again.";
  if (until === from) return "When the last fault ended, none was missing, and none went missing by a fault after that.";
  return `All were available again ${formatInstant(until - from)} after the last fault ended.`;
}

/** Replicas × µs that were desired and missing, after the warm-up. */
export function missingTime(result: RunResult, workload?: string): number | null {
  const found = result.control.availability.workloads.filter(
    (sums) => workload === undefined || workloadName(result, sums.workload) === workload,
  );
  return found.length === 0 ? null : found.reduce((sum, { desiredTime, availableTime }) => sum + desiredTime - availableTime, 0);
}

function workloadTable(result: RunResult): Table {
  const byShare = result.control.availability.workloads.toSorted((a, b) => shareOf(a) - shareOf(b) || a.workload - b.workload);
  return {
    title: null,
    columns: [left("workload"), right("available"), right("at least"), right("at the end")],
    rows: byShare.map((sums) =>
      row(
        [
          workloadName(result, sums.workload),
          formatShare(shareOf(sums)),
          sums.leastOf === 0 ? "–" : `${formatCount(sums.least)} of ${formatCount(sums.leastOf)}`,
          `${formatCount(Math.min(sums.available, sums.desired))} of ${formatCount(sums.desired)}`,
        ],
        sums.available < sums.desired ? "bad" : "plain",
      ),
    ),
    briefRows: 8,
  };
}

function figuresOf(sums: Sums): Readonly<Record<string, number | null>> {
  return {
    availableShare: sums.desiredTime === 0 ? null : sums.availableTime / sums.desiredTime,
    least: sums.least,
    leastOf: sums.leastOf,
    availableAtEnd: Math.min(sums.available, sums.desired),
    desiredAtEnd: sums.desired,
  };
}

function shareOf({ availableTime, desiredTime }: Sums): number {
  return desiredTime === 0 ? 1 : availableTime / desiredTime;
}

/** All workloads together. */
function chartOf(result: RunResult): readonly Chart[] {
  if (timeSeries(result, "desired").length === 0) return [];
  const x = bucketStarts(result);
  const sumOf = (metric: string): number[] => {
    const all = timeSeries(result, metric).map(({ value }) => levels(value));
    return x.map((_, bucket) => all.reduce((sum, level) => sum + (level[bucket] ?? 0), 0));
  };
  const series = [
    { label: "desired", color: "calm" as const, values: sumOf("desired") },
    { label: "available", color: "good" as const, values: sumOf("available") },
  ];
  return [{ id: "availability", title: "Desired and available replicas", kind: "lines", unit: "replicas", x, series }];
}

function workloadName(result: RunResult, workload: number): string {
  return result.names.workloads[workload] ?? `workload ${workload}`;
}
