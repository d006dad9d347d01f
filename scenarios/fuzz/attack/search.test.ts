import { describe, expect, test } from "vitest";
import type { Failure } from "../verdict.ts";
import { readBudget, type Term } from "./budget.ts";
import type { Ground } from "./ground.ts";
import { marginsOf, searchAttack, type Judged, type SearchOutcome } from "./search.ts";
import { isAffordable, keyOf, sequenceText, shareOf, type Sequence } from "./sequence.ts";

const SECOND = 1_000_000;

const ground: Ground = {
  earliest: SECOND,
  latest: 60 * SECOND,
  instants: [30, 15, 45, 1, 60].map((second) => second * SECOND),
  nodes: ["n0", "n1", "n2"],
  zones: ["a", "b"],
  workloads: [{ label: "default/web", selector: { deployment: "web" } }],
};

const broken: Failure = { kind: "threshold", bucket: "planted", message: "planted" };

function termsOf(text: string): readonly Term[] {
  const read = readBudget(text);
  if ("problem" in read) throw new Error(read.problem.message);
  return read.terms;
}

interface Plant {
  readonly breaks: (sequence: Sequence) => boolean;
  readonly badness?: (sequence: Sequence) => number;
  readonly runs?: number;
  readonly seed?: number;
}

async function search(budget: string, { breaks, badness, runs = 300, seed = 1 }: Plant): Promise<{ outcome: SearchOutcome; text: string }> {
  const terms = termsOf(budget);
  const judge = (sequence: Sequence): Judged => ({ failure: breaks(sequence) ? broken : null, badness: badness?.(sequence) ?? null });
  const outcome = await searchAttack({ terms, ground, seed, runs, judge: (sequences) => Promise.resolve(sequences.map(judge)) });
  return { outcome, text: outcome.best === null ? "holds" : sequenceText(outcome.best.sequence, terms) };
}

/** Time of a lever while another use holds. */
const lasts = (sequence: Sequence, term: number): number =>
  sequence.filter((use) => use.term === term).reduce((most, { duration }) => Math.max(most, duration ?? 0), 0);

describe("the cheapest sequence that breaks", () => {
  test("is found by bisection of its time", async () => {
    const { outcome, text } = await search("10s of API server + 1 node", { breaks: (sequence) => lasts(sequence, 0) >= 2.1 * SECOND });
    expect(text).toBe("2.1s of API server");
    expect(marginsOf(outcome).map(({ sequence }) => sequenceText(sequence, termsOf("10s of API server + 1 node")))).toEqual([
      "2s of API server",
    ]);
  });

  test("is found by bisection of its count", async () => {
    const { text } = await search("40 pods", { breaks: (sequence) => sequence.some(({ count }) => count >= 7) });
    expect(text).toBe("7 pods");
  });

  test("is found by bisection of its strength and time", async () => {
    const breaks = (sequence: Sequence): boolean => sequence.some(({ strength, duration }) => strength! >= 13 && duration! >= 5 * SECOND);
    expect((await search("80% loss for 30s", { breaks })).text).toBe("13% loss for 5s");
  });

  test("takes two levers where neither is enough alone, and says that each is survived", async () => {
    const breaks = (sequence: Sequence): boolean => {
      const [lost, away] = [sequence.find(({ term }) => term === 0), sequence.find(({ term }) => term === 1)];
      return lost !== undefined && away !== undefined && away.duration! >= 2.1 * SECOND && Math.abs(away.at - lost.at) <= 3 * SECOND;
    };
    const { outcome, text } = await search("1 node + 4s of API server", { breaks });
    expect(text.split(" + ").toSorted()).toEqual(["1 node", "2.1s of API server"]);
    const margins = marginsOf(outcome).map(({ sequence }) => sequenceText(sequence, termsOf("1 node + 4s of API server")));
    expect(margins).toHaveLength(2);
    expect(margins[1]).toBe("2.1s of API server");
  });

  test("strikes where it is worst: one node of three, by how bad each try was", async () => {
    const breaks = (sequence: Sequence): boolean => sequence.some(({ term, place }) => term === 0 && place === 2) && sequence.length > 1;
    const { outcome } = await search("1 node + 2 pods", { breaks, badness: (sequence) => sequence[0]!.place });
    expect(outcome.best!.sequence.find(({ term }) => term === 0)!.place).toBe(2);
    expect(outcome.best!.sequence.find(({ term }) => term === 1)!.count).toBe(1);
  });

  test("is a little of what in full costs more than something else", async () => {
    const breaks = (sequence: Sequence): boolean =>
      sequence.some(({ term, duration, count }) => (term === 0 ? duration! >= 1.5 * SECOND : count >= 2));
    expect((await search("60s of partition + 2 pods", { breaks })).text).toBe("1.5s of partition");
  });

  test("hits one target twice where that is what it takes", async () => {
    const breaks = (sequence: Sequence): boolean => {
      const [one, other] = sequence;
      return one !== undefined && other !== undefined && other.at - one.at >= 10 * SECOND;
    };
    expect((await search("2 pods", { breaks })).text).toBe("2 pods");
  });
});

describe("a search", () => {
  const never = { breaks: () => false };

  test("that breaks nothing tried each lever, and all of the budget at once", async () => {
    const { outcome } = await search("1 node + 4s of API server + 1 pod", { ...never, runs: 120 });
    expect(outcome.best).toBeNull();
    expect(outcome.attempts).toHaveLength(112);
    expect(new Set(outcome.attempts.flatMap(({ sequence }) => sequence.map(({ term }) => term)))).toEqual(new Set([0, 1, 2]));
    expect(Math.max(...outcome.attempts.map(({ share }) => share))).toBeCloseTo(1);
  });

  test("never spends more than the budget, and tries nothing twice", async () => {
    const budget = "2 nodes for 20s + 4s of API server + 3 pods + 20% loss for 10s";
    const { outcome } = await search(budget, { breaks: (sequence) => sequence.length > 2 });
    expect(outcome.attempts.filter(({ sequence }) => !isAffordable(sequence, termsOf(budget)))).toEqual([]);
    expect(new Set(outcome.attempts.map(({ sequence }) => keyOf(sequence))).size).toBe(outcome.attempts.length);
  });

  test("is the same for the same seed, and another for another", async () => {
    const keys = async (seed: number): Promise<readonly string[]> =>
      (await search("1 node + 4s of API server", { ...never, seed })).outcome.attempts.map(({ sequence }) => keyOf(sequence));
    expect(await keys(3)).toEqual(await keys(3));
    expect(await keys(3)).not.toEqual(await keys(4));
  });

  test.each([17, 20, 23, 26, 29])("of %i runs knows that all of the best is needed, or wasn't", async (runs) => {
    const { outcome } = await search("1 node + 4s of API server", { breaks: (sequence) => sequence.length > 1, runs });
    expect(outcome.attempts.length).toBeLessThanOrEqual(runs);
    expect(outcome.best === null || marginsOf(outcome).length === 2).toBe(true);
  });

  test("whose time is over keeps the best so far", async () => {
    const terms = termsOf("8 pods");
    let batches = 0;
    const outcome = await searchAttack({
      terms,
      ground,
      seed: 1,
      runs: Infinity,
      judge: (sequences) => Promise.resolve(batches++ === 0 ? sequences.map(() => ({ failure: broken, badness: 1 })) : null),
    });
    expect(batches).toBe(2);
    expect(outcome.best!.sequence).toHaveLength(1);
  });

  test("ends when nothing cheaper is left", async () => {
    const { outcome, text } = await search("1 pod", { breaks: () => true, runs: 100_000 });
    expect(text).toBe("1 pod");
    expect(outcome.attempts.length).toBeLessThan(20);
  });
});

test("the price of a whole budget is 1, and of its parts what the table of levers says", () => {
  const terms = termsOf("1 node + 20s of API server");
  const whole: Sequence = [
    { term: 0, at: SECOND, place: 0, count: 1, duration: null, strength: null },
    { term: 1, at: SECOND, place: 0, count: 1, duration: 20 * SECOND, strength: null },
  ];
  expect(shareOf(whole, terms)).toBe(1);
  expect(shareOf(whole.slice(0, 1), terms)).toBe(0.5);
});
