import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hintsOf, packEndpoints, type Endpoint, type Slice, type SliceWrite } from "./endpoint-packing.ts";

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

describe("a slice is written", () => {
  const held = { ...slice(5, 1, 2), hints: [-1, 3] };
  const same = [endpoint(1), { ...endpoint(2), hint: 3 }];

  test.each<[string, Endpoint[], Slice, boolean]>([
    ["not when nothing differs", same, held, false],
    ["when a condition does", [endpoint(1, 2), same[1]!], held, true],
    ["when a node does", [{ ...endpoint(1), node: 4 }, same[1]!], held, true],
    ["when a hint does", [endpoint(1), { ...endpoint(2), hint: 2 }], held, true],
    ["when a hint is gone", [endpoint(1), endpoint(2)], held, true],
    ["when a hint comes", same, slice(5, 1, 2), true],
    ["when the last endpoint is gone", [endpoint(1)], slice(5, 1, 2), true],
    ["when the first endpoint is gone", [endpoint(2)], slice(5, 1, 2), true],
    [
      "not when its columns say nothing of node, condition and hint, and nothing is wanted",
      [{ pod: 1, node: -1, conditions: 0 }],
      { number: 5, pods: [1], nodes: [], conditions: [] },
      false,
    ],
  ])("%s", (_, wanted, existing, isWritten) => {
    expect(packEndpoints(wanted, [existing], 3)).toEqual(isWritten ? [{ number: 5, endpoints: wanted }] : []);
  });
});

test("an endpoint that two slices hold stays in the first of them", () => {
  expect(packEndpoints([endpoint(1), endpoint(2)], [slice(5, 1, 2), slice(6, 2, 1)], 3)).toEqual([{ number: 6, endpoints: null }]);
  expect(packEndpoints([endpoint(2), endpoint(1)], [slice(5, 1), slice(6, 1, 2)], 3)).toEqual([{ number: 6, endpoints: [endpoint(2)] }]);
});

test("what comes once more in another order is found all the same", () => {
  const wanted = [3, 1, 2, 5, 4].map((pod) => endpoint(pod));
  expect(packEndpoints(wanted, [slice(5, 4, 2), slice(6, 1, 5, 3)], 3)).toEqual([]);
  const ascending = [1, 2, 3, 4, 5].map((pod) => endpoint(pod));
  expect(packEndpoints(ascending, [slice(5, 5, 2), slice(6, 1, 4, 3)], 3)).toEqual([]);
});

describe("what no written slice has room for", () => {
  const wantedPods = (...pods: number[]): Endpoint[] => pods.map((pod) => endpoint(pod));

  test.each<[string, Endpoint[], Slice[], SliceWrite[]]>([
    [
      "goes into the first of equally full unchanged slices",
      wantedPods(1, 2, 9),
      [slice(5, 1), slice(6, 2)],
      [{ number: 5, endpoints: wantedPods(1, 9) }],
    ],
    [
      "goes where there is just room",
      wantedPods(1, 2, 3, 9),
      [slice(5, 2, 3), slice(6, 1)],
      [{ number: 5, endpoints: wantedPods(2, 3, 9) }],
    ],
    [
      "goes where all of it has room",
      wantedPods(1, 2, 3, 8, 9),
      [slice(5, 2, 3), slice(6, 1)],
      [{ number: 6, endpoints: wantedPods(1, 8, 9) }],
    ],
    ["is a new slice where none has room for all", wantedPods(1, 2, 8, 9), [slice(5, 1, 2)], [{ number: -1, endpoints: wantedPods(8, 9) }]],
    ["is a new slice where it fills one", wantedPods(1, 7, 8, 9), [slice(5, 1)], [{ number: -1, endpoints: wantedPods(7, 8, 9) }]],
    [
      "fills new slices first, and the rest goes where there is room",
      wantedPods(1, 6, 7, 8, 9),
      [slice(5, 1)],
      [
        { number: -1, endpoints: wantedPods(6, 7, 8) },
        { number: 5, endpoints: wantedPods(1, 9) },
      ],
    ],
    [
      "uses slices again before it makes new ones",
      wantedPods(5, 6, 7, 8),
      [slice(1, 50), slice(2, 51), slice(3, 52)],
      [
        { number: 1, endpoints: wantedPods(5, 6, 7) },
        { number: 2, endpoints: wantedPods(8) },
        { number: 3, endpoints: null },
      ],
    ],
    [
      "makes new slices where too few are used again",
      wantedPods(2, 3, 4, 5, 6, 7, 8),
      [slice(1, 50)],
      [
        { number: -1, endpoints: wantedPods(5, 6, 7) },
        { number: -1, endpoints: wantedPods(8) },
        { number: 1, endpoints: wantedPods(2, 3, 4) },
      ],
    ],
  ])("%s", (_, wanted, existing, writes) => {
    expect(packEndpoints(wanted, existing, 3)).toEqual(writes);
  });
});

test.each([
  [[], {}],
  [[endpoint(1), endpoint(2)], {}],
  [[endpoint(1), { ...endpoint(2), hint: 0 }], { hints: [-1, 0] }],
  [
    [
      { ...endpoint(1), hint: 2 },
      { ...endpoint(2), hint: 1 },
    ],
    { hints: [2, 1] },
  ],
])("of %j a record holds the hints %j", (endpoints, hints) => {
  expect(hintsOf(endpoints)).toEqual(hints);
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
