/**
 * Fields that a release has not, or has switched off: its API server drops them before it looks at the object
 * (PrepareForCreate, dropDisabledFields). What a Pod couldn't do without, such as a probe's handler, is an issue
 * of validation instead (pod-validation.ts, probe-validation.ts).
 */
import type { Feature } from "../versions.ts";
import { versionsOfMinor } from "../versions.ts";
import type { Kind, WrittenObjects } from "./index.ts";
import type { Minor } from "./probe-validation.ts";

/** Path of a field, without indexes of lists, and what says whether a release has it; null: off by default in all. */
type Gate = readonly [path: string, feature: Feature | null];

const podTerms = ["podAffinity", "podAntiAffinity"].flatMap((field) => [
  `affinity.${field}.requiredDuringSchedulingIgnoredDuringExecution`,
  `affinity.${field}.preferredDuringSchedulingIgnoredDuringExecution.podAffinityTerm`,
]);

const ofPodSpecs: readonly Gate[] = [
  ["schedulingGates", "schedulingGates"],
  ["topologySpreadConstraints.minDomains", "spreadMinDomains"],
  ["topologySpreadConstraints.nodeAffinityPolicy", "spreadInclusionPolicies"],
  ["topologySpreadConstraints.nodeTaintsPolicy", "spreadInclusionPolicies"],
  ["topologySpreadConstraints.matchLabelKeys", "spreadLabelKeys"],
  ...podTerms.flatMap((term): Gate[] => [
    [`${term}.namespaceSelector`, "affinityNamespaceSelector"],
    [`${term}.matchLabelKeys`, "affinityLabelKeys"],
    [`${term}.mismatchLabelKeys`, "affinityLabelKeys"],
  ]),
];

const ofJobSpecs: readonly Gate[] = [
  ["completionMode", "jobModes"],
  ["suspend", "jobModes"],
  ["ttlSecondsAfterFinished", "jobExpires"],
  ["podFailurePolicy", "jobPodFailurePolicy"],
  ["backoffLimitPerIndex", "jobBackOffLimitPerIndex"],
  ["maxFailedIndexes", "jobBackOffLimitPerIndex"],
  ["successPolicy", "jobSuccessPolicy"],
  ["podReplacementPolicy", "jobPodReplacementPolicy"],
];

function under(path: string, gates: readonly Gate[]): readonly Gate[] {
  return gates.map(([field, feature]) => [`${path}.${field}`, feature]);
}

const ofTemplates = under("spec.template.spec", ofPodSpecs);

const gatesOf: { readonly [K in Kind]?: readonly Gate[] } = {
  Pod: under("spec", ofPodSpecs),
  ReplicaSet: ofTemplates,
  Deployment: ofTemplates,
  ReplicationController: ofTemplates,
  StatefulSet: [
    ["spec.minReadySeconds", "statefulSetMinReady"],
    // KEP-961: off by default.
    ["spec.updateStrategy.rollingUpdate.maxUnavailable", null],
    ["spec.ordinals", "statefulSetOrdinals"],
    ["spec.persistentVolumeClaimRetentionPolicy", "statefulSetVolumeRetention"],
    ...ofTemplates,
  ],
  DaemonSet: [["spec.updateStrategy.rollingUpdate.maxSurge", "daemonSetSurge"], ...ofTemplates],
  Job: [...under("spec", ofJobSpecs), ...ofTemplates],
  CronJob: [
    ["spec.timeZone", "cronJobTimeZone"],
    ...under("spec.jobTemplate.spec", [...ofJobSpecs, ...under("template.spec", ofPodSpecs)]),
  ],
  Service: [
    ["spec.internalTrafficPolicy", "serviceInternalPolicy"],
    ["spec.trafficDistribution", "trafficDistribution"],
    ["spec.allocateLoadBalancerNodePorts", "serviceNodePortControl"],
  ],
  PodDisruptionBudget: [["spec.unhealthyPodEvictionPolicy", "budgetUnhealthyPolicy"]],
  HorizontalPodAutoscaler: [
    ["spec.metrics.containerResource", "autoscalerContainerMetrics"],
    ["spec.behavior.scaleUp.tolerance", "autoscalerTolerance"],
    ["spec.behavior.scaleDown.tolerance", "autoscalerTolerance"],
  ],
};

/** `dropped`: paths without indexes, one for each occurrence. */
export function withoutGatedFields<K extends Kind>(
  kind: K,
  written: WrittenObjects[K],
  minor: Minor,
): { readonly kept: WrittenObjects[K]; readonly dropped: readonly string[] } {
  const versions = versionsOfMinor(minor);
  const dropped: string[] = [];
  let kept: unknown = written;
  for (const [path, feature] of gatesOf[kind] ?? []) {
    if (feature === null || !versions[feature]) kept = without(kept, path.split("."), () => dropped.push(path));
  }
  return { kept: kept as WrittenObjects[K], dropped };
}

function without(value: unknown, [step = "", ...rest]: readonly string[], found: () => void): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, [step, ...rest], found));
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return value;
  const fields = Object.entries(value);
  if (rest.length > 0)
    return Object.fromEntries(fields.map(([name, field]) => [name, name === step ? without(field, rest, found) : field]));
  found();
  return Object.fromEntries(fields.filter(([name]) => name !== step));
}
