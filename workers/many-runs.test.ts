/** Runs side by side: the same results on threads of a pool as on the calling one, and none after an interruption. */
import { expect, test } from "vitest";
import { loadScenario } from "../scenarios/load.ts";
import { openRuns } from "./many-runs.ts";

const { spec } = loadScenario("scenarios/library/no-probes/scenario.yaml");

test("a run is the same wherever it is made, also when there are more runs than threads", async () => {
  const results = await Promise.all(
    [1, 2].map(async (workers) => {
      const runs = await openRuns({ workers, signal: new AbortController().signal });
      const found = await Promise.all([1, 2, 3].map((seed) => runs.run({ ...spec!, seed })));
      await runs.close();
      return found.map((result) => result?.fingerprint);
    }),
  );
  expect(results[0]).toEqual(results[1]);
  expect(new Set(results[0]).size).toBe(3);
});

test("what waits begins in the order of its rank", async () => {
  const runs = await openRuns({ workers: 1, signal: new AbortController().signal });
  const order: number[] = [];
  await Promise.all([2, 1, 0, 1].map(async (rank) => order.push((await runs.run(spec!, rank)) === null ? -1 : rank)));
  await runs.close();
  expect(order).toEqual([2, 0, 1, 1]);
});

test.each([1, 2])("on %d threads nothing is run after an interruption", async (workers) => {
  const controller = new AbortController();
  const runs = await openRuns({ workers, signal: controller.signal });
  controller.abort();
  expect(await runs.run(spec!)).toBeNull();
  await runs.close();
});
