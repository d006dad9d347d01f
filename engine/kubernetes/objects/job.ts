/** Job: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { duplicate, forbidden, invalid, required, unsupported } from "./field-errors.ts";
import { validateNonNegative } from "./int-or-string.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { defaultPodTemplate } from "./pod-defaulting.ts";
import { readPodTemplate } from "./pod-reading.ts";
import { validatePodTemplate } from "./pod-validation.ts";
import type { PodTemplate } from "./pod.ts";
import { versionsOfMinor } from "../versions.ts";
import type { Minor } from "./probe-validation.ts";
import type { WrittenJob, WrittenJobSpec, WrittenPodFailureRule } from "./written-workloads.ts";

export interface PodFailureRule {
  readonly action: "FailJob" | "FailIndex" | "Ignore" | "Count";
  /** Exactly one of the two is set. `containerName` null: any container. */
  readonly onExitCodes: {
    readonly containerName: string | null;
    readonly operator: "In" | "NotIn";
    readonly values: readonly number[];
  } | null;
  readonly onPodConditions: readonly { readonly type: string; readonly status: string }[] | null;
}

export interface JobSpec {
  readonly parallelism: number;
  /** Null: a work queue. */
  readonly completions: number | null;
  readonly backoffLimit: number;
  readonly activeDeadlineSeconds: number | null;
  readonly ttlSecondsAfterFinished: number | null;
  readonly completionMode: "NonIndexed" | "Indexed";
  readonly suspend: boolean;
  readonly podFailurePolicy: readonly PodFailureRule[] | null;
  readonly backoffLimitPerIndex: number | null;
  readonly maxFailedIndexes: number | null;
  readonly podReplacementPolicy: "TerminatingOrFailed" | "Failed";
  readonly successPolicy: readonly { readonly succeededIndexes: string | null; readonly succeededCount: number | null }[] | null;
  /** The labels of its Pods are the template's alone. */
  readonly manualSelector?: true;
  readonly template: PodTemplate;
}

export interface Job {
  readonly kind: "Job";
  readonly metadata: ObjectMeta;
  readonly spec: JobSpec;
}

export interface JobCondition {
  readonly type: "Suspended" | "Complete" | "Failed" | "FailureTarget" | "SuccessCriteriaMet";
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
  /** Whole seconds. */
  readonly lastTransitionTime: number;
}

/** Times in whole seconds; -1: not set. */
export interface JobStatus {
  readonly conditions: readonly JobCondition[];
  readonly startTime: number;
  readonly completionTime: number;
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  /** As Kubernetes writes them: "1,3-5". */
  readonly completedIndexes: string;
  readonly failedIndexes: string;
}

export const emptyJobStatus: JobStatus = Object.freeze({
  conditions: Object.freeze([]),
  startTime: -1,
  completionTime: -1,
  active: 0,
  ready: 0,
  terminating: 0,
  succeeded: 0,
  failed: 0,
  completedIndexes: "",
  failedIndexes: "",
});

const INT32_MAX = 2_147_483_647;
/** Source: batch/validation maxParallelismForIndexedJob. */
const INDEXED_PARALLELISM_MAX = 100_000;
/** Source: batch/validation maxPodFailurePolicyRules. */
const FAILURE_RULES_MAX = 20;

/** pkg/apis/batch/v1/defaults.go SetDefaults_Job. */
export function defaultJob(written: WrittenJob, minor: Minor, defaults: AdmissionDefaults): WrittenJob {
  return { ...written, spec: defaultJobSpec(written.spec ?? {}, minor, defaults) };
}

export function defaultJobSpec(spec: WrittenJobSpec, minor: Minor, defaults: AdmissionDefaults): WrittenJobSpec {
  const areBothUnset = spec.completions === undefined && spec.parallelism === undefined;
  const completions = areBothUnset ? 1 : spec.completions;
  const { jobModes, jobPodReplacementPolicy } = versionsOfMinor(minor);
  return {
    ...spec,
    ...(completions === undefined ? {} : { completions }),
    parallelism: spec.parallelism ?? 1,
    backoffLimit: spec.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? 6 : INT32_MAX),
    ...(jobModes ? { completionMode: spec.completionMode ?? "NonIndexed", suspend: spec.suspend ?? false } : {}),
    ...(jobPodReplacementPolicy
      ? { podReplacementPolicy: spec.podReplacementPolicy ?? (spec.podFailurePolicy === undefined ? "TerminatingOrFailed" : "Failed") }
      : {}),
    ...(spec.template === undefined ? {} : { template: defaultPodTemplate(spec.template, defaults) }),
  };
}

/** pkg/apis/batch/validation/validation.go ValidateJob. Defaulted form in. */
export function validateJob(written: WrittenJob, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  validateJobSpec(written.spec ?? {}, "spec", minor, issues);
}

export function validateJobSpec(spec: WrittenJobSpec, path: string, minor: Minor, issues: Issues): void {
  for (const field of [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
  ] as const)
    validateNonNegative(spec[field], `${path}.${field}`, issues);
  validateIndexes(spec, path, issues);
  validateFailurePolicy(spec, path, issues);
  validateReplacementPolicy(spec, path, issues);
  validateManualSelector(spec, path, issues);
  validateTemplate(spec, path, minor, issues);
}

function validateIndexes(spec: WrittenJobSpec, path: string, issues: Issues): void {
  const { completionMode: mode = "NonIndexed", completions, parallelism = 1 } = spec;
  if (mode !== "NonIndexed" && mode !== "Indexed") return unsupported(issues, `${path}.completionMode`, mode, ["Indexed", "NonIndexed"]);
  if (mode === "Indexed") {
    if (completions === undefined) required(issues, `${path}.completions`, "a number", "when completion mode is Indexed");
    if (parallelism > INDEXED_PARALLELISM_MAX)
      invalid(
        issues,
        `${path}.parallelism`,
        parallelism,
        `at most ${INDEXED_PARALLELISM_MAX}`,
        `must be less than or equal to ${INDEXED_PARALLELISM_MAX} when completion mode is Indexed`,
      );
    if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
      required(issues, `${path}.backoffLimitPerIndex`, "a number", "when maxFailedIndexes is specified");
    if (spec.maxFailedIndexes !== undefined && completions !== undefined && spec.maxFailedIndexes > completions)
      invalid(
        issues,
        `${path}.maxFailedIndexes`,
        spec.maxFailedIndexes,
        "at most completions",
        "must be less than or equal to completions",
      );
    return;
  }
  for (const field of ["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"] as const) {
    const value = spec[field];
    if (value !== undefined)
      invalid(issues, `${path}.${field}`, value, "completionMode Indexed with it", "requires indexed completion mode");
  }
}

function validateFailurePolicy({ podFailurePolicy, template, backoffLimitPerIndex }: WrittenJobSpec, path: string, issues: Issues): void {
  if (podFailurePolicy === undefined) return;
  const at = `${path}.podFailurePolicy`;
  const rules = podFailurePolicy.rules ?? [];
  if (rules.length > FAILURE_RULES_MAX)
    issues.list.push({
      path: `${at}.rules`,
      found: `${rules.length} rules`,
      expected: `at most ${FAILURE_RULES_MAX}`,
      kubernetes: `Too many: ${rules.length}: must have at most ${FAILURE_RULES_MAX} items`,
    });
  const names = [...(template?.spec?.initContainers ?? []), ...(template?.spec?.containers ?? [])].flatMap(({ name = "" }) => name);
  rules.forEach((rule, index) => validateFailureRule(rule, `${at}.rules[${index}]`, backoffLimitPerIndex !== undefined, names, issues));
}

function validateFailureRule(
  { action, onExitCodes, onPodConditions = [] }: WrittenPodFailureRule,
  path: string,
  isPerIndex: boolean,
  containers: readonly string[],
  issues: Issues,
): void {
  const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
  if (action === undefined || action === "")
    required(issues, `${path}.action`, `one of ${actions.join(", ")}`, `valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`);
  else if (!actions.includes(action)) unsupported(issues, `${path}.action`, action, actions);
  else if (action === "FailIndex" && !isPerIndex)
    invalid(issues, `${path}.action`, action, "backoffLimitPerIndex with it", "requires the backoffLimitPerIndex to be set");
  if (onExitCodes !== undefined && onPodConditions.length > 0)
    invalid(issues, path, {}, "one of onExitCodes and onPodConditions", "specifying both OnExitCodes and OnPodConditions is not supported");
  if (onExitCodes === undefined && onPodConditions.length === 0)
    invalid(issues, path, {}, "onExitCodes or onPodConditions", "specifying one of OnExitCodes and OnPodConditions is required");
  if (onExitCodes === undefined) return;
  const { operator, values = [], containerName } = onExitCodes;
  if (containerName !== undefined && !containers.includes(containerName))
    invalid(
      issues,
      `${path}.onExitCodes.containerName`,
      containerName,
      "a container of the template",
      "must be one of the container or initContainer names in the pod template",
    );
  if (operator !== "In" && operator !== "NotIn") unsupported(issues, `${path}.onExitCodes.operator`, operator ?? "", ["In", "NotIn"]);
  if (values.length === 0)
    invalid(issues, `${path}.onExitCodes.values`, values, "at least one exit code", "at least one value is required");
  values.forEach((value, index) => {
    const at = `${path}.onExitCodes.values[${index}]`;
    if (operator === "In" && value === 0) invalid(issues, at, 0, "exit codes other than 0", "must not be 0 for the In operator");
    else if (values.indexOf(value) < index) duplicate(issues, at, value, "each exit code once");
  });
  if (values.some((value, index) => index > 0 && value < values[index - 1]!))
    invalid(issues, `${path}.onExitCodes.values`, values, "exit codes in ascending order", "must be ordered");
}

function validateReplacementPolicy({ podReplacementPolicy: policy, podFailurePolicy }: WrittenJobSpec, path: string, issues: Issues): void {
  if (policy === undefined) return;
  const supported = podFailurePolicy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  if (!supported.includes(policy)) unsupported(issues, `${path}.podReplacementPolicy`, policy, supported);
}

function validateTemplate({ template, podFailurePolicy }: WrittenJobSpec, path: string, minor: Minor, issues: Issues): void {
  if (template === undefined) return required(issues, `${path}.template`, "a Pod template");
  validatePodTemplate(template, `${path}.template`, minor, issues);
  const at = `${path}.template.spec.restartPolicy`;
  const { restartPolicy } = template.spec ?? {};
  if (restartPolicy === undefined || restartPolicy === "Always") {
    // Defaulting makes Always of none.
    if (!versionsOfMinor(minor).jobPolicyIsRequired) unsupported(issues, at, "Always", ["OnFailure", "Never"]);
    else required(issues, at, "OnFailure or Never", 'valid values: "OnFailure", "Never"');
  } else if (restartPolicy === "OnFailure" && podFailurePolicy !== undefined)
    invalid(issues, at, restartPolicy, "Never with podFailurePolicy", 'only "Never" is supported when podFailurePolicy is specified');
}

export function readJob(written: WrittenJob, defaults: AdmissionDefaults): Job {
  const metadata = readMeta(written.metadata, true);
  return { kind: "Job", metadata, spec: readJobSpec(written.spec ?? {}, defaults) };
}

export function readJobSpec(spec: WrittenJobSpec, defaults: AdmissionDefaults): JobSpec {
  return {
    parallelism: spec.parallelism ?? 1,
    completions: spec.completions ?? null,
    backoffLimit: spec.backoffLimit ?? 6,
    activeDeadlineSeconds: spec.activeDeadlineSeconds ?? null,
    ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished ?? null,
    completionMode: spec.completionMode === "Indexed" ? "Indexed" : "NonIndexed",
    suspend: spec.suspend ?? false,
    podFailurePolicy: spec.podFailurePolicy === undefined ? null : (spec.podFailurePolicy.rules ?? []).map(readFailureRule),
    backoffLimitPerIndex: spec.backoffLimitPerIndex ?? null,
    maxFailedIndexes: spec.maxFailedIndexes ?? null,
    podReplacementPolicy: spec.podReplacementPolicy === "Failed" ? "Failed" : "TerminatingOrFailed",
    successPolicy:
      spec.successPolicy === undefined
        ? null
        : (spec.successPolicy.rules ?? []).map(({ succeededIndexes = null, succeededCount = null }) => ({
            succeededIndexes,
            succeededCount,
          })),
    ...(spec.manualSelector === true ? { manualSelector: true } : {}),
    template: readPodTemplate(spec.template ?? {}, defaults),
  };
}

function readFailureRule({ action, onExitCodes, onPodConditions = [] }: WrittenPodFailureRule): PodFailureRule {
  return {
    action: action === "FailJob" || action === "FailIndex" || action === "Ignore" ? action : "Count",
    onExitCodes:
      onExitCodes === undefined
        ? null
        : {
            containerName: onExitCodes.containerName ?? null,
            operator: onExitCodes.operator === "NotIn" ? "NotIn" : "In",
            values: [...(onExitCodes.values ?? [])],
          },
    onPodConditions: onPodConditions.length === 0 ? null : onPodConditions.map(({ type = "", status = "True" }) => ({ type, status })),
  };
}

/** A Job has a selector of its own only with manualSelector, by which the model doesn't look for Pods. */
function validateManualSelector({ manualSelector, selector }: WrittenJobSpec, path: string, issues: Issues): void {
  if (manualSelector !== true && selector !== undefined)
    forbidden(issues, `${path}.selector`, selector, "`selector` will be auto-generated");
}
