/** Shares of a full node's CPU, and what they do to requests. */
import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { levelOf } from "./node-cpu.ts";

const given = (consumers: readonly (readonly [weight: number, wanted: number])[], cores: number): readonly number[] => {
  const level = levelOf(
    consumers.map(([weight, wanted]) => ({ weight, wanted })),
    cores,
  );
  return consumers.map(([weight, wanted]) => Math.min(wanted, level * weight));
};

describe("shares of a node's CPU", () => {
  it.each([
    [
      "everybody gets what it wants while there is enough",
      [
        [100, 1],
        [900, 2],
      ],
      4,
      [1, 2],
    ],
    [
      "by requests where all want more",
      [
        [100, 8],
        [300, 8],
      ],
      4,
      [1, 3],
    ],
    [
      "what one doesn't want the others get",
      [
        [100, 8],
        [300, 1],
      ],
      4,
      [3, 1],
    ],
    [
      "in turn",
      [
        [100, 0.5],
        [100, 1.5],
        [200, 9],
      ],
      4,
      [0.5, 1.1666, 2.3333],
    ],
  ] as const)("%s", (_, consumers, cores, shares) => {
    given(consumers, cores).forEach((share, index) => expect(share).toBeCloseTo(shares[index]!, 3));
  });

  property.prop([
    fc.array(fc.tuple(fc.integer({ min: 2, max: 4000 }), fc.double({ min: 0, max: 64, noNaN: true })), { minLength: 1, maxLength: 12 }),
    fc.integer({ min: 1, max: 64 }),
  ])("leave nothing unused that somebody wants, and give nobody more than there is", (consumers, cores) => {
    const shares = given(consumers, cores);
    const wanted = consumers.reduce((sum, [, each]) => sum + each, 0);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(Math.min(cores, wanted), 6);
  });
});
