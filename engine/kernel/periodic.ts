/**
 * Period classes: a timer that re-arms with its own period keeps its place in the order, so it isn't
 * queued. All timers of one period stand in a ring of phase slots, about 20 in each, that is walked again
 * and again; a firing moves nothing. Hot: bench/rings.bench.ts.
 *
 *   phase = deadline mod period         slot = phase × slots / period
 *
 *   slot   0        1        2              walk: (base, slot, position); base = a multiple of the period
 *        [a b c] [d  † e] [        ] …     †: tombstone (its generation has passed), dropped in passing
 *
 * Arming appends to a slot and marks it dirty; a dirty slot is sorted by key when the walk reaches it.
 * Re-arming, cancelling and releasing only count the timer's generation up. Keys, and so the order of
 * dispatch, are exactly those of timers that are queued.
 */
import { classAndOrigin, type EventClass } from "./event.ts";
import { RecordSorter } from "./record-sort.ts";
import { Records } from "./records.ts";
import { NEVER, type Duration, type VirtualTime } from "./time.ts";
import { NO_TIMER, type TimerId, type TimerTable } from "./timer-table.ts";

/** Fewer timers of one period than this are queued. */
export const RING_MEMBERS_MIN = 256;
/** Each step compares the heads of all rings; timers of further periods are queued. */
const RINGS_MAX = 32;
const SLOT_ENTRIES = 20;
const SLOTS_MIN = 16;
const CHUNK_SHIFT_MIN = 3;
/** Words between two tags of a TaggedMemory: a cache line. A record may take two. */
const TAGGED_WORDS = 16;

/** The rings of one shard, and the least of their heads. */
export class PeriodicRings {
  /** Key of the least head; it may be stale, then `take` finds out. */
  headTime: VirtualTime = NEVER;
  headClassAndOrigin = 0;
  headNumber = 0;
  /** Key of what was taken last. */
  time: VirtualTime = 0;
  classAndOrigin = 0;
  number = 0;
  private readonly timers: TimerTable;
  private readonly rings: PeriodRing[] = [];
  private readonly ringOfClass: (PeriodRing | undefined)[] = [];
  private least: PeriodRing | null = null;

  constructor(timers: TimerTable) {
    this.timers = timers;
  }

  /** Lets a ring stand for the timer's present deadline; false when the deadline must be queued. */
  insert(timer: TimerId, at: VirtualTime, period: Duration, now: VirtualTime): boolean {
    if (at - now > period) return false;
    const periodClass = this.timers.periodClass[timer]!;
    const ring = this.ringOfClass[periodClass] ?? this.createRing(periodClass, period);
    if (ring === null || !ring.insert(timer, at, now)) return false;
    if (this.least === null || ring === this.least || isBefore(ring, this.least)) {
      this.least = ring;
      this.showLeast();
    }
    return true;
  }

  /** Takes the head and moves its deadline on by a period; NO_TIMER when it was stale: look at the new head. */
  take(): TimerId {
    const ring = this.least!;
    this.time = ring.headTime;
    this.classAndOrigin = ring.headClassAndOrigin;
    this.number = ring.headNumber;
    const timer = ring.take();
    let least = ring;
    const rings = this.rings;
    for (let index = 0; index < rings.length; index++) {
      const other = rings[index]!;
      if (other !== least && isBefore(other, least)) least = other;
    }
    this.least = least;
    this.showLeast();
    return timer;
  }

  clear(): void {
    this.rings.length = 0;
    this.ringOfClass.length = 0;
    this.least = null;
    this.headTime = NEVER;
  }

  private createRing(periodClass: number, period: Duration): PeriodRing | null {
    if (this.timers.classMembers[periodClass]! < RING_MEMBERS_MIN || this.rings.length === RINGS_MAX) return null;
    const ring = new PeriodRing(this.timers, period);
    this.rings.push(ring);
    this.ringOfClass[periodClass] = ring;
    return ring;
  }

  private showLeast(): void {
    const least = this.least!;
    this.headTime = least.headTime;
    this.headClassAndOrigin = least.headClassAndOrigin;
    this.headNumber = least.headNumber;
  }
}

function isBefore(ring: PeriodRing, other: PeriodRing): boolean {
  if (ring.headTime !== other.headTime) return ring.headTime < other.headTime;
  return isTieBefore(ring.headClassAndOrigin, ring.headNumber, other.headClassAndOrigin, other.headNumber);
}

function isTieBefore(first: number, second: number, otherFirst: number, otherSecond: number): boolean {
  return first !== otherFirst ? first < otherFirst : second < otherSecond;
}

const sorter = new RecordSorter();

class PeriodRing {
  headTime: VirtualTime = NEVER;
  headClassAndOrigin = 0;
  headNumber = 0;
  private readonly timers: TimerTable;
  private readonly period: Duration;
  private slotCount = SLOTS_MIN;
  private slotsPerMicrosecond: number;

  /** Entries of each slot: a chunk of the columns below. */
  private starts = new Uint32Array(SLOTS_MIN);
  private counts = new Uint32Array(SLOTS_MIN);
  /** log2 of the chunk's length; 0 when the slot has none. */
  private chunkShifts = new Uint8Array(SLOTS_MIN);
  private isDirty = new Uint8Array(SLOTS_MIN);
  /** An entry is a record: phase, class and origin, number, timer, generation. */
  private records = new Records(512);
  private phases = this.records.times;
  private words = this.records.words;
  private used = 0;
  /** Free chunks by log2 of their length; each is linked through its first word + 1. */
  private freeChunks = new Uint32Array(32);
  /** Tombstones included. */
  private entries = 0;

  /** Where the walk stands: the head is the entry at `position` of `slot`, in the round that begins at `base`. */
  private base: VirtualTime = 0;
  private slot = 0;
  private position = 0;
  private visitEnd = 0;
  /** What `touch` read: kept so that the reads aren't optimised away. */
  private warmth = 0;
  /** Whether an entry of this visit was taken; then the slot isn't sorted again before the next one. */
  private isStarted = false;

  constructor(timers: TimerTable, period: Duration) {
    this.timers = timers;
    this.period = period;
    this.slotsPerMicrosecond = SLOTS_MIN / period;
  }

  /** False for what is due within the present slot: it would have to enter a sorted slot that is being walked. */
  insert(timer: TimerId, at: VirtualTime, now: VirtualTime): boolean {
    if (this.entries >= this.slotCount * SLOT_ENTRIES * 2) this.rebuild(now);
    const base = this.baseOf(at);
    const phase = at - base;
    const slot = this.slotOf(phase);
    const nowBase = this.baseOf(now);
    if (base === nowBase && slot === this.slotOf(now - nowBase)) return false;
    const timers = this.timers;
    const key = classAndOrigin(timers.eventClass[timer] as EventClass, timers.lp[timer]!);
    const number = timers.slot[timer]!;
    timers.isRinged[timer] = 1;
    this.append(slot, phase, key, number, timer, timers.generation[timer]!);
    this.isDirty[slot] = 1;
    if (this.headTime === NEVER || base < this.base || (base === this.base && slot < this.slot)) {
      // The walk had run ahead over what was empty; it goes back.
      this.base = base;
      this.slot = slot;
      this.isStarted = false;
    } else if (base !== this.base || slot !== this.slot || !this.isAtBeforeHead(at, key, number)) {
      return true;
    }
    this.headTime = at;
    this.headClassAndOrigin = key;
    this.headNumber = number;
    return true;
  }

  /** The head's timer with its deadline moved on, or NO_TIMER when the head was stale or its slot unsorted. */
  take(): TimerId {
    if (!this.isStarted && this.isDirty[this.slot] !== 0) {
      this.beginVisit();
      this.seek(this.slotCount);
      return NO_TIMER;
    }
    const at = this.starts[this.slot]! + this.position;
    const timer = this.words[at * 6 + 4]!;
    const due = this.base + this.phases[at * 3]!;
    const timers = this.timers;
    const isLive = timers.generation[timer] === this.words[at * 6 + 5] && timers.deadline[timer] === due;
    if (isLive) {
      timers.deadline[timer] = due + this.period;
      this.isStarted = true;
    }
    this.position++;
    this.seek(this.slotCount);
    return isLive ? timer : NO_TIMER;
  }

  private isAtBeforeHead(at: VirtualTime, key: number, number: number): boolean {
    return at < this.headTime || (at === this.headTime && isTieBefore(key, number, this.headClassAndOrigin, this.headNumber));
  }

  /** Finds the next entry that is due, at most `slotsLeft` slots on, and shows it as the head. */
  private seek(slotsLeft: number): void {
    const timers = this.timers;
    let left = slotsLeft;
    for (;;) {
      const start = this.starts[this.slot]!;
      for (; this.position < this.visitEnd; this.position++) {
        const at = start + this.position;
        const timer = this.words[at * 6 + 4]!;
        if (timers.generation[timer] !== this.words[at * 6 + 5]) {
          this.isDirty[this.slot] = 1;
          continue;
        }
        const due = this.base + this.phases[at * 3]!;
        // Live but not due: it comes in the next round.
        if (timers.deadline[timer] !== due) continue;
        this.headTime = due;
        this.headClassAndOrigin = this.words[at * 6 + 2]!;
        this.headNumber = this.words[at * 6 + 3]!;
        return;
      }
      if (left-- === 0) {
        this.headTime = NEVER;
        return;
      }
      this.nextSlot();
      this.beginVisit();
    }
  }

  private nextSlot(): void {
    this.slot++;
    if (this.slot < this.slotCount) return;
    this.slot = 0;
    this.base += this.period;
    if (this.entries * 4 < this.slotCount * SLOT_ENTRIES && this.slotCount > SLOTS_MIN) this.rebuild(this.base);
  }

  private beginVisit(): void {
    const slot = this.slot;
    if (this.isDirty[slot] !== 0) this.tidy(slot);
    this.isStarted = false;
    this.position = 0;
    this.visitEnd = this.counts[slot]!;
    if (this.timers.memory !== null) this.warmth ^= this.touch(this.timers.memory.words, this.starts[slot]!);
  }

  /** Independent reads of what the firings of this visit will look at. */
  private touch(memory: Int32Array, start: number): number {
    const { tag, generation, deadline, slot } = this.timers;
    const words = this.words;
    const end = start + this.visitEnd;
    let read = 0;
    for (let at = start; at < end; at++) {
      const timer = words[at * 6 + 4]!;
      const record = tag[timer]! * TAGGED_WORDS;
      read ^= generation[timer]! ^ deadline[timer]! ^ slot[timer]!;
      if (record + TAGGED_WORDS < memory.length) read ^= memory[record]! ^ memory[record + TAGGED_WORDS]!;
    }
    return read;
  }

  /** Drops the tombstones of a slot and sorts it. */
  private tidy(slot: number): void {
    const start = this.starts[slot]!;
    const count = this.counts[slot]!;
    const phases = this.phases;
    const words = this.words;
    const generation = this.timers.generation;
    let kept = start;
    for (let at = start; at < start + count; at++) {
      if (generation[words[at * 6 + 4]!] !== words[at * 6 + 5]) continue;
      if (kept !== at) {
        phases[kept * 3] = phases[at * 3]!;
        words[kept * 6 + 2] = words[at * 6 + 2]!;
        words[kept * 6 + 3] = words[at * 6 + 3]!;
        words[kept * 6 + 4] = words[at * 6 + 4]!;
        words[kept * 6 + 5] = words[at * 6 + 5]!;
      }
      kept++;
    }
    sorter.sort(phases, words, start, kept);
    this.entries -= start + count - kept;
    this.counts[slot] = kept - start;
    this.isDirty[slot] = 0;
  }

  /** Largest multiple of the period at or below `at`; the quotient may be rounded up by one. */
  private baseOf(at: VirtualTime): VirtualTime {
    const base = Math.floor(at / this.period) * this.period;
    return base > at ? base - this.period : base;
  }

  private slotOf(phase: Duration): number {
    const slot = (phase * this.slotsPerMicrosecond) | 0;
    return slot < this.slotCount ? slot : this.slotCount - 1;
  }

  private append(slot: number, phase: Duration, key: number, number: number, timer: TimerId, generation: number): void {
    const count = this.counts[slot]!;
    const shift = this.chunkShifts[slot]!;
    if (shift === 0 || count === 1 << shift) this.extend(slot, shift === 0 ? CHUNK_SHIFT_MIN : shift + 1);
    const at = this.starts[slot]! + count;
    this.phases[at * 3] = phase;
    const words = this.words;
    words[at * 6 + 2] = key;
    words[at * 6 + 3] = number;
    words[at * 6 + 4] = timer;
    words[at * 6 + 5] = generation;
    this.counts[slot] = count + 1;
    this.entries++;
  }

  /** Moves a slot to a chunk of the next size; the old chunk becomes free. */
  private extend(slot: number, shift: number): void {
    const from = this.starts[slot]!;
    const to = this.allocate(shift);
    const count = this.counts[slot]!;
    this.words.copyWithin(to * 6, from * 6, (from + count) * 6);
    this.starts[slot] = to;
    const before = this.chunkShifts[slot]!;
    this.chunkShifts[slot] = shift;
    if (before === 0) return;
    this.words[from * 6] = this.freeChunks[before]!;
    this.freeChunks[before] = from + 1;
  }

  private allocate(shift: number): number {
    const free = this.freeChunks[shift]!;
    if (free !== 0) {
      this.freeChunks[shift] = this.words[(free - 1) * 6]!;
      return free - 1;
    }
    const start = this.used;
    this.used += 1 << shift;
    if (this.used > this.records.capacity) this.setRecords(this.records.grown(Math.max(this.used, this.records.capacity * 2)));
    return start;
  }

  private setRecords(records: Records): void {
    this.records = records;
    this.phases = records.times;
    this.words = records.words;
  }

  /** As many slots as the live entries want, without tombstones; every live deadline is at `now` or later. */
  private rebuild(now: VirtualTime): void {
    for (let slot = 0; slot < this.slotCount; slot++) this.isDirty[slot] = 1;
    const { phases, words, starts, counts, slotCount } = this;
    const generation = this.timers.generation;
    let live = 0;
    for (let slot = 0; slot < slotCount; slot++) {
      const end = starts[slot]! + counts[slot]!;
      for (let at = starts[slot]!; at < end; at++) if (generation[words[at * 6 + 4]!] === words[at * 6 + 5]) live++;
    }
    this.reset(Math.max(SLOTS_MIN, Math.ceil((live * 1.25) / SLOT_ENTRIES)), live);
    for (let slot = 0; slot < slotCount; slot++) {
      const end = starts[slot]! + counts[slot]!;
      for (let at = starts[slot]!; at < end; at++) {
        const timer = words[at * 6 + 4]!;
        if (generation[timer] !== words[at * 6 + 5]) continue;
        this.append(this.slotOf(phases[at * 3]!), phases[at * 3]!, words[at * 6 + 2]!, words[at * 6 + 3]!, timer, words[at * 6 + 5]!);
      }
    }
    this.base = this.baseOf(now);
    this.slot = this.slotOf(now - this.base);
    this.beginVisit();
    this.seek(this.slotCount);
  }

  private reset(slotCount: number, entries: number): void {
    this.slotCount = slotCount;
    this.slotsPerMicrosecond = slotCount / this.period;
    this.starts = new Uint32Array(slotCount);
    this.counts = new Uint32Array(slotCount);
    this.chunkShifts = new Uint8Array(slotCount);
    this.isDirty = new Uint8Array(slotCount).fill(1);
    this.setRecords(new Records(Math.max(512, entries * 2)));
    this.freeChunks.fill(0);
    this.used = 0;
    this.entries = 0;
  }
}
