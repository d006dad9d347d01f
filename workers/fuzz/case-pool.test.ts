import { afterAll, describe, expect, test } from "vitest";
import { Campaign, WHOLE, type CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { CasePool } from "./case-pool.ts";
import type { CheckTask } from "./check-case.ts";
import { driveCampaign } from "./host.ts";

const workerFile = new URL("./testdata/planted.worker.ts", import.meta.url).href;
const check = { isCoverageWanted: true, maximize: null, eventsMax: Infinity };
const pool = new CasePool({ threads: 2, check, workerFile, heapMiB: 64 });
const impatient = new CasePool({ threads: 1, check, workerFile, chunkMsMax: 4000 });
afterAll(async () => {
  await pool.close();
  await impatient.close();
});

function named(name: string): FuzzCase {
  return { scenario: { metadata: { name } }, manifests: [] };
}

function task(name: string): CheckTask {
  return { found: named(name), laws: [] };
}

const plants: readonly (readonly [name: string, kind: string, bucket: string])[] = [
  ["exit", "died", "thread died"],
  ["memory", "memory", "out of memory"],
  ["endless", "endless", "endless run"],
  ["throw", "died", "planted"],
];

test.each(plants)("a case whose thread ends by %s is the failure, and its neighbours keep their outcomes", async (name, kind, bucket) => {
  const threads = name === "endless" ? impatient : pool;
  const outcomes = await threads.check([task("fine"), task(name), task("well")]);
  expect(outcomes.map(({ failure }) => failure?.kind ?? null)).toEqual([null, kind, null]);
  expect(outcomes[1]!.failure!.bucket).toContain(bucket);
  expect(outcomes[2]!.coverage).toEqual(["4"]);
});

test("a fresh thread is another one", async () => {
  expect((await pool.checkAfresh(task("exit")))?.failure?.kind).toBe("died");
  expect((await pool.checkAfresh(task("fine")))!.failure).toBeNull();
});

test("whoever's time is over hears nothing of what was under way, and the next one does", async () => {
  const over = new AbortController();
  setTimeout(() => over.abort(), 100);
  expect(await pool.checkUntil(over.signal, [task("fine"), task("endless")])).toBeNull();
  expect(await pool.checkUntil(over.signal, [task("fine")])).toBeNull();
  expect((await pool.check([task("fine")]))[0]!.failure).toBeNull();
});

describe("a campaign", () => {
  const names = Array.from({ length: 200 }, (_, index) =>
    index === 50 ? "exit" : index % 70 === 69 ? `broken-${index}` : `c${"x".repeat(index % 9)}`,
  );
  const source = { name: "planted", draw: (_: number, index: number) => named(names[index]!) };

  async function outcomesOf(
    runs: number,
    isOver: (campaign: Campaign) => boolean = () => false,
  ): Promise<{ campaign: Campaign; seen: CaseOutcome[] }> {
    const campaign = new Campaign({ source, seed: 1, shard: WHOLE, runs });
    const seen: CaseOutcome[] = [];
    await driveCampaign(campaign, pool, {
      source: null,
      inFlight: null,
      lawsOf: () => [],
      isOver: () => isOver(campaign),
      onOutcome: (outcome) => void seen.push(outcome),
      onBatch: () => undefined,
    });
    return { campaign, seen };
  }

  test("goes on after a thread has died, and merges every case once, in order", async () => {
    const { campaign, seen } = await outcomesOf(200);
    expect(campaign.runs).toBe(200);
    expect(seen.flatMap(({ failure }, index) => (failure === null ? [] : [index]))).toEqual([50, 69, 139]);
    expect(campaign.failures.map(({ failure, index, count }) => [failure.kind, index, count])).toEqual([
      ["died", 50, 1],
      ["invariant", 69, 2],
    ]);
    expect(campaign.failures[1]!.found).toEqual(named("broken-69"));
  });

  test("whose time is over leaves out the case that has no end", async () => {
    const endless = { name: "planted", draw: (_: number, index: number) => named(index === 20 ? "endless" : "fine") };
    const campaign = new Campaign({ source: endless, seed: 1, shard: WHOLE, runs: 40 });
    const over = new AbortController();
    setTimeout(() => over.abort(), 500);
    await driveCampaign(campaign, pool, {
      source: null,
      inFlight: null,
      lawsOf: () => [],
      isOver: () => over.signal.aborted,
      over: over.signal,
      onOutcome: () => undefined,
      onBatch: () => undefined,
    });
    expect(campaign.runs).toBeLessThanOrEqual(20);
    expect(campaign.failures).toEqual([]);
  });

  test("that has found enough merges nothing more", async () => {
    const { campaign } = await outcomesOf(200, ({ failures }) => failures.length > 0);
    expect(campaign.runs).toBe(51);
  });
});
