/** Replications differ in their seed alone, and are the same whoever makes them. */
import { expect, test } from "vitest";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { runFigures } from "../reports/replications.ts";
import { replicate, seeded } from "./replicate.ts";
import { runHere } from "../workers/run.ts";
import { deployment, nodes, spec } from "../workers/testdata/specs.ts";

const small = spec({
  duration: 20 * SECOND,
  objects: [deployment(2)],
  nodes: nodes(2),
  applications: [{ selector: {}, image: null, container: null, behaviour: defaultBehaviour, defaulted: [] }],
  seed: 5,
});

test("replications take the scenario's seed and those after it", async () => {
  const seeds: number[] = [];
  const runs = await replicate(small, { count: 3, workers: 1, onRun: ({ seed }) => void seeds.push(seed) });
  expect(seeds).toEqual([5, 6, 7]);
  expect(runs).toEqual(await Promise.all([0, 1, 2].map(async (index) => runFigures(await runHere(seeded(small, index), 1)))));
});

test("a run that was made before counts as the first", async () => {
  const seeds: number[] = [];
  const runs = await replicate(small, { count: 2, workers: 1, onRun: ({ seed }) => void seeds.push(seed) }, await runHere(small, 1));
  expect([runs.length, seeds]).toEqual([2, [6]]);
});

test("auto stops once nothing varies, and at once when interrupted", async () => {
  const still = spec({ ...small, objects: [], duration: SECOND });
  expect(await replicate(still, { count: "auto", workers: 1 })).toHaveLength(5);
  expect(await replicate(small, { count: 9, workers: 1, signal: AbortSignal.abort() })).toEqual([]);
});
