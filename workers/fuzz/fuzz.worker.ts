/** Thread entry of a campaign: a few cases, one after the other. */
import type { CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import { checkCase, type CheckOptions, type CheckTask } from "./check-case.ts";

/** Plain data. */
export interface ChunkTask {
  readonly cases: readonly CheckTask[];
  readonly options: CheckOptions;
}

export default async function checkChunk({ cases, options }: ChunkTask): Promise<readonly CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const task of cases) outcomes.push(await checkCase(task, options));
  return outcomes;
}
