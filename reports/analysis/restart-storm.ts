/**
 * Restarts, and whether they came as storms. A storm is a maximal span in which the restarts of one
 * workload within a sliding window of 60 s reach max(5, 10 % of its containers).
 *
 *   restarts   ·  · ·····|·|··|····|··   ·
 *                 └ onset └ peak     └ end   every window between them is full enough, and they overlap
 */
import type { RestartRecord, RunResult } from "../../engine/result.ts";
import { chainKey, chainText, type CauseChain, type CauseChains } from "../cause-chain.ts";
import { formatCount, formatInstant, plural } from "../figures.ts";
import { countedRestarts, timeSeries } from "../series.ts";
import { bucketStarts } from "./requests.ts";
import { left, right, row, type Chart, type Section, type SeriesColor } from "./section.ts";

const WINDOW = 60_000_000;
const LEAST = 5;
const SHARE = 0.1;

export interface RestartStorm {
  readonly workload: number;
  readonly onset: number;
  readonly end: number;
  readonly restarts: number;
  /** Most restarts in one window. */
  readonly peak: number;
  readonly peakAt: number;
  /** Distinct containers that restarted. */
  readonly containers: number;
  readonly threshold: number;
  readonly firstCause: string;
  /** Restarts per container that the faults behind them hit directly; null when no fault is behind any. */
  readonly amplification: number | null;
  /** Went on for more than two windows after the last fault behind it ended. */
  readonly isSelfSustaining: boolean;
}

export function restartStorms(result: RunResult, chains: CauseChains): Section | null {
  const counts = restartsByWorkload(result);
  const storms = findStorms(result, chains);
  const all = countedRestarts(result).length;
  const early = result.restarts.length - all;
  return {
    id: "restarts",
    title: "Restarts",
    sentences: [
      all === 0
        ? `No container restarted${early === 0 ? "" : " after the warm-up"}.`
        : `${plural(all, "restart")}, ${storms.length === 0 ? "no storm" : plural(storms.length, "restart storm")}.`,
      ...(early === 0 ? [] : [`${plural(early, "restart")} in the warm-up ${early === 1 ? "isn't" : "aren't"} counted.`]),
      ...storms.map((storm) => stormText(result, storm)),
    ],
    tables:
      all === 0
        ? []
        : [
            {
              title: null,
              columns: [right("restarts"), left("workload"), right("containers"), left("first"), left("last")],
              rows: counts.map(({ workload, restarts }) =>
                row(
                  [
                    formatCount(restarts.length),
                    workloadName(result, workload),
                    formatCount(distinctContainers(restarts)),
                    formatInstant(restarts[0]!.time),
                    formatInstant(restarts.at(-1)!.time),
                  ],
                  "bad",
                  causesOf(restarts, chains),
                ),
              ),
              briefRows: 8,
            },
          ],
    charts: restartChart(result),
    figures: {
      restarts: all,
      byWorkload: Object.fromEntries(counts.map(({ workload, restarts }) => [workloadName(result, workload), restarts.length])),
      storms: storms.map((storm) => ({
        workload: workloadName(result, storm.workload),
        onsetMicros: storm.onset,
        durationMicros: storm.end - storm.onset,
        restarts: storm.restarts,
        peakPerWindow: storm.peak,
        peakAtMicros: storm.peakAt,
        containers: storm.containers,
        threshold: storm.threshold,
        windowMicros: WINDOW,
        firstCause: storm.firstCause,
        amplification: storm.amplification,
        selfSustaining: storm.isSelfSustaining,
      })),
    },
  };
}

export function findStorms(result: RunResult, chains: CauseChains): readonly RestartStorm[] {
  return restartsByWorkload(result).flatMap(({ workload, restarts }) => {
    const threshold = Math.max(LEAST, Math.ceil(SHARE * containersOf(result, workload, restarts)));
    return spans(restarts, threshold).map(([from, to]) => describeStorm(result, chains, workload, restarts.slice(from, to + 1), threshold));
  });
}

/** Index ranges whose windows hold at least `threshold` restarts; ranges that share a restart are one. */
function spans(restarts: readonly RestartRecord[], threshold: number): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (let end = threshold - 1; end < restarts.length; end++) {
    const start = end - threshold + 1;
    if (restarts[end]!.time - restarts[start]!.time >= WINDOW) continue;
    const last = found.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = end;
    else found.push([start, end]);
  }
  return found;
}

function describeStorm(
  result: RunResult,
  chains: CauseChains,
  workload: number,
  restarts: readonly RestartRecord[],
  threshold: number,
): RestartStorm {
  const onset = restarts[0]!.time;
  const end = restarts.at(-1)!.time;
  const peak = peakOf(restarts);
  const faults = new Set(restarts.map(({ cause }) => chains.chainOf(cause).fault).filter((fault) => fault !== null));
  const behind = [...faults].map((fault) => result.control.faults[fault]).filter((fault) => fault !== undefined);
  const hit = behind.reduce((sum, fault) => sum + Math.max(1, fault.targets.length), 0);
  const triggerEnd = behind.reduce((latest, fault) => Math.max(latest, fault.until), 0);
  return {
    workload,
    onset,
    end,
    restarts: restarts.length,
    peak: peak.count,
    peakAt: peak.at,
    containers: distinctContainers(restarts),
    threshold,
    firstCause: chainText(chains.chainOf(restarts[0]!.cause)),
    amplification: hit === 0 ? null : restarts.length / hit,
    isSelfSustaining: behind.length > 0 && end > triggerEnd + 2 * WINDOW,
  };
}

function peakOf(restarts: readonly RestartRecord[]): { readonly count: number; readonly at: number } {
  let count = 0;
  let at = restarts[0]!.time;
  let start = 0;
  for (let end = 0; end < restarts.length; end++) {
    while (restarts[end]!.time - restarts[start]!.time >= WINDOW) start++;
    if (end - start + 1 > count) {
      count = end - start + 1;
      at = restarts[end]!.time;
    }
  }
  return { count, at };
}

function restartsByWorkload(result: RunResult): readonly { readonly workload: number; readonly restarts: readonly RestartRecord[] }[] {
  const groups = new Map<number, RestartRecord[]>();
  for (const restart of countedRestarts(result)) {
    const group = groups.get(restart.workload);
    if (group === undefined) groups.set(restart.workload, [restart]);
    else group.push(restart);
  }
  return [...groups]
    .map(([workload, restarts]) => ({
      workload,
      restarts: restarts.sort((left, right) => left.time - right.time || left.pod - right.pod || left.container - right.container),
    }))
    .sort((left, right) => right.restarts.length - left.restarts.length || left.workload - right.workload);
}

/** Desired Pods of the workload times its containers, as far as the result shows them. */
function containersOf(result: RunResult, workload: number, restarts: readonly RestartRecord[]): number {
  const name = workloadName(result, workload);
  const desired = result.control.deployments.find(({ label }) => label === name)?.desired;
  const pods = desired ?? result.control.pods.filter((pod) => pod.workload === workload && !pod.isGone).length;
  return pods * restarts.reduce((most, { container }) => Math.max(most, container + 1), 1);
}

function distinctContainers(restarts: readonly RestartRecord[]): number {
  return new Set(restarts.map(({ pod, container }) => `${pod}/${container}`)).size;
}

/** The most frequent causes of a workload's restarts, at most three. */
function causesOf(restarts: readonly RestartRecord[], chains: CauseChains): readonly string[] {
  const groups = new Map<string, { chain: CauseChain; leastRepeats: number; count: number }>();
  for (const { cause } of restarts) {
    const chain = chains.chainOf(cause);
    const key = chainKey(chain);
    const group = groups.get(key) ?? { chain, leastRepeats: chain.repeats, count: 0 };
    if (chain.repeats > group.chain.repeats) group.chain = chain;
    group.leastRepeats = Math.min(group.leastRepeats, chain.repeats);
    group.count++;
    groups.set(key, group);
  }
  const sorted = [...groups].sort(([keyA, a], [keyB, b]) => b.count - a.count || (keyA < keyB ? -1 : 1)).map(([, group]) => group);
  const shown = sorted.slice(0, 3).map(({ chain, leastRepeats, count }) => {
    const text = chainText(chain, leastRepeats);
    return sorted.length === 1 ? text : `${formatCount(count)} × ${text}`;
  });
  return sorted.length > 3 ? [...shown, `and ${plural(sorted.length - 3, "other cause")}`] : shown;
}

function stormText(result: RunResult, storm: RestartStorm): string {
  const amplification =
    storm.amplification === null ? "" : `, ${formatCount(Math.round(storm.amplification * 10) / 10)} restarts per container hit by a fault`;
  const sustained = storm.isSelfSustaining ? ", outliving its trigger" : "";
  return (
    `Storm in ${workloadName(result, storm.workload)} from ${formatInstant(storm.onset)} for ${formatInstant(storm.end - storm.onset)}: ` +
    `${plural(storm.restarts, "restart")} of ${plural(storm.containers, "container")}, ` +
    `at most ${formatCount(storm.peak)} a minute${amplification}${sustained}.`
  );
}

function restartChart(result: RunResult): readonly Chart[] {
  const series = timeSeries(result, "restarts_series").filter(({ value }) => value.some((count) => count > 0));
  if (series.length === 0) return [];
  const colors: readonly SeriesColor[] = ["worse", "bad", "waiting", "second", "third", "other"];
  const x = bucketStarts(result);
  return [
    {
      id: "restarts",
      title: "Restarts",
      kind: "bars",
      unit: "restarts",
      x,
      series: series.map(({ labels, value }, index) => ({
        label: labels["workload"] ?? "restarts",
        color: colors[index % colors.length]!,
        values: x.map((_, bucket) => value[bucket] ?? 0),
      })),
    },
  ];
}

function workloadName(result: RunResult, workload: number): string {
  return result.names.workloads[workload] ?? "Pods without an owner";
}
