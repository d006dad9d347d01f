import { fc, test as property } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { autoHints, sameZoneHints, type HintableEndpoint } from "./topology-hints.ts";

const inZones = (...zones: readonly number[]): HintableEndpoint[] => zones.map((zone) => ({ isReady: true, zone }));

test("trafficDistribution hints each ready endpoint for its own zone, and nobody once one has none", () => {
  expect(sameZoneHints([...inZones(1, 0), { isReady: false, zone: 1 }])).toEqual([1, 0, -1]);
  expect(sameZoneHints(inZones(1, -1))).toBeNull();
});

test.each<[string, readonly HintableEndpoint[], readonly number[], readonly number[] | null]>([
  ["keeps endpoints where they are even by CPU", inZones(0, 0, 0, 1, 1, 1), [4000, 4000], [0, 0, 0, 1, 1, 1]],
  ["moves endpoints to a zone that lacks them", inZones(0, 0, 0, 0, 0, 1), [4000, 4000], [0, 0, 0, 1, 1, 1]],
  ["follows the zones' share of CPU", inZones(0, 0, 0, 1, 1, 1, 1, 1, 1), [8000, 4000], [0, 0, 0, 1, 1, 1, 0, 0, 0]],
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
