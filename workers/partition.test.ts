/** The cut of logical processes into shards: complete, contiguous and balanced. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partition, type Workload } from "./partition.ts";

const workload: fc.Arbitrary<Workload> = fc.record({
  pinned: fc.nat(6),
  pinnedWeight: fc.nat(50),
  weights: fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 200 }).map((weights) => Float64Array.from(weights)),
});
const shards = fc.integer({ min: 1, max: 64 });

function loads({ pinned, pinnedWeight, weights }: Workload, shardOf: Uint8Array, count: number): number[] {
  const sums = new Array<number>(count).fill(0);
  if (pinned > 0) sums[0]! += pinnedWeight;
  weights.forEach((weight, index) => (sums[shardOf[pinned + index]!]! += weight));
  return sums;
}

describe("partition", () => {
  test.prop([workload, shards])("keeps the control plane on shard 0 and cuts the rest into contiguous runs", (work, count) => {
    const shardOf = [...partition(work, count)];
    expect(shardOf).toHaveLength(work.pinned + work.weights.length);
    expect(shardOf.slice(0, work.pinned).every((shard) => shard === 0)).toBe(true);
    expect(shardOf).toEqual(shardOf.toSorted((a, b) => a - b));
    expect(Math.max(...shardOf)).toBeLessThan(count);
  });

  test.prop([workload, shards])("leaves no shard without a node where there are enough", (work, count) => {
    const used = new Set(partition(work, count).slice(work.pinned));
    const needed = work.pinned > 0 ? count - 1 : count;
    fc.pre(work.weights.length >= count);
    for (let shard = count - needed; shard < count; shard++) expect(used).toContain(shard);
  });

  test.prop([workload, shards])("gives no shard more than its fair share and one node", (work, count) => {
    const sums = loads(work, partition(work, count), count);
    const total = sums.reduce((a, b) => a + b, 0);
    const heaviest = Math.max(...work.weights);
    // The control plane can't be divided: the others share what is left of it.
    expect(Math.max(...sums.slice(1), 0)).toBeLessThanOrEqual(total / Math.max(1, count - 1) + heaviest);
    if (work.pinnedWeight <= total / count) expect(Math.max(...sums)).toBeLessThanOrEqual(total / count + heaviest);
  });

  it("cuts equal LPs into equal runs", () => {
    expect([...partition({ pinned: 0, pinnedWeight: 0, weights: new Float64Array(8).fill(1) }, 4)]).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it("gives shard 0 fewer nodes for the control plane's work", () => {
    expect([...partition({ pinned: 2, pinnedWeight: 3, weights: new Float64Array(7).fill(1) }, 2)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it("refuses more shards than a byte of its results is meant for", () => {
    expect(() => partition({ pinned: 0, pinnedWeight: 0, weights: new Float64Array(1) }, 65)).toThrow("65 shards");
  });
});
