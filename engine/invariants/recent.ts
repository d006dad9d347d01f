/**
 * What was so a moment ago, for rules about controllers: each acts on what it saw last, through a client that
 * lets only so many writes pass. So a rule about what a controller does allows for what was true at any time
 * of the last `lag`.
 */
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";

/** How far behind a controller may be; it may grow with the cluster. */
export interface Lag {
  readonly lag: Duration;
}

/** Watches, and a client's burst at 20/s. */
export const usualLag: Lag = { lag: 60 * SECOND };

interface Value {
  readonly at: VirtualTime;
  readonly value: number;
}

/** Values that change, by key: the largest that held at any time of late. */
export class Highest {
  private readonly histories = new Map<number, Value[]>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  set(key: number, value: number, at: VirtualTime): void {
    const history = this.histories.get(key);
    if (history === undefined) this.histories.set(key, [{ at, value }]);
    else if (history.at(-1)!.value !== value) history.push({ at, value });
    while (history !== undefined && history.length > 1 && history[1]!.at <= at - this.terms.lag) history.shift();
  }

  /** Infinity: nothing is known. */
  within(key: number, now: VirtualTime): number {
    const history = this.histories.get(key);
    if (history === undefined) return Infinity;
    let highest = -Infinity;
    for (let index = history.length - 1; index >= 0; index--) {
      const { at, value } = history[index]!;
      highest = Math.max(highest, value);
      if (at <= now - this.terms.lag) break;
    }
    return highest;
  }

  forget(key: number): void {
    this.histories.delete(key);
  }
}

/** Things that happened, by key: how many of late. */
export class Recent<Key> {
  private readonly times = new Map<Key, VirtualTime[]>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  note(key: Key, now: VirtualTime): void {
    const known = this.times.get(key);
    if (known === undefined) {
      this.times.set(key, [now]);
      return;
    }
    known.push(now);
    while (known[0]! < now - this.terms.lag) known.shift();
  }

  count(key: Key, now: VirtualTime): number {
    const known = this.times.get(key);
    if (known === undefined) return 0;
    return known.reduce((count, at) => count + (at >= now - this.terms.lag ? 1 : 0), 0);
  }

  forget(key: Key): void {
    this.times.delete(key);
  }
}
