/** Affinity, topology spread and gates as they are written: what is rejected, and what keys of labels become. */
import { expect, test } from "vitest";
import { Issues } from "../../values/issue.ts";
import { readScheduling, validateScheduling, type WrittenScheduling } from "./scheduling.ts";

const selector = { matchLabels: { app: "web" } };
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
const spread = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector };

const issuesOf = (written: WrittenScheduling): readonly string[] => {
  const issues = new Issues();
  validateScheduling(written, "spec", issues);
  return issues.list.map(({ path }) => path);
};

test.each<readonly [string, WrittenScheduling]>([
  [`spec.affinity.nodeAffinity.${required}.nodeSelectorTerms`, { affinity: { nodeAffinity: { [required]: {} } } }],
  [
    `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms[0].matchExpressions[0].operator`,
    { affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Near" }] }] } } } },
  ],
  [
    `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms[0].matchExpressions[0].values`,
    { affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Gt" }] }] } } } },
  ],
  [
    `spec.affinity.nodeAffinity.${required}.nodeSelectorTerms[0].matchFields[0].key`,
    { affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [{ matchFields: [{ key: "x", operator: "In", values: ["n"] }] }] } } } },
  ],
  [`spec.affinity.nodeAffinity.${preferred}[0].weight`, { affinity: { nodeAffinity: { [preferred]: [{ weight: 101, preference: {} }] } } }],
  [`spec.affinity.podAffinity.${required}[0].topologyKey`, { affinity: { podAffinity: { [required]: [{ labelSelector: selector }] } } }],
  [
    `spec.affinity.podAntiAffinity.${preferred}[0].weight`,
    { affinity: { podAntiAffinity: { [preferred]: [{ weight: 0, podAffinityTerm: { topologyKey: "zone" } }] } } },
  ],
  ["spec.topologySpreadConstraints[0].maxSkew", { topologySpreadConstraints: [{ ...spread, maxSkew: 0 }] }],
  ["spec.topologySpreadConstraints[0].whenUnsatisfiable", { topologySpreadConstraints: [{ ...spread, whenUnsatisfiable: "Never" }] }],
  [
    "spec.topologySpreadConstraints[0].minDomains",
    { topologySpreadConstraints: [{ ...spread, minDomains: 2, whenUnsatisfiable: "ScheduleAnyway" }] },
  ],
  ["spec.topologySpreadConstraints[0].nodeTaintsPolicy", { topologySpreadConstraints: [{ ...spread, nodeTaintsPolicy: "Maybe" }] }],
  ["spec.topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}", { topologySpreadConstraints: [spread, spread] }],
  ["spec.schedulingGates[0].name", { schedulingGates: [{}] }],
  ["spec.schedulingGates[1]", { schedulingGates: [{ name: "a" }, { name: "a" }] }],
  ["spec.preemptionPolicy", { preemptionPolicy: "Always" }],
])("%s is rejected", (path, written) => {
  expect(issuesOf(written)).toEqual([path]);
});

test("what is right is accepted, and what isn't written leaves no trace", () => {
  const affinity = { podAffinity: { [required]: [{ topologyKey: "zone", labelSelector: selector }] } };
  expect(issuesOf({ affinity, topologySpreadConstraints: [spread], schedulingGates: [{ name: "a" }], preemptionPolicy: "Never" })).toEqual(
    [],
  );
  expect(readScheduling({ preemptionPolicy: "PreemptLowerPriority", schedulingGates: [] }, {})).toEqual({});
});

test("keys of labels take the Pod's own values; one that it hasn't got is left out", () => {
  const { topologySpreadConstraints = [] } = readScheduling(
    { topologySpreadConstraints: [{ ...spread, matchLabelKeys: ["team", "absent"] }] },
    { team: "a" },
  );
  expect(topologySpreadConstraints[0]?.labelSelector?.matchExpressions).toEqual([{ key: "team", operator: "In", values: ["a"] }]);
});
