/** Laws of merging: any order and grouping of shards gives the same bytes. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ControlResult, LossState, ShardResult } from "../engine/result.ts";
import { Recorder } from "../engine/metrics/recorder.ts";
import { merge, mergeShards, normalised, type PartialResult } from "./merge.ts";

const name = fc.constantFrom("a", "b", "c{load=web}");
const cause = fc.nat(30);
const time = fc.nat(1000);
const state: fc.Arbitrary<LossState> = fc.constantFrom("overload", "node lost", "no endpoint");

const metrics = fc
  .array(fc.record({ name, kind: fc.constantFrom("count", "observe", "mark"), now: time, by: fc.integer({ min: 1, max: 1_000_000 }) }), {
    maxLength: 12,
  })
  .map((writes) => {
    const recorder = new Recorder(1000, 0, 100);
    for (const { name: series, kind, now, by } of writes) {
      if (kind === "count") recorder.count(recorder.counter(series), now, by);
      else if (kind === "observe") recorder.observe(recorder.histogram(series), now, by);
      else recorder.mark(recorder.timeSeries(series), now, by);
    }
    return recorder.snapshot();
  });

/** LPs and cause ids of distinct shards never overlap: `shard` keeps them apart. */
function shardResult(shard: number): fc.Arbitrary<ShardResult> {
  return fc.record({
    shard: fc.constant(shard),
    metrics,
    causes: fc.uniqueArray(
      fc.record({
        id: fc.nat(20).map((id) => id * 4 + shard + 1),
        parent: cause,
        kind: fc.nat(3),
        subject: fc.nat(3),
        detail: fc.constant(0),
        time,
      }),
      { selector: (row) => row.id, maxLength: 8 },
    ),
    losses: fc.array(fc.record({ load: fc.nat(2), outcome: fc.nat(3), state, cause, count: fc.nat(100), first: time, last: time }), {
      maxLength: 6,
    }),
    restarts: fc.array(
      fc.record({ time, pod: fc.nat(5).map((pod) => pod * 4 + shard), container: fc.nat(2), workload: fc.constant(0), cause }),
      { maxLength: 6 },
    ),
    effects: fc.array(fc.record({ cause, kind: fc.nat(3), count: fc.nat(9) }), { maxLength: 4 }),
    violations: fc.array(fc.record({ invariant: name, time, message: name, cause }), { maxLength: 3 }),
    fingerprints: fc
      .uniqueArray(
        fc.nat(20).map((lp) => lp * 4 + shard),
        { maxLength: 5 },
      )
      .map((lps) => lps.map((lp) => [lp, `hash${lp}`] as const)),
    events: fc.nat(),
    control: fc.constant(null),
  });
}

const bytes = (result: PartialResult): string => JSON.stringify(result);

describe("merging shards", () => {
  test.prop([shardResult(0), shardResult(1), shardResult(2)])("doesn't depend on how they are grouped", (a, b, c) => {
    expect(bytes(merge(merge(a, b), c))).toBe(bytes(merge(a, merge(b, c))));
  });

  test.prop([shardResult(0), shardResult(1)])("doesn't depend on their order", (a, b) => {
    expect(bytes(merge(a, b))).toBe(bytes(merge(b, a)));
  });

  test.prop([shardResult(0), shardResult(1), shardResult(2), fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 2, 0])])(
    "gives the same bytes in any order of arrival",
    (a, b, c, order) => {
      const shards = [a, b, c];
      expect(bytes(mergeShards(order.map((index) => shards[index]!)))).toBe(bytes(mergeShards(shards)));
    },
  );

  test.prop([shardResult(0)])("of one alone changes nothing but the order", (a) => {
    expect(bytes(normalised(normalised(a)))).toBe(bytes(normalised(a)));
    expect(normalised(a).losses.reduce((sum, loss) => sum + loss.count, 0)).toBe(a.losses.reduce((sum, loss) => sum + loss.count, 0));
  });

  test.prop([shardResult(0), shardResult(1)])("loses no count", (a, b) => {
    const sum = (result: PartialResult): number =>
      result.events +
      Object.values(result.metrics.counters).reduce((x, y) => x + y, 0) +
      Object.values(result.metrics.histograms).reduce((x, y) => x + y.sum, 0) +
      Object.values(result.metrics.timeSeries)
        .flat()
        .reduce((x, y) => x + y, 0);
    expect(sum(merge(a, b))).toBe(sum(a) + sum(b));
  });
});

describe("causes of a merged run", () => {
  const empty: Omit<ShardResult, "shard"> = {
    metrics: { counters: {}, histograms: {}, timeSeries: {}, bucketWidth: 1 },
    causes: [],
    losses: [],
    restarts: [],
    effects: [],
    violations: [],
    fingerprints: [],
    events: 0,
    control: null,
  };
  const row = (id: number, parent: number) => ({ id, parent, kind: 1, subject: 0, detail: 0, time: id });
  const control: ControlResult = {
    pods: [],
    rollouts: [],
    availability: {
      total: { desiredTime: 0, availableTime: 0, least: 0, leastOf: 0, available: 0, desired: 0 },
      workloads: [],
      shortages: [{ workload: 0, from: 0, until: -1, cause: 2 }],
    },
    unsettled: [],
    deployments: [],
    actions: [],
    faults: [{ name: "f", type: "node-loss", from: 0, until: 1, cause: 1, targets: [], withoutEffect: "" }],
  };
  const restart = { time: 1, pod: 1, container: 0, workload: 0, cause: 9 };

  it("keeps what is referred to and its ancestors on every shard", () => {
    const merged = mergeShards([
      { ...empty, shard: 0, causes: [row(5, 0), row(6, 5), row(7, 5)] },
      { ...empty, shard: 1, causes: [row(9, 6), row(10, 6)], restarts: [restart] },
    ]);
    expect(merged.causes.map(({ id }) => id)).toEqual([5, 6, 9]);
  });

  it("keeps those of broken invariants, up to the twentieth of each", () => {
    const broken = Array.from({ length: 30 }, (_, index) => ({ invariant: "i", time: index, message: "m", cause: 100 + index }));
    const [even, odd] = [0, 1].map((rest) => broken.filter(({ time }) => time % 2 === rest));
    const rows = broken.map(({ cause }) => row(cause, 0));
    const merged = mergeShards([
      { ...empty, shard: 0, causes: rows, violations: even! },
      { ...empty, shard: 1, violations: odd! },
    ]);
    expect(merged.violations).toEqual(broken.slice(0, 20));
    expect(merged.causes).toEqual(rows.slice(0, 20));
  });

  it("keeps those of faults and shortages", () => {
    const merged = mergeShards([
      { ...empty, shard: 0, control, causes: [row(1, 0), row(2, 0), row(3, 0)] },
      { ...empty, shard: 1, causes: [row(9, 1), row(11, 0)] },
    ]);
    expect(merged.causes.map(({ id }) => id)).toEqual([1, 2]);
  });

  it("doesn't stumble over a parent that nobody has", () => {
    expect(mergeShards([{ ...empty, shard: 0, causes: [row(9, 4)], restarts: [restart] }]).causes.map(({ id }) => id)).toEqual([9]);
  });
});
