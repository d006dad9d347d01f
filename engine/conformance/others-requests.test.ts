/** What other cases asked for is drawn: the same for one seed, within what the recording proves. */
import { expect, test } from "vitest";
import { streamKey } from "../kernel/random.ts";
import { MILLISECOND, SECOND } from "../kernel/time.ts";
import { othersRequests, type OthersRequest } from "./others-requests.ts";

const limit = { intervalMs: 50, burst: 30 };
const debts = [
  { node: "m0", limit: { intervalMs: 200, burst: 10 }, fromMs: 9_000, untilMs: 12_000, others: 10 },
  { node: null, limit, fromMs: 2_000, untilMs: 6_000, others: 40 },
];
const requests = (seed: number): readonly OthersRequest[] => othersRequests(debts, streamKey(seed, "test", "case"));
const seeds = Array.from({ length: 200 }, (_, index) => index + 1);

test("without a debt there are none", () => expect(othersRequests([], streamKey(1, "test", "case"))).toEqual([]));

test("they are the same for one seed and others for another", () => {
  expect(requests(1)).toEqual(requests(1));
  expect(requests(1)).not.toEqual(requests(2));
});

test("they come in order of time, from one refill before the debt shows until it ends", () => {
  for (const seed of seeds) {
    const all = requests(seed);
    expect(all).toEqual(all.toSorted((a, b) => a.at - b.at));
    const ofControllers = all.filter(({ node }) => node === null);
    expect(ofControllers[0]).toMatchObject({ count: null });
    expect(ofControllers[0]!.at).toBeGreaterThanOrEqual(2 * SECOND - 30 * 50 * MILLISECOND);
    expect(ofControllers[0]!.at).toBeLessThanOrEqual(2 * SECOND);
    expect(ofControllers.at(-1)!.at).toBeLessThanOrEqual(6 * SECOND);
  }
});

test("they are as many as the recording leaves tokens for, give or take a quarter", () => {
  const counts = seeds.map((seed) => requests(seed).filter(({ node, count }) => node === null && count === 1).length);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(30);
  expect(Math.max(...counts)).toBeLessThanOrEqual(51);
  expect(new Set(counts).size).toBeGreaterThan(10);
});
