/**
 * The cheapest sequence of faults that breaks a scenario, by trying. What is tried follows from the budget, the ground,
 * the seed and the answers so far, batch by batch, so it is the same for any number of threads.
 *
 *   each lever alone, in full ─► all levers at once ─► pairs of the worst ─► in parts ─► drawn, and near the worst
 *              └──────────────── whenever something cheaper breaks: refined ────────────────┘
 *
 * Refined: uses are dropped, amounts bisected, instants shifted until nothing near is cheaper. Breaking need not grow with
 * the amount, so the cheapest found is an upper bound.
 */
import { Stream, streamKey } from "../../../engine/kernel/random.ts";
import type { Failure } from "../verdict.ts";
import type { Term } from "./budget.ts";
import { roundedTime, type Ground } from "./ground.ts";
import { levers, noStrength, type Scope } from "./levers.ts";
import { inOrder, isAffordable, keyOf, shareOf, type Sequence, type Use } from "./sequence.ts";

export interface Judged {
  /** Null: every threshold and rule holds, or it couldn't be told (`error`). */
  readonly failure: Failure | null;
  /** How bad it is: more is worse, whatever it counts; null: nobody knows. */
  readonly badness: number | null;
  /** It couldn't be judged; left out: it could. */
  readonly error?: Failure;
}

export interface Attempt extends Judged {
  readonly sequence: Sequence;
  /** Of the budget. */
  readonly share: number;
}

/** In the order asked. Null: the time is over. */
export type Judge = (sequences: readonly Sequence[]) => Promise<readonly Judged[] | null>;

export interface SearchOptions {
  readonly terms: readonly Term[];
  readonly ground: Ground;
  readonly seed: number;
  readonly runs: number;
  readonly judge: Judge;
  readonly onBatch?: (attempts: readonly Attempt[], best: Attempt | null) => void;
}

export interface SearchOutcome {
  /** In the order of trying. */
  readonly attempts: readonly Attempt[];
  /** Null: nothing that was tried breaks anything. */
  readonly best: Attempt | null;
}

/** The same for any number of threads. */
const BATCH = 16;
/** Of one lever alone. */
const PLACES_MAX = 4;
const SINGLES_SHARE = 0.35;
const WORST_OF_EACH = 3;
/** What is cut down to be cheaper than the best is so by a tenth. */
const FITTED = 0.9;
/** More faults than this nobody wants to read. */
const USES_MAX = 8;
/** Times are told apart up to this part of them. */
const STEPS = 32;
const SECOND = 1_000_000;
const shifts: readonly number[] = [-0.5, 0.5, -1, 1, -2, 2, -5, 5, -10, 10].map((seconds) => seconds * SECOND);

export async function searchAttack(options: SearchOptions): Promise<SearchOutcome> {
  const search = new AttackSearch(options);
  await search.run();
  return { attempts: search.attempts, best: search.best };
}

type Amount = "count" | "duration" | "strength";

class AttackSearch {
  readonly attempts: Attempt[] = [];
  best: Attempt | null = null;
  private isOver = false;
  private isTimeOver = false;
  private runsMax = 0;
  private readonly known = new Map<string, Attempt>();
  private readonly options: SearchOptions;

  constructor(options: SearchOptions) {
    this.options = options;
  }

  async run(): Promise<void> {
    const { runs } = this.options;
    this.runsMax = runs - Math.min(USES_MAX, Math.floor(runs / 8));
    await this.search();
    // What is left of the runs: is all of the best needed?
    this.runsMax = runs;
    this.isOver = this.isTimeOver;
    for (let before: Attempt | null = null; this.best !== null && before !== this.best && !this.isOver;) {
      before = this.best;
      await this.drop();
    }
  }

  private async search(): Promise<void> {
    await this.stage(this.singles());
    // Those that would have cost more than what was found meanwhile, in smaller amounts.
    if (this.best !== null) await this.stage(this.singles());
    await this.stage(this.wholes());
    await this.stage(this.pairs());
    await this.stage(this.parts());
    for (let round = 0; !this.isOver; round++) {
      const drawn = this.drawn(round);
      if (drawn.length === 0) return;
      await this.stage(drawn);
    }
  }

  private async stage(candidates: readonly Sequence[]): Promise<void> {
    const before = this.best;
    await this.try(candidates.map((candidate) => this.fitted(candidate)));
    if (this.best !== before) await this.refine();
  }

  /** What is known of them afterwards, in their order; what costs more than the best is left out. */
  private async try(candidates: readonly Sequence[]): Promise<void> {
    const left = new Map<string, Sequence>();
    for (const candidate of candidates) if (this.isWorthwhile(candidate)) left.set(keyOf(candidate), inOrder(candidate));
    const queue = [...left.values()];
    for (let from = 0; from < queue.length && !this.isOver; from += BATCH) {
      const room = this.runsMax - this.attempts.length;
      const batch = queue.slice(from, from + Math.min(BATCH, room)).filter((candidate) => this.isCheaper(candidate));
      if (batch.length > 0) await this.judgeBatch(batch);
      this.isOver ||= this.attempts.length >= this.runsMax;
    }
  }

  private async judgeBatch(batch: readonly Sequence[]): Promise<void> {
    const answers = await this.options.judge(batch);
    if (answers === null) {
      this.isOver = this.isTimeOver = true;
      return;
    }
    batch.forEach((sequence, index) => this.note({ sequence, share: shareOf(sequence, this.options.terms), ...answers[index]! }));
    this.options.onBatch?.(this.attempts, this.best);
  }

  private note(attempt: Attempt): void {
    this.attempts.push(attempt);
    this.known.set(keyOf(attempt.sequence), attempt);
    if (attempt.failure !== null && (this.best === null || attempt.share < this.best.share)) this.best = attempt;
  }

  private isWorthwhile(candidate: Sequence): boolean {
    const { terms } = this.options;
    return candidate.length > 0 && !this.known.has(keyOf(candidate)) && isAffordable(candidate, terms) && this.isCheaper(candidate);
  }

  private isCheaper(candidate: Sequence): boolean {
    return this.best === null || shareOf(candidate, this.options.terms) < this.best.share - 1e-9;
  }

  /** In amounts that make it cheaper than the best; unchanged where it is, or where amounts are small already. */
  private fitted(candidate: Sequence): Sequence {
    if (this.best === null || this.isCheaper(candidate)) return candidate;
    const factor = (this.best.share / shareOf(candidate, this.options.terms)) * FITTED;
    return candidate.map((use) => ({
      ...use,
      count: use.duration === null ? Math.max(1, Math.floor(use.count * factor)) : use.count,
      duration: use.duration === null ? null : roundedTime(use.duration * factor),
    }));
  }

  private breaks(candidate: Sequence): boolean {
    return (this.known.get(keyOf(candidate))?.failure ?? null) !== null;
  }

  /** The levers take turns; of each, early instants of the ground and its first targets come first. */
  private singles(): readonly Sequence[] {
    const { terms, runs } = this.options;
    const quota = Math.max(6, Math.floor((runs * SINGLES_SHARE) / terms.length));
    const lists = terms.map((_, term) => this.usesOf(term).slice(0, quota));
    return takingTurns(lists).map((use) => [use]);
  }

  private usesOf(term: number): readonly Use[] {
    const { instants } = this.options.ground;
    const places = Math.min(PLACES_MAX, this.places(term));
    return Array.from({ length: places }, (_, place) =>
      instants.map((at, rank) => ({ use: this.full(term, at, place), order: rank + 3 * place })),
    )
      .flat()
      .toSorted((a, b) => a.order - b.order)
      .map(({ use }) => use);
  }

  private full(term: number, at: number, place: number): Use {
    const { lever, count, duration, strength } = this.options.terms[term]!;
    return { term, at, place, count: levers[lever].kind === "count" ? this.most(term, count) : 1, duration, strength };
  }

  /** No more targets than there are. */
  private most(term: number, count: number): number {
    const { scope } = levers[this.options.terms[term]!.lever];
    return scope === "nodes" || scope === "zones" ? Math.min(count, this.places(term)) : count;
  }

  private places(term: number): number {
    return placesOf(levers[this.options.terms[term]!.lever].scope, this.options.ground);
  }

  /** All of the budget at once: if that breaks nothing, hardly anything does. */
  private wholes(): readonly Sequence[] {
    const { terms, ground } = this.options;
    const usable = terms.flatMap((_, term) => (this.places(term) > 0 ? [term] : []));
    return ground.instants.slice(0, 8).map((at) => usable.map((term) => this.full(term, at, 0)));
  }

  /** The worst uses of each lever with those of another, in full and in halves, at their own instants and at the other's. */
  private pairs(): readonly Sequence[] {
    const { terms } = this.options;
    const worst = terms.map((_, term) => this.worstOf(term));
    const pairs: Sequence[] = [];
    for (let rank = 0; rank < 2 * WORST_OF_EACH - 1; rank++)
      for (let one = 0; one < terms.length; one++)
        for (let other = one + 1; other < terms.length; other++)
          for (let at = 0; at <= rank; at++) {
            const [a, b] = [worst[one]![at], worst[other]![rank - at]];
            if (a === undefined || b === undefined) continue;
            for (const delay of [0, SECOND, -SECOND]) pairs.push([a, this.moved(b, a.at + delay)]);
            pairs.push([a, b], [this.halved(a), this.halved(this.moved(b, a.at))], [a, this.halved(this.moved(b, a.at))]);
          }
    return pairs;
  }

  /** Single uses of one lever that were tried, the worst first. */
  private worstOf(term: number): readonly Use[] {
    return this.attempts
      .filter(({ sequence }) => sequence.length === 1 && sequence[0]!.term === term)
      .toSorted((a, b) => badnessOf(b) - badnessOf(a))
      .slice(0, WORST_OF_EACH)
      .map(({ sequence }) => sequence[0]!);
  }

  /** One lever in two parts, one after the other or on two targets at once. */
  private parts(): readonly Sequence[] {
    return this.options.terms.flatMap((_, term) =>
      this.worstOf(term).flatMap((use) => {
        const half = this.halved(use);
        const apart = [2, 5, 15, 40].map((seconds) => [half, this.moved(half, use.at + seconds * SECOND)]);
        return this.places(term) < 2 ? apart : [[half, { ...half, place: (use.place + half.count) % this.places(term) }], ...apart];
      }),
    );
  }

  private halved(use: Use): Use {
    if (use.count > 1) return { ...use, count: Math.ceil(use.count / 2) };
    return use.duration === null ? use : { ...use, duration: roundedTime(use.duration / 2) };
  }

  private moved(use: Use, at: number): Use {
    const { earliest, latest } = this.options.ground;
    return { ...use, at: roundedTime(Math.min(latest, Math.max(earliest, at))) };
  }

  private async refine(): Promise<void> {
    for (let before: Attempt | null = null; before !== this.best && !this.isOver;) {
      before = this.best;
      await this.drop();
      for (let index = 0; index < this.best!.sequence.length && !this.isOver; index++)
        for (const amount of amounts) await this.lower(index, amount);
      if (before === this.best) await this.shift();
    }
  }

  private async drop(): Promise<void> {
    const { sequence } = this.best!;
    await this.try(sequence.map((_, index) => sequence.toSpliced(index, 1)));
  }

  /** Bisects one amount of one use: three points at a time. */
  private async lower(index: number, amount: Amount): Promise<void> {
    const range = this.rangeOf(this.best!.sequence[index]!, amount);
    if (range === null) return;
    let { least, most } = range;
    for (let unit = range.unit; most - least > unit && !this.isOver; unit = amount === "duration" ? timeUnit(most) : unit) {
      const { sequence } = this.best!;
      const points = [1, 2, 3].map((quarter) => least + Math.round(((most - least) * quarter) / 4 / unit) * unit);
      const inside = [...new Set(points)].filter((point) => point > least && point < most);
      const changed = inside.map((point) => ({ point, sequence: sequence.with(index, { ...sequence[index]!, [amount]: point }) }));
      await this.try(changed.map((each) => each.sequence));
      const found = changed.find((each) => this.breaks(each.sequence));
      least = changed.filter(({ point }) => found === undefined || point < found.point).at(-1)?.point ?? least;
      if (found === undefined) continue;
      most = found.point;
      index = this.best!.sequence.findIndex((use) => use === found.sequence[index] || isSameUse(use, found.sequence[index]!));
      if (index === -1) return;
    }
  }

  /** Null: it can't be less. */
  private rangeOf(use: Use, amount: Amount): { readonly least: number; readonly most: number; readonly unit: number } | null {
    const lever = levers[this.options.terms[use.term]!.lever];
    if (amount === "count") return use.count > 1 ? { least: 0, most: use.count, unit: 1 } : null;
    if (amount === "duration") {
      if (use.duration === null) return null;
      return { least: 0, most: use.duration, unit: timeUnit(use.duration) };
    }
    if (lever.kind !== "strength" || use.strength === null) return null;
    const unit = lever.unit === "percent" ? 1 : lever.unit === "factor" ? 0.5 : 1_000;
    return { least: noStrength[lever.unit], most: use.strength, unit };
  }

  /** Each use at other instants and targets nearby, with another one, or itself, at three quarters. */
  private async shift(): Promise<void> {
    const { sequence } = this.best!;
    const candidates: Sequence[] = [];
    for (const [lowered, use] of sequence.entries()) {
      const lower = this.threeQuarters(use);
      if (lower === null) continue;
      const cheaper = sequence.with(lowered, lower);
      for (const [moved, other] of cheaper.entries()) {
        for (const by of shifts) candidates.push(cheaper.with(moved, this.moved(other, other.at + by)));
        const places = Math.min(PLACES_MAX, this.places(other.term));
        for (let place = 0; place < places; place++) candidates.push(cheaper.with(moved, { ...other, place }));
      }
    }
    await this.try(candidates);
  }

  private threeQuarters(use: Use): Use | null {
    if (use.count > 1) return { ...use, count: Math.min(use.count - 1, Math.ceil(use.count * 0.75)) };
    const range = this.rangeOf(use, "duration");
    if (range === null || range.most <= range.unit) return null;
    return { ...use, duration: Math.max(range.unit, roundedTime(range.most * 0.75)) };
  }

  /** Cheaper than the best; none: there is hardly anything left that is. */
  private drawn(round: number): readonly Sequence[] {
    const stream = new Stream(streamKey(this.options.seed, "attack", String(round)));
    const worst = this.attempts.toSorted((a, b) => badnessOf(b) - badnessOf(a)).slice(0, 12);
    const found = new Map<string, Sequence>();
    for (let draw = 0; draw < 20 * BATCH && found.size < BATCH; draw++) {
      const near = worst[stream.nextBelow(worst.length * 2)];
      const candidate = this.fitted(near === undefined ? this.afresh(stream) : this.nearby(near.sequence, stream));
      if (this.isWorthwhile(candidate) && candidate.length <= USES_MAX) found.set(keyOf(candidate), candidate);
    }
    return [...found.values()];
  }

  private afresh(stream: Stream): Sequence {
    const { terms, ground } = this.options;
    const anchor = ground.instants[stream.nextBelow(ground.instants.length)]!;
    const uses: Use[] = [];
    for (let more = 1 + stream.nextBelow(Math.min(4, terms.length + 1)); more > 0; more--) {
      const term = stream.nextBelow(terms.length);
      const places = this.places(term);
      if (places === 0) continue;
      const at = stream.nextBelow(3) === 0 ? ground.earliest + stream.next() * (ground.latest - ground.earliest) : anchor + near(stream);
      uses.push(this.lessened(this.moved(this.full(term, 0, stream.nextBelow(places)), at), stream));
    }
    return uses;
  }

  private nearby(sequence: Sequence, stream: Stream): Sequence {
    const changed = sequence.map((use) => {
      const moved = stream.nextBelow(2) === 0 ? use : this.moved(use, use.at + near(stream));
      return stream.nextBelow(2) === 0 ? moved : this.lessened(moved, stream);
    });
    return stream.nextBelow(3) === 0 ? [...changed, ...this.afresh(stream).slice(0, 1)] : changed;
  }

  private lessened(use: Use, stream: Stream): Use {
    const share = [1, 1, 0.5, 0.25, stream.next()][stream.nextBelow(5)]!;
    const lever = levers[this.options.terms[use.term]!.lever];
    const count = Math.max(1, Math.round(use.count * share));
    const duration = use.duration === null ? null : roundedTime(use.duration * share);
    if (lever.kind !== "strength" || use.strength === null || stream.nextBelow(2) === 0) return { ...use, count, duration };
    const least = noStrength[lever.unit];
    const strength = least + (use.strength - least) * share;
    const unit = this.rangeOf(use, "strength")!.unit;
    return { ...use, strength: Math.max(least + unit, Math.round(strength / unit) * unit) };
  }
}

/** A tenth of a second at least. */
function timeUnit(duration: number): number {
  return roundedTime(duration / STEPS);
}

const amounts: readonly Amount[] = ["count", "duration", "strength"];

function placesOf(scope: Scope, { nodes, zones, workloads }: Ground): number {
  switch (scope) {
    case "cluster":
      return 1;
    case "nodes":
      return nodes.length;
    case "zones":
      return zones.length;
    case "some pods":
    case "workload":
      return workloads.length;
  }
}

/** What breaks something is worse than what doesn't. */
function badnessOf({ failure, badness }: Attempt): number {
  return (failure === null ? 0 : Number.MAX_VALUE / 2) + Math.max(-1e300, Math.min(1e300, badness ?? 0));
}

function isSameUse(one: Use, other: Use): boolean {
  return keyOf([one]) === keyOf([other]);
}

/** µs: within ten seconds, mostly much less. */
function near(stream: Stream): number {
  return (stream.next() - 0.5) * 20 * SECOND * stream.next();
}

function takingTurns<Value>(lists: readonly (readonly Value[])[]): readonly Value[] {
  const longest = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, rank) => lists.flatMap((list) => (rank < list.length ? [list[rank]!] : []))).flat();
}

/** Of those that hold, the one that is nearest to breaking; null: nobody knows. */
export function nearestOf({ attempts }: SearchOutcome): Attempt | null {
  const holding = attempts.filter(({ failure, badness }) => failure === null && badness !== null);
  return holding.toSorted((a, b) => b.badness! - a.badness! || a.share - b.share)[0] ?? null;
}

/** The priciest sequences that hold and are one step below the best: it with one use less, or with less of one. */
export function marginsOf({ attempts, best }: SearchOutcome): readonly Attempt[] {
  if (best === null) return [];
  const margins = best.sequence.flatMap((use, index) => {
    const rest = best.sequence.toSpliced(index, 1);
    const below = attempts.filter(({ failure, error, sequence }) => failure === null && error === undefined && isLess(sequence, rest, use));
    return below.toSorted((a, b) => b.share - a.share).slice(0, 1);
  });
  return margins.toSorted((a, b) => b.share - a.share);
}

/** It is the rest and nothing else, or the rest with less of the use. */
function isLess(sequence: Sequence, rest: Sequence, use: Use): boolean {
  if (keyOf(sequence) === keyOf(rest)) return true;
  return sequence.some((each, index) => {
    const isSamePlace = each.term === use.term && each.at === use.at && each.place === use.place;
    const isNoMore = each.count <= use.count && (each.duration ?? 0) <= (use.duration ?? 0) && (each.strength ?? 0) <= (use.strength ?? 0);
    return isSamePlace && isNoMore && !isSameUse(each, use) && keyOf(sequence.toSpliced(index, 1)) === keyOf(rest);
  });
}
