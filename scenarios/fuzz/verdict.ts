/**
 * What is wrong with a run, if anything: a broken invariant, or a threshold that fails. Failures of one bucket are one
 * failure: the rule that broke, and the kinds of what led there; never names, instants or numbers, which differ from draw to draw.
 *
 *   invariant max-surge-respected | rollout step ← template or scale changed ← action
 *   threshold requests_lost rate<0.1% | routed after removal, unreachable ← sandbox stopped ← SIGTERM sent ← Pod deleted ← rollout step
 */
import { causeKinds } from "../../engine/cause-kinds.ts";
import type { RunResult, Violation } from "../../engine/result.ts";
import type { ThresholdSpec } from "../../engine/scenario-spec.ts";
import { outcomeNames } from "../../engine/traffic/outcome.ts";
import { formatTime } from "../../engine/kernel/time.ts";
import { CauseChains, chainText } from "../../reports/cause-chain.ts";
import { isFailure, judge, type ThresholdResult } from "../../reports/verdict.ts";

export type FailureKind =
  | "invariant"
  | "threshold"
  /** Two numbers of shards gave other results. */
  | "determinism"
  /** A law of properties.ts. */
  | "law"
  /** Something was thrown: a programmer's error. */
  | "error"
  /** More events than a run may have, or no end in wall time. */
  | "endless"
  /** Its thread ended. */
  | "died"
  | "memory";

/** Plain data. */
export interface Failure {
  readonly kind: FailureKind;
  /** What failures are told apart by. */
  readonly bucket: string;
  readonly message: string;
}

/** Steps of a chain that tell buckets apart; what lies further back is told in the report. */
const CHAIN_KINDS_MAX = 6;

/** Null: all is well. Invariants go before thresholds: a run that breaks one says nothing about the other. */
export function verdictOf(result: RunResult, thresholds: readonly ThresholdSpec[]): Failure | null {
  const [violation] = result.violations.toSorted((a, b) => a.time - b.time || (a.invariant < b.invariant ? -1 : 1));
  if (violation !== undefined) return invariantFailure(violation, new CauseChains(result));
  if (thresholds.length === 0) return null;
  const chains = new CauseChains(result);
  const broken = judge(result, thresholds, chains).thresholds.find(isFailure);
  return broken === undefined ? null : thresholdFailure(result, broken, chains);
}

function invariantFailure({ invariant, time, message, cause }: Violation, chains: CauseChains): Failure {
  const kinds = kindsOf(chains, cause).join(" ← ");
  return {
    kind: "invariant",
    bucket: `invariant ${invariant}${kinds === "" ? "" : ` | ${kinds}`}`,
    message: `invariant ${invariant} at ${formatTime(time)}: ${message}`,
  };
}

/** An exception is told apart by its text without the numbers in it. */
export function errorFailure(message: string): Failure {
  const [line = ""] = message.split("\n");
  return { kind: "error", bucket: `error ${line.replace(/\d+/g, "#").slice(0, 200)}`, message };
}

function thresholdFailure(result: RunResult, { metric, text, valueText }: ThresholdResult, chains: CauseChains): Failure {
  const cause = mainCause(result, metric, chains);
  const condition = `${metric} ${text}`;
  const message = `threshold ${condition}: ${valueText}`;
  return {
    kind: "threshold",
    bucket: `threshold ${condition}${cause === null ? "" : ` | ${cause.kinds}`}`,
    message: cause === null ? message : `${message}; most: ${cause.text}`,
  };
}

interface MainCause {
  readonly kinds: string;
  readonly text: string;
}

/** Of restarts if the threshold is about them, of losses otherwise: the chain of kinds that most of them share. */
function mainCause(result: RunResult, metric: string, chains: CauseChains): MainCause | null {
  const found = new Map<string, { count: number; readonly first: number; readonly text: string }>();
  const note = (kinds: string, count: number, time: number, text: () => string): void => {
    const known = found.get(kinds);
    if (known === undefined) found.set(kinds, { count, first: time, text: text() });
    else known.count += count;
  };
  if (/restart|storm|oom/.test(metric)) {
    for (const { cause, time } of result.restarts)
      note(kindsOf(chains, cause).join(" ← "), 1, time, () => chainText(chains.chainOf(cause)));
  } else {
    for (const { cause, outcome, state, count, first } of result.losses) {
      const how = `${state}, ${outcomeNames[outcome] ?? outcome}`;
      note([how, ...kindsOf(chains, cause)].join(" ← "), count, first, () => `${how} ← ${chainText(chains.chainOf(cause))}`);
    }
  }
  const [most] = [...found].toSorted(([a, one], [b, other]) => other.count - one.count || one.first - other.first || (a < b ? -1 : 1));
  return most === undefined ? null : { kinds: most[0], text: most[1].text };
}

/** Leaf first; what comes again in the chain is told once. */
function kindsOf(chains: CauseChains, cause: number): readonly string[] {
  const texts = chains.rowsOf(cause).map(({ kind }) => causeKinds[kind]?.text ?? `transition ${kind}`);
  return [...new Set(texts)].slice(0, CHAIN_KINDS_MAX);
}
