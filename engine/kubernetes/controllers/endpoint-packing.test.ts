import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packEndpoints, type Endpoint, type Slice, type SliceWrite } from "./endpoint-packing.ts";

const endpoint = (pod: number, conditions = 1): Endpoint => ({ pod, node: 0, conditions });
const slice = (number: number, ...pods: number[]): Slice => ({
  number,
  pods,
  nodes: pods.map(() => 0),
  conditions: pods.map(() => 1),
});
const sizes = (writes: readonly SliceWrite[]): [number, number][] =>
  writes.map(({ number, endpoints }) => [number, endpoints?.length ?? -1]);

describe("packing into slices of 3", () => {
  test.each<[string, Endpoint[], Slice[], [number, number][]]>([
    ["nothing to do writes nothing", [endpoint(1)], [slice(5, 1)], []],
    [
      "new ones without a slice make full slices",
      [1, 2, 3, 4].map((pod) => endpoint(pod)),
      [],
      [
        [-1, 3],
        [-1, 1],
      ],
    ],
    ["a changed condition is written in place", [endpoint(1, 2)], [slice(5, 1)], [[5, 1]]],
    ["a slice that loses all is deleted", [endpoint(1)], [slice(5, 1), slice(6, 2)], [[6, -1]]],
    ["no endpoints are an empty slice", [], [], [[-1, 0]]],
    ["which stays", [], [slice(5)], []],
    [
      "of slices that lose all, the first is kept, empty",
      [],
      [slice(5, 1), slice(6, 2)],
      [
        [5, 0],
        [6, -1],
      ],
    ],
    ["and used again", [1, 2, 3].map((pod) => endpoint(pod)), [slice(5)], [[5, 3]]],
    ["a slice that would be deleted is used again for what is new", [endpoint(3)], [slice(6, 2)], [[6, 1]]],
    ["new ones fill a slice that is written anyway", [endpoint(2), endpoint(3)], [slice(5, 1, 2)], [[5, 2]]],
    [
      "new ones go into the fullest unchanged slice that has room for all",
      [1, 2, 3, 9].map((pod) => endpoint(pod)),
      [slice(5, 1), slice(6, 2, 3)],
      [[6, 3]],
    ],
    [
      "of slices that are written anyway, the fullest is filled first",
      [1, 2, 3, 4].map((pod) => endpoint(pod)),
      [slice(5, 1, 9), slice(6, 2, 3, 8)],
      [
        [5, 1],
        [6, 3],
      ],
    ],
    ["unchanged slices are never rebalanced", [1, 2].map((pod) => endpoint(pod)), [slice(5, 1), slice(6, 2)], []],
  ])("%s", (_, wanted, existing, expected) => {
    expect(sizes(packEndpoints(wanted, existing, 3))).toEqual(expected);
  });
});

test("after the writes the slices hold exactly what is wanted, none too full", () => {
  const wantedArbitrary = fc.uniqueArray(fc.record({ pod: fc.nat(30), node: fc.nat(3), conditions: fc.nat(7) }), {
    selector: ({ pod }) => pod,
  });
  const existingArbitrary = fc.uniqueArray(fc.nat(30)).map((pods) => {
    const slices: Slice[] = [];
    for (let from = 0; from < pods.length; from += 3) slices.push(slice(slices.length, ...pods.slice(from, from + 3)));
    return slices;
  });
  fc.assert(
    fc.property(wantedArbitrary, existingArbitrary, (wanted, existing) => {
      const slices = new Map<number, readonly Endpoint[]>(existing.map(({ number, pods }) => [number, pods.map((pod) => endpoint(pod))]));
      let created = 1000;
      for (const { number, endpoints } of packEndpoints(wanted, existing, 4)) {
        if (endpoints === null) slices.delete(number);
        else slices.set(number < 0 ? created++ : number, endpoints);
      }
      const held = [...slices.values()].flat().sort((a, b) => a.pod - b.pod);
      expect(held).toEqual([...wanted].sort((a, b) => a.pod - b.pod));
      expect([...slices.values()].every(({ length }) => length <= 4)).toBe(true);
    }),
  );
});
