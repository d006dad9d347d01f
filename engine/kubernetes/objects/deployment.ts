/** Deployment and its strategy: the defaulted form that the model uses, and the way there from what is written. */
import { wholeSeconds } from "../../kernel/time.ts";
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { forbidden, invalid, unsupported } from "./field-errors.ts";
import { isZero, percentOf, validateIntOrPercent, validateNonNegative } from "./int-or-string.ts";
import { readLabelSelector } from "./label-selector.ts";
import type { IntOrString, LabelSelector, ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { defaultPodTemplate } from "./pod-defaulting.ts";
import { readPodTemplate } from "./pod-reading.ts";
import type { PodTemplate } from "./pod.ts";
import type { Minor } from "./probe-validation.ts";
import { validateWorkloadSelector, validateWorkloadTemplate } from "./workload-validation.ts";
import type { WrittenDeployment, WrittenStrategy } from "./written.ts";

export interface Deployment {
  readonly kind: "Deployment";
  readonly metadata: ObjectMeta;
  readonly spec: DeploymentSpec;
}

export interface DeploymentSpec {
  readonly replicas: number;
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
  readonly strategy:
    | { readonly type: "RollingUpdate"; readonly maxSurge: IntOrString; readonly maxUnavailable: IntOrString }
    | { readonly type: "Recreate" };
  readonly minReadySeconds: number;
  readonly progressDeadlineSeconds: number;
  readonly revisionHistoryLimit: number;
  readonly paused: boolean;
}

/** pkg/apis/apps/v1/defaults.go SetDefaults_Deployment. */
export function defaultDeployment(written: WrittenDeployment, defaults: AdmissionDefaults): WrittenDeployment {
  const spec = written.spec ?? {};
  return {
    ...written,
    spec: {
      ...spec,
      replicas: spec.replicas ?? 1,
      strategy: defaultStrategy(spec.strategy ?? {}, defaults),
      revisionHistoryLimit: spec.revisionHistoryLimit ?? defaults.revisionHistory,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? wholeSeconds(defaults.progressDeadline),
      ...(spec.template === undefined ? {} : { template: defaultPodTemplate(spec.template, defaults) }),
    },
  };
}

function defaultStrategy(strategy: WrittenStrategy, defaults: AdmissionDefaults): WrittenStrategy {
  const type = strategy.type === undefined || strategy.type === "" ? "RollingUpdate" : strategy.type;
  if (type !== "RollingUpdate") return { ...strategy, type };
  const { maxUnavailable = percentText(defaults.maxUnavailable), maxSurge = percentText(defaults.maxSurge) } = strategy.rollingUpdate ?? {};
  return { ...strategy, type, rollingUpdate: { maxUnavailable, maxSurge } };
}

/** Kubernetes knows whole percents only. */
function percentText(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** pkg/apis/apps/validation/validation.go ValidateDeployment. Defaulted form in. */
export function validateDeployment(written: WrittenDeployment, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  validateNonNegative(spec.replicas, "spec.replicas", issues);
  validateWorkloadSelector(spec.selector, spec.template, "deployment", issues);
  validateWorkloadTemplate(spec.template, minor, issues);
  validateStrategy(spec.strategy ?? {}, issues);
  validateNonNegative(spec.minReadySeconds, "spec.minReadySeconds", issues);
  validateNonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", issues);
  validateNonNegative(spec.progressDeadlineSeconds, "spec.progressDeadlineSeconds", issues);
  const { progressDeadlineSeconds: deadline, minReadySeconds: minReady = 0 } = spec;
  if (deadline !== undefined && deadline <= minReady)
    invalid(
      issues,
      "spec.progressDeadlineSeconds",
      deadline,
      `more than minReadySeconds, ${minReady}`,
      "must be greater than minReadySeconds",
    );
}

function validateStrategy({ type, rollingUpdate }: WrittenStrategy, issues: Issues): void {
  const path = "spec.strategy.rollingUpdate";
  if (type === "Recreate") {
    if (rollingUpdate !== undefined)
      forbidden(
        issues,
        path,
        rollingUpdate,
        "may not be specified when strategy `type` is 'Recreate'",
        "use type RollingUpdate, or drop the block",
      );
    return;
  }
  if (type !== undefined && type !== "RollingUpdate") return unsupported(issues, "spec.strategy.type", type, ["Recreate", "RollingUpdate"]);
  const { maxSurge = "25%", maxUnavailable = "25%" } = rollingUpdate ?? {};
  validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, issues);
  validateIntOrPercent(maxSurge, `${path}.maxSurge`, issues);
  if (isZero(maxUnavailable) && isZero(maxSurge))
    invalid(
      issues,
      `${path}.maxUnavailable`,
      maxUnavailable,
      "more than 0 here or in maxSurge",
      "may not be 0 when `maxSurge` is 0",
      "no Pod could ever be replaced",
    );
  if (typeof maxUnavailable === "string" && (percentOf(maxUnavailable) ?? 0) > 100)
    invalid(issues, `${path}.maxUnavailable`, maxUnavailable, "at most 100%", "must not be greater than 100%");
}

export function readDeployment(written: WrittenDeployment, defaults: AdmissionDefaults): Deployment {
  const spec = written.spec ?? {};
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec.strategy?.rollingUpdate ?? {};
  return {
    kind: "Deployment",
    metadata: readMeta(written.metadata, true),
    spec: {
      replicas: spec.replicas ?? 1,
      selector: readLabelSelector(spec.selector),
      template: readPodTemplate(spec.template ?? {}, defaults),
      strategy: spec.strategy?.type === "Recreate" ? { type: "Recreate" } : { type: "RollingUpdate", maxSurge, maxUnavailable },
      minReadySeconds: spec.minReadySeconds ?? 0,
      progressDeadlineSeconds: spec.progressDeadlineSeconds ?? 600,
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
      paused: spec.paused ?? false,
    },
  };
}
