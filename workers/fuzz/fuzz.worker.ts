/** Thread entry of a campaign: a few cases, drawn here or given, one after the other. */
import type { CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import { sourceOf, type SourceSpec } from "../../scenarios/fuzz/source-spec.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { checkCase, type CheckOptions, type CheckTask, type Law } from "./check-case.ts";

/** Plain data. */
export interface ChunkTask {
  readonly cases: readonly CheckTask[] | DrawTask;
  readonly options: CheckOptions;
}

/** Cases of one generation, by their numbers. */
export interface DrawTask {
  readonly source: SourceSpec;
  readonly seed: number;
  readonly corpus: readonly FuzzCase[];
  readonly draws: readonly { readonly index: number; readonly laws: readonly Law[] }[];
}

export default async function checkChunk({ cases, options }: ChunkTask): Promise<readonly CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const task of "draws" in cases ? drawn(cases) : cases) outcomes.push(await checkCase(task, options));
  return outcomes;
}

function* drawn({ source: spec, seed, corpus, draws }: DrawTask): Generator<CheckTask> {
  const source = sourceOf(spec);
  for (const { index, laws } of draws) yield { found: source.draw(seed, index, corpus), laws };
}
