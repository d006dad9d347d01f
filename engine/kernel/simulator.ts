/**
 * The simulator of one shard: two verbs, `nextTime()` and `runUntil(bound)`. Logical processes of this
 * shard are dispatched in the order of their keys; what is posted to an LP of another shard goes to the
 * outbox. One shard is the same code without partners. Hot: bench/phold.bench.ts.
 */
import { EventClass, classAndOrigin, type LpId } from "./event.ts";
import type { BucketObserver, EventQueue } from "./event-queue.ts";
import { BLOCK_EVENTS, EVENTS_PER_SECOND_MAX, Ledger, type LpFingerprint, type Trace } from "./fingerprint.ts";
import type { LogicalProcess } from "./logical-process.ts";
import type { PeriodicRings } from "./periodic.ts";
import { NEVER, formatTime, type Duration, type VirtualTime } from "./time.ts";
import { NO_TIMER, type TimerId, type TimerTable } from "./timer-table.ts";
import { Workspace } from "./workspace.ts";

/** Where events for other shards go; the host swaps them at the end of a window. */
export interface RemoteOutbox {
  append(shard: number, time: VirtualTime, classAndOrigin: number, number: number, receiver: LpId, payload: number): void;
}

export interface SimulatorOptions {
  readonly lpCount: number;
  readonly shard: number;
  /** Shard of each LP, by LP id. */
  readonly shardOf: Uint8Array;
  readonly outbox: RemoteOutbox | null;
  /** Columns to reuse; it is reset first, so an earlier simulator on it is at its end. */
  readonly workspace?: Workspace;
  /** Whether period classes stand in rings (default) or every timer is queued: the order is the same. */
  readonly rings?: boolean;
  /** Events that one LP may receive within a virtual second. */
  readonly eventsPerSecondMax?: number;
  readonly trace?: Trace | null;
}

/** Keys from here on are those of timers and observers. */
const FIRST_TIMER_KEY = classAndOrigin(EventClass.timer, 0);
/** With fewer LPs all rows stay in the cache anyway. */
const WARMED_LPS_MIN = 8192;
const ORIGIN_MASK = 0x3fffffff;
const BLOCK_MASK = BLOCK_EVENTS - 1;
const PER_TWO_32 = 1 / 4294967296;

export class Simulator implements BucketObserver {
  now: VirtualTime = 0;
  /** The LP being dispatched. */
  current: LpId = 0;
  /** Events dispatched so far (stale timers don't count). */
  events = 0;
  readonly timers: TimerTable;
  readonly shard: number;
  private readonly shardOf: Uint8Array;
  private readonly outbox: RemoteOutbox | null;
  private readonly queue: EventQueue;
  private readonly rings: PeriodicRings;
  private readonly usesRings: boolean;
  private readonly ledger: Ledger;
  private readonly rows: Uint32Array;
  private readonly tracedLp: LpId;
  private readonly lps: (LogicalProcess | null)[];
  private running = false;
  protected warmed = 0;
  private memory: Uint32Array | null = null;
  private memoryStride = 1;
  /** Rest of the key of the last event, which was at `now`. */
  private lastKey = -1;
  private lastNumber = 0;

  constructor(options: SimulatorOptions) {
    const workspace = options.workspace ?? new Workspace();
    workspace.reset();
    this.timers = workspace.timers;
    this.shard = options.shard;
    this.shardOf = options.shardOf;
    this.outbox = options.outbox;
    this.queue = workspace.queue;
    this.rings = workspace.rings;
    this.usesRings = options.rings ?? true;
    this.ledger = new Ledger(options.lpCount, options.eventsPerSecondMax ?? EVENTS_PER_SECOND_MAX, options.trace ?? null);
    this.rows = this.ledger.rows;
    this.tracedLp = options.trace?.lp ?? -1;
    this.lps = [];
    for (let lp = 0; lp < options.lpCount; lp++) this.lps.push(null);
    if (options.lpCount >= WARMED_LPS_MIN) this.queue.observer = this;
  }

  add(lp: LogicalProcess): void {
    this.lps[lp.id] = lp;
  }

  /** One object that serves the LP `id` as well, told apart by `current`: for models with very many LPs. */
  addAs(id: LpId, lp: LogicalProcess): void {
    this.lps[id] = lp;
  }

  /** A column of which each event of an LP reads the words from lp × stride on; only for speed, with very many LPs. */
  readAhead(memory: Uint32Array, stride: number): void {
    this.memory = memory;
    this.memoryStride = stride;
  }

  /** Sends a message from the LP being dispatched; `at` must lie after now. */
  post(receiver: LpId, at: VirtualTime, payload: number, eventClass: EventClass = EventClass.message): void {
    this.postFrom(this.current, receiver, at, payload, eventClass);
  }

  /** The same for a named sender: set-up, before the first event. */
  postFrom(origin: LpId, receiver: LpId, at: VirtualTime, payload: number, eventClass: EventClass = EventClass.message): void {
    if (at <= this.now && this.running) this.refuse("message", at);
    const key = ((eventClass << 30) | origin) >>> 0;
    const number = this.rows[origin * 4 + 3]!++;
    if (this.outbox === null || this.shardOf[receiver] === this.shard) this.queue.push(at, key, number, receiver, payload);
    else this.outbox.append(this.shardOf[receiver]!, at, key, number, receiver, payload);
  }

  /** An event that another shard sent here. */
  receiveRemote(time: VirtualTime, key: number, number: number, receiver: LpId, payload: number): void {
    this.queue.push(time, key, number, receiver, payload);
  }

  arm(timer: TimerId, at: VirtualTime): void {
    this.armPeriodic(timer, at, 0);
  }

  /** As `arm`, and also at the present instant if the timer's turn is still to come: its key lies behind that of the event at hand. */
  armBehind(timer: TimerId, at: VirtualTime): void {
    if (at < this.now && this.running) this.refuse("timer", at);
    this.timers.setDeadline(timer, at, 0);
    this.place(timer, at, 0, this.now);
  }

  /** Fires at `at`, then every `period` until it is armed otherwise or cancelled (0: fires once). */
  armPeriodic(timer: TimerId, at: VirtualTime, period: Duration): void {
    if (at <= this.now && this.running) this.refuse("timer", at);
    if (at === NEVER) this.cancel(timer);
    else {
      this.timers.setDeadline(timer, at, period);
      this.place(timer, at, period, this.now);
    }
  }

  cancel(timer: TimerId): void {
    this.timers.setDeadline(timer, NEVER, 0);
  }

  /** The least pending time (stale timers included, which only makes it earlier). */
  nextTime(): VirtualTime {
    return this.rings.headTime < this.queue.headTime ? this.rings.headTime : this.queue.headTime;
  }

  /** Dispatches every event with time < bound. */
  runUntil(bound: VirtualTime): void {
    if (this.running) throw new Error(`podstorm bug: runUntil re-entered at ${this.describe()}`);
    this.running = true;
    const queue = this.queue;
    const rings = this.rings;
    for (;;) {
      const queueTime = queue.headTime;
      const ringTime = rings.headTime;
      if (ringTime < queueTime || (ringTime === queueTime && this.isRingFirst())) {
        if (ringTime >= bound) break;
        this.dispatchRinged();
      } else {
        if (queueTime >= bound) break;
        queue.pop();
        const key = queue.classAndOrigin;
        if (key >= FIRST_TIMER_KEY) {
          this.dispatchTimer();
          continue;
        }
        const time = queue.time;
        const receiver = queue.receiver;
        this.enter(receiver, time, key, queue.number);
        (this.lps[receiver] ?? this.missing(receiver)).onMessage(time, key & ORIGIN_MASK, queue.payload);
      }
    }
    this.running = false;
  }

  /**
   * Reads what the dispatch of each event of a bucket will need, so that the caches have it by then: many
   * reads in a row overlap, those between two events don't (65,536 LPs: 20 %, 1,048,576 LPs: 50 % faster).
   */
  bucketLoaded(words: Uint32Array, from: number, to: number): void {
    const rows = this.rows;
    const lps = this.lps;
    const memory = this.memory;
    const stride = this.memoryStride;
    let warmed = 0;
    for (let at = from; at < to; at++) {
      const receiver = words[at * 6 + 4]!;
      warmed ^= rows[receiver * 4]!;
      if (lps[receiver] === null) warmed++;
      if (memory !== null) warmed ^= memory[receiver * stride]!;
    }
    // Kept, or the compiler would drop the reads.
    this.warmed = warmed;
  }

  /** The hash of what each LP of this shard received, in order of id. */
  fingerprints(): [LpId, string][] {
    const fingerprints: [LpId, string][] = [];
    for (let lp = 0; lp < this.lps.length; lp++) if (this.shardOf[lp] === this.shard) fingerprints.push([lp, this.ledger.hashOf(lp)]);
    return fingerprints;
  }

  /** The same with a hash after every 4,096 events, to find where two runs part. */
  blockFingerprints(): LpFingerprint[] {
    const fingerprints: LpFingerprint[] = [];
    for (let lp = 0; lp < this.lps.length; lp++) if (this.shardOf[lp] === this.shard) fingerprints.push(this.ledger.fingerprintOf(lp));
    return fingerprints;
  }

  /** Where the run is, for error messages. */
  describe(): string {
    return `${formatTime(this.now)} (${this.now}µs), LP ${this.current}, its event ${this.ledger.eventsOf(this.current)}, event ${this.events} of shard ${this.shard}`;
  }

  /**
   * An event is about to be dispatched. The keys of an LP must strictly grow; so do, as no message comes
   * late, those of the whole shard, which is cheaper to check.
   */
  private enter(lp: LpId, time: VirtualTime, key: number, number: number): void {
    if (time <= this.now && !this.isAfterLast(time, key, number)) this.refuseOrder(lp, time, key, number);
    this.lastKey = key;
    this.lastNumber = number;
    this.now = time;
    this.current = lp;
    this.events++;
    // The row of fingerprint.ts, written out: the compiler would have no room left to inline it.
    const rows = this.rows;
    const row = lp * 4;
    let a = Math.imul(rows[row]! ^ time, 0x9e3779b1);
    let b = Math.imul(rows[row + 1]! ^ key, 0x85ebca77);
    a = Math.imul(a ^ (a >>> 15) ^ number, 0xc2b2ae3d);
    b = Math.imul(b ^ (b >>> 13) ^ (time * PER_TWO_32) ^ a, 0x27d4eb2f);
    rows[row] = a ^ (b >>> 16);
    rows[row + 1] = b ^ (a >>> 14);
    const events = ++rows[row + 2]!;
    if ((events & BLOCK_MASK) === 0 || lp === this.tracedLp) this.ledger.review(lp, time, key, number);
  }

  private isAfterLast(time: VirtualTime, key: number, number: number): boolean {
    if (time !== this.now) return false;
    return key !== this.lastKey ? key > this.lastKey : number > this.lastNumber;
  }

  private refuseOrder(lp: LpId, time: VirtualTime, key: number, number: number): never {
    const last = `(${this.now}, ${this.lastKey}, ${this.lastNumber})`;
    throw new Error(`podstorm bug: LP ${lp} was to receive (${time}, ${key}, ${number}) after ${last}, at ${this.describe()}`);
  }

  private isRingFirst(): boolean {
    const first = this.rings.headClassAndOrigin;
    const other = this.queue.headClassAndOrigin;
    return first !== other ? first < other : this.rings.headNumber < this.queue.headNumber;
  }

  private dispatchRinged(): void {
    const rings = this.rings;
    const timer = rings.take();
    if (timer !== NO_TIMER) this.fire(timer, rings.time, rings.classAndOrigin, rings.number);
  }

  /** A queued timer surfaced. It is stale unless the table still names this event and its time as the deadline. */
  private dispatchTimer(): void {
    const timers = this.timers;
    const { time, classAndOrigin: key, number: slot, receiver: lp, payload: timer } = this.queue;
    if (timers.queuedAt[timer] !== time || timers.slot[timer] !== slot || timers.lp[timer] !== lp) return;
    timers.queuedAt[timer] = NEVER;
    if (timers.isRinged[timer] !== 0) return;
    const deadline = timers.deadline[timer]!;
    if (deadline !== time) {
      if (deadline !== NEVER) this.enqueue(timer, deadline);
      return;
    }
    const period = timers.period[timer]!;
    if (period > 0) {
      timers.deadline[timer] = time + period;
      this.place(timer, time + period, period, time);
    } else {
      timers.deadline[timer] = NEVER;
    }
    this.fire(timer, time, key, slot);
  }

  private fire(timer: TimerId, time: VirtualTime, key: number, slot: number): void {
    const lp = key & ORIGIN_MASK;
    this.enter(lp, time, key, slot);
    (this.lps[lp] ?? this.missing(lp)).onTimer(time, slot, this.timers.tag[timer]!);
  }

  /** Lets a ring or a queued event stand for a timer's deadline. */
  private place(timer: TimerId, at: VirtualTime, period: Duration, now: VirtualTime): void {
    if (period > 0 && this.usesRings && this.rings.insert(timer, at, period, now)) return;
    this.enqueue(timer, at);
  }

  /** An event that is queued for an earlier time surfaces first and is queued again then. */
  private enqueue(timer: TimerId, at: VirtualTime): void {
    const timers = this.timers;
    if (timers.queuedAt[timer]! <= at) return;
    timers.queuedAt[timer] = at;
    const lp = timers.lp[timer]!;
    this.queue.push(at, ((timers.eventClass[timer]! << 30) | lp) >>> 0, timers.slot[timer]!, lp, timer);
  }

  private missing(lp: LpId): never {
    throw new Error(`podstorm bug: no logical process ${lp} in shard ${this.shard}, at ${this.describe()}`);
  }

  private refuse(what: string, at: VirtualTime): never {
    throw new Error(`podstorm bug: ${what} at ${at}, not after now: ${this.describe()}`);
  }
}
