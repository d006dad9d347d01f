/** Nobody makes Pods for an owner that has gone. */
import { formatTime, type VirtualTime } from "../kernel/time.ts";
import { usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const ownersExistDefinition: InvariantDefinition = {
  name: "owners-exist",
  scope: "control",
  meaning: "a Pod is created only for a controller that exists, or did a moment ago",
};

export class OwnersExist {
  private readonly removedAt = new Map<number, VirtualTime>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  ownerRemoved(owner: number, now: VirtualTime): void {
    this.removedAt.set(owner, now);
  }

  podCreated(pod: string, owner: number, now: VirtualTime): string | null {
    const at = this.removedAt.get(owner);
    if (at === undefined || at >= this.terms.since(now)) return null;
    return `${pod}: created for an owner that was removed ${formatTime(now - at)} ago`;
  }
}
