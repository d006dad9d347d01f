/** A StatefulSet under OrderedReady makes one Pod after the other. Source: stateful_set_control.go updateStatefulSet. */
import type { VirtualTime } from "../kernel/time.ts";
import { usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const orderedReadinessDefinition: InvariantDefinition = {
  name: "ordered-readiness",
  scope: "control",
  meaning: "under OrderedReady a StatefulSet creates a Pod only after all those of lower ordinals have got Ready",
};

interface Ordinal {
  isReady: boolean;
  /** It last was; -1: never. */
  readyUntil: VirtualTime;
}

export class OrderedReadiness {
  private readonly sets = new Map<number, Map<number, Ordinal>>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  /** `isReady`: Running, Ready and not being deleted. */
  changed(set: number, ordinal: number, isReady: boolean, now: VirtualTime): void {
    const state = this.stateOf(set, ordinal);
    if (state.isReady && !isReady) state.readyUntil = now;
    state.isReady = isReady;
  }

  created(label: string, set: number, ordinal: number, first: number, now: VirtualTime): string | null {
    this.changed(set, ordinal, false, now);
    for (let before = first; before < ordinal; before++) {
      const state = this.stateOf(set, before);
      if (state.isReady || (state.readyUntil >= 0 && state.readyUntil >= this.terms.since(now))) continue;
      return `${label}-${ordinal}: created before ${label}-${before} was Ready`;
    }
    return null;
  }

  private stateOf(set: number, ordinal: number): Ordinal {
    let ordinals = this.sets.get(set);
    if (ordinals === undefined) this.sets.set(set, (ordinals = new Map()));
    let state = ordinals.get(ordinal);
    if (state === undefined) ordinals.set(ordinal, (state = { isReady: false, readyUntil: -1 }));
    return state;
  }
}
