import fc from "fast-check";
import { test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { Campaign, GENERATION, RARE, WHOLE, generationOf, type CaseOutcome } from "./campaign.ts";
import type { CaseSource } from "./case-source.ts";
import type { FuzzCase } from "./fuzz-case.ts";

/** A case is its index and the corpus that it was drawn from. */
const source: CaseSource = {
  name: "told",
  draw: (seed, index, corpus) => ({ scenario: { seed, index, of: corpus.map(({ scenario }) => scenario["index"]) }, manifests: [] }),
};

const nothing: CaseOutcome = { failure: null, coverage: [], value: null, events: 1 };

function indexesOf(found: FuzzCase): readonly number[] {
  return found.scenario["of"] as readonly number[];
}

function newCampaign(runs: number = 10 * GENERATION, shard: { index: number; of: number } = WHOLE): Campaign {
  return new Campaign({ source, seed: 1, shard, runs });
}

function lengthOf(generation: number): number {
  return Array.from({ length: 20 * GENERATION }, (_, place) => place).filter((place) => generationOf(place) === generation).length;
}

describe("a campaign", () => {
  test("draws a generation from what was known two generations before", () => {
    const campaign = newCampaign();
    const [first, second] = [lengthOf(0), lengthOf(1)];
    for (let place = 0; place < first + second; place++) expect(campaign.isOpen(place)).toBe(true);
    expect(campaign.isOpen(first + second)).toBe(false);
    for (let place = 0; place < first; place++) campaign.merge({ ...nothing, coverage: [`${Math.min(place, 3)}`] });
    expect(campaign.isOpen(first + second)).toBe(true);
    expect(campaign.isOpen(first + second + lengthOf(2))).toBe(false);
    expect(indexesOf(campaign.draw(first + second))).toEqual([0, 1, 2]);
    expect(indexesOf(campaign.draw(first))).toEqual([]);
  });

  test("has short generations at first, longer ones later", () => {
    const lengths = Array.from({ length: 8 }, (_, generation) => lengthOf(generation));
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    expect(lengths[0]).toBeLessThan(GENERATION / 2);
    expect(lengths.at(-1)).toBe(GENERATION);
  });

  test("keeps for each rare key the case that reached most that is rare, as often as it has such keys", () => {
    const told = ["a b c", "a", "common", "b d e f", "common", "common", "common", "common"];
    const campaign = newCampaign();
    for (let place = 0; place < lengthOf(0); place++)
      campaign.merge({ ...nothing, coverage: (told[place] ?? "").split(" ").filter((key) => key !== "") });
    const members = indexesOf(campaign.draw(lengthOf(0) + lengthOf(1)));
    // Keys in the order in which they were reached last: c, a, b, d, e, f.
    expect(members).toEqual([0, 0, 3, 3, 3, 3]);
    expect(campaign.corpus.map(({ scenario }) => scenario["index"])).toEqual([0, 3]);
  });

  test("says of a key that it is reached until it is rare no more", () => {
    const campaign = newCampaign();
    const news = Array.from({ length: RARE + 2 }, () => campaign.merge({ ...nothing, coverage: ["a", "b"] }).reached.length);
    expect(news).toEqual([...Array.from({ length: RARE }, () => 2), 0, 0]);
    expect([...campaign.coverage]).toEqual(["a", "b"]);
    expect(campaign.corpus).toEqual([]);
  });

  test("keeps the worst cases in its corpus, the very worst last", () => {
    const campaign = newCampaign();
    for (let place = 0; place < 2 * GENERATION; place++) campaign.merge({ ...nothing, value: place % 40 });
    const members = indexesOf(campaign.draw(2 * GENERATION));
    expect(members).toHaveLength(16);
    expect(members.at(-1)).toBe(39);
    expect(campaign.worst).toMatchObject({ index: 39, value: 39 });
  });

  test("tells failures apart by bucket, with the first case of each", () => {
    const campaign = newCampaign();
    const failing = (bucket: string): CaseOutcome => ({ ...nothing, failure: { kind: "law", bucket, message: "" } });
    const news = [failing("a"), nothing, failing("b"), failing("a")].map((outcome) => campaign.merge(outcome).isNewFailure);
    expect(news).toEqual([true, false, true, false]);
    expect(campaign.failures.map(({ failure, index, count }) => [failure.bucket, index, count])).toEqual([
      ["a", 0, 2],
      ["b", 2, 1],
    ]);
  });

  property.prop([fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 9 })])(
    "in shards makes every run of the whole once",
    (runs, of) => {
      const indexes = Array.from({ length: of }, (_, at) => newCampaign(runs, { index: at + 1, of })).flatMap((campaign) =>
        Array.from({ length: campaign.total }, (_, place) => campaign.indexOf(place)),
      );
      expect(indexes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: runs }, (_, index) => index));
    },
  );
});
