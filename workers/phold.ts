/** PHOLD on shards: the kernel's own benchmark model behind a shard's host, and the function that measures it. */
import { combinedFingerprint } from "../engine/kernel/fingerprint.ts";
import { buildPhold, type PholdOptions } from "../engine/kernel/phold.ts";
import { Simulator } from "../engine/kernel/simulator.ts";
import type { VirtualTime } from "../engine/kernel/time.ts";
import type { ShardHost, ShardOptions } from "../engine/shard-host.ts";
import { runModel } from "./coordinator.ts";
import type { ShardPool } from "./pool.ts";

export interface PholdRun {
  readonly options: PholdOptions;
  readonly seed: number;
  readonly end: VirtualTime;
}

export interface PholdFigures {
  readonly events: number;
  /** Without starting threads and building the model. */
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  readonly windows: number;
  readonly waitingShares: readonly number[];
  /** Over all logical processes: the same for any number of shards. */
  readonly fingerprint: string;
}

/** A payload is a word of its own: no bodies, no bulletins. */
export function buildPholdShard(options: PholdOptions, seed: number, shard: ShardOptions): ShardHost {
  const { shardOf, outbox, trace } = shard;
  const simulator = new Simulator({ lpCount: options.lps, shard: shard.shard, shardOf, outbox, trace: trace ?? null });
  buildPhold(simulator, options, seed, shardOf);
  return {
    simulator,
    encode: (payload, writer) => writer.int(payload),
    decode: (reader) => reader.unsigned(),
    receiveBroadcast: () => {},
    progress: () => ({ pods: 0, lost: 0 }),
    finish: () => simulator.fingerprints(),
  };
}

/** One measured run. Each shard gets a thread, even one alone: like is compared with like. `pool` keeps threads warm. */
export async function runPholdShards(run: PholdRun, shards: number, pool?: ShardPool): Promise<PholdFigures> {
  const measured = await runModel({ type: "phold", ...run }, { shards, threads: shards, ...(pool === undefined ? {} : { pool }) });
  const { events, wallSeconds, windows, waitingShares, results } = measured;
  const fingerprint = combinedFingerprint((results as [number, string][][]).flat());
  return { events, wallSeconds, eventsPerSecond: events / wallSeconds, windows, waitingShares, fingerprint };
}
