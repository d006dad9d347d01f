/**
 * Ready Pods over desired ones (the series don't tell which of them were ready for minReadySeconds), as the time-weighted share and the minimum after the warm-up,
 * and the recovery time: from the end of the last fault until all desired Pods are ready again.
 * Resolution: one bucket of the time series.
 */
import type { RunResult } from "../../engine/result.ts";
import { formatCount, formatInstant, formatShare } from "../figures.ts";
import { bucketCount, levels, timeSeries } from "../series.ts";
import type { Section } from "./section.ts";

export function availability(result: RunResult): Section | null {
  const desired = desiredPods(result);
  const series = timeSeries(result, "pods", { state: "ready" })[0];
  if (desired === 0 || series === undefined) return null;
  const ready = levels(series.value).slice(0, bucketCount(result));
  const width = result.metrics.bucketWidth;
  const counted = ready.slice(Math.min(ready.length - 1, Math.floor(result.warmup / width)));
  const share = counted.reduce((sum, level) => sum + Math.min(level, desired), 0) / (counted.length * desired);
  const minimum = Math.min(...counted);
  const recovery = recoveryTime(result, ready, desired);
  const atEnd = ready.at(-1) ?? 0;
  return {
    id: "availability",
    title: "Ready Pods",
    sentences: [
      `${formatShare(share)} of the desired Pods were ready over time, at least ${formatCount(minimum)} of ${formatCount(desired)} at any moment.`,
      ...(recovery === null ? [] : [recoveryText(recovery, width)]),
      ...(recovery !== null && recovery >= 0 && atEnd < desired ? [`At the end ${formatCount(atEnd)} were.`] : []),
    ],
    tables: [],
    charts: [],
    figures: {
      desired,
      readyShare: share,
      readyMin: minimum,
      recoveryMicros: recovery === null || recovery < 0 ? null : recovery,
      recovered: recovery === null ? null : recovery >= 0,
      resolutionMicros: width,
    },
  };
}

function recoveryText(recovery: number, width: number): string {
  if (recovery < 0) return "Not all of them were ready again at the end.";
  // What the fault does may show later than the first bucket.
  if (recovery <= width) return `All were ready within ${formatInstant(width)} of the end of the last fault.`;
  return `All were ready again ${formatInstant(recovery)} after the last fault ended.`;
}

/** Of all Deployments, and every Pod that stands for itself. */
function desiredPods(result: RunResult): number {
  const { deployments, pods } = result.control;
  const owned = new Set(deployments.map(({ label }) => label));
  const others = pods.filter((pod) => !pod.isGone && !pod.isDeleting && !owned.has(result.names.workloads[pod.workload] ?? ""));
  return deployments.reduce((sum, { desired }) => sum + desired, 0) + others.length;
}

/** µs; null: no fault ended before the end of the run; -1: never. */
function recoveryTime(result: RunResult, ready: readonly number[], desired: number): number | null {
  const ends = result.control.faults.map((fault) => fault.until).filter((until) => until < result.end);
  if (ends.length === 0) return null;
  const end = Math.max(...ends);
  const width = result.metrics.bucketWidth;
  for (let bucket = Math.floor(end / width); bucket < ready.length; bucket++) {
    if (ready[bucket]! >= desired) return Math.max(0, Math.min((bucket + 1) * width, result.end) - end);
  }
  return -1;
}
