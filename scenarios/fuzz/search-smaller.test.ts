import { expect, test } from "vitest";
import type { FuzzCase } from "./fuzz-case.ts";
import { SmallerSearch, type SearchLimits, type Step } from "./search-smaller.ts";

const lasting = (seconds: number): FuzzCase => ({
  scenario: { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { duration: `${seconds}s` } },
  manifests: [],
});
const secondsOf = ({ scenario }: FuzzCase): number => parseInt((scenario["spec"] as { readonly duration: string }).duration);
const steps = (...all: readonly number[]): readonly Step<number>[] => all.map((seconds) => [seconds, lasting(seconds)]);

interface Tried {
  readonly found: number;
  readonly keys: readonly (number | null)[];
  readonly runs: readonly number[];
}

/** Fails below 50 s; the later candidate answers first. */
async function tried(limits: SearchLimits, ...passes: readonly (readonly Step<number>[])[]): Promise<Tried> {
  const runs: number[] = [];
  const search = new SmallerSearch(
    lasting(100),
    async (candidate) => {
      const seconds = secondsOf(candidate);
      runs.push(seconds);
      await new Promise((resolve) => setTimeout(resolve, seconds % 7));
      return seconds < 50;
    },
    limits,
  );
  const keys: (number | null)[] = [];
  for (const pass of passes) keys.push(await search.accept(pass));
  return { found: secondsOf(search.best), keys, runs };
}

const passes = [steps(90, 76, 45, 30, 20), steps(76, 30, 60), steps(10, 45), steps(99)];

test("the first that fails is taken, and nobody is asked twice", async () => {
  const { found, keys, runs } = await tried({ tries: 100 }, ...passes);
  expect({ found, keys }).toEqual({ found: 10, keys: [45, 30, 10, null] });
  expect(runs).toEqual([90, 76, 45, 30, 10, 99]);
});

test.each([2, 3, 8])("%i at once find the same", async (atOnce) => {
  for (const tries of [100, 5, 4, 3, 2]) {
    const [one, several] = [await tried({ tries }, ...passes), await tried({ tries, atOnce }, ...passes)];
    expect([several.found, several.keys]).toEqual([one.found, one.keys]);
  }
});

test("what is no scenario is no candidate", async () => {
  const { keys, runs } = await tried({ tries: 100 }, [[-1, lasting(-1)], ...steps(40)]);
  expect(keys).toEqual([40]);
  expect(runs).toEqual([40]);
});

test("whoever is out of time asks nobody", async () => {
  const { found, runs } = await tried({ tries: 100, atOnce: 2, isOver: () => true }, ...passes);
  expect(found).toBe(100);
  expect(runs).toEqual([]);
});
