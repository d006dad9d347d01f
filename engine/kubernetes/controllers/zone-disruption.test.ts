/** When the silence of nodes is more likely the control plane's own trouble. Zone states and rates: engine/conformance. */
import { expect, test } from "vitest";
import { areAllDown, countsForZone, evictionRate, zoneState, type ZoneState } from "./zone-disruption.ts";

test.each<[readonly (ZoneState | null)[], boolean]>([
  [["FullDisruption"], true],
  [["FullDisruption", "FullDisruption"], true],
  [["FullDisruption", "Normal"], false],
  [["FullDisruption", "PartialDisruption"], false],
  [["FullDisruption", null], true],
  [[null], false],
  [[], false],
])("zones %j are all down: %s", (states, isDown) => {
  expect(areAllDown(states)).toBe(isDown);
});

test("a labelled node says nothing of its zone, whatever the label's value", () => {
  expect(countsForZone({ "node.kubernetes.io/exclude-disruption": "" })).toBe(false);
  expect(countsForZone({ zone: "a" })).toBe(true);
});

test("a zone without nodes is as any other", () => {
  expect(zoneState(0, 0, 0.55)).toBe("Normal");
});

test("a zone of a large cluster's size and less stops when it is partly down", () => {
  const rates = { nodeEvictionRate: 0.1, nodeEvictionRateSecondary: 0.01, largeClusterSize: 50 };
  expect([50, 51].map((nodes) => evictionRate("PartialDisruption", nodes, rates))).toEqual([0, 0.01]);
});
