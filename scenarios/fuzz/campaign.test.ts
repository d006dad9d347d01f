import fc from "fast-check";
import { test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { Campaign, GENERATION, WHOLE, type CaseOutcome } from "./campaign.ts";
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

describe("a campaign", () => {
  test("draws a generation from what was known two generations before", () => {
    const campaign = newCampaign();
    for (let place = 0; place < 2 * GENERATION; place++) expect(campaign.isOpen(place)).toBe(true);
    expect(campaign.isOpen(2 * GENERATION)).toBe(false);
    for (let place = 0; place < GENERATION; place++) campaign.merge({ ...nothing, coverage: [`${Math.min(place, 3)}`] });
    expect(campaign.isOpen(2 * GENERATION)).toBe(true);
    expect(campaign.isOpen(3 * GENERATION)).toBe(false);
    expect(indexesOf(campaign.draw(2 * GENERATION))).toEqual([0, 1, 2, 3]);
    expect(indexesOf(campaign.draw(GENERATION))).toEqual([]);
  });

  test("keeps the worst cases in its corpus, the very worst last", () => {
    const campaign = newCampaign();
    for (let place = 0; place < GENERATION; place++) campaign.merge({ ...nothing, value: place % 40 });
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
