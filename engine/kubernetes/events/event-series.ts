/**
 * The newer recorder (events.k8s.io), which the scheduler has: equal Events about the same version of an
 * object are one, written when they come first and second, and then every 6 minutes while they go on.
 * Source: client-go/tools/events/event_broadcaster.go getKey, recordToSink, finishSeries.
 */
import type { Duration, VirtualTime } from "../../kernel/time.ts";
import type { InvolvedObject } from "../objects/event-record.ts";
import type { Statement } from "./event-correlator.ts";

export interface SeriesEvent {
  readonly name: string;
  readonly object: InvolvedObject;
  readonly message: string;
  readonly firstAt: VirtualTime;
  readonly lastAt: VirtualTime;
  readonly count: number;
}

interface Series extends SeriesEvent {
  readonly statement: Statement;
  /** Count of the version that was sent last. */
  readonly sent: number;
}

export class EventSeries {
  private readonly period: Duration;
  private readonly series = new Map<string, Series>();

  constructor(period: Duration) {
    this.period = Math.max(1, period);
  }

  /** The versions to send: at most what a pass had still to write, and this one. */
  take(now: VirtualTime, statement: Statement, name: string): SeriesEvent | null {
    const { object, type, reason, message } = statement;
    const key = `${object.kind}\n${object.namespace}\n${object.name}\n${object.resourceVersion}\n${type}\n${reason}`;
    const known = this.series.get(key);
    if (known === undefined) {
      const first = { name, object, message, firstAt: now, lastAt: now, count: 1, sent: 1, statement };
      this.series.set(key, first);
      return first;
    }
    const count = known.count + 1;
    const next = { ...known, lastAt: now, count, sent: count === 2 ? 2 : known.sent };
    this.series.set(key, next);
    return count === 2 ? next : null;
  }

  /** What the passes in (after, until] write, each with its instant. Ended series are forgotten, as upstream does. */
  *passes(
    after: VirtualTime,
    until: VirtualTime,
  ): Generator<{ readonly at: VirtualTime; readonly event: SeriesEvent; readonly statement: Statement }> {
    if (this.series.size === 0) return;
    for (let at = (Math.floor(after / this.period) + 1) * this.period; at <= until; at += this.period) {
      if (this.series.size === 0) return;
      for (const [key, one] of this.series) {
        if (one.count > one.sent) {
          this.series.set(key, { ...one, sent: one.count });
          yield { at, event: one, statement: one.statement };
        }
        if (one.lastAt < at - this.period) this.series.delete(key);
      }
    }
  }
}
