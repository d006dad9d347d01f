/**
 * Timers of the logical processes of one shard: one deadline per timer. Arming again overwrites the
 * deadline; the event queued for the old one is recognised as stale when it surfaces, because it no
 * longer agrees with the table. Hot: bench/phold.bench.ts, bench/cluster.bench.ts.
 *
 * A timer is created with a slot (its number in the order key, unique within its LP) and a tag (a word
 * handed back when it fires, usually the owner's row). Neither row nor timer id ever enters a key.
 */
import { NEVER, type Duration, type VirtualTime } from "./time.ts";
import { EventClass, type LpId } from "./event.ts";

export type TimerId = number;

export class TimerTable {
  deadline: Float64Array;
  /** Period in µs of a timer that re-arms itself; 0 for a one-shot. */
  period: Float64Array;
  slot: Uint32Array;
  tag: Uint32Array;
  lp: Uint32Array;
  eventClass: Uint8Array;
  private free: TimerId[] = [];
  private count = 0;

  constructor(capacity = 64) {
    this.deadline = new Float64Array(capacity);
    this.period = new Float64Array(capacity);
    this.slot = new Uint32Array(capacity);
    this.tag = new Uint32Array(capacity);
    this.lp = new Uint32Array(capacity);
    this.eventClass = new Uint8Array(capacity);
  }

  create(lp: LpId, slot: number, tag: number, eventClass: EventClass = EventClass.timer): TimerId {
    const id = this.free.pop() ?? this.grow();
    this.deadline[id] = NEVER;
    this.period[id] = 0;
    this.slot[id] = slot;
    this.tag[id] = tag;
    this.lp[id] = lp;
    this.eventClass[id] = eventClass;
    return id;
  }

  release(id: TimerId): void {
    this.deadline[id] = NEVER;
    this.period[id] = 0;
    this.free.push(id);
  }

  setDeadline(id: TimerId, at: VirtualTime, period: Duration): void {
    this.deadline[id] = at;
    this.period[id] = period;
  }

  private grow(): TimerId {
    if (this.count === this.deadline.length) {
      const capacity = this.count * 2;
      const deadline = new Float64Array(capacity);
      deadline.set(this.deadline);
      this.deadline = deadline;
      const period = new Float64Array(capacity);
      period.set(this.period);
      this.period = period;
      const slot = new Uint32Array(capacity);
      slot.set(this.slot);
      this.slot = slot;
      const tag = new Uint32Array(capacity);
      tag.set(this.tag);
      this.tag = tag;
      const lp = new Uint32Array(capacity);
      lp.set(this.lp);
      this.lp = lp;
      const eventClass = new Uint8Array(capacity);
      eventClass.set(this.eventClass);
      this.eventClass = eventClass;
    }
    return this.count++;
  }
}
