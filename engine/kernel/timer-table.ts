/**
 * Timers of the logical processes of one shard: one deadline per timer. Arming again overwrites the
 * deadline; what was queued for the old one is recognised as stale when it surfaces, because it no
 * longer agrees with the table. Hot: bench/phold.bench.ts, bench/cluster.bench.ts.
 *
 * A timer is created with a slot (its number in the order key, unique within its LP) and a tag (a word
 * handed back when it fires, usually the owner's row). Neither row nor timer id ever enters a key.
 *
 *              arm, period 0 or small class            fires or surfaces stale
 *   idle ────────────────────────────► queued ─────────────────────────────► idle, or queued again
 *     └──────────────────────────────► in a ring ──── re-armed, cancelled, released: generation + 1 ──► …
 *              arm, large period class
 */
import { assert } from "./assert.ts";
import { EventClass, type LpId } from "./event.ts";
import { NEVER, type Duration, type VirtualTime } from "./time.ts";

export type TimerId = number;
export const NO_TIMER: TimerId = -1;

/** LP of a timer that is not in use. */
const RELEASED = 0xffffffff;
/** A period class is a number of 16 bits; timers of further periods are queued. */
const CLASSES_MAX = 65536;
export const NO_CLASS = 0;

/** What the owners of timers look up by tag. */
export interface TaggedMemory {
  /** The record of tag t begins at word t × 16. */
  readonly words: Int32Array;
}

export class TimerTable {
  /**
   * Rings read the records of the timers of a slot one after another before they fire, so that the cache
   * misses of a whole slot overlap instead of adding up. It changes nothing that is computed. Null: don't.
   */
  memory: TaggedMemory | null = null;
  deadline: Float64Array;
  /** Period in µs of a timer that re-arms itself; 0 for a one-shot. */
  period: Float64Array;
  slot: Uint32Array;
  tag: Uint32Array;
  lp: Uint32Array;
  eventClass: Uint8Array;
  /** Time of the queued event that stands for this timer, NEVER when none does. It may be earlier than the deadline. */
  queuedAt: Float64Array;
  /** Counts the ring entries that were made void; an entry of another generation is a tombstone. */
  generation: Uint32Array;
  /** 1 when a ring entry stands for this timer. */
  isRinged: Uint8Array;
  /** Timers with the same period; NO_CLASS for one-shots. */
  periodClass: Uint16Array;
  /** How many timers are armed with the period of each class. */
  readonly classMembers: number[] = [0];
  private readonly classOf = new Map<Duration, number>();
  private free: TimerId[] = [];
  private count = 0;

  constructor(capacity = 64) {
    this.deadline = new Float64Array(capacity);
    this.period = new Float64Array(capacity);
    this.slot = new Uint32Array(capacity);
    this.tag = new Uint32Array(capacity);
    this.lp = new Uint32Array(capacity);
    this.eventClass = new Uint8Array(capacity);
    this.queuedAt = new Float64Array(capacity);
    this.generation = new Uint32Array(capacity);
    this.isRinged = new Uint8Array(capacity);
    this.periodClass = new Uint16Array(capacity);
  }

  create(lp: LpId, slot: number, tag: number, eventClass: EventClass = EventClass.timer): TimerId {
    assert(eventClass >= EventClass.timer, "a timer is of class timer or observer");
    const id = this.free.pop() ?? this.grow();
    this.deadline[id] = NEVER;
    this.period[id] = 0;
    this.slot[id] = slot;
    this.tag[id] = tag;
    this.lp[id] = lp;
    this.eventClass[id] = eventClass;
    this.queuedAt[id] = NEVER;
    this.periodClass[id] = NO_CLASS;
    return id;
  }

  release(id: TimerId): void {
    assert(this.lp[id] !== RELEASED, `timer ${id} released twice`);
    this.setDeadline(id, NEVER, 0);
    this.queuedAt[id] = NEVER;
    this.lp[id] = RELEASED;
    this.free.push(id);
  }

  /** Only the simulator arms; this writes the row and makes a ring entry void. */
  setDeadline(id: TimerId, at: VirtualTime, period: Duration): void {
    this.deadline[id] = at;
    if (this.isRinged[id] !== 0) {
      this.isRinged[id] = 0;
      this.generation[id]!++;
    }
    if (this.period[id] !== period) this.changePeriod(id, period);
  }

  /** Forgets all timers; the columns stay. */
  clear(): void {
    this.memory = null;
    this.generation.fill(0, 0, this.count);
    this.isRinged.fill(0, 0, this.count);
    this.free.length = 0;
    this.count = 0;
    this.classMembers.length = 1;
    this.classOf.clear();
  }

  private changePeriod(id: TimerId, period: Duration): void {
    const before = this.periodClass[id]!;
    if (before !== NO_CLASS) this.classMembers[before]!--;
    const after = period > 0 ? this.classOfPeriod(period) : NO_CLASS;
    if (after !== NO_CLASS) this.classMembers[after]!++;
    this.periodClass[id] = after;
    this.period[id] = period;
  }

  private classOfPeriod(period: Duration): number {
    const known = this.classOf.get(period);
    if (known !== undefined) return known;
    if (this.classMembers.length === CLASSES_MAX) return NO_CLASS;
    const added = this.classMembers.push(0) - 1;
    this.classOf.set(period, added);
    return added;
  }

  private grow(): TimerId {
    if (this.count === this.deadline.length) {
      const capacity = this.count * 2;
      this.deadline = grown(this.deadline, new Float64Array(capacity));
      this.period = grown(this.period, new Float64Array(capacity));
      this.slot = grown(this.slot, new Uint32Array(capacity));
      this.tag = grown(this.tag, new Uint32Array(capacity));
      this.lp = grown(this.lp, new Uint32Array(capacity));
      this.eventClass = grown(this.eventClass, new Uint8Array(capacity));
      this.queuedAt = grown(this.queuedAt, new Float64Array(capacity));
      this.generation = grown(this.generation, new Uint32Array(capacity));
      this.isRinged = grown(this.isRinged, new Uint8Array(capacity));
      this.periodClass = grown(this.periodClass, new Uint16Array(capacity));
    }
    return this.count++;
  }
}

function grown<Column extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}
