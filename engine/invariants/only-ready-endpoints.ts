/** An endpoint is ready because its Pod was, when the controller saw it last. */
import type { VirtualTime } from "../kernel/time.ts";
import { usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const onlyReadyEndpointsDefinition: InvariantDefinition = {
  name: "only-ready-endpoints",
  scope: "control",
  meaning: "a slice that is written calls only such Pods ready as are Ready and not being deleted, or were a moment ago",
};

export class OnlyReadyEndpoints {
  /** By Pod, of those that aren't ready any more: since when. In the order of time. */
  private readonly lostAt = new Map<number, VirtualTime>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  /** It was Ready and not being deleted, and isn't any more. */
  podLost(pod: number, now: VirtualTime): void {
    const since = this.terms.since(now);
    for (const [other, at] of this.lostAt) {
      if (at >= since) break;
      this.lostAt.delete(other);
    }
    this.lostAt.delete(pod);
    this.lostAt.set(pod, now);
  }

  /** A slice calls it ready; `isReady`: the Pod is, now. */
  listed(service: string, pod: number, isReady: boolean, now: VirtualTime): string | null {
    if (isReady || (this.lostAt.get(pod) ?? -Infinity) >= this.terms.since(now)) return null;
    return `${service}: Pod ${pod} is written down as a ready endpoint, but hasn't been Ready of late`;
  }
}
