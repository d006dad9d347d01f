import fc from "fast-check";
import { test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { byCampaign, mergedCampaign, type CampaignFile } from "./campaign-file.ts";

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
    failures: [{ id: "f", bucket: "b", message: `${index}`, index: 50 - index, count: 2 }],
    worst: { value: index * 10, index, found: { scenario: {}, manifests: [] } },
    ...given,
  };
}

test("parts add up; of a failure the first case stays, of the worst the worst", () => {
  const whole = mergedCampaign([part(2), part(1), part(3, { runs: 9 })])!;
  expect(whole).toMatchObject({ runs: 29, events: 2900, isPartial: false, coverage: ["of 1", "of 2", "of 3", "of all"] });
  expect(whole.failures).toEqual([{ id: "f", bucket: "b", message: "3", index: 47, count: 6 }]);
  expect(whole.worst?.value).toBe(30);
  expect(whole.shards.map(({ index }) => index)).toEqual([1, 2, 3]);
});

test("a part that comes twice counts once; one that is missing makes the whole partial", () => {
  expect(mergedCampaign([part(1), part(1), part(3)])).toMatchObject({ runs: 20, isPartial: true });
});

test("parts of other campaigns don't join", () => {
  expect(mergedCampaign([part(1), part(2, { seed: 2 })])).toBeNull();
  expect(byCampaign([part(1), part(2, { seed: 2 }), part(3)]).map((files) => files.length)).toEqual([2, 1]);
});

property.prop([fc.shuffledSubarray([1, 2, 3], { minLength: 3 })])("the order of parts doesn't matter", (order) => {
  expect(mergedCampaign(order.map((index) => part(index)))).toEqual(mergedCampaign([part(1), part(2), part(3)]));
});
