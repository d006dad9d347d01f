/** Rollouts: when each began and how it ended, and the Pods by state over time. */
import type { RolloutRecord, RunResult } from "../../engine/result.ts";
import { formatCount, formatInstant } from "../figures.ts";
import { levels, timeSeries } from "../series.ts";
import { bucketStarts } from "./requests.ts";
import { left, right, row, type Chart, type ChartSeries, type Section, type SeriesColor } from "./section.ts";

/** From the bottom of the stack to its top. */
const states: readonly (readonly [string, SeriesColor])[] = [
  ["ready", "good"],
  ["running", "calm"],
  ["pending", "waiting"],
  ["terminating", "leaving"],
  ["crash-looping", "worse"],
];

export function rolloutTimeline(result: RunResult): Section | null {
  const { rollouts, deployments } = result.control;
  const workload = (number: number): string => result.names.workloads[number] ?? `workload ${number}`;
  return {
    id: "rollouts",
    title: "Rollouts and Pods",
    sentences: rollouts.map((rollout) => rolloutText(rollout, workload(rollout.workload))),
    tables:
      deployments.length === 0
        ? []
        : [
            {
              title: "Deployments at the end",
              columns: [left("deployment"), right("desired"), right("updated"), right("ready"), right("available")],
              rows: deployments.map(({ label, desired, updated, ready, available }) =>
                row(
                  [label, ...[desired, updated, ready, available].map(formatCount)],
                  available < desired || updated < desired ? "bad" : "plain",
                ),
              ),
              briefRows: 12,
            },
          ],
    charts: podsOverTime(result),
    figures: {
      rollouts: rollouts.map(({ workload: number, from, until, ending }) => ({
        workload: workload(number),
        fromMicros: from,
        untilMicros: until < 0 ? null : until,
        ending,
      })),
      deployments: deployments.map((deployment) => ({ ...deployment })),
      podsAtEnd: result.control.pods.filter((pod) => !pod.isGone).length,
    },
  };
}

function rolloutText({ from, until, ending }: RolloutRecord, name: string): string {
  const begun = `The rollout of ${name} began at ${formatInstant(from)}`;
  switch (ending) {
    case "complete":
      return `The rollout of ${name} took ${formatInstant(until - from)} (${formatInstant(from)} to ${formatInstant(until)}).`;
    case "superseded":
      return `${begun} and was superseded by another ${formatInstant(until - from)} later.`;
    case "deleted":
      return `${begun} and was broken off ${formatInstant(until - from)} later: its Deployment was deleted.`;
    case "unfinished":
      return `${begun} and was not complete at the end.`;
  }
}

function podsOverTime(result: RunResult): readonly Chart[] {
  const found = new Map(timeSeries(result, "pods").map(({ labels, value }) => [labels["state"] ?? "", levels(value)]));
  if (found.size === 0) return [];
  const x = bucketStarts(result);
  const known: ChartSeries[] = [];
  for (const [state, color] of states) {
    const values = found.get(state);
    if (values !== undefined) known.push({ label: state, color, values: x.map((_, bucket) => values[bucket] ?? 0) });
    found.delete(state);
  }
  for (const [state, values] of found) known.push({ label: state, color: "other", values: x.map((_, bucket) => values[bucket] ?? 0) });
  return [
    {
      id: "pods",
      title: "Pods by state",
      kind: "stacked",
      unit: "Pods",
      x,
      series: known.filter(({ values }) => values.some((value) => value !== 0)),
    },
  ];
}
