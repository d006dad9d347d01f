/**
 * Which logical process lives on which shard. Pure. The control plane and the sources stay together on
 * shard 0; nodes are cut into contiguous runs of equal expected work, so that the columns of one shard lie
 * side by side in memory and no run is off by more than the work of one node.
 */
import { assert } from "../engine/kernel/assert.ts";

export const SHARDS_MAX = 64;

export interface Workload {
  /** LPs below this number stay on shard 0. */
  readonly pinned: number;
  /** Their expected events, all together. */
  readonly pinnedWeight: number;
  /** Expected events of each further LP. */
  readonly weights: Float64Array;
}

/** The shard of each LP, by LP id. */
export function partition(work: Workload, shards: number): Uint8Array {
  assert(shards >= 1 && shards <= SHARDS_MAX, `${shards} shards`);
  const { pinned, weights } = work;
  const shardOf = new Uint8Array(pinned + weights.length);
  let left = work.pinnedWeight + weights.reduce((sum, weight) => sum + weight, 0);
  let load = work.pinnedWeight;
  let shard = 0;
  let isEmpty = pinned === 0;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!;
    // A shard is full when the next LP would carry it further beyond its fair share than it falls short now.
    while (
      shard < shards - 1 &&
      (mustLeaveOneEach(weights.length - index, shards - shard, isEmpty) || load + weight / 2 > left / (shards - shard))
    ) {
      if (isEmpty) break;
      left -= load;
      load = 0;
      shard++;
      isEmpty = true;
    }
    shardOf[pinned + index] = shard;
    load += weight;
    isEmpty = false;
  }
  return shardOf;
}

/** So few LPs are left that each of the further shards needs one of them. */
function mustLeaveOneEach(lps: number, shards: number, isEmpty: boolean): boolean {
  return !isEmpty && lps < shards;
}
