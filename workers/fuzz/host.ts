/**
 * Drives a campaign: chunks of cases go to the threads as their corpora become known, outcomes come back in any order
 * and are merged in the order of cases. How large chunks are follows the clock; what is found doesn't.
 */
import type { Campaign, CaseOutcome, News } from "../../scenarios/fuzz/campaign.ts";
import type { CasePool } from "./case-pool.ts";
import type { Law } from "./check-case.ts";

/** A task costs about 0.1 ms to send: it should take far longer. */
const CHUNK_MS = 100;
const CHUNK_CASES_MAX = 32;

export interface Hooks {
  /** By the number of the case in the whole campaign. */
  readonly lawsOf: (index: number) => readonly Law[];
  /** Asked before each merge: once true, nothing more is merged. */
  readonly isOver: () => boolean;
  /** In the order of cases, at once after the merge. */
  readonly onOutcome: (outcome: CaseOutcome, news: News) => void;
  /** After a few of them: what was learned may be written. */
  readonly onBatch: () => void;
}

export async function driveCampaign(campaign: Campaign, pool: CasePool, hooks: Hooks): Promise<void> {
  const outcomes = new Map<number, CaseOutcome>();
  const running = new Set<Promise<void>>();
  let next = campaign.runs;
  let caseMs = CHUNK_MS;
  const nextChunk = (): readonly number[] => {
    const size = Math.min(CHUNK_CASES_MAX, Math.max(1, Math.floor(CHUNK_MS / caseMs)));
    const places: number[] = [];
    while (places.length < size && campaign.isOpen(next)) places.push(next++);
    return places;
  };
  const mergeAll = (): void => {
    const before = campaign.runs;
    for (let outcome = outcomes.get(campaign.runs); outcome !== undefined && !hooks.isOver(); outcome = outcomes.get(campaign.runs)) {
      outcomes.delete(campaign.runs);
      hooks.onOutcome(outcome, campaign.merge(outcome));
    }
    if (campaign.runs > before) hooks.onBatch();
  };
  const runChunk = async (places: readonly number[]): Promise<void> => {
    const cases = places.map((place) => ({ found: campaign.draw(place), laws: hooks.lawsOf(campaign.indexOf(place)) }));
    const from = performance.now();
    const answers = await pool.check(cases);
    caseMs = (caseMs + (performance.now() - from) / places.length) / 2;
    answers.forEach((answer, at) => outcomes.set(places[at]!, answer));
    mergeAll();
  };
  for (;;) {
    // One chunk more than threads: none waits while the next one is drawn.
    while (!hooks.isOver() && running.size <= pool.threads && campaign.isOpen(next)) {
      const chunk: Promise<void> = runChunk(nextChunk()).finally(() => running.delete(chunk));
      running.add(chunk);
    }
    if (running.size === 0) return;
    await Promise.race(running);
  }
}
