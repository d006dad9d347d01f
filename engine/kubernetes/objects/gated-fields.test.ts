/** Fields that a release hasn't, or has switched off, are dropped before anybody looks at them. */
import { describe, expect, it, test } from "vitest";
import { withoutGatedFields } from "./gated-fields.ts";
import type { Kind, WrittenObjects } from "./index.ts";

const term = { topologyKey: "zone", namespaceSelector: {}, matchLabelKeys: ["a"], mismatchLabelKeys: ["b"] };
const podSpec = {
  schedulingGates: [{ name: "example.com/gate" }],
  topologySpreadConstraints: [
    { topologyKey: "zone", minDomains: 2 },
    { topologyKey: "host", minDomains: 3, nodeTaintsPolicy: "Honor" },
  ],
  affinity: {
    podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
    podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }] },
  },
};
const required = "affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution.podAffinityTerm";

function dropped<K extends Kind>(kind: K, written: WrittenObjects[K], minor: number): readonly string[] {
  return withoutGatedFields(kind, written, minor).dropped;
}

describe("by releases, the last without it and the first with it", () => {
  test.each<readonly [Kind, string, object, number]>([
    ["Service", "spec.internalTrafficPolicy", { internalTrafficPolicy: "Local" }, 22],
    ["Service", "spec.allocateLoadBalancerNodePorts", { allocateLoadBalancerNodePorts: false }, 22],
    ["Service", "spec.trafficDistribution", { trafficDistribution: "PreferClose" }, 31],
    ["Job", "spec.suspend", { suspend: true }, 22],
    ["Job", "spec.completionMode", { completionMode: "Indexed" }, 22],
    ["Job", "spec.ttlSecondsAfterFinished", { ttlSecondsAfterFinished: 5 }, 21],
    ["Job", "spec.podFailurePolicy", { podFailurePolicy: { rules: [] } }, 26],
    ["Job", "spec.backoffLimitPerIndex", { backoffLimitPerIndex: 1 }, 29],
    ["Job", "spec.maxFailedIndexes", { maxFailedIndexes: 1 }, 29],
    ["Job", "spec.podReplacementPolicy", { podReplacementPolicy: "Failed" }, 29],
    ["Job", "spec.successPolicy", { successPolicy: { rules: [] } }, 31],
    ["CronJob", "spec.timeZone", { timeZone: "Europe/Berlin" }, 25],
    ["CronJob", "spec.jobTemplate.spec.suspend", { jobTemplate: { spec: { suspend: true } } }, 22],
    ["StatefulSet", "spec.minReadySeconds", { minReadySeconds: 5 }, 23],
    ["StatefulSet", "spec.ordinals", { ordinals: { start: 5 } }, 27],
    ["StatefulSet", "spec.persistentVolumeClaimRetentionPolicy", { persistentVolumeClaimRetentionPolicy: {} }, 27],
    ["DaemonSet", "spec.updateStrategy.rollingUpdate.maxSurge", { updateStrategy: { rollingUpdate: { maxSurge: 1 } } }, 22],
    ["PodDisruptionBudget", "spec.unhealthyPodEvictionPolicy", { unhealthyPodEvictionPolicy: "AlwaysAllow" }, 27],
    ["HorizontalPodAutoscaler", "spec.metrics.containerResource", { metrics: [{ containerResource: {} }] }, 27],
    ["HorizontalPodAutoscaler", "spec.behavior.scaleUp.tolerance", { behavior: { scaleUp: { tolerance: "0.05" } } }, 35],
    ["Pod", "spec.schedulingGates", { schedulingGates: [] }, 27],
    ["Deployment", "spec.template.spec.schedulingGates", { template: { spec: { schedulingGates: [] } } }, 27],
    ["Pod", "spec.topologySpreadConstraints.nodeAffinityPolicy", { topologySpreadConstraints: [{ nodeAffinityPolicy: "Ignore" }] }, 26],
    ["Pod", "spec.topologySpreadConstraints.matchLabelKeys", { topologySpreadConstraints: [{ matchLabelKeys: ["a"] }] }, 27],
  ])("%s %s %o: 1.%i", (kind, path, spec, first) => {
    expect(dropped(kind, { spec } as WrittenObjects[typeof kind], first - 1)).toEqual([path]);
    expect(dropped(kind, { spec } as WrittenObjects[typeof kind], first)).toEqual([]);
  });
});

it("takes them out wherever they stand, once for each occurrence, and leaves the rest as it is", () => {
  const written = { metadata: { name: "web" }, spec: podSpec };
  const { kept, dropped: paths } = withoutGatedFields("Pod", written, 21);
  expect(paths).toEqual([
    "spec.schedulingGates",
    "spec.topologySpreadConstraints.minDomains",
    "spec.topologySpreadConstraints.minDomains",
    "spec.topologySpreadConstraints.nodeTaintsPolicy",
    ...[required, preferred].flatMap((at) =>
      ["namespaceSelector", "matchLabelKeys", "mismatchLabelKeys"].map((field) => `spec.${at}.${field}`),
    ),
  ]);
  expect(kept).toEqual({
    metadata: { name: "web" },
    spec: {
      topologySpreadConstraints: [{ topologyKey: "zone" }, { topologyKey: "host" }],
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] },
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: "zone" } }] },
      },
    },
  });
  expect(withoutGatedFields("Pod", written, 36)).toEqual({ kept: written, dropped: [] });
});

it("drops what no release has switched on", () => {
  const spec = { updateStrategy: { rollingUpdate: { maxUnavailable: 2, partition: 1 } } };
  expect(withoutGatedFields("StatefulSet", { spec }, 36)).toEqual({
    kept: { spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } },
    dropped: ["spec.updateStrategy.rollingUpdate.maxUnavailable"],
  });
});
