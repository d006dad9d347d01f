/** Beyond upstream's own cases (engine/conformance): larger skews, and what isn't counted. */
import { expect, test } from "vitest";
import { spreadVerdicts, type PlacedPod, type SpreadConstraint } from "./pod-topology-spread.ts";

const pod = { namespace: "default", labels: { app: "web" } };
const nodes = ["a", "b", "c"].map((zone) => ({ labels: { zone }, isEligible: true }));
const spread = (maxSkew: number): SpreadConstraint => ({
  maxSkew,
  topologyKey: "zone",
  labelSelector: { matchLabels: { app: "web" }, matchExpressions: [] },
});
const placed = (node: number, change: Partial<PlacedPod> = {}): PlacedPod => ({ ...pod, node, isTerminating: false, ...change });

test.each([
  [1, ["skewed", "skewed", "fits"]],
  [2, ["skewed", "fits", "fits"]],
  [3, ["fits", "fits", "fits"]],
])("with Pods 2/1/0 and a skew of %i", (maxSkew, verdicts) => {
  expect(spreadVerdicts([spread(maxSkew)], pod, nodes, [placed(0), placed(0), placed(1)])).toEqual(verdicts);
});

test("Pods that leave, of other namespaces, of other labels, and on nodes unknown aren't counted", () => {
  const others = [placed(0, { isTerminating: true }), placed(0, { namespace: "other" }), placed(0, { labels: { app: "db" } }), placed(-1)];
  expect(spreadVerdicts([spread(1)], pod, nodes, others)).toEqual(["fits", "fits", "fits"]);
});

test("a node that the Pod can't go to lowers nobody's minimum", () => {
  const isOff = nodes.map((node, index) => ({ ...node, isEligible: index < 2 }));
  expect(spreadVerdicts([spread(1)], pod, isOff, [placed(0), placed(1)])).toEqual(["fits", "fits", "fits"]);
});
