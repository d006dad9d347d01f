/**
 * PHOLD, the usual benchmark of discrete-event kernels, on the public interface of this one: each event
 * of an LP touches it and sends one event, to any LP with the remote probability or else to itself, one
 * lookahead plus a random increment later. The number of pending events never changes.
 */
import { unreachable } from "./assert.ts";
import { exp } from "./elementary.ts";
import type { LpId } from "./event.ts";
import type { LogicalProcess } from "./logical-process.ts";
import { streamKey, word, type StreamKey } from "./random.ts";
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
/** Spreads the LPs' numbers over the second word of their keys. */
const SPACING = 0x9e3779b1;

/**
 * Random choices of PHOLD, by LP: draw `count` of the LP's own stream, where the count is the one that
 * each event touches. So an LP's whole state is one word, and nothing depends on the partition.
 */
export class PholdDraws {
  readonly options: PholdOptions;
  /** Draws of each LP so far: its first events and one for each event it received. */
  readonly counts: Uint32Array;
  private readonly key: StreamKey;
  private readonly remoteBelow: number;
  private readonly receiversPerChoice: number;

  constructor(options: PholdOptions, seed: number) {
    this.options = options;
    this.remoteBelow = options.remoteProbability * TWO_32;
    this.receiversPerChoice = options.lps / this.remoteBelow;
    this.counts = new Uint32Array(options.lps);
    this.key = streamKey(seed, "phold", "lp");
  }

  /** Where the next event of an LP goes; `delay` with the same draw says when. */
  receiver(lp: LpId): LpId {
    // One word says whether and where: below the probability it is uniform again.
    const choice = word(this.key.hi ^ lp, this.key.lo + Math.imul(lp, SPACING), this.counts[lp]! << 2);
    return choice < this.remoteBelow ? Math.floor(choice * this.receiversPerChoice) : lp;
  }

  /** Time until the event arrives; ends the draw. */
  delay(lp: LpId): Duration {
    const draw = this.counts[lp]!++;
    // Words 4·draw + 2 and 4·draw + 3 of the stream.
    const increment = this.increment(this.key.hi ^ lp, this.key.lo + Math.imul(lp, SPACING), (draw << 1) + 1);
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

  onMessage(now: VirtualTime): void {
    const lp = this.simulator.current;
    const receiver = this.draws.receiver(lp);
    this.simulator.post(receiver, now + this.draws.delay(lp), 0);
  }

  onTimer(): void {}
}

/** Adds the LPs of this simulator's shard and posts their first events. */
export function buildPhold(simulator: Simulator, options: PholdOptions, seed: number, shardOf: Uint8Array): PholdDraws {
  const draws = new PholdDraws(options, seed);
  const process = new PholdLp(simulator, draws);
  simulator.readAhead(draws.counts, 1);
  for (let lp = 0; lp < options.lps; lp++) {
    if (shardOf[lp] !== simulator.shard) continue;
    simulator.addAs(lp, process);
    for (let event = 0; event < options.eventsPerLp; event++) simulator.postFrom(lp, lp, draws.delay(lp), 0);
  }
  return draws;
}
