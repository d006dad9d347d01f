/**
 * The smallest failing case so far, and candidates in their order: the first that fails takes its place. Candidates behind the
 * one that is waited for are asked about meanwhile, as if it held; what they say counts only when their turn comes, so
 * the result doesn't depend on how many are asked about at once.
 */
import { readCase, type FuzzCase } from "./fuzz-case.ts";

export interface SearchLimits {
  /** Runs at most. */
  readonly tries: number;
  /** Candidates under way side by side. Default 1. */
  readonly atOnce?: number;
  /** Asked before each run; what has been found by then is the result. */
  readonly isOver?: () => boolean;
}

/** A candidate under what its pass knows it by. */
export type Step<Key> = readonly [key: Key, candidate: FuzzCase];

interface Asked<Key> {
  readonly key: Key;
  readonly candidate: FuzzCase;
  readonly text: string;
  readonly answer: Promise<boolean>;
}

export class SmallerSearch {
  best: FuzzCase;
  private tries = 0;
  /** Texts that have had their turn, or are no scenarios. */
  private readonly known = new Set<string>();
  /** Of those whose turn may still come. */
  private readonly answers = new Map<string, Promise<boolean>>();
  private readonly stillFails: (smaller: FuzzCase) => Promise<boolean>;
  private readonly limits: SearchLimits;

  constructor(found: FuzzCase, stillFails: (smaller: FuzzCase) => Promise<boolean>, limits: SearchLimits) {
    this.best = found;
    this.stillFails = stillFails;
    this.limits = limits;
    this.known.add(JSON.stringify(found));
  }

  isOver(): boolean {
    return this.tries >= this.limits.tries || this.limits.isOver?.() === true;
  }

  /** The key of the first that fails: it is the best from now on. Null: none does. */
  async accept<Key>(steps: Iterable<Step<Key>>): Promise<Key | null> {
    const { atOnce = 1 } = this.limits;
    const candidates = steps[Symbol.iterator]();
    const asked: Asked<Key>[] = [];
    for (;;) {
      while (asked.length < atOnce) {
        const next = this.nextAsked(candidates);
        if (next === null) break;
        asked.push(next);
      }
      const head = asked.shift();
      if (head === undefined || this.isOver()) return null;
      // Two ways to one text.
      if (this.known.has(head.text)) continue;
      this.known.add(head.text);
      this.answers.delete(head.text);
      this.tries++;
      if (!(await head.answer)) continue;
      this.best = head.candidate;
      return head.key;
    }
  }

  private nextAsked<Key>(candidates: Iterator<Step<Key>>): Asked<Key> | null {
    // Whoever runs out of tries or time asks no more.
    while (!this.isOver()) {
      const next = candidates.next();
      if (next.done === true) return null;
      const [key, candidate] = next.value;
      const text = JSON.stringify(candidate);
      if (this.known.has(text)) continue;
      const answer = this.answers.get(text) ?? this.ask(candidate);
      if (answer === null) {
        this.known.add(text);
        continue;
      }
      this.answers.set(text, answer);
      return { key, candidate, text, answer };
    }
    return null;
  }

  /** Null: it is no scenario. */
  private ask(candidate: FuzzCase): Promise<boolean> | null {
    if (readCase(candidate).spec === null) return null;
    const answer = this.stillFails(candidate);
    // Whoever waits for it hears of its error.
    answer.catch(() => undefined);
    return answer;
  }
}
