/** The search along a line of values, against lines whose boundary is known. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findBoundary, firstLooks } from "./boundary.ts";

describe("the boundary along a line of values", () => {
  test("is found wherever it lies, from either end, with few looks", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(300), fc.boolean(), async (count, cut, isReversed) => {
        const first = cut % (count + 1);
        const looked: number[] = [];
        const found = await findBoundary(count, async (index) => {
          looked.push(index);
          return isReversed ? index >= first : index < first;
        });
        const [holds, fails] = isReversed ? [first, first - 1] : [first - 1, first];
        const isAll = isReversed ? first === 0 : first === count;
        const isNone = isReversed ? first === count : first === 0;
        if (isAll) expect(found).toEqual({ holds: count - 1, fails: null, isReversed: false, isMonotone: true });
        else if (isNone) expect([found!.holds, found!.fails]).toEqual([null, 0]);
        else expect(found).toEqual({ holds, fails, isReversed, isMonotone: true });
        expect(looked.length).toBeLessThanOrEqual(13);
        expect(new Set(looked).size).toBe(looked.length);
      }),
    );
  });

  test("is the first one where there are two, and that is said", async () => {
    const found = await findBoundary(21, async (index) => index < 7 || index > 12);
    expect(found).toEqual({ holds: 6, fails: 7, isReversed: false, isMonotone: false });
    const fromAbove = await findBoundary(21, async (index) => index === 5 || index > 12);
    expect(fromAbove).toEqual({ holds: 13, fails: 12, isReversed: true, isMonotone: false });
  });

  test("isn't known when the search is interrupted", async () => {
    expect(await findBoundary(21, async (index) => (index === 10 ? null : true))).toBeNull();
    let looks = 0;
    expect(await findBoundary(21, async (index) => (looks++ < 5 ? index < 7 : null))).toBeNull();
  });

  test.each([
    [1, [0]],
    [2, [0, 1]],
    [4, [0, 1, 2, 3]],
    [21, [0, 5, 10, 15, 20]],
  ])("of %d values is looked for first at %j", (count, looks) => {
    expect(firstLooks(count)).toEqual(looks);
  });
});
