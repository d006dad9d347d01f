/** DaemonSet: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import { isZero, percentOf, validateIntOrPercent, validateNonNegative } from "./int-or-string.ts";
import { readLabelSelector } from "./label-selector.ts";
import type { IntOrString, LabelSelector, ObjectMeta, Toleration } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { defaultPodTemplate } from "./pod-defaulting.ts";
import { readPodTemplate } from "./pod-reading.ts";
import type { PodSpec, PodTemplate } from "./pod.ts";
import { versionsOfMinor } from "../versions.ts";
import type { Minor } from "./probe-validation.ts";
import { validateWorkloadSelector, validateWorkloadTemplate } from "./workload-validation.ts";
import type { WrittenDaemonSet } from "./written-workloads.ts";

export interface DaemonSetSpec {
  readonly selector: LabelSelector;
  readonly template: PodTemplate;
  readonly updateStrategy:
    | { readonly type: "RollingUpdate"; readonly maxUnavailable: IntOrString; readonly maxSurge: IntOrString }
    | { readonly type: "OnDelete" };
  readonly minReadySeconds: number;
  readonly revisionHistoryLimit: number;
}

export interface DaemonSet {
  readonly kind: "DaemonSet";
  readonly metadata: ObjectMeta;
  readonly spec: DaemonSetSpec;
}

export interface DaemonSetStatus {
  readonly observedGeneration: number;
  readonly currentNumberScheduled: number;
  readonly numberMisscheduled: number;
  readonly desiredNumberScheduled: number;
  readonly numberReady: number;
  readonly updatedNumberScheduled: number;
  readonly numberAvailable: number;
  readonly numberUnavailable: number;
}

export const emptyDaemonSetStatus: DaemonSetStatus = Object.freeze({
  observedGeneration: 0,
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
  updatedNumberScheduled: 0,
  numberAvailable: 0,
  numberUnavailable: 0,
});

/** pkg/apis/apps/v1/defaults.go SetDefaults_DaemonSet. */
export function defaultDaemonSet(written: WrittenDaemonSet, minor: Minor, defaults: AdmissionDefaults): WrittenDaemonSet {
  const spec = written.spec ?? {};
  const { type: asked = "", rollingUpdate = {} } = spec.updateStrategy ?? {};
  const type = asked === "" ? "RollingUpdate" : asked;
  const surge = versionsOfMinor(minor).daemonSetSurge ? { maxSurge: rollingUpdate.maxSurge ?? 0 } : {};
  return {
    ...written,
    spec: {
      ...spec,
      updateStrategy:
        type === "RollingUpdate"
          ? { type, rollingUpdate: { ...rollingUpdate, maxUnavailable: rollingUpdate.maxUnavailable ?? 1, ...surge } }
          : { ...spec.updateStrategy, type },
      revisionHistoryLimit: spec.revisionHistoryLimit ?? defaults.revisionHistory,
      ...(spec.template === undefined ? {} : { template: defaultPodTemplate(spec.template, defaults) }),
    },
  };
}

/** pkg/apis/apps/validation/validation.go ValidateDaemonSetSpec. Defaulted form in. */
export function validateDaemonSet(written: WrittenDaemonSet, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const spec = written.spec ?? {};
  validateWorkloadSelector(spec.selector, spec.template, "daemonset", issues);
  validateWorkloadTemplate(spec.template, minor, issues, "DaemonSet");
  validateNonNegative(spec.minReadySeconds, "spec.minReadySeconds", issues);
  validateNonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", issues);
  validateUpdateStrategy(written, minor, issues);
}

function validateUpdateStrategy({ spec = {} }: WrittenDaemonSet, minor: Minor, issues: Issues): void {
  const path = "spec.updateStrategy";
  const { type, rollingUpdate } = spec.updateStrategy ?? {};
  if (type === "OnDelete") return;
  if (type !== undefined && type !== "RollingUpdate") return unsupported(issues, `${path}.type`, type, ["RollingUpdate", "OnDelete"]);
  const { maxUnavailable = 1, maxSurge = 0 } = rollingUpdate ?? {};
  const at = `${path}.rollingUpdate`;
  validateIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, issues);
  validateIntOrPercent(maxSurge, `${at}.maxSurge`, issues);
  for (const [name, value] of Object.entries({ maxUnavailable, maxSurge })) {
    if (typeof value === "string" && (percentOf(value) ?? 0) > 100)
      invalid(issues, `${at}.${name}`, value, "at most 100%", "must not be greater than 100%");
  }
  const hasSurge = !isZero(maxSurge);
  const hasUnavailable = !isZero(maxUnavailable);
  if (!versionsOfMinor(minor).daemonSetSurge) {
    if (!hasUnavailable) invalid(issues, `${at}.maxUnavailable`, maxUnavailable, "more than 0", "cannot be 0");
  } else if (hasSurge && hasUnavailable) {
    invalid(issues, `${at}.maxSurge`, maxSurge, "0 with maxUnavailable", "may not be set when maxUnavailable is non-zero");
  } else if (!hasSurge && !hasUnavailable)
    required(issues, `${at}.maxUnavailable`, "more than 0 here or in maxSurge", "cannot be 0 when maxSurge is 0");
}

export function readDaemonSet(written: WrittenDaemonSet, defaults: AdmissionDefaults): DaemonSet {
  const spec = written.spec ?? {};
  const { maxUnavailable = 1, maxSurge = 0 } = spec.updateStrategy?.rollingUpdate ?? {};
  return {
    kind: "DaemonSet",
    metadata: readMeta(written.metadata, true),
    spec: {
      selector: readLabelSelector(spec.selector),
      template: withDaemonTolerations(readPodTemplate(spec.template ?? {}, defaults)),
      updateStrategy: spec.updateStrategy?.type === "OnDelete" ? { type: "OnDelete" } : { type: "RollingUpdate", maxUnavailable, maxSurge },
      minReadySeconds: spec.minReadySeconds ?? 0,
      revisionHistoryLimit: spec.revisionHistoryLimit ?? 10,
    },
  };
}

/** What a DaemonSet's Pods tolerate beside what they say. Source: util/daemonset_util.go AddOrUpdateDaemonPodTolerations. */
export function daemonTolerations({ tolerations, hostNetwork }: Pick<PodSpec, "tolerations" | "hostNetwork">): readonly Toleration[] {
  const added = [...daemonTaints, ...(hostNetwork ? [["network-unavailable", "NoSchedule"] as const] : [])].map(
    ([name, effect]): Toleration => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", value: "", effect, tolerationSeconds: null }),
  );
  const isReplaced = ({ key, effect }: Toleration): boolean =>
    added.some((toleration) => toleration.key === key && toleration.effect === effect);
  return [...tolerations.filter((toleration) => !isReplaced(toleration)), ...added];
}

const daemonTaints = [
  ["not-ready", "NoExecute"],
  ["unreachable", "NoExecute"],
  ["disk-pressure", "NoSchedule"],
  ["memory-pressure", "NoSchedule"],
  ["pid-pressure", "NoSchedule"],
  ["unschedulable", "NoSchedule"],
] as const;

/** As its controller makes its Pods: part of the template here, so that their templates are known before the run. */
function withDaemonTolerations(template: PodTemplate): PodTemplate {
  return { ...template, spec: { ...template.spec, tolerations: daemonTolerations(template.spec) } };
}
