import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { autoHints, sameZoneHints, type HintableEndpoint } from "./topology-hints.ts";

const inZones = (...zones: readonly number[]): HintableEndpoint[] => zones.map((zone) => ({ isReady: true, zone }));

test("trafficDistribution hints each ready endpoint for its own zone, and nobody once one has none", () => {
  expect(sameZoneHints([...inZones(1, 0), { isReady: false, zone: 1 }])).toEqual([1, 0, -1]);
  expect(sameZoneHints(inZones(1, -1))).toBeNull();
  expect(sameZoneHints([...inZones(1), { isReady: false, zone: -1 }])).toEqual([1, -1]);
});

test.each<[string, readonly HintableEndpoint[], readonly number[], readonly number[] | null]>([
  ["keeps endpoints where they are even by CPU", inZones(0, 0, 0, 1, 1, 1), [4000, 4000], [0, 0, 0, 1, 1, 1]],
  ["moves endpoints to a zone that lacks them", inZones(0, 0, 0, 0, 0, 1), [4000, 4000], [0, 0, 0, 1, 1, 1]],
  ["follows the zones' share of CPU", inZones(0, 0, 0, 1, 1, 1, 1, 1, 1), [8000, 4000], [0, 0, 0, 1, 1, 1, 0, 0, 0]],
  ["stops where it can't be evener", inZones(0, 0, 0, 0, 1, 1, 1), [4000, 4000], [0, 0, 0, 0, 1, 1, 1]],
  [
    "moves from the first of two that have most to the first of two that have least, the last endpoint first",
    inZones(0, 0, 0, 0, 1, 1, 1, 1, 2, 3, 2, 3),
    [1, 1, 1, 1],
    [0, 0, 0, 2, 1, 1, 1, 3, 2, 3, 2, 3],
  ],
  [
    "leaves out what isn't ready, wherever it is",
    [...inZones(0, 0, 0, 1, 1, 1), { isReady: false, zone: -1 }],
    [4000, 4000],
    [0, 0, 0, 1, 1, 1, -1],
  ],
  ["doesn't count what isn't ready", [...inZones(0, 0, 0, 1, 1), { isReady: false, zone: 1 }], [4000, 4000], null],
  ["doesn't count zones without CPU", inZones(0, 0, 0, 2, 2, 2), [4000, 0, 4000], [0, 0, 0, 2, 2, 2]],
  ["gives up where an endpoint is in a zone without CPU", inZones(0, 0, 0, 1, 2, 2, 2), [4000, 0, 4000], null],
  ["gives up where one zone would be overloaded", inZones(0, 0, 0, 1, 1, 1, 2, 2, 2), [1, 1, 100], null],
  [
    "goes on where none would be by more than a fifth",
    inZones(0, 1, ...Array.from({ length: 10 }, () => 2)),
    [1, 1, 100],
    Array.from({ length: 12 }, () => 2),
  ],
  ["needs two zones", inZones(0, 0, 0), [4000], null],
  ["needs three endpoints a zone", inZones(0, 0, 1, 1, 1), [4000, 4000], null],
  ["needs them however even they are", inZones(0, 0, 1, 1), [4000, 4000], null],
  ["needs a zone for each endpoint", inZones(0, 0, 0, 1, 1, 1, -1), [4000, 4000], null],
])("topology-mode Auto %s", (_, endpoints, cpu, expected) => {
  expect(autoHints(endpoints, cpu)).toEqual(expected);
});

property.prop([
  fc.array(fc.record({ isReady: fc.boolean(), zone: fc.nat(2) }), { maxLength: 30 }),
  fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8)),
])("Auto hints every ready endpoint or none, for zones with CPU, each within one endpoint of its share", (endpoints, cpu) => {
  const hints = autoHints(endpoints, cpu);
  if (hints === null) return;
  const ready = endpoints.filter(({ isReady }) => isReady).length;
  const total = cpu[0] + cpu[1] + cpu[2];
  endpoints.forEach(({ isReady }, index) => expect(hints[index]! >= 0).toBe(isReady));
  cpu.forEach((share, zone) => {
    const count = hints.filter((hint) => hint === zone).length;
    expect(Math.abs(count - (share / total) * ready)).toBeLessThanOrEqual(1);
    if (share === 0) expect(count).toBe(0);
  });
});
