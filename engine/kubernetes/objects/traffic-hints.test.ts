import { expect, test } from "vitest";
import { service } from "../control-plane.exam.ts";
import { versionsOfMinor } from "../versions.ts";
import { hintKindOf } from "./traffic-hints.ts";

test.each([
  ["PreferClose", {}, 36, "zone"],
  ["PreferSameZone", {}, 36, "zone"],
  ["PreferSameNode", {}, 36, "node"],
  ["PreferSameNode", {}, 33, "none"],
  ["PreferClose", {}, 30, "none"],
  [undefined, { "service.kubernetes.io/topology-mode": "Auto" }, 27, "auto"],
  [undefined, { "service.kubernetes.io/topology-aware-hints": "auto" }, 24, "auto"],
  [undefined, { "service.kubernetes.io/topology-aware-hints": "auto" }, 20, "none"],
  ["PreferClose", { "service.kubernetes.io/topology-mode": "Auto" }, 36, "auto"],
  [undefined, {}, 36, "none"],
] as const)("trafficDistribution %s with annotations %o in 1.%i hints: %s", (trafficDistribution, annotations, minor, expected) => {
  const base = service("web");
  const spec = trafficDistribution === undefined ? base.spec : { ...base.spec, trafficDistribution };
  const object = { ...base, metadata: { ...base.metadata, annotations }, spec };
  expect(hintKindOf(object, versionsOfMinor(minor))).toBe(expected);
});
