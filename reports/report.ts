/** RunResult → Report: the verdict and the sections that every format shows. Pure; the host hands in what depends on the machine. */
import type { RunResult } from "../engine/result.ts";
import type { ThresholdSpec } from "../engine/scenario-spec.ts";
import { analyses } from "./analysis/index.ts";
import type { Section } from "./analysis/section.ts";
import { CauseChains } from "./cause-chain.ts";
import { formatInstant } from "./figures.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What depends on the wall clock or the machine: in result.json it stands under `run` alone. */
export interface RunFacts {
  readonly wallSeconds: number;
  readonly shards: number;
  /** Why so many shards. */
  readonly why: string;
  readonly eventsPerSecond: number;
  readonly virtualSecondsPerSecond: number;
  readonly peakMemoryBytes: number;
  /** Share of the wall time spent waiting for other shards, per shard. */
  readonly waitingShare: readonly number[];
  /** Live runs only: how far the host was behind the clock. */
  readonly live?: { readonly hostLag: { readonly maxMicros: number } };
}

export interface ReportOptions {
  readonly thresholds?: readonly ThresholdSpec[];
  readonly run?: RunFacts;
  /** ISO 8601, wall clock. */
  readonly startedAt?: string;
  /** The one line that repeats the run. */
  readonly command?: string;
}

export interface Report {
  readonly result: RunResult;
  readonly verdict: Verdict;
  readonly sections: readonly Section[];
  /** Rollouts, actions and faults as spans of virtual time, for charts. */
  readonly bands: readonly Band[];
  readonly run: RunFacts | null;
  readonly startedAt: string | null;
  readonly command: string | null;
}

export interface Band {
  readonly kind: "rollout" | "fault" | "action" | "warm-up";
  readonly label: string;
  /** Seconds of virtual time; an action's are equal. */
  readonly from: number;
  readonly until: number;
}

export function buildReport(result: RunResult, options: ReportOptions = {}): Report {
  const chains = new CauseChains(result);
  return {
    result,
    verdict: judge(result, options.thresholds ?? [], chains),
    sections: analyses.map((analysis) => analysis(result, chains)).filter((section) => section !== null),
    bands: bandsOf(result),
    run: options.run ?? null,
    startedAt: options.startedAt ?? null,
    command: options.command ?? null,
  };
}

/** When a state was reached for the first time. */
export function reachedText(isReached: boolean, at: number | null): string {
  if (!isReached) return "never";
  return at === null ? "yes" : formatInstant(at);
}

/** Null: no threshold ended the run. */
export function abortText({ result, verdict }: Report): string | null {
  const { aborted } = result;
  const threshold = verdict.thresholds.find(({ isAborting }) => isAborting);
  if (aborted === undefined || threshold === undefined) return null;
  return `Ended at ${formatInstant(aborted.at)} of ${formatInstant(result.duration)}: ${threshold.metric} ${threshold.text} was broken, and it ends the run (abortOnFail).`;
}

function bandsOf(result: RunResult): readonly Band[] {
  const seconds = (micros: number): number => Math.min(micros, result.end) / 1_000_000;
  const { rollouts, faults, actions } = result.control;
  return [
    ...(result.warmup > 0 ? [{ kind: "warm-up" as const, label: "warm-up", from: 0, until: seconds(result.warmup) }] : []),
    ...rollouts.map((rollout) => ({
      kind: "rollout" as const,
      label: `rollout of ${result.names.workloads[rollout.workload] ?? rollout.workload}`,
      from: seconds(rollout.from),
      until: seconds(rollout.until < 0 ? result.end : rollout.until),
    })),
    ...faults.map((fault) => ({ kind: "fault" as const, label: fault.name, from: seconds(fault.from), until: seconds(fault.until) })),
    ...actions.map((action) => ({ kind: "action" as const, label: action.text, from: seconds(action.at), until: seconds(action.at) })),
  ];
}
