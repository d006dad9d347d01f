/**
 * What client-go does with one source's Events before it sends them, in this order:
 *
 *   aggregate (10th different message of one reason) ─▶ count (equal Events are one) ─▶ spam filter (per object)
 *
 * What the filter drops is lost, but was counted: the next one that passes shows a jump.
 * Source: client-go/tools/record/events_cache.go EventCorrelate.
 */
import { SECOND, type VirtualTime } from "../../kernel/time.ts";
import type { Settings } from "../../settings.ts";
import { TokenBucket } from "../api-server/token-bucket.ts";
import type { InvolvedObject } from "../objects/event-record.ts";
import { RecentMap } from "./recent-map.ts";

/** Settings that decide. */
export type CorrelatorSettings = Pick<Settings, "eventAggregateMax" | "eventAggregateWindow" | "eventSpamBurst" | "eventSpamRefill">;

/** What a component said once. */
export interface Statement {
  readonly object: InvolvedObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What the client sends: an Event to create (count 1), or a new count of one that it sent before. */
export interface CorrelatedEvent {
  /** Of the Event object that it becomes a version of. */
  readonly name: string;
  readonly object: InvolvedObject;
  readonly message: string;
  readonly firstAt: VirtualTime;
  readonly count: number;
}

interface Observation {
  readonly name: string;
  readonly firstAt: VirtualTime;
  count: number;
}

interface SimilarEvents {
  readonly messages: Set<string>;
  lastAt: VirtualTime;
}

export class EventCorrelator {
  private readonly settings: CorrelatorSettings;
  private readonly similar = new RecentMap<SimilarEvents>();
  private readonly observed = new RecentMap<Observation>();
  private readonly limits = new RecentMap<TokenBucket>();

  constructor(settings: CorrelatorSettings) {
    this.settings = settings;
  }

  /** Null: the spam filter drops it. `name` is taken if this becomes a new Event. */
  take(now: VirtualTime, statement: Statement, name: string): CorrelatedEvent | null {
    const { object, type, reason } = statement;
    const of = keyOf(object);
    const similarKey = `${of}\n${type}\n${reason}`;
    const isCombined = this.isOneOfMany(now, similarKey, statement.message);
    const message = isCombined ? `(combined from similar events): ${statement.message}` : statement.message;
    const key = isCombined ? similarKey : `${similarKey}\n${object.fieldPath}\n${message}`;
    let observation = this.observed.get(key);
    if (observation === undefined) {
      observation = { name, firstAt: now, count: 0 };
      this.observed.put(key, observation);
    }
    observation.count++;
    if (!this.passes(now, of)) return null;
    // An aggregate stands for the whole object: its copy has no field path upstream either, but keeps the reference.
    return { name: observation.name, object, message, firstAt: observation.firstAt, count: observation.count };
  }

  /** Source: EventAggregator.EventAggregate. Upstream forgets any one message then; here it is the oldest. */
  private isOneOfMany(now: VirtualTime, key: string, message: string): boolean {
    const { eventAggregateMax, eventAggregateWindow } = this.settings;
    let similar = this.similar.get(key);
    if (similar === undefined || now - similar.lastAt > eventAggregateWindow) {
      similar = { messages: new Set(), lastAt: now };
      this.similar.put(key, similar);
    }
    similar.lastAt = now;
    similar.messages.add(message);
    if (similar.messages.size < eventAggregateMax) return false;
    const oldest = similar.messages.values().next();
    if (oldest.done !== true) similar.messages.delete(oldest.value);
    return true;
  }

  /** Source: EventSourceObjectSpamFilter.Filter. */
  private passes(now: VirtualTime, object: string): boolean {
    let limit = this.limits.get(object);
    if (limit === undefined) {
      limit = new TokenBucket(SECOND / this.settings.eventSpamRefill, this.settings.eventSpamBurst);
      this.limits.put(object, limit);
    }
    return limit.tryTake(now);
  }
}

/** One correlator serves one source, so the source is no part of it. */
function keyOf({ kind, namespace, name, uid, apiVersion }: InvolvedObject): string {
  return `${kind}\n${namespace}\n${name}\n${uid}\n${apiVersion}`;
}
