/** What whole scenarios are held to while mutants are hunted with them: as in a campaign. */
import type { Law } from "../check-case.ts";

/** A case with more of them has no end: what a scenario of this size has a hundred times over. */
export const EVENTS_MAX = 20_000_000;
const TWO_SHARDS_EVERY = 8;

/** By the number of the run. */
export function lawsOf(run: number): readonly Law[] {
  return run % TWO_SHARDS_EVERY === TWO_SHARDS_EVERY - 1 ? ["at rest", "two shards"] : ["at rest"];
}
