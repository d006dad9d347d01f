/** Shards give the same sequence per LP as one, whoever drives them; and a shard that dies ends the run with a clear error. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { runModel, type ModelRun } from "./coordinator.ts";
import type { Model } from "./model.ts";
import type { PlantedOptions, PlantedResult } from "./planted.ts";
import { ShardPool } from "./pool.ts";
import { ShardError } from "./shard-error.ts";

const pool = new ShardPool({ threads: 4 });
afterAll(() => pool.close());

function planted(options: Partial<PlantedOptions> = {}): Model {
  return {
    type: "planted",
    options: { lps: 12, seed: 1, end: 200_000, lookahead: 1000, messages: 3, textLength: 5, plants: [], ...options },
  };
}

/** What each LP saw, over all shards, by LP. */
function seen(run: ModelRun): PlantedResult {
  return (run.results as PlantedResult[]).flat().sort((a, b) => a.lp - b.lp);
}

describe("one to four shards", () => {
  it("runs something worth comparing", async () => {
    const run = await runModel(planted(), { shards: 1 });
    expect(run.events).toBeGreaterThan(3000);
    expect(seen(run).every((lp) => lp.seen.some((line) => line.includes("timer 0")))).toBe(true);
    expect(seen(run).some((lp) => lp.seen.some((line) => /bulletin \d/.test(line)))).toBe(true);
    expect(run.end).toBe(200_000);
  });

  for (const shards of [2, 3, 4]) {
    it(`${shards} threads dispatch the same sequence per LP as one`, async () => {
      const one = await runModel(planted(), { shards: 1 });
      const several = await runModel(planted(), { shards, threads: shards, pool });
      expect(seen(several)).toEqual(seen(one));
      expect(several.events).toBe(one.events);
      expect(several.waitingShares).toHaveLength(shards);
    });
  }

  test.prop(
    [
      fc.record({
        lps: fc.integer({ min: 1, max: 20 }),
        seed: fc.nat(),
        lookahead: fc.integer({ min: 1, max: 2000 }),
        messages: fc.integer({ min: 0, max: 4 }),
        textLength: fc.nat(20),
        end: fc.integer({ min: 0, max: 20_000 }),
      }),
      fc.integer({ min: 2, max: 6 }),
      fc.constantFrom(2, 3, 17, 1024),
    ],
    { numRuns: 60 },
  )("random models give the same sequence per LP in turns, however small the regions", async (options, shards, regionWords) => {
    // As many windows as the end is lookaheads away: keep them few.
    const model = planted({ ...options, end: Math.min(options.end, options.lookahead * 60) });
    const one = await runModel(model, { shards: 1 });
    const several = await runModel(model, { shards, threads: 0, regionWords });
    expect(seen(several)).toEqual(seen(one));
  });

  it("needs several turns within a window where regions are tiny, and loses nothing", async () => {
    const one = await runModel(planted({ textLength: 100 }), { shards: 1 });
    const several = await runModel(planted({ textLength: 100 }), { shards: 3, threads: 3, regionWords: 8, pool });
    expect(seen(several)).toEqual(seen(one));
  });

  for (const threads of [0, 1, 2, 3]) {
    it(`five shards on ${threads === 0 ? "the calling thread" : `${threads} threads`} dispatch the same sequence per LP as one`, async () => {
      const one = await runModel(planted(), { shards: 1 });
      const five = await runModel(planted(), { shards: 5, threads, pool });
      expect(seen(five)).toEqual(seen(one));
      expect(five.waitingShares).toHaveLength(5);
    });
  }

  it("runs a single shard on a thread when asked to", async () => {
    const alone = await runModel(planted(), { shards: 1 });
    expect(seen(await runModel(planted(), { shards: 1, threads: 1, pool }))).toEqual(seen(alone));
  });
});

describe("a shard that fails", () => {
  async function failure(model: Model, shards: number, heapMiB?: number): Promise<ShardError> {
    const error: unknown = await runModel(model, {
      shards,
      threads: shards > 1 ? 2 : 0,
      ...(heapMiB === undefined ? {} : { heapMiB }),
    }).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ShardError);
    return error as ShardError;
  }

  for (const shards of [1, 2, 3]) {
    it(`that throws ends a run of ${shards} with shard, virtual time and seed`, async () => {
      const error = await failure(planted({ plants: [{ type: "throw", lp: 11, at: 50_000 }] }), shards);
      expect(error.shard).toBe(shards - 1);
      expect(error.virtualTime).toBeGreaterThanOrEqual(50_000);
      expect(error.virtualTime).toBeLessThan(53_000);
      expect(error.message).toMatch(/^shard \d failed at 5\d(\.\d+)?ms of virtual time \(seed 1\): planted fault$/);
    });
  }

  it("that leaves its thread ends the run", async () => {
    const error = await failure(planted({ plants: [{ type: "exit", lp: 11, at: 50_000 }] }), 2);
    expect(error.message).toMatch(/^shard 1 failed at 5\d(\.\d+)?ms of virtual time \(seed 1\): .*exited with code: 7$/);
  });

  it("that runs out of memory ends the run", async () => {
    const error = await failure(planted({ plants: [{ type: "memory", lp: 11, at: 50_000 }] }), 2, 32);
    expect(error.shard).toBe(1);
    expect(error.message).toMatch(/of virtual time \(seed 1\): .*memory/);
  });

  it("ends the run also when another never comes to the end of its window", async () => {
    const error = await failure(
      planted({
        plants: [
          { type: "endless", lp: 0, at: 50_000 },
          { type: "throw", lp: 11, at: 50_000 },
        ],
      }),
      2,
    );
    expect(error.message).toMatch(/^shard 1 .*: planted fault$/);
  });

  it("because its thread was ended from outside ends the run", async () => {
    const threads = new ShardPool({ threads: 2 });
    const run = runModel(planted({ end: 1e12 }), { shards: 2, threads: 2, pool: threads }).then(
      () => null,
      (reason: unknown) => reason,
    );
    setTimeout(() => void threads.close(), 200);
    expect(await run).toBeInstanceOf(ShardError);
  });
});

describe("a run that is told to stop", () => {
  for (const [shards, threads] of [
    [1, 0],
    [3, 0],
    [3, 3],
  ] as const) {
    it(`ends ${shards} on ${threads} threads at one bound with a partial result that is a prefix of the whole`, async () => {
      const controller = new AbortController();
      const model = planted({ end: 1e12 });
      const running = runModel(model, { shards, threads, signal: controller.signal, pool });
      setTimeout(() => controller.abort(), 60);
      const partial = await running;
      expect(partial.isPartial).toBe(true);
      expect(partial.end).toBeGreaterThan(0);
      const whole = await runModel(planted({ end: partial.end }), { shards: 1 });
      expect(seen(partial)).toEqual(seen(whole));
    });
  }

  it("does nothing when it was told before it began", async () => {
    const run = await runModel(planted(), { shards: 2, threads: 2, pool, signal: AbortSignal.abort() });
    expect([run.end, run.events, run.isPartial]).toEqual([0, 0, true]);
  });
});

it("shows progress while it runs", async () => {
  const controller = new AbortController();
  const times: number[] = [];
  const run = await runModel(planted({ end: 1e12 }), {
    shards: 2,
    pool,
    signal: controller.signal,
    onProgress: ({ virtualTime, pods }) => {
      times.push(virtualTime);
      if (times.length === 4) controller.abort();
      expect(pods === 0 || pods === 12).toBe(true);
    },
  });
  expect(times.at(-1)).toBeGreaterThan(0);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(run.isPartial).toBe(true);
});
