/** An attack from the run without it to its last line: the cheapest sequence that was found is stored as a failure, and told. */
import type { ThresholdSpec } from "../../engine/scenario-spec.ts";
import { VERSION } from "../../engine/version.ts";
import { judge } from "../../reports/verdict.ts";
import { attacked, sequenceText } from "../../scenarios/fuzz/attack/sequence.ts";
import type { Term } from "../../scenarios/fuzz/attack/budget.ts";
import { groundOf, type Ground } from "../../scenarios/fuzz/attack/ground.ts";
import { nearestOf, searchAttack, type Attempt, type Judge, type Judged, type SearchOutcome } from "../../scenarios/fuzz/attack/search.ts";
import type { CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import { readCase, type FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { verdictOf, type Failure } from "../../scenarios/fuzz/verdict.ts";
import { CasePool } from "../../workers/fuzz/case-pool.ts";
import { runHere } from "../../workers/run.ts";
import { commandLine } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { commandOf, examine } from "../fuzz/examine.ts";
import { FailureStore, newFailure, type FailureSource, type StoredFailure } from "../fuzz/failure-store.ts";
import { codeOfFailures, EVENTS_MAX } from "../fuzz/run-campaign.ts";
import type { Interruption } from "../interruption.ts";
import type { Terminal } from "../terminal.ts";
import { newAttackProgress } from "./attack-progress.ts";
import { attackText } from "./attack-text.ts";

export interface AttackPlan {
  readonly name: string;
  readonly origin: FailureSource;
  readonly base: FuzzCase;
  readonly terms: readonly Term[];
  readonly seed: number;
  /** Infinity: until the time is over. */
  readonly runs: number;
  readonly millisecondsMax: number;
  readonly threads: number;
  readonly folder: string;
  readonly isQuiet: boolean;
  readonly typed: readonly string[];
}

export async function runAttack(plan: AttackPlan, terminal: Terminal, interruption: Interruption): Promise<ExitCode> {
  const { spec } = readCase(plan.base);
  if (spec === null) throw new Error("a case that was read can't be read again");
  const result = await runHere(spec, 1);
  const failure = verdictOf(result, spec.thresholds);
  if (failure !== null) {
    terminal.out(`BREAKS without any attack: ${failure.message}\n`);
    terminal.error(`Run again: ${commandLine(plan.typed)}\n`);
    return codeOfFailures([failure.kind]);
  }
  const ground = groundOf(spec, result);
  const measured = spec.thresholds.find(({ isWarning }) => isWarning !== true) ?? null;
  const pool = new CasePool({ threads: plan.threads, check: { isCoverageWanted: false, maximize: measured, eventsMax: EVENTS_MAX } });
  try {
    const outcome = await search(plan, ground, measured, pool, terminal, interruption);
    const stored = outcome.best === null ? null : await storedAttack(plan, outcome.best, ground, pool);
    const nearest = outcome.best === null ? await nearestText(plan, ground, outcome, measured) : null;
    return report(plan, ground, outcome, { stored, nearest }, terminal, interruption);
  } finally {
    await pool.close();
  }
}

async function search(
  plan: AttackPlan,
  ground: Ground,
  measured: ThresholdSpec | null,
  pool: CasePool,
  terminal: Terminal,
  interruption: Interruption,
): Promise<SearchOutcome> {
  const { terms, seed, runs, base } = plan;
  const until = performance.now() + plan.millisecondsMax;
  const judgeAll: Judge = async (sequences) => {
    if (interruption.code() !== null || performance.now() >= until) return null;
    const cases = sequences.map((sequence) => ({ found: attacked(base, sequence, terms, ground), laws: [] }));
    const parts = chunks(cases, Math.ceil(cases.length / (2 * pool.threads)));
    const outcomes = (await Promise.all(parts.map((part) => pool.check(part)))).flat();
    return outcomes.map((outcome) => judged(outcome, measured));
  };
  const progress = newAttackProgress(plan.name, runs, terminal, plan.isQuiet);
  try {
    return await searchAttack({
      terms,
      ground,
      seed,
      runs,
      judge: judgeAll,
      onBatch: (attempts, best) => progress.update(attempts.length, best === null ? null : best.share),
    });
  } finally {
    progress.end();
  }
}

function chunks<Value>(list: readonly Value[], size: number): readonly (readonly Value[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}

function judged({ failure, value }: CaseOutcome, measured: ThresholdSpec | null): Judged {
  const badness = measured === null || value === null ? null : measured.operator.startsWith(">") ? -value : value;
  if (failure === null || isBroken(failure)) return { failure, badness };
  return { failure: null, badness: null, error: failure };
}

/** The scenario's rules, not podstorm's own trouble. */
function isBroken({ kind }: Failure): boolean {
  return kind === "threshold" || kind === "invariant";
}

/** As fuzz stores what it finds, so that `replay` and the next `fuzz` look at it again. */
async function storedAttack(plan: AttackPlan, { sequence, failure }: Attempt, ground: Ground, pool: CasePool): Promise<StoredFailure> {
  const { base, terms, origin, seed, folder } = plan;
  const drawn = attacked(base, sequence, terms, ground);
  const found = newFailure(failure!, { version: VERSION, source: origin, seed, index: 0, laws: [], drawn });
  const over = new AbortController().signal;
  return examine(found, { store: new FailureStore(folder), pool, shrinks: false, over, isInterrupted: () => false });
}

/** "requests_lost rate<0.1%: 0.08 % with 1 node"; null: nothing of the kind was measured. */
async function nearestText(
  { base, terms }: AttackPlan,
  ground: Ground,
  outcome: SearchOutcome,
  measured: ThresholdSpec | null,
): Promise<string | null> {
  const nearest = nearestOf(outcome);
  if (nearest === null || measured === null) return null;
  const { spec } = readCase(attacked(base, nearest.sequence, terms, ground));
  if (spec === null) return null;
  const { metric, text, valueText } = judge(await runHere(spec, 1), [measured]).thresholds[0]!;
  return `${metric} ${text}: ${valueText} with ${sequenceText(nearest.sequence, terms)}`;
}

interface Endings {
  readonly stored: StoredFailure | null;
  readonly nearest: string | null;
}

function report(
  plan: AttackPlan,
  ground: Ground,
  outcome: SearchOutcome,
  { stored, nearest }: Endings,
  terminal: Terminal,
  interruption: Interruption,
): ExitCode {
  const { name, terms, seed, folder, typed } = plan;
  const isInterrupted = interruption.code() !== null;
  terminal.out(attackText({ name, terms, seed, ground, outcome, isInterrupted, nearest, message: stored?.message ?? null }));
  if (stored !== null) {
    const store = new FailureStore(folder);
    terminal.out(`  Scenario: ${store.folderOf(stored.id)}/scenario.yaml\n  Reproduce: ${commandOf(stored.id, stored.kind, store)}\n`);
  }
  const [troubled] = outcome.attempts.filter(({ error }) => error !== undefined);
  if (troubled !== undefined)
    terminal.error(`Couldn't be judged: ${sequenceText(troubled.sequence, terms)}: ${troubled.error!.message.split("\n")[0]}\n`);
  if (isInterrupted || outcome.best !== null) terminal.error(`Run again: ${commandLine(typed, seed)}\n`);
  return interruption.code() ?? codeOf(outcome);
}

function codeOf({ best, attempts }: SearchOutcome): ExitCode {
  if (best !== null) return codeOfFailures([best.failure!.kind]);
  return attempts.some(({ error }) => error !== undefined) ? ExitCode.internalError : ExitCode.passed;
}
