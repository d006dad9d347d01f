/** PHOLD dispatches the same events to every logical process on one to four shards. */
import { afterAll, describe, expect, it } from "vitest";
import { pholdIncrements, usualPhold } from "../engine/kernel/phold.ts";
import { MILLISECOND, SECOND } from "../engine/kernel/time.ts";
import { runModel } from "./coordinator.ts";
import { runPholdShards, type PholdRun } from "./phold.ts";
import { ShardPool } from "./pool.ts";

const pool = new ShardPool({ threads: 4 });
afterAll(() => pool.close());

describe("PHOLD on shards", () => {
  for (const increment of pholdIncrements) {
    it(`gives the same fingerprint on 1, 2, 3 and 4 shards with ${increment} increments`, async () => {
      const run: PholdRun = { options: { ...usualPhold, lps: 101, eventsPerLp: 4, increment }, seed: 7, end: 5 * SECOND };
      const one = await runPholdShards(run, 1, pool);
      expect(one.events).toBeGreaterThan(100);
      for (const shards of [2, 3, 4]) {
        const several = await runPholdShards(run, shards, pool);
        expect([several.fingerprint, several.events]).toEqual([one.fingerprint, one.events]);
      }
    });
  }

  it("gives it also where a window holds hardly an event", async () => {
    const run: PholdRun = { options: { ...usualPhold, lps: 16, eventsPerLp: 1, lookahead: MILLISECOND }, seed: 7, end: 20 * SECOND };
    const one = await runPholdShards(run, 1, pool);
    const three = await runPholdShards(run, 3, pool);
    expect(three.fingerprint).toBe(one.fingerprint);
    expect(three.windows).toBeGreaterThan(three.events / 4);
  });

  it("gives another one for another seed", async () => {
    const options = { ...usualPhold, lps: 16 };
    const [a, b] = await Promise.all(
      [1, 2].map((seed) => runModel({ type: "phold", options, seed, end: 3 * SECOND }, { shards: 2, threads: 0 })),
    );
    expect(a!.results).not.toEqual(b!.results);
  });
});
