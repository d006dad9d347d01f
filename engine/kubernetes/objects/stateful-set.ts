/** StatefulSet: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import { validateIntOrPercent, validateNonNegative } from "./int-or-string.ts";
import { readLabelSelector } from "./label-selector.ts";
import type { IntOrString, LabelSelector, ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { defaultPodTemplate } from "./pod-defaulting.ts";
import { readPodTemplate } from "./pod-reading.ts";
import type { PodTemplate } from "./pod.ts";
import { versionsOfMinor } from "../versions.ts";
import type { Minor } from "./probe-validation.ts";
import { validateWorkloadSelector, validateWorkloadTemplate } from "./workload-validation.ts";
import type { WrittenStatefulSet, WrittenStatefulSetSpec } from "./written-workloads.ts";

export interface StatefulSetSpec {
  readonly replicas: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
  readonly serviceName: string;
  readonly podManagementPolicy: "OrderedReady" | "Parallel";
  readonly updateStrategy:
    | { readonly type: "RollingUpdate"; readonly partition: number; /** Alpha, null: 1. */ readonly maxUnavailable: IntOrString | null }
    | { readonly type: "OnDelete" };
  readonly minReadySeconds: number;
  readonly revisionHistoryLimit: number;
  /** spec.ordinals.start */
  readonly firstOrdinal: number;
}

export interface StatefulSet {
  readonly kind: "StatefulSet";
  readonly metadata: ObjectMeta;
  readonly spec: StatefulSetSpec;
}

export interface StatefulSetStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly currentReplicas: number;
  readonly updatedReplicas: number;
  readonly availableReplicas: number;
  /** Names of ControllerRevisions; "" before the first sync. */
  readonly currentRevision: string;
  readonly updateRevision: string;
}

export const emptyStatefulSetStatus: StatefulSetStatus = Object.freeze({
  observedGeneration: 0,
  replicas: 0,
  readyReplicas: 0,
  currentReplicas: 0,
  updatedReplicas: 0,
  availableReplicas: 0,
  currentRevision: "",
  updateRevision: "",
});

/** pkg/apis/apps/v1/defaults.go SetDefaults_StatefulSet. */
export function defaultStatefulSet(written: WrittenStatefulSet, minor: Minor, defaults: AdmissionDefaults): WrittenStatefulSet {
  const spec = written.spec ?? {};
  const type = spec.updateStrategy?.type === undefined || spec.updateStrategy.type === "" ? "RollingUpdate" : spec.updateStrategy.type;
  const { rollingUpdate } = spec.updateStrategy ?? {};
  return {
    ...written,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      podManagementPolicy: spec.podManagementPolicy ?? "OrderedReady",
      updateStrategy:
        type === "RollingUpdate"
          ? { type, rollingUpdate: { ...rollingUpdate, partition: rollingUpdate?.partition ?? 0 } }
          : { ...spec.updateStrategy, type },
      revisionHistoryLimit: spec.revisionHistoryLimit ?? defaults.revisionHistory,
      ...(versionsOfMinor(minor).statefulSetVolumeRetention
        ? {
            persistentVolumeClaimRetentionPolicy: spec.persistentVolumeClaimRetentionPolicy ?? {
              whenDeleted: "Retain",
              whenScaled: "Retain",
            },
          }
        : {}),
      ...(spec.template === undefined ? {} : { template: defaultPodTemplate(spec.template, defaults) }),
    },
  };
}

/** pkg/apis/apps/validation/validation.go ValidateStatefulSetSpec. Defaulted form in. */
export function validateStatefulSet(written: WrittenStatefulSet, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  const { podManagementPolicy: policy } = spec;
  if (policy === "") required(issues, "spec.podManagementPolicy", "OrderedReady or Parallel");
  else if (policy !== undefined && policy !== "OrderedReady" && policy !== "Parallel")
    invalid(issues, "spec.podManagementPolicy", policy, "OrderedReady or Parallel", "must be 'OrderedReady' or 'Parallel'");
  validateUpdateStrategy(spec, issues);
  validateNonNegative(spec.replicas, "spec.replicas", issues);
  validateNonNegative(spec.minReadySeconds, "spec.minReadySeconds", issues);
  validateNonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", issues);
  validateNonNegative(spec.ordinals?.start, "spec.ordinals.start", issues);
  validateWorkloadSelector(spec.selector, spec.template, "statefulset", issues);
  validateWorkloadTemplate(spec.template, minor, issues, "StatefulSet");
}

function validateUpdateStrategy({ updateStrategy }: WrittenStatefulSetSpec, issues: Issues): void {
  const path = "spec.updateStrategy";
  const { type, rollingUpdate } = updateStrategy ?? {};
  if (type === "OnDelete") {
    if (rollingUpdate !== undefined)
      invalid(
        issues,
        `${path}.rollingUpdate`,
        rollingUpdate,
        "nothing with type OnDelete",
        "only allowed for updateStrategy 'RollingUpdate'",
      );
    return;
  }
  if (type !== undefined && type !== "RollingUpdate") return unsupported(issues, `${path}.type`, type, ["RollingUpdate", "OnDelete"]);
  validateNonNegative(rollingUpdate?.partition, `${path}.rollingUpdate.partition`, issues);
  if (rollingUpdate?.maxUnavailable !== undefined)
    validateIntOrPercent(rollingUpdate.maxUnavailable, `${path}.rollingUpdate.maxUnavailable`, issues);
}

export function readStatefulSet(written: WrittenStatefulSet, defaults: AdmissionDefaults): StatefulSet {
  const spec = written.spec ?? {};
  const { partition = 0, maxUnavailable = null } = spec.updateStrategy?.rollingUpdate ?? {};
  return {
    kind: "StatefulSet",
    metadata: readMeta(written.metadata, true),
    spec: {
      replicas: spec.replicas ?? 1,
      selector: readLabelSelector(spec.selector),
      template: readPodTemplate(spec.template ?? {}, defaults),
      serviceName: spec.serviceName ?? "",
      podManagementPolicy: spec.podManagementPolicy === "Parallel" ? "Parallel" : "OrderedReady",
      updateStrategy:
        spec.updateStrategy?.type === "OnDelete" ? { type: "OnDelete" } : { type: "RollingUpdate", partition, maxUnavailable },
      minReadySeconds: spec.minReadySeconds ?? 0,
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
      firstOrdinal: spec.ordinals?.start ?? 0,
    },
  };
}
