import { expect, test } from "vitest";
import type { CaseOutcome } from "../../scenarios/fuzz/campaign.ts";
import { selfSource } from "../../scenarios/fuzz/case-source.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import type { CheckTask, Law } from "./check-case.ts";
import { smallestCase, type FoundCase, type Smallest } from "./smallest-case.ts";

const found = selfSource().draw(1, 3, []);
const bucket = "invariant planted";
const isBroken = ({ manifests }: FuzzCase): boolean => manifests.length > 0;

/** Breaks while there is a manifest, under `lawWanted` only if one is given; each run has so many events. */
async function smallestOf(
  about: Partial<FoundCase>,
  settings: { readonly lawWanted?: Law; readonly atOnce?: number; readonly isWhole?: boolean; readonly events?: number } = {},
): Promise<Smallest & { readonly tasks: readonly CheckTask[] }> {
  const { lawWanted, atOnce = 1, isWhole = false, events = 10 } = settings;
  const tasks: CheckTask[] = [];
  const check = async (task: CheckTask): Promise<CaseOutcome> => {
    tasks.push(task);
    const fails = isBroken(task.found) && (lawWanted === undefined || task.laws.includes(lawWanted));
    const failure = fails ? ({ kind: "invariant", bucket, message: "" } as const) : null;
    return { failure, coverage: [], value: null, events };
  };
  const failed: FoundCase = { found, failure: { kind: "invariant", bucket }, laws: [], events, ...about };
  return { ...(await smallestCase(failed, { check, atOnce, tries: 300, isWhole, isOver: () => false })), tasks };
}

test("one manifest is left of a case that needs one, for any number at once", async () => {
  const one = await smallestOf({});
  expect(one.found.manifests).toHaveLength(1);
  expect((await smallestOf({}, { atOnce: 4 })).found).toEqual(one.found);
});

test("laws that it doesn't break are left out of all runs but the first", async () => {
  const laws: readonly Law[] = ["at rest", "two shards"];
  const { tasks } = await smallestOf({ laws });
  expect(new Set(tasks.map((task) => task.laws.length))).toEqual(new Set([0]));
  const held = await smallestOf({ laws }, { lawWanted: "two shards" });
  expect(held.found.manifests).toHaveLength(1);
  expect(held.tasks.slice(1).every((task) => task.laws === laws)).toBe(true);
});

test("candidates with far more events than what was found are no simpler, but for one that has no end anyway", async () => {
  const limitOf = async (about: Partial<FoundCase>): Promise<number | undefined> => (await smallestOf(about)).tasks.at(-1)!.eventsMax;
  expect(await limitOf({ events: 5_000_000 })).toBe(20_000_000);
  expect(await limitOf({ events: 10 })).toBe(1_000_000);
  expect(await limitOf({ events: 0 })).toBeUndefined();
  expect(await limitOf({ failure: { kind: "endless", bucket }, events: 10 })).toBeUndefined();
});

test("a person's files stay, and what of them doesn't matter is told", async () => {
  const { found: smallest, needless } = await smallestOf({}, { isWhole: true });
  for (const manifest of smallest.manifests) expect(found.manifests).toContainEqual(manifest);
  expect(needless.length).toBeGreaterThan(0);
  expect((await smallestOf({})).needless).toEqual([]);
});
