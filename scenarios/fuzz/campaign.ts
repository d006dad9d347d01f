/**
 * A campaign: cases by generations, their outcomes in the order of their numbers. What is drawn next depends on
 * (seed, source, shard) and on the outcomes of earlier cases alone, so the same cases come for any number of workers:
 *
 *   generation    0     1     2     3     …      each of so many cases
 *   corpus        –     –   of 0  of 0–1  …      one generation is still under way while the next is drawn
 *
 * Guided: of the cases that reached a key that is rare so far, the richest is a member of the corpus, once for each such key; so what
 * reaches much that is rare is changed oftenest. When something is to be as large as possible, the worst cases are members as well.
 */
import type { CaseSource } from "./case-source.ts";
import type { FuzzCase } from "./fuzz-case.ts";
import type { Failure } from "./verdict.ts";

/** Cases of a generation; the first ones are shorter, so that there is soon something to change. */
export const GENERATION = 64;
const FIRST_GENERATION = 16;
const FIRST_GENERATIONS = 4;
/** A key that fewer cases have reached is rare: whatever reaches it is worth changing. */
export const RARE = 4;
/** Rare keys whose best cases are members: those that were reached last. */
const KEYS_MAX = 96;
/** Members that are there because they are the worst. */
const WORST_MAX = 16;

/** One machine's part of a campaign: of all cases, each `of`-th from `index` on. 1 of 1: all. */
export interface CampaignShard {
  readonly index: number;
  readonly of: number;
}

export const WHOLE: CampaignShard = { index: 1, of: 1 };

export interface CampaignOptions {
  readonly source: CaseSource;
  readonly seed: number;
  readonly shard: CampaignShard;
  /** Of the whole campaign, over all shards. */
  readonly runs: number;
}

/** Plain data: what a run comes down to. */
export interface CaseOutcome {
  readonly failure: Failure | null;
  readonly coverage: readonly string[];
  /** What is to be as large as possible; null: nothing is, or it was not measured. */
  readonly value: number | null;
  readonly events: number;
}

/** What an outcome added to what was known. */
export interface News {
  /** Keys that few cases before it reached, or none: what a journal has to keep. */
  readonly reached: readonly string[];
  readonly isWorst: boolean;
  /** The first of its bucket. */
  readonly isNewFailure: boolean;
}

export interface FoundFailure {
  readonly failure: Failure;
  /** The number of the first case that failed so. */
  readonly index: number;
  readonly found: FuzzCase;
  /** How many cases failed so. */
  readonly count: number;
}

export interface WorstCase {
  readonly index: number;
  readonly value: number;
  readonly found: FuzzCase;
}

export class Campaign {
  /** Outcomes so far, of this shard. */
  runs = 0;
  events = 0;
  readonly coverage: Set<string> = new Set();
  private readonly options: CampaignOptions;
  /** By bucket, in the order of finding. */
  private readonly failed = new Map<string, FoundFailure>();
  /** How many cases reached each key, up to RARE. */
  private readonly counts = new Map<string, number>();
  /** By rare key: of the cases that reached it the one that reached the most rare keys, the key that was reached last at the end. */
  private readonly champions = new Map<string, { readonly found: FuzzCase; readonly rare: number }>();
  private worstCases: readonly WorstCase[] = [];
  /** By generation; those that nobody draws from any more are forgotten. */
  private readonly corpora = new Map<number, readonly FuzzCase[]>([
    [0, []],
    [1, []],
  ]);

  constructor(options: CampaignOptions) {
    this.options = options;
  }

  /** Runs of this shard. */
  get total(): number {
    const { runs, shard } = this.options;
    return runs === Infinity ? Infinity : Math.max(0, Math.ceil((runs - (shard.index - 1)) / shard.of));
  }

  get failures(): readonly FoundFailure[] {
    return [...this.failed.values()];
  }

  /** Cases that reached what few others did. */
  get corpus(): readonly FuzzCase[] {
    return [...new Set([...this.champions.values()].map(({ found }) => found))];
  }

  get worst(): WorstCase | null {
    return this.worstCases[0] ?? null;
  }

  /** The number that case `place` of this shard has in the whole campaign: what reproduces it. */
  indexOf(place: number): number {
    const { index, of } = this.options.shard;
    return place * of + (index - 1);
  }

  /** Whether case `place` can be drawn already: its corpus is complete. */
  isOpen(place: number): boolean {
    return place < this.total && this.corpora.has(generationOf(place));
  }

  draw(place: number): FuzzCase {
    const { source, seed } = this.options;
    return source.draw(seed, this.indexOf(place), this.corpusOf(place));
  }

  /** What case `place` is drawn from: the same for all of its generation. */
  corpusOf(place: number): readonly FuzzCase[] {
    return this.corpora.get(generationOf(place))!;
  }

  get seed(): number {
    return this.options.seed;
  }

  /** The outcome of case `runs`: they come in order. */
  merge(outcome: CaseOutcome): News {
    const place = this.runs++;
    this.events += outcome.events;
    const reached = outcome.coverage.filter((key) => (this.counts.get(key) ?? 0) < RARE);
    const isWorst = this.isAmongWorst(outcome.value);
    const isNewFailure = outcome.failure !== null && this.noteFailure(place, outcome.failure);
    if (reached.length > 0) this.noteReached(place, reached);
    if (isWorst) this.noteWorst(place, outcome.value!);
    if (generationOf(this.runs) !== generationOf(place)) this.closeGeneration(generationOf(place));
    return { reached, isWorst, isNewFailure };
  }

  private noteReached(place: number, reached: readonly string[]): void {
    const found = this.draw(place);
    const rare = reached.length;
    for (const key of reached) {
      this.coverage.add(key);
      const count = (this.counts.get(key) ?? 0) + 1;
      this.counts.set(key, count);
      const before = this.champions.get(key);
      this.champions.delete(key);
      if (count < RARE) this.champions.set(key, before === undefined || rare >= before.rare ? { found, rare } : before);
    }
  }

  private noteFailure(place: number, failure: Failure): boolean {
    const known = this.failed.get(failure.bucket);
    const found = known ?? { failure, index: this.indexOf(place), found: this.draw(place), count: 0 };
    this.failed.set(failure.bucket, { ...found, count: found.count + 1 });
    return known === undefined;
  }

  private isAmongWorst(value: number | null): boolean {
    return value !== null && (this.worstCases.length < WORST_MAX || value > this.worstCases.at(-1)!.value);
  }

  private noteWorst(place: number, value: number): void {
    const entry = { index: this.indexOf(place), value, found: this.draw(place) };
    this.worstCases = [...this.worstCases, entry].sort((a, b) => b.value - a.value || a.index - b.index).slice(0, WORST_MAX);
  }

  private closeGeneration(generation: number): void {
    // The worst stand last, where the newest stand too.
    const champions = [...this.champions.values()].slice(-KEYS_MAX).map(({ found }) => found);
    this.corpora.set(generation + 2, [...champions, ...this.worstCases.map(({ found }) => found).toReversed()]);
    this.corpora.delete(generation);
  }
}

export function generationOf(place: number): number {
  const early = FIRST_GENERATION * FIRST_GENERATIONS;
  return place < early ? Math.floor(place / FIRST_GENERATION) : FIRST_GENERATIONS + Math.floor((place - early) / GENERATION);
}
