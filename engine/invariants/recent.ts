/**
 * What was so a moment ago, for rules about controllers: each acts on what it saw last, through a client that
 * lets only so many writes pass. So a rule about what a controller does allows for what was true at any time
 * since `since` (engine/checks/control-lag.ts).
 */
import { SECOND, type VirtualTime } from "../kernel/time.ts";

/** How far behind somebody may be. */
export interface Lag {
  /** What was true before this instant is known to everybody by now. Never goes back as time goes on. */
  since(now: VirtualTime): VirtualTime;
}

/** Of a rule that nobody told more: a minute. */
export const usualLag: Lag = { since: (now) => now - 60 * SECOND };

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
    while (history !== undefined && history.length > 1 && history[1]!.at <= this.terms.since(at)) history.shift();
  }

  /** Infinity: nothing is known. */
  within(key: number, now: VirtualTime): number {
    const history = this.histories.get(key);
    if (history === undefined) return Infinity;
    const since = this.terms.since(now);
    let highest = -Infinity;
    for (let index = history.length - 1; index >= 0; index--) {
      const { at, value } = history[index]!;
      highest = Math.max(highest, value);
      if (at <= since) break;
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
    const since = this.terms.since(now);
    while (known[0]! < since) known.shift();
  }

  count(key: Key, now: VirtualTime): number {
    const known = this.times.get(key);
    if (known === undefined) return 0;
    const since = this.terms.since(now);
    return known.reduce((count, at) => count + (at >= since ? 1 : 0), 0);
  }

  forget(key: Key): void {
    this.times.delete(key);
  }
}
