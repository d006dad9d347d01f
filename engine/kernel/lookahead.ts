/** The bound up to which every shard may run without hearing from the others: pure arithmetic. */
import { NEVER, type Duration, type VirtualTime } from "./time.ts";

/**
 * `earliestSends` holds, for each shard, the least time at which it can send (its next event, or the next
 * one of those that ever send across shards). What is sent arrives at least `lookahead` later, so every
 * event before the least of them plus lookahead is known already. At least 1 µs, as nothing arrives at once.
 */
export function boundOf(earliestSends: ArrayLike<VirtualTime>, lookahead: Duration): VirtualTime {
  let least: VirtualTime = NEVER;
  for (let shard = 0; shard < earliestSends.length; shard++) {
    const time = earliestSends[shard]!;
    if (time < least) least = time;
  }
  return least + Math.max(1, lookahead);
}
