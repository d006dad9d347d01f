/**
 * One shard, window after window. Its driver (crew.ts, one for each thread) calls three verbs in a fixed order, all shards together between the calls:
 *
 *        ┌───────────── more mail ────────────┐
 *        ▼                                    │
 *     offer() ── all have offered ──▶ accept() ── complete ──▶ advance() ──▶ offer() …
 *                                                                 └── end reached or told to stop: finished
 *
 * The window: every event before bound = least next event of all shards + lookahead is safe, because what
 * another shard may still send lies at or after it. One shard is the same without partners.
 */
import type { Trace } from "../engine/kernel/fingerprint.ts";
import { boundOf } from "../engine/kernel/lookahead.ts";
import { NEVER, type Duration, type VirtualTime } from "../engine/kernel/time.ts";
import type { ShardHost } from "../engine/shard-host.ts";
import { AbortWatch } from "./abort-watch.ts";
import { Exchange } from "./exchange.ts";
import { buildModel } from "./model.ts";
import type { Rendezvous } from "./rendezvous.ts";
import type { CrewTask, FinishedShard, TracedEvent, Watch, WatchedBlock } from "./crew-task.ts";

export interface StepperOptions {
  readonly shard: number;
  readonly shards: number;
  readonly host: ShardHost;
  readonly exchange: Exchange;
  readonly rendezvous: Rendezvous;
  readonly end: VirtualTime;
  /** The lookahead; for a single shard, how much virtual time it runs before its driver looks up. */
  readonly span: Duration;
  readonly watch: Watch | null;
  /** Where the events of the watched block are collected. */
  readonly traced: readonly TracedEvent[];
  /** Null: no threshold ends the run. */
  readonly abort: AbortWatch | null;
}

export class Stepper {
  readonly shard: number;
  readonly host: ShardHost;
  /** Every event before it has been dispatched, on every shard. */
  bound: VirtualTime = 0;
  windows = 0;
  isPartial = false;
  /** Among those that end the run; -1: none did. */
  brokenThreshold = -1;
  /** May be changed between windows when there is one shard only. */
  span: Duration;
  private readonly exchange: Exchange;
  private readonly rendezvous: Rendezvous;
  private readonly end: VirtualTime;
  private turn = 0;
  /** Next event here, or the earliest that waits to be taken by another shard. */
  private next: VirtualTime = NEVER;
  private isWindowOver = true;
  /** Next event of each shard, as offered. */
  private readonly nexts: Float64Array;
  private readonly watch: Watch | null;
  private readonly traced: readonly TracedEvent[];
  private readonly abort: AbortWatch | null;

  constructor(options: StepperOptions) {
    this.shard = options.shard;
    this.host = options.host;
    this.exchange = options.exchange;
    this.rendezvous = options.rendezvous;
    this.end = options.end;
    this.span = options.span;
    this.nexts = new Float64Array(options.shards);
    this.watch = options.watch;
    this.traced = options.traced;
    this.abort = options.abort;
    this.exchange.bind(this.host);
  }

  offer(): void {
    if (this.isWindowOver) this.next = Math.min(this.host.simulator.nextTime(), this.exchange.earliest);
    this.turn ^= 1;
    const isMore = this.exchange.copyOut(this.turn);
    this.rendezvous.offer(this.shard, this.turn, this.next, isMore);
  }

  /** Returns whether all mail of the window has arrived; if not, there is another turn. */
  accept(): boolean {
    this.isWindowOver = !this.rendezvous.isMore(this.turn);
    if (this.isWindowOver) this.exchange.deliver(this.turn, this.bound);
    else this.exchange.keep(this.turn);
    return this.isWindowOver;
  }

  /** Runs the next window; false when the run is over. */
  advance(): boolean {
    const { abort } = this;
    if (abort !== null && this.bound === abort.next) {
      this.brokenThreshold = abort.broken(this.host);
      if (this.brokenThreshold !== -1) return false;
    }
    this.rendezvous.readNexts(this.turn, this.nexts);
    const bound = boundOf(this.nexts, this.span);
    const limit = abort === null ? this.end : Math.min(this.end, abort.next);
    if (bound - this.span >= this.end && limit === this.end) {
      this.bound = this.end;
      return false;
    }
    if (this.rendezvous.isStop(this.turn)) {
      this.isPartial = true;
      return false;
    }
    this.rendezvous.showNow(this.shard, Math.min(bound - this.span, limit));
    this.bound = Math.min(bound, limit);
    this.windows++;
    this.host.simulator.runUntil(this.bound);
    if (abort !== null && this.bound === abort.next) abort.contribute(this.host);
    return true;
  }

  show(): void {
    const { pods, lost } = this.host.progress();
    this.rendezvous.show(this.shard, { now: this.bound, events: this.host.simulator.events, pods, lost });
  }

  /** What the shard hands back once its last window is over. */
  finished(wallMs: number, waitedMs: number): FinishedShard {
    const { bound: end, isPartial, brokenThreshold, windows, traced } = this;
    const { simulator } = this.host;
    const fingerprints = this.watch?.fingerprints === true ? simulator.blockFingerprints() : [];
    return {
      shard: this.shard,
      result: this.host.finish(end),
      end,
      isPartial,
      brokenThreshold,
      events: simulator.events,
      windows,
      fingerprints,
      traced,
      wallMs,
      waitedMs,
    };
  }
}

export async function buildStepper(task: CrewTask, shard: number, rendezvous: Rendezvous): Promise<Stepper> {
  const { model, shards, shardOf, end, lookahead, watch } = task;
  const exchange = new Exchange(task.exchange, shard, shards);
  const hasPartners = shards > 1;
  const traced: TracedEvent[] = [];
  const host = await buildModel(model, {
    shard,
    shardOf,
    outbox: hasPartners ? exchange : null,
    broadcast: hasPartners ? (write): void => exchange.broadcast(write) : null,
    trace: watch === null || watch.block === null || shardOf[watch.block.lp] !== shard ? null : traceInto(traced, watch.block),
  });
  const abort = task.abort === null ? null : new AbortWatch(task.abort, shard, shards);
  return new Stepper({ shard, shards, host, exchange, rendezvous, end, span: lookahead, watch, traced, abort });
}

function traceInto(events: TracedEvent[], { lp, block }: WatchedBlock): Trace {
  return {
    lp,
    block,
    note: (time, classAndOrigin, number, position) => void events.push({ time, classAndOrigin, number, position }),
  };
}
