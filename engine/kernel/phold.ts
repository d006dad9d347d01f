/**
 * PHOLD, the usual benchmark of discrete-event kernels, on the public interface of this one: each event
 * of an LP touches it and sends one event, to any LP with the remote probability or else to itself, one
 * lookahead plus a random increment later. The number of pending events never changes.
 */
import { unreachable } from "./assert.ts";
import { exp } from "./elementary.ts";
import type { LpId } from "./event.ts";
import type { LogicalProcess } from "./logical-process.ts";
import { childKey, streamKey, word } from "./random.ts";
import type { Simulator } from "./simulator.ts";
import { MILLISECOND, SECOND, type Duration, type VirtualTime } from "./time.ts";
import { exponential } from "./ziggurat.ts";

/** Distribution of the increments; all have a mean near `mean`, but the heavy tail, whose median is near it. */
export const pholdIncrements = ["exponential", "bimodal", "allEqual", "heavyTailed"] as const;
export type PholdIncrement = (typeof pholdIncrements)[number];

export interface PholdOptions {
  readonly lps: number;
  /** Events pending at each LP in the beginning. */
  readonly eventsPerLp: number;
  readonly remoteProbability: number;
  readonly lookahead: Duration;
  readonly mean: Duration;
  readonly increment: PholdIncrement;
}

export const usualPhold: PholdOptions = {
  lps: 1024,
  eventsPerLp: 16,
  remoteProbability: 0.9,
  lookahead: 100 * MILLISECOND,
  mean: SECOND,
  increment: "exponential",
};

const TWO_32 = 4294967296;

/** Random choices of PHOLD, by LP: keyed streams in typed arrays, so nothing depends on the partition. */
export class PholdDraws {
  readonly options: PholdOptions;
  /** High and low word of the LP's key, its draws so far, and the counter that each event touches. */
  readonly state: Uint32Array;
  private readonly remoteBelow: number;
  private readonly receiversPerChoice: number;

  constructor(options: PholdOptions, seed: number) {
    this.options = options;
    this.remoteBelow = options.remoteProbability * TWO_32;
    this.receiversPerChoice = options.lps / this.remoteBelow;
    this.state = new Uint32Array(options.lps * 4);
    const key = streamKey(seed, "phold", "lp");
    for (let lp = 0; lp < options.lps; lp++) {
      const child = childKey(key, lp);
      this.state[lp * 4] = child.hi;
      this.state[lp * 4 + 1] = child.lo;
    }
  }

  /** Where the next event of an LP goes; `increment` with the same draw says when. */
  receiver(lp: LpId): LpId {
    const state = this.state;
    const hi = state[lp * 4]!;
    const lo = state[lp * 4 + 1]!;
    const draw = state[lp * 4 + 2]!;
    // One word says whether and where: below the probability it is uniform again.
    const choice = word(hi, lo, draw << 2);
    return choice < this.remoteBelow ? Math.floor(choice * this.receiversPerChoice) : lp;
  }

  /** Time until the event arrives; ends the draw. */
  delay(lp: LpId): Duration {
    const state = this.state;
    const draw = state[lp * 4 + 2]!;
    state[lp * 4 + 2] = draw + 1;
    // Words 4·draw + 2 and 4·draw + 3 of the stream.
    const increment = this.increment(state[lp * 4]!, state[lp * 4 + 1]!, (draw << 1) + 1);
    return this.options.lookahead + Math.floor(increment) + 1;
  }

  private increment(hi: number, lo: number, index: number): number {
    const options = this.options;
    switch (options.increment) {
      case "exponential":
        return options.mean * exponential(hi, lo, index);
      case "bimodal": {
        // 90 % short, 10 % 100,000 times as long.
        const isLong = word(hi, lo ^ 0x55555555, index) < 0.1 * TWO_32;
        return exponential(hi, lo, index) * options.mean * (isLong ? 10 : 1e-4);
      }
      case "allEqual":
        return options.mean;
      case "heavyTailed":
        return options.mean * (exp(exponential(hi, lo, index) / 1.1) - 1);
      default:
        return unreachable(options.increment);
    }
  }
}

/** One object stands for all LPs of a shard. */
class PholdLp implements LogicalProcess {
  readonly id: LpId = 0;
  private readonly simulator: Simulator;
  private readonly draws: PholdDraws;

  constructor(simulator: Simulator, draws: PholdDraws) {
    this.simulator = simulator;
    this.draws = draws;
  }

  onMessage(now: VirtualTime, _origin: LpId, payload: number): void {
    const lp = this.simulator.current;
    this.draws.state[lp * 4 + 3]! += payload;
    const receiver = this.draws.receiver(lp);
    this.simulator.post(receiver, now + this.draws.delay(lp), 1);
  }

  onTimer(): void {}
}

/** Adds the LPs of this simulator's shard and posts their first events. */
export function buildPhold(simulator: Simulator, options: PholdOptions, seed: number, shardOf: Uint8Array): PholdDraws {
  const draws = new PholdDraws(options, seed);
  const process = new PholdLp(simulator, draws);
  for (let lp = 0; lp < options.lps; lp++) {
    if (shardOf[lp] !== simulator.shard) continue;
    simulator.addAs(lp, process);
    for (let event = 0; event < options.eventsPerLp; event++) simulator.postFrom(lp, lp, draws.delay(lp), 1);
  }
  return draws;
}
