/** Lost requests by how they ended, what the endpoint was doing, and the chain of causes behind it. */
import { outcomeNames } from "../../engine/traffic/outcome.ts";
import type { LossCount, RunResult } from "../../engine/result.ts";
import { chainKey, chainText, type CauseChain, type CauseChains } from "../cause-chain.ts";
import { formatCount, formatInstant, formatLatency, formatShare } from "../figures.ts";
import { summariseLatency, type LatencySummary } from "../hdr.ts";
import { histograms } from "../series.ts";
import { left, right, row, type Section } from "./section.ts";

/** Losses that read the same: one row of the table of causes. */
interface LossGroup {
  readonly outcome: string;
  readonly state: string;
  /** The one that repeats most, and how often the one does that repeats least. */
  chain: CauseChain;
  leastRepeats: number;
  readonly loads: Set<string>;
  readonly subjects: Set<string>;
  /** Those of them that are Pods. */
  readonly pods: Set<string>;
  count: number;
  first: number;
  last: number;
}

export function lostTraffic(result: RunResult, chains: CauseChains): Section | null {
  if (result.names.loads.length === 0) return null;
  const groups = grouped(result, chains);
  const lost = groups.reduce((sum, group) => sum + group.count, 0);
  const rollouts = sumBy(groups, (group) => group.chain.rollout);
  const stale = summariseLatency(histograms(result, "stale_routing").map(({ value }) => value));
  const faults = sumBy(groups, (group) => (group.chain.fault === null ? null : group.chain.root.replace(/^fault: /, "")));
  const short = sumBy(groups, (group) => besidesText(group.chain.besides));
  return {
    id: "lost-traffic",
    title: "Lost requests by cause",
    sentences: [
      ...(lost === 0 ? ["Nothing was lost."] : []),
      ...rollouts.map(
        ([workload, count]) => `${formatCount(count)} lost in the rollout of ${workload} (${formatShare(count / lost)} of all losses).`,
      ),
      ...(stale === null ? [] : [staleText(stale)]),
      ...faults.map(([fault, count]) => `${formatCount(count)} lost to the fault ${fault} (${formatShare(count / lost)} of all losses).`),
      ...short.map(([cause, count]) => `${formatCount(count)} lost to overload while replicas were missing for ${cause}.`),
    ],
    tables:
      lost === 0
        ? []
        : [
            {
              title: null,
              columns: [right("lost"), left("outcome"), left("endpoint"), right("Pods"), left("first"), left("last")],
              rows: groups.map((group) =>
                row(
                  [
                    formatCount(group.count),
                    group.outcome,
                    group.state,
                    // Where there was no endpoint, there was no Pod that lost the request.
                    group.pods.size === 0 || group.state === "no endpoint" ? "–" : formatCount(group.pods.size),
                    formatInstant(group.first),
                    formatInstant(group.last),
                  ],
                  "bad",
                  [chainText(group.chain, group.leastRepeats)],
                ),
              ),
              briefRows: 8,
            },
          ],
    charts: [],
    figures: {
      lost,
      byRollout: Object.fromEntries(rollouts),
      byFault: Object.fromEntries(faults),
      staleRoutingMicros: stale === null ? null : { ...stale },
      groups: groups.map((group) => ({
        outcome: group.outcome,
        endpointState: group.state,
        count: group.count,
        firstMicros: group.first,
        lastMicros: group.last,
        loads: [...group.loads].sort(),
        subjects: [...group.subjects].sort().slice(0, 20),
        subjectCount: group.subjects.size,
        chain: [...group.chain.near, group.chain.root],
        repeats: group.chain.repeats,
        rollout: group.chain.rollout,
        ...(group.chain.besides === null ? {} : { besides: [...group.chain.besides.near, group.chain.besides.root] }),
      })),
    },
  };
}

/** What took replicas away from an overloaded workload. */
function besidesText(besides: CauseChain | null): string | null {
  if (besides === null) return null;
  if (besides.rollout !== null) return `the rollout of ${besides.rollout}`;
  return `the ${besides.root.replace(/: /, " ")}`;
}

function staleText({ count, max, p50 }: LatencySummary): string {
  if (count === 1) return `A proxy chose an endpoint ${formatLatency(max)} after its removal could be known.`;
  return `Proxies chose endpoints up to ${formatLatency(max)} after their removal could be known (median ${formatLatency(p50)}).`;
}

function grouped(result: RunResult, chains: CauseChains): readonly LossGroup[] {
  const groups = new Map<string, LossGroup>();
  for (const loss of result.losses) {
    if (loss.count === 0) continue;
    const chain = chains.chainOf(loss.cause);
    const key = [loss.outcome, loss.state, chainKey(chain)].join("\n");
    let group = groups.get(key);
    if (group === undefined) {
      group = newGroup(loss, chain);
      groups.set(key, group);
    }
    if (chain.repeats > group.chain.repeats) group.chain = chain;
    group.leastRepeats = Math.min(group.leastRepeats, chain.repeats);
    group.count += loss.count;
    group.first = Math.min(group.first, loss.first);
    group.last = Math.max(group.last, loss.last);
    group.loads.add(result.names.loads[loss.load]?.name ?? `load ${loss.load}`);
    if (chain.subject !== null) group.subjects.add(chain.subject);
    if (chain.subject !== null && chain.subjectKind === "pod") group.pods.add(chain.subject);
  }
  return [...groups.values()].sort(
    (left, right) => right.count - left.count || left.first - right.first || (keyOf(left) < keyOf(right) ? -1 : 1),
  );
}

function newGroup(loss: LossCount, chain: CauseChain): LossGroup {
  const outcome = outcomeNames[loss.outcome] ?? `outcome ${loss.outcome}`;
  return {
    outcome,
    state: loss.state,
    chain,
    leastRepeats: chain.repeats,
    loads: new Set(),
    subjects: new Set(),
    pods: new Set(),
    count: 0,
    first: loss.first,
    last: loss.last,
  };
}

function keyOf(group: LossGroup): string {
  return `${group.outcome} ${group.state} ${chainKey(group.chain)}`;
}

function sumBy(groups: readonly LossGroup[], name: (group: LossGroup) => string | null): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  for (const group of groups) {
    const key = name(group);
    if (key !== null) sums.set(key, (sums.get(key) ?? 0) + group.count);
  }
  return [...sums].sort((left, right) => right[1] - left[1] || (left[0] < right[0] ? -1 : 1));
}
