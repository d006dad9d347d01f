import fc from "fast-check";
import { test as property } from "@fast-check/vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { byCampaign, keepingEarlier, mergedCampaign, mergedName, writeCampaign, type CampaignFile } from "./campaign-file.ts";

function part(index: number, given: Partial<CampaignFile> = {}): CampaignFile {
  const { runs = 10 } = given;
  return {
    schema: "podstorm.dev/campaign/v1",
    name: "self",
    version: "1",
    seed: 1,
    digest: "d",
    maximize: null,
    shards: [{ index, of: 3 }],
    isPartial: false,
    runs,
    events: runs * 100,
    coverage: [`of ${index}`, "of all"],
    failures: [{ id: "f", kind: "law", bucket: "b", message: `${index}`, index: 50 - index, count: 2 }],
    worst: { value: index * 10, index, found: { scenario: {}, manifests: [] } },
    ...given,
  };
}

test("parts add up; of a failure the first case stays, of the worst the worst", () => {
  const whole = mergedCampaign([part(2), part(1), part(3, { runs: 9 })])!;
  expect(whole).toMatchObject({ runs: 29, events: 2900, isPartial: false, coverage: ["of 1", "of 2", "of 3", "of all"] });
  expect(whole.failures).toEqual([{ id: "f", kind: "law", bucket: "b", message: "3", index: 47, count: 6 }]);
  expect(whole.worst?.value).toBe(30);
  expect(whole.shards.map(({ index }) => index)).toEqual([1, 2, 3]);
});

test("a part that comes twice counts once; one that is missing isn't among the shards, one that ended early makes the whole partial", () => {
  const two = mergedCampaign([part(1), part(1), part(3)])!;
  expect(two).toMatchObject({ runs: 20, isPartial: false });
  expect(two.shards.map(({ index }) => index)).toEqual([1, 3]);
  expect(mergedCampaign([part(1), part(2, { isPartial: true })])).toMatchObject({ isPartial: true });
});

test("what was merged before counts each shard once, alone or with the parts that it was made of", () => {
  const two = mergedCampaign([part(1), part(2)])!;
  const whole = mergedCampaign([part(1), part(2), part(3)])!;
  expect(mergedCampaign([two, part(3)])).toEqual(whole);
  expect(mergedCampaign([whole, part(1), part(2), part(3)])).toEqual(whole);
  expect(mergedCampaign([mergedCampaign([part(1)])!, part(1), part(2), part(3)])).toEqual(whole);
  expect(mergedName(two)).toBe(mergedName(whole));
});

test("a failure that parts know by several IDs is one", () => {
  const [failure] = part(2).failures;
  const { failures } = mergedCampaign([part(1), part(2, { failures: [{ ...failure!, id: "g" }] })])!;
  expect(failures.map(({ id, count }) => [id, count])).toEqual([["g", 4]]);
});

test("a campaign that stored failures ended early leaves an earlier one its place", () => {
  const folder = mkdtempSync(join(tmpdir(), "podstorm-campaign-"));
  try {
    writeCampaign(folder, "c", part(1));
    const early = part(1, { runs: 0, isPartial: true, failures: [{ ...part(1).failures[0]!, id: "a", count: 0 }] });
    const kept = keepingEarlier(folder, "c", early);
    expect(kept).toMatchObject({ runs: 10, isPartial: false });
    expect(kept.failures.map(({ id }) => id)).toEqual(["a", "f"]);
    const whole = part(1, { runs: 5 });
    expect(keepingEarlier(folder, "c", whole)).toBe(whole);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("parts of other campaigns don't join", () => {
  expect(mergedCampaign([part(1), part(2, { seed: 2 })])).toBeNull();
  expect(byCampaign([part(1), part(2, { seed: 2 }), part(3)]).map((files) => files.length)).toEqual([2, 1]);
});

property.prop([fc.shuffledSubarray([1, 2, 3], { minLength: 3 })])("the order of parts doesn't matter", (order) => {
  expect(mergedCampaign(order.map((index) => part(index)))).toEqual(mergedCampaign([part(1), part(2), part(3)]));
});
