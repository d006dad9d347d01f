/**
 * Drives a campaign: chunks of cases go to the threads as their corpora become known, outcomes come back in any order
 * and are merged in the order of cases. How large chunks are follows the clock; what is found doesn't.
 */
import { generationOf, type Campaign, type CaseOutcome, type News } from "../../scenarios/fuzz/campaign.ts";
import type { SourceSpec } from "../../scenarios/fuzz/source-spec.ts";
import type { CasePool } from "./case-pool.ts";
import type { CheckTask, Law } from "./check-case.ts";
import { processEnded, type InFlight } from "./in-flight.ts";

/** A task costs about 0.1 ms to send: it should take far longer. */
const CHUNK_MS = 100;
const CHUNK_CASES_MAX = 32;

export interface Hooks {
  /** What the threads draw from; null: cases are drawn here. */
  readonly source: SourceSpec | null;
  /** Null: nobody asks which case ended the process. */
  readonly inFlight: InFlight | null;
  /** By the number of the case in the whole campaign. */
  readonly lawsOf: (index: number) => readonly Law[];
  /** Asked before each merge: once true, nothing more is merged. */
  readonly isOver: () => boolean;
  /** Ends what is still under way then; `isOver` is true by that time. Left out: all come to their own ends. */
  readonly over?: AbortSignal;
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
    const generation = generationOf(next);
    for (; places.length < size && campaign.isOpen(next) && generationOf(next) === generation; next++)
      if (!outcomes.has(next)) places.push(next);
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
  const { over = new AbortController().signal } = hooks;
  const check = (places: readonly number[]): Promise<readonly CaseOutcome[] | null> => {
    const draws = places.map((place) => ({ index: campaign.indexOf(place), laws: hooks.lawsOf(campaign.indexOf(place)) }));
    const drawnHere = (): readonly CheckTask[] => places.map((place, at) => ({ found: campaign.draw(place), laws: draws[at]!.laws }));
    const { source } = hooks;
    if (source === null) return pool.checkUntil(over, drawnHere());
    return pool.checkDrawn(over, { source, seed: campaign.seed, corpus: campaign.corpusOf(places[0]!), draws }, drawnHere);
  };
  /** Those of an earlier process: alone. */
  const runSuspects = async (): Promise<void> => {
    const { inFlight } = hooks;
    for (const place of inFlight?.suspects ?? []) {
      if (place < campaign.runs || !campaign.isOpen(place) || hooks.isOver()) continue;
      const isGuilty = inFlight!.suspect(place);
      const answers = isGuilty ? [{ failure: processEnded, coverage: [], value: null, events: 0 }] : await check([place]);
      if (answers === null) return;
      outcomes.set(place, answers[0]!);
      inFlight!.cleared(place);
      mergeAll();
    }
  };
  const runChunk = async (places: readonly number[]): Promise<void> => {
    const from = performance.now();
    hooks.inFlight?.begin(places);
    const answers = await check(places);
    hooks.inFlight?.end(places);
    if (answers === null) return;
    caseMs = (caseMs + (performance.now() - from) / places.length) / 2;
    answers.forEach((answer, at) => outcomes.set(places[at]!, answer));
    mergeAll();
  };
  await runSuspects();
  next = campaign.runs;
  for (;;) {
    // One chunk more than threads: none waits while the next one is drawn.
    while (!hooks.isOver() && running.size <= pool.threads && campaign.isOpen(next)) {
      const places = nextChunk();
      if (places.length === 0) continue;
      const chunk: Promise<void> = runChunk(places).finally(() => running.delete(chunk));
      running.add(chunk);
    }
    if (running.size === 0) return;
    await Promise.race(running);
  }
}
