/**
 * Why a Service still has no endpoint, when what had taken the last one away is over: a Pod that would be one
 * is kept unready by something else. And why a Pod that is gone is still an endpoint: a fault of the API server
 * holds up its removal. It tells a lost request its cause and changes nothing, so proxies never read it. A bulletin:
 * the API server writes, each shard has a copy.
 */
import { Bulletin } from "../../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import type { PodId } from "../api-server/pod-record.ts";

export interface BlameEntry {
  readonly service: number;
  /** Whose removal is held up; -1: it is about the Service's lack of endpoints. */
  readonly pod: PodId;
  readonly cause: CauseId;
  /** How much later the removal comes, as far as known; Infinity: not before the fault's end. 0 if it is about endpoints. */
  readonly delay: Duration;
}

export class BlameLog extends Bulletin<BlameEntry> {
  private read = 0;
  /** Positions of the entries about each Pod. */
  private readonly holdUps = new Map<PodId, number[]>();

  /** The last one for a Service that became valid from `since` to `now`; none: what took the endpoints away is why. */
  causeAt(service: number, since: VirtualTime, now: VirtualTime): CauseId {
    for (let position = this.length - 1; position >= 0 && this.validFrom(position) > since; position--)
      if (this.validFrom(position) <= now && this.entry(position).service === service && this.entry(position).pod === -1)
        return this.entry(position).cause;
    return NO_CAUSE;
  }

  /**
   * What holds up a Pod's removal from a Service, for good: the Pod doesn't come back. None: nothing does. `usual`: how
   * late the proxies are without any fault.
   */
  holdUpAt(service: number, pod: PodId, now: VirtualTime, usual: (delay: Duration) => Duration): CauseId {
    for (; this.read < this.length; this.read++) {
      const { pod: heldUp } = this.entry(this.read);
      if (heldUp === -1) continue;
      const known = this.holdUps.get(heldUp);
      if (known === undefined) this.holdUps.set(heldUp, [this.read]);
      else known.push(this.read);
    }
    // Other shards may not have what isn't valid yet.
    const position = this.holdUps
      .get(pod)
      ?.find((at) => this.entry(at).service === service && this.validFrom(at) + usual(this.entry(at).delay) <= now);
    return position === undefined ? NO_CAUSE : this.entry(position).cause;
  }
}
