/** Once a Pod isn't Ready any more or is being deleted, its Services' slices say so as soon as their controller can. */
import { MINUTE, formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import { usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const endpointsFollowPodsDefinition: InvariantDefinition = {
  name: "endpoints-follow-pods",
  scope: "control",
  meaning:
    "a Pod that isn't Ready any more, or is being deleted, stays a ready endpoint no longer than a watch, the controller's queue and its writes may take",
};

/** Nothing is late by more than that without having been told before. */
const FORGOTTEN: Duration = 10 * MINUTE;

export class EndpointsFollowPods {
  /** By Pod, of those that aren't ready any more: since when. In the order of time. */
  private readonly lostAt = new Map<number, VirtualTime>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  /** It was Ready and not being deleted, and isn't any more. */
  podLost(pod: number, now: VirtualTime): void {
    const forgotten = this.terms.since(now) - FORGOTTEN;
    for (const [other, at] of this.lostAt) {
      if (at >= forgotten) break;
      this.lostAt.delete(other);
    }
    this.lostAt.delete(pod);
    this.lostAt.set(pod, now);
  }

  podBack(pod: number): void {
    this.lostAt.delete(pod);
  }

  /** Until now it was a ready endpoint; or it is one still. */
  wasListed(service: string, pod: number, now: VirtualTime): string | null {
    const at = this.lostAt.get(pod);
    if (at === undefined || at >= this.terms.since(now)) return null;
    return `${service}: Pod ${pod} was a ready endpoint for ${formatTime(now - at)} after it was Ready last`;
  }
}
