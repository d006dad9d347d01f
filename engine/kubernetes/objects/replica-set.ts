/** ReplicaSet: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { validateNonNegative } from "./int-or-string.ts";
import { readLabelSelector } from "./label-selector.ts";
import type { LabelSelector, ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { defaultPodTemplate } from "./pod-defaulting.ts";
import { readPodTemplate } from "./pod-reading.ts";
import type { PodTemplate } from "./pod.ts";
import type { Minor } from "./probe-validation.ts";
import { validateWorkloadSelector, validateWorkloadTemplate } from "./workload-validation.ts";
import type { WrittenReplicaSet } from "./written.ts";

export interface ReplicaSet {
  readonly kind: "ReplicaSet";
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds: number;
  };
}

/** pkg/apis/apps/v1/defaults.go SetDefaults_ReplicaSet. */
export function defaultReplicaSet(written: WrittenReplicaSet, defaults: AdmissionDefaults): WrittenReplicaSet {
  const spec = written.spec ?? {};
  return {
    ...written,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      ...(spec.template === undefined ? {} : { template: defaultPodTemplate(spec.template, defaults) }),
    },
  };
}

/** pkg/apis/apps/validation/validation.go ValidateReplicaSet. Defaulted form in. */
export function validateReplicaSet(written: WrittenReplicaSet, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  validateNonNegative(spec.replicas, "spec.replicas", issues);
  validateNonNegative(spec.minReadySeconds, "spec.minReadySeconds", issues);
  validateWorkloadSelector(spec.selector, spec.template, "replicaset", issues);
  validateWorkloadTemplate(spec.template, minor, issues);
}

export function readReplicaSet(written: WrittenReplicaSet, defaults: AdmissionDefaults): ReplicaSet {
  const spec = written.spec ?? {};
  return {
    kind: "ReplicaSet",
    metadata: readMeta(written.metadata, true),
    spec: {
      replicas: spec.replicas ?? 1,
      selector: readLabelSelector(spec.selector),
      template: readPodTemplate(spec.template ?? {}, defaults),
      minReadySeconds: spec.minReadySeconds ?? 0,
    },
  };
}
