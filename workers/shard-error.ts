/** A run that ended because one of its shards did: which one, when in virtual time, and with which seed. */
import { formatTime, type VirtualTime } from "../engine/kernel/time.ts";

export class ShardError extends Error {
  readonly shard: number;
  readonly virtualTime: VirtualTime;
  readonly seed: number;

  constructor(shard: number, virtualTime: VirtualTime, seed: number, reason: string, cause?: unknown) {
    super(`shard ${shard} failed at ${formatTime(virtualTime)} of virtual time (seed ${seed}): ${reason}`, { cause });
    this.name = "ShardError";
    this.shard = shard;
    this.virtualTime = virtualTime;
    this.seed = seed;
  }
}
