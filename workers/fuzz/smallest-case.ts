/** A failure → the smallest case that fails in the same way, each candidate run as the campaign ran what it found. */
import type { CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { needlessPlaces } from "../../scenarios/fuzz/needless.ts";
import { shrinkCase } from "../../scenarios/fuzz/shrink.ts";
import type { Failure } from "../../scenarios/fuzz/verdict.ts";
import type { CheckTask, Law } from "./check-case.ts";

export interface FoundCase {
  readonly found: FuzzCase;
  readonly failure: Pick<Failure, "kind" | "bucket">;
  /** What it was held to when it failed. */
  readonly laws: readonly Law[];
  /** Of its run; 0: nobody knows. */
  readonly events: number;
}

export interface SmallestOptions {
  /** Null: its time was over. */
  readonly check: (task: CheckTask) => Promise<CaseOutcome | null>;
  /** Candidates under way side by side; the result is the same for any number. */
  readonly atOnce: number;
  readonly tries: number;
  /** A person's scenario: own-bounds.ts. */
  readonly isWhole: boolean;
  readonly isOver: () => boolean;
}

export interface Smallest {
  readonly found: FuzzCase;
  /** Of a person's files, what it still breaks without, all at once. */
  readonly needless: readonly string[];
}

/** What shrinking may cost. */
export const SHRINK_TRIES = 1000;
export const SHRINK_MS = 20_000;
/** Of the events of the run that was found: what takes many more of them is no simpler. */
const EVENTS_FACTOR = 4;
const EVENTS_MIN = 1_000_000;
/** Of what is only told: by what its runs cost, never by the clock, so that a machine's load tells nobody less. */
const NEEDLESS_EVENTS = 2_000_000;
const NEEDLESS_TRIES_MIN = 10;
const NEEDLESS_TRIES_MAX = 100;

export async function smallestCase(failed: FoundCase, options: SmallestOptions): Promise<Smallest> {
  const { check, atOnce, tries, isWhole, isOver } = options;
  const { found, failure, events } = failed;
  const laws = await neededLaws(failed, check);
  const isEndless = failure.kind === "endless";
  const limit = events === 0 || isEndless ? {} : { eventsMax: Math.max(EVENTS_MIN, EVENTS_FACTOR * events) };
  const stillFails = async (candidate: FuzzCase): Promise<boolean> => {
    const outcome = await check({ found: candidate, laws, ...limit });
    return outcome?.failure?.bucket === failure.bucket;
  };
  const smallest = await shrinkCase(found, stillFails, { tries, isWhole, atOnce, isOver });
  if (!isWhole) return { found: smallest, needless: [] };
  const affordable = Math.min(NEEDLESS_TRIES_MAX, Math.max(NEEDLESS_TRIES_MIN, Math.floor(NEEDLESS_EVENTS / Math.max(1, events))));
  return { found: smallest, needless: await needlessPlaces(smallest, stillFails, { tries: affordable, atOnce, isOver }) };
}

/** Runs for laws that it doesn't break cost more than its own. */
async function neededLaws({ found, failure, laws }: FoundCase, check: SmallestOptions["check"]): Promise<readonly Law[]> {
  if (laws.length === 0) return laws;
  const outcome = await check({ found, laws: [] });
  return outcome?.failure?.bucket === failure.bucket ? [] : laws;
}
