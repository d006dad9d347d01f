/** When the silence of nodes is more likely the control plane's own trouble. Zone states and rates: engine/conformance. */
import { expect, test } from "vitest";
import { areAllDown, countsForZone, type ZoneState } from "./zone-disruption.ts";

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
