/**
 * Why a Service still has no endpoint, when what had taken the last one away is over: a Pod that would be one
 * is kept unready by something else. It tells a lost request its cause and changes nothing, so proxies never
 * read it. A bulletin: the API server writes, each shard has a copy.
 */
import { Bulletin } from "../../kernel/bulletin.ts";
import { NO_CAUSE, type CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";

export interface BlameEntry {
  readonly service: number;
  readonly cause: CauseId;
}

export class BlameLog extends Bulletin<BlameEntry> {
  /** The last one for a Service that became valid from `since` to `now`; none: what took the endpoints away is why. */
  causeAt(service: number, since: VirtualTime, now: VirtualTime): CauseId {
    for (let position = this.length - 1; position >= 0 && this.validFrom(position) > since; position--)
      if (this.validFrom(position) <= now && this.entry(position).service === service) return this.entry(position).cause;
    return NO_CAUSE;
  }
}
