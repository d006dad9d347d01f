/** Pods are driven from a node only once the node has been found not ready, and by the taint that says which. */
import type { VirtualTime } from "../kernel/time.ts";
import { usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const taintAfterConditionDefinition: InvariantDefinition = {
  name: "taint-after-condition",
  scope: "control",
  meaning:
    "a node gets the NoExecute taint not-ready or unreachable only while its Ready condition is (or was a moment ago) False or Unknown",
};

export class TaintAfterCondition {
  /** By node: when it last was something else than ready; -1: never. Infinity: it is now. */
  private readonly badUntil = new Map<number, VirtualTime>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  readyChanged(node: number, isReady: boolean, now: VirtualTime): void {
    if (!isReady) this.badUntil.set(node, Infinity);
    else if (this.badUntil.get(node) === Infinity) this.badUntil.set(node, now);
  }

  tainted(node: string, index: number, key: string, now: VirtualTime): string | null {
    const until = this.badUntil.get(index) ?? -Infinity;
    return until >= this.terms.since(now) ? null : `${node}: tainted ${key}:NoExecute, but its Ready condition is True`;
  }
}
