/** A planted ordering fault is found by comparing two numbers of shards, and named; without one, all is the same. */
import { afterAll, describe, expect, it } from "vitest";
import { usualPhold } from "../engine/kernel/phold.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { checkDeterminism, partedBlocks } from "./determinism.ts";
import type { Model } from "./model.ts";
import type { Plant } from "./planted.ts";
import { ShardPool } from "./pool.ts";

const pool = new ShardPool({ threads: 3 });
afterAll(() => pool.close());

function planted(plants: readonly Plant[], end = 300_000): Model {
  return { type: "planted", options: { lps: 12, seed: 5, end, lookahead: 1000, messages: 3, textLength: 3, plants } };
}

describe("the determinism check", () => {
  it("finds nothing where nothing is wrong", async () => {
    const { isSame, text } = await checkDeterminism(planted([]), [1, 3], { pool });
    expect(text).toMatch(/^the same \d+ events in the same order on 1 shard and on 3 shards$/);
    expect(isSame).toBe(true);
  });

  it("finds PHOLD the same on two shards and three", async () => {
    const phold: Model = { type: "phold", options: { ...usualPhold, lps: 64 }, seed: 1, end: 4 * SECOND };
    expect((await checkDeterminism(phold, [2, 3], { pool })).isSame).toBe(true);
  });

  it("names the first event of a planted ordering fault: sent by the LP that orders by shard, soon after it began", async () => {
    // LP 11 lives on shard 1 of two: from 100 ms on its messages arrive 1 µs late there.
    const { isSame, text, difference } = await checkDeterminism(planted([{ type: "order", lp: 11, at: 100_000 }]), [1, 2], { pool });
    expect(isSame).toBe(false);
    const [one, two] = difference!.events;
    expect(one!.time).toBeGreaterThanOrEqual(101_000);
    expect(one!.time).toBeLessThan(110_000);
    // The message itself, or the one behind which it fell.
    const origins = [one!, two!].map((event) => event.classAndOrigin & 0x3fffffff);
    expect(origins).toContain(11);
    expect(text).toMatch(
      /\d+ logical processes differ; the first event that does, at LP \d+:\n {2}on 1 shard: message \d+ of LP \d+ at 10\d[.\d]*ms \(\d+ µs\), event \d+ there\n {2}on 2 shards: /,
    );
    expect(difference!.events.map((event) => event!.position)).toEqual([one!.position, one!.position]);
  });

  it("finds a fault beyond the first block of events", async () => {
    const { difference } = await checkDeterminism(planted([{ type: "order", lp: 11, at: 3_500_000 }], 3_600_000), [1, 2], { pool });
    expect(difference!.events[0]!.position).toBeGreaterThan(4096);
    expect(difference!.events[0]!.time).toBeGreaterThanOrEqual(3_501_000);
    expect(difference!.events[0]!.time).toBeLessThan(3_510_000);
  });
});

describe("parted blocks", () => {
  it.each([
    ["nothing", ["a", "b"], ["a", "b"], []],
    ["the second block", ["a", "b", "c"], ["a", "x", "y"], [[3, 1]]],
    ["a run that went on longer", ["a"], ["a", "b"], [[3, 1]]],
    ["a run that ended sooner", ["a", "b"], ["a"], [[3, 1]]],
  ])("shows %s", (_, one, other, expected) => {
    const fingerprint = (blocks: readonly string[]) => [{ lp: 3, events: blocks.length * 4096, blocks }];
    expect([...partedBlocks(fingerprint(one), fingerprint(other))]).toEqual(expected);
  });
});
