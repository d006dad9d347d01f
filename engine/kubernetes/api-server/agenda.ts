/**
 * The timers of a control-plane LP: what to do when, in the order of (time, when it was noted down).
 * One simulator timer stands for the earliest; all that is due at one instant runs in one event.
 */
import type { LpId } from "../../kernel/event.ts";
import type { Simulator } from "../../kernel/simulator.ts";
import type { TimerId } from "../../kernel/timer-table.ts";
import { NEVER, type VirtualTime } from "../../kernel/time.ts";

export interface AgendaEntry {
  readonly time: VirtualTime;
  readonly order: number;
  /** Null once it has run or was cancelled. */
  action: (() => void) | null;
}

export class Agenda {
  private readonly simulator: Simulator;
  private readonly timer: TimerId;
  private readonly heap: AgendaEntry[] = [];
  private armedAt: VirtualTime = NEVER;
  private order = 0;
  private isRunning = false;

  /** `slot`: the one timer slot of the LP that it takes. */
  constructor(simulator: Simulator, lp: LpId, slot: number) {
    this.simulator = simulator;
    this.timer = simulator.timers.create(lp, slot, 0);
  }

  /** `time` lies after now. */
  at(time: VirtualTime, action: () => void): AgendaEntry {
    const entry: AgendaEntry = { time, order: this.order++, action };
    this.push(entry);
    if (!this.isRunning && time < this.armedAt) this.arm();
    return entry;
  }

  cancel(entry: AgendaEntry): void {
    entry.action = null;
  }

  /** Its timer fired. */
  run(now: VirtualTime): void {
    this.isRunning = true;
    this.armedAt = NEVER;
    for (let head = this.heap[0]; head !== undefined && (head.time <= now || head.action === null); head = this.heap[0]) {
      this.pop();
      const action = head.action;
      head.action = null;
      action?.();
    }
    this.isRunning = false;
    this.arm();
  }

  private arm(): void {
    const head = this.heap[0];
    if (head === undefined) return;
    this.armedAt = head.time;
    this.simulator.arm(this.timer, head.time);
  }

  private push(entry: AgendaEntry): void {
    const heap = this.heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  private pop(): void {
    const heap = this.heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: AgendaEntry, b: AgendaEntry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
