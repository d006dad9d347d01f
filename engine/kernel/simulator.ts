/**
 * The simulator of one shard: two verbs, `nextTime()` and `runUntil(bound)`. Logical processes of this
 * shard are dispatched in the order of their keys; what is posted to an LP of another shard goes to the
 * outbox. One shard is the same code without partners. Hot: bench/phold.bench.ts.
 */
import { assert } from "./assert.ts";
import { EventClass, classAndOrigin, type LpId } from "./event.ts";
import { EventQueue } from "./event-queue.ts";
import type { LogicalProcess } from "./logical-process.ts";
import { NEVER, type Duration, type VirtualTime } from "./time.ts";
import { TimerTable, type TimerId } from "./timer-table.ts";

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
}

export class Simulator {
  now: VirtualTime = 0;
  /** The LP being dispatched. */
  current: LpId = 0;
  /** Events dispatched so far (stale timers don't count). */
  events = 0;
  readonly timers: TimerTable = new TimerTable();
  readonly shard: number;
  private readonly shardOf: Uint8Array;
  private readonly outbox: RemoteOutbox | null;
  private readonly queue = new EventQueue();
  private readonly lps: (LogicalProcess | undefined)[];
  private readonly sent: Uint32Array;
  private running = false;

  constructor(options: SimulatorOptions) {
    this.shard = options.shard;
    this.shardOf = options.shardOf;
    this.outbox = options.outbox;
    this.lps = new Array<LogicalProcess | undefined>(options.lpCount).fill(undefined);
    this.sent = new Uint32Array(options.lpCount);
  }

  add(lp: LogicalProcess): void {
    this.lps[lp.id] = lp;
  }

  /** Sends a message from the LP being dispatched; `at` must lie after now. */
  post(receiver: LpId, at: VirtualTime, payload: number, eventClass: EventClass = EventClass.message): void {
    this.postFrom(this.current, receiver, at, payload, eventClass);
  }

  /** The same for a named sender: set-up, before the first event. */
  postFrom(origin: LpId, receiver: LpId, at: VirtualTime, payload: number, eventClass: EventClass = EventClass.message): void {
    assert(at > this.now || !this.running, `message at ${at}, not after now = ${this.now}`);
    const key = classAndOrigin(eventClass, origin);
    const number = this.sent[origin]!;
    this.sent[origin] = number + 1;
    const shard = this.shardOf[receiver]!;
    if (shard === this.shard) this.queue.push(at, key, number, receiver, payload);
    else this.outbox!.append(shard, at, key, number, receiver, payload);
  }

  /** An event that another shard sent here. */
  receiveRemote(time: VirtualTime, key: number, number: number, receiver: LpId, payload: number): void {
    this.queue.push(time, key, number, receiver, payload);
  }

  arm(timer: TimerId, at: VirtualTime): void {
    this.armPeriodic(timer, at, 0);
  }

  /** Fires at `at`, then every `period` until it is armed otherwise or cancelled (0: fires once). */
  armPeriodic(timer: TimerId, at: VirtualTime, period: Duration): void {
    assert(at > this.now || !this.running, `timer at ${at}, not after now = ${this.now}`);
    this.timers.setDeadline(timer, at, period);
    this.enqueue(timer, at);
  }

  cancel(timer: TimerId): void {
    this.timers.setDeadline(timer, NEVER, 0);
  }

  /** The least pending time (stale timers included, which only makes it earlier). */
  nextTime(): VirtualTime {
    return this.queue.headTime;
  }

  /** Dispatches every event with time < bound. */
  runUntil(bound: VirtualTime): void {
    assert(!this.running, "runUntil re-entered");
    this.running = true;
    const queue = this.queue;
    const timers = this.timers;
    while (queue.headTime < bound) {
      queue.pop();
      const time = queue.time;
      const receiver = queue.receiver;
      const payload = queue.payload;
      const lp = this.lps[receiver]!;
      if (queue.classAndOrigin >>> 30 < EventClass.timer) {
        this.dispatching(time, receiver);
        lp.onMessage(time, queue.classAndOrigin & 0x3fffffff, payload);
        continue;
      }
      if (timers.deadline[payload] !== time || timers.slot[payload] !== queue.number || timers.lp[payload] !== receiver) continue;
      const period = timers.period[payload]!;
      timers.deadline[payload] = period > 0 ? time + period : NEVER;
      if (period > 0) this.enqueue(payload, time + period);
      this.dispatching(time, receiver);
      lp.onTimer(time, timers.slot[payload]!, timers.tag[payload]!);
    }
    this.running = false;
  }

  private dispatching(time: VirtualTime, receiver: LpId): void {
    this.now = time;
    this.current = receiver;
    this.events++;
  }

  private enqueue(timer: TimerId, at: VirtualTime): void {
    const timers = this.timers;
    const lp = timers.lp[timer]!;
    this.queue.push(at, classAndOrigin(timers.eventClass[timer] as EventClass, lp), timers.slot[timer]!, lp, timer);
  }
}
