/**
 * The live host: the simulator on the wall clock. It runs what is due, carries out what the kubelets
 * asked for, and sleeps until the next timer or until an answer arrives. Events run at their scheduled
 * time while the host keeps up, so periods don't drift; how late they ran is recorded beside.
 *
 *        ┌──────────────────────────────────────────────────────────────┐
 *        ▼                                                              │
 *   answers due: runUntil(instant), deliver ─▶ runUntil(wall) ─▶ outbox ─▶ sleep until nextTime() or woken
 */
import type { VirtualTime } from "../../engine/kernel/time.ts";
import { Histogram } from "../../engine/metrics/histogram.ts";
import type { Answer, Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import type { LiveClock } from "./wall-clock.ts";

/** The two verbs of the simulator. */
export interface LiveSimulator {
  nextTime(): VirtualTime;
  runUntil(bound: VirtualTime): void;
}

export interface LiveHostOptions {
  readonly simulator: LiveSimulator;
  readonly clock: LiveClock;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly horizon: VirtualTime;
  /** Puts a message of the LP *outside* into the queue. Numbers count answers from 1, in the order of delivery. */
  readonly deliver: (at: VirtualTime, number: number, answer: Answer) => void;
  /** After each turn: whatever reads the model (endpoint tables, progress). */
  readonly afterTurn?: (now: VirtualTime) => void;
  readonly signal?: AbortSignal;
  /** Strict mode: the run ends when an event is later than this, in µs. */
  readonly lagLimit?: number;
}

export interface LiveEnd {
  /** Every event before this instant was run. */
  readonly end: VirtualTime;
  readonly reason: "horizon" | "interrupted" | "too late";
  /** Answers delivered. */
  readonly answers: number;
  /** How late the first due event of each turn ran, in µs. */
  readonly lag: Histogram;
}

export class LiveHost {
  private readonly options: LiveHostOptions;
  private readonly lag = new Histogram();
  /** Everything before this instant has run. */
  private bound: VirtualTime = 0;
  private lastAnswer: VirtualTime = 0;
  private answers = 0;

  constructor(options: LiveHostOptions) {
    this.options = options;
  }

  async run(): Promise<LiveEnd> {
    const { clock, horizon, signal } = this.options;
    const wake = (): void => clock.wake();
    signal?.addEventListener("abort", wake);
    try {
      for (;;) {
        const isTooLate = this.turn();
        if (signal?.aborted === true) return this.ended("interrupted");
        if (isTooLate) return this.ended("too late");
        if (this.bound >= horizon) return this.ended("horizon");
        await clock.waitUntil(Math.min(this.nextTime(), horizon));
      }
    } finally {
      signal?.removeEventListener("abort", wake);
    }
  }

  private turn(): boolean {
    const { simulator, clock, inbox, outbox, horizon, deliver, afterTurn, lagLimit } = this.options;
    const wall = Math.min(clock.now(), horizon);
    const lag = wall - Math.max(simulator.nextTime(), 0);
    if (lag > 0) this.lag.record(lag);
    for (let answer = inbox.takeDue(wall); answer !== null; answer = inbox.takeDue(wall)) {
      const at = Math.max(answer.at, this.bound, this.lastAnswer + 1);
      if (at >= horizon) break;
      this.runTo(at);
      if (!answer.isWanted()) continue;
      this.lastAnswer = at;
      deliver(at, ++this.answers, answer);
    }
    this.runTo(wall);
    outbox.carryOut();
    afterTurn?.(this.bound);
    return lagLimit !== undefined && lag > lagLimit;
  }

  private runTo(bound: VirtualTime): void {
    if (bound <= this.bound) return;
    this.options.simulator.runUntil(bound);
    this.bound = bound;
  }

  /** `runUntil` is exclusive: an event at t has its turn just after t. */
  private nextTime(): VirtualTime {
    return Math.min(this.options.simulator.nextTime() + 1, this.options.inbox.nextTime());
  }

  private ended(reason: LiveEnd["reason"]): LiveEnd {
    return { end: this.bound, reason, answers: this.answers, lag: this.lag };
  }
}
