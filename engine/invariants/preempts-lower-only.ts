/** Preemption takes room from Pods of lower priority alone. */
import type { VirtualTime } from "../kernel/time.ts";
import { usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const preemptsLowerOnlyDefinition: InvariantDefinition = {
  name: "preempts-lower-only",
  scope: "control",
  meaning: "a Pod is preempted only while some Pod of higher priority waits, or did a moment ago",
};

export class PreemptsLowerOnly {
  private readonly waiting = new Map<number, number>();
  /** Of priority above the usual: when one last got a node or went. */
  private readonly servedAt = new Map<number, VirtualTime>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  podWaits(priority: number): void {
    this.waiting.set(priority, (this.waiting.get(priority) ?? 0) + 1);
  }

  /** It has a node, or has gone. */
  podServed(priority: number, now: VirtualTime): void {
    this.waiting.set(priority, (this.waiting.get(priority) ?? 0) - 1);
    this.servedAt.set(priority, now);
  }

  preempted(pod: string, priority: number, now: VirtualTime): string | null {
    for (const [other, count] of this.waiting)
      if (other > priority && (count > 0 || (this.servedAt.get(other) ?? -Infinity) >= this.terms.since(now))) return null;
    return `${pod}: preempted, but no Pod of a priority above ${priority} waits`;
  }
}
