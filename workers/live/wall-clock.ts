/**
 * The wall clock of a live run: the machine's monotonic clock as VirtualTime, and a sleep that aims at an
 * absolute instant (chained timers drift by tens of milliseconds within seconds) and ends early when woken.
 */
import type { VirtualTime } from "../../engine/kernel/time.ts";

/** What the live host needs of a clock; tests hand in one that jumps. */
export interface LiveClock {
  now(): VirtualTime;
  /** Resolves at `at`, or earlier when `wake` is called. At most one wait at a time. */
  waitUntil(at: VirtualTime): Promise<void>;
  /** Ends the present wait, or the next one at once when there is none. */
  wake(): void;
}

/** Longest single timer of Node.js, in ms. */
const LONGEST_TIMER = 0x7fffffff;

export class WallClock implements LiveClock {
  /** Nanoseconds of the process's monotonic clock at virtual time 0; the same clock in every thread. */
  readonly origin: bigint;
  private finishWait: (() => void) | null = null;
  private isWoken = false;

  constructor(origin: bigint = process.hrtime.bigint()) {
    this.origin = origin;
  }

  now(): VirtualTime {
    return Number((process.hrtime.bigint() - this.origin) / 1000n);
  }

  waitUntil(at: VirtualTime): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.finishWait = null;
        this.isWoken = false;
        resolve();
      };
      // Node.js counts a timer from the start of its loop's turn, so it may fire early: then for the rest again.
      const sleep = (): NodeJS.Timeout => {
        const delay = Math.min(LONGEST_TIMER, Math.max(0, Math.ceil((at - this.now()) / 1000)));
        return setTimeout(() => (this.now() < at && delay < LONGEST_TIMER ? (timer = sleep()) : finish()), delay);
      };
      let timer = this.isWoken ? setTimeout(finish, 0) : sleep();
      this.finishWait = finish;
    });
  }

  wake(): void {
    if (this.finishWait === null) this.isWoken = true;
    else this.finishWait();
  }
}
