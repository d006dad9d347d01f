/** A scenario over several seeds: its own, and those that follow. Scenarios that share seeds share their luck (common random numbers). */
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { isPrecise, runFigures, summarise, type RunFigure } from "../reports/replications.ts";
import { run } from "../workers/run.ts";

/** `auto` goes on until every figure is known to ± 10 %, at least and at most so often, and not much longer than that. */
const AUTO_LEAST = 5;
const AUTO_MOST = 200;
const AUTO_SECONDS = 60;

export interface ReplicationOptions {
  readonly count: number | "auto";
  readonly workers: number | "auto";
  readonly signal?: AbortSignal;
  /** Sees each run as it ends. */
  readonly onRun?: (result: RunResult) => void;
}

/** Figures of each run, in the order of seeds; shorter than asked for when interrupted. `first`: the run of the scenario's own seed, if it was made before. */
export async function replicate(
  spec: ScenarioSpec,
  { count, workers, signal, onRun }: ReplicationOptions,
  first: RunResult | null = null,
): Promise<readonly (readonly RunFigure[])[]> {
  const runs: (readonly RunFigure[])[] = first === null ? [] : [runFigures(first)];
  const from = performance.now();
  while (signal?.aborted !== true && !isEnough(runs, count, (performance.now() - from) / 1000)) {
    const { result } = await run(seeded(spec, runs.length), { workers, ...(signal === undefined ? {} : { signal }) });
    if (result.isPartial) break;
    onRun?.(result);
    runs.push(runFigures(result));
  }
  return runs;
}

export function seeded(spec: ScenarioSpec, replication: number): ScenarioSpec {
  return { ...spec, seed: (spec.seed + replication) % Number.MAX_SAFE_INTEGER };
}

function isEnough(runs: readonly (readonly RunFigure[])[], count: number | "auto", seconds: number): boolean {
  if (count !== "auto") return runs.length >= count;
  if (runs.length < AUTO_LEAST) return false;
  return runs.length >= AUTO_MOST || seconds > AUTO_SECONDS || isPrecise(summarise(runs));
}
