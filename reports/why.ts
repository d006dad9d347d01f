/** Classes of losses and of restarts, and for one of them the whole chain of an example: every transition with its subject and instant. */
import { outcomeNames } from "../engine/traffic/outcome.ts";
import type { CauseRow } from "../engine/kernel/causes.ts";
import type { RunResult } from "../engine/result.ts";
import { chainKey, chainText, CauseChains, type CauseChain } from "./cause-chain.ts";
import { formatCount, formatInstant } from "./figures.ts";
import { countedRestarts } from "./series.ts";

export interface LossClass {
  readonly what: string;
  readonly chain: CauseChain;
  /** Of the first of them. */
  readonly cause: number;
  count: number;
  first: number;
  last: number;
}

/** Most first; losses before restarts. */
export function classesOf(result: RunResult): readonly LossClass[] {
  const chains = new CauseChains(result);
  const losses = new Map<string, LossClass>();
  const restarts = new Map<string, LossClass>();
  for (const { outcome, state, cause, count, first, last } of result.losses)
    note(losses, `${outcomeNames[outcome] ?? "lost"}, ${state}`, chains.chainOf(cause), cause, count, first, last);
  for (const { time, cause } of countedRestarts(result)) note(restarts, "restart", chains.chainOf(cause), cause, 1, time, time);
  return [losses, restarts].flatMap((classes) => [...classes.values()].sort((a, b) => b.count - a.count || a.first - b.first));
}

function note(
  classes: Map<string, LossClass>,
  what: string,
  chain: CauseChain,
  cause: number,
  count: number,
  first: number,
  last: number,
): void {
  if (count === 0) return;
  const key = `${what}\n${chainKey(chain)}`;
  const known = classes.get(key);
  if (known === undefined) {
    classes.set(key, { what, chain, cause, count, first, last });
    return;
  }
  known.count += count;
  known.first = Math.min(known.first, first);
  known.last = Math.max(known.last, last);
}

/** "1. 392 × timed out, slow answer (31s to 45s): process hangs ← fault: hang-1 (hang)" */
export function classLine({ what, chain, count, first, last }: LossClass, number: number): string {
  const when = first === last ? formatInstant(first) : `${formatInstant(first)} to ${formatInstant(last)}`;
  return `${number}. ${formatCount(count)} × ${what} (${when}): ${chainText(chain)}`;
}

/** From the leaf to the root, one transition a line; at most so many of a crash loop's. */
const LINES = 60;

export function chainLines(result: RunResult, { cause }: LossClass): readonly string[] {
  const chains = new CauseChains(result);
  const besides = linesOf(chains, chains.rowsBeside(cause));
  return [...linesOf(chains, chains.rowsOf(cause)), ...(besides.length === 0 ? [] : ["fewer replicas than desired:", ...besides])];
}

function linesOf(chains: CauseChains, rows: readonly CauseRow[]): readonly string[] {
  const lines = rows.slice(0, LINES).map((row) => `${formatInstant(row.time).padStart(8)}  ${chains.lineOf(row)}`);
  return rows.length > LINES ? [...lines, `… and ${formatCount(rows.length - LINES)} more`] : lines;
}
