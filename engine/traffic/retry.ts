/**
 * Clients that wait: for the end of a back-off before they retry, or to learn that an address doesn't
 * answer. Each LP with traffic has one desk with one timer; a waiting request is a word (request-pool.ts).
 */
import type { LpId } from "../kernel/event.ts";
import type { Simulator } from "../kernel/simulator.ts";
import type { TimerId } from "../kernel/timer-table.ts";
import type { VirtualTime } from "../kernel/time.ts";

interface Waiting {
  readonly at: VirtualTime;
  /** Order of arrival at the desk. */
  readonly number: number;
  readonly word: number;
}

export class ClientDesk {
  readonly lp: LpId;
  /** Index among the desks of this shard. */
  readonly index: number;
  /** Requests that began here and were given a number. */
  numbered = 0;
  private readonly simulator: Simulator;
  private readonly timer: TimerId;
  /** Binary heap by (at, number). */
  private readonly heap: Waiting[] = [];
  private arrivals = 0;

  constructor(simulator: Simulator, lp: LpId, slot: number, index: number) {
    this.simulator = simulator;
    this.lp = lp;
    this.index = index;
    this.timer = simulator.timers.create(lp, slot, 0);
  }

  /** `at` lies after now. */
  wait(at: VirtualTime, word: number): void {
    const waiting: Waiting = { at, number: this.arrivals++, word };
    const heap = this.heap;
    let index = heap.push(waiting) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(waiting, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = waiting;
    if (index === 0) this.simulator.arm(this.timer, at);
  }

  /** The next word due by `now`, or -1 (words below it are a watch's, server-watch.ts); arms the timer for the first one that isn't due. */
  next(now: VirtualTime): number {
    const head = this.heap[0];
    if (head === undefined) return -1;
    if (head.at > now) {
      this.simulator.arm(this.timer, head.at);
      return -1;
    }
    this.removeHead();
    return head.word;
  }

  private removeHead(): void {
    const heap = this.heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = index * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.at !== b.at ? a.at < b.at : a.number < b.number;
}
