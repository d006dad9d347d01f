/** ReplicationController: a ReplicaSet whose selector is a plain map of labels. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { invalid, required } from "./field-errors.ts";
import { validateNonNegative } from "./int-or-string.ts";
import { labelsInclude } from "./label-selector.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { validateLabels } from "./names.ts";
import { defaultPodTemplate } from "./pod-defaulting.ts";
import { readPodTemplate } from "./pod-reading.ts";
import type { PodTemplate } from "./pod.ts";
import type { Minor } from "./probe-validation.ts";
import { validateWorkloadTemplate } from "./workload-validation.ts";
import type { WrittenReplicationController } from "./written-workloads.ts";

export interface ReplicationControllerSpec {
  readonly replicas: number;
  readonly selector: Readonly<Record<string, string>>;
  readonly template: PodTemplate;
  readonly minReadySeconds: number;
}

export interface ReplicationController {
  readonly kind: "ReplicationController";
  readonly metadata: ObjectMeta;
  readonly spec: ReplicationControllerSpec;
}

/** pkg/apis/core/v1/defaults.go SetDefaults_ReplicationController. */
export function defaultReplicationController(
  written: WrittenReplicationController,
  defaults: AdmissionDefaults,
): WrittenReplicationController {
  const spec = written.spec ?? {};
  const labels = spec.template?.metadata?.labels ?? {};
  const hasSelector = Object.keys(spec.selector ?? {}).length > 0;
  return {
    ...written,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      ...(hasSelector || Object.keys(labels).length === 0 ? {} : { selector: labels }),
      ...(spec.template === undefined ? {} : { template: defaultPodTemplate(spec.template, defaults) }),
    },
  };
}

/** pkg/apis/core/validation/validation.go ValidateReplicationControllerSpec. Defaulted form in. */
export function validateReplicationController(written: WrittenReplicationController, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  validateNonNegative(spec.minReadySeconds, "spec.minReadySeconds", issues);
  validateNonNegative(spec.replicas, "spec.replicas", issues);
  const { selector = {}, template } = spec;
  validateLabels(selector, "spec.selector", issues);
  if (Object.keys(selector).length === 0) required(issues, "spec.selector", "labels of the template");
  else if (template !== undefined && !labelsInclude(template.metadata?.labels ?? {}, selector))
    invalid(
      issues,
      "spec.template.metadata.labels",
      template.metadata?.labels ?? {},
      "labels that spec.selector matches",
      "`selector` does not match template `labels`",
    );
  validateWorkloadTemplate(template, minor, issues, "ReplicationController");
}

export function readReplicationController(written: WrittenReplicationController, defaults: AdmissionDefaults): ReplicationController {
  const spec = written.spec ?? {};
  return {
    kind: "ReplicationController",
    metadata: readMeta(written.metadata, true),
    spec: {
      replicas: spec.replicas ?? 1,
      selector: { ...spec.selector },
      template: readPodTemplate(spec.template ?? {}, defaults),
      minReadySeconds: spec.minReadySeconds ?? 0,
    },
  };
}
