/** CronJob: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import { validateNonNegative } from "./int-or-string.ts";
import { defaultJobSpec, readJobSpec, validateJobSpec, type JobSpec } from "./job.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import type { Minor } from "./probe-validation.ts";
import type { WrittenCronJob } from "./written-workloads.ts";

export interface CronJobSpec {
  /** Five fields, or a macro such as @hourly. */
  readonly schedule: string;
  /** Null: that of the controller manager, UTC. */
  readonly timeZone: string | null;
  readonly startingDeadlineSeconds: number | null;
  readonly concurrencyPolicy: "Allow" | "Forbid" | "Replace";
  readonly suspend: boolean;
  readonly successfulJobsHistoryLimit: number;
  readonly failedJobsHistoryLimit: number;
  readonly job: JobSpec;
}

export interface CronJob {
  readonly kind: "CronJob";
  readonly metadata: ObjectMeta;
  readonly spec: CronJobSpec;
}

/** Times in whole seconds; -1: not set. */
export interface CronJobStatus {
  /** Ids of its Jobs that run. */
  readonly active: readonly number[];
  readonly lastScheduleTime: number;
  readonly lastSuccessfulTime: number;
}

export const emptyCronJobStatus: CronJobStatus = Object.freeze({
  active: Object.freeze([]),
  lastScheduleTime: -1,
  lastSuccessfulTime: -1,
});

/** Jobs append a minute's number to the name. Source: batch/validation ValidateCronJobCreate. */
const NAME_MAX = 52;
const macros = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** pkg/apis/batch/v1/defaults.go SetDefaults_CronJob. */
export function defaultCronJob(written: WrittenCronJob, minor: Minor, defaults: AdmissionDefaults): WrittenCronJob {
  const spec = written.spec ?? {};
  const { jobTemplate } = spec;
  return {
    ...written,
    spec: {
      ...spec,
      concurrencyPolicy: spec.concurrencyPolicy === undefined || spec.concurrencyPolicy === "" ? "Allow" : spec.concurrencyPolicy,
      suspend: spec.suspend ?? false,
      successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit ?? 3,
      failedJobsHistoryLimit: spec.failedJobsHistoryLimit ?? 1,
      ...(jobTemplate?.spec === undefined
        ? {}
        : { jobTemplate: { ...jobTemplate, spec: defaultJobSpec(jobTemplate.spec, minor, defaults) } }),
    },
  };
}

/** pkg/apis/batch/validation/validation.go ValidateCronJobCreate. Defaulted form in. */
export function validateCronJob(written: WrittenCronJob, minor: Minor, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const { name = "" } = written.metadata ?? {};
  if (name.length > NAME_MAX)
    invalid(issues, "metadata.name", name, `at most ${NAME_MAX} characters`, `must be no more than ${NAME_MAX} characters`);
  const spec = written.spec ?? {};
  if (spec.schedule === undefined || spec.schedule === "") required(issues, "spec.schedule", 'a schedule such as "*/5 * * * *"');
  else if (!isSchedule(spec.schedule))
    invalid(
      issues,
      "spec.schedule",
      spec.schedule,
      "five fields: minute, hour, day of month, month, day of week",
      `expected exactly 5 fields, found ${spec.schedule.trim().split(/\s+/).length}: [${spec.schedule.trim().split(/\s+/).join(" ")}]`,
    );
  for (const field of ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const)
    validateNonNegative(spec[field], `spec.${field}`, issues);
  const policies = ["Allow", "Forbid", "Replace"];
  if (spec.concurrencyPolicy !== undefined && !policies.includes(spec.concurrencyPolicy))
    unsupported(issues, "spec.concurrencyPolicy", spec.concurrencyPolicy, policies);
  if (spec.jobTemplate?.spec === undefined) required(issues, "spec.jobTemplate.spec", "the spec of a Job");
  else validateJobSpec(spec.jobTemplate.spec, "spec.jobTemplate.spec", minor, issues);
}

/** Fields are looked at by the controller's own parser. */
function isSchedule(schedule: string): boolean {
  const text = schedule.trim();
  return macros.includes(text) || text.startsWith("@every ") || text.split(/\s+/).length === 5;
}

export function readCronJob(written: WrittenCronJob, defaults: AdmissionDefaults): CronJob {
  const spec = written.spec ?? {};
  const policy = spec.concurrencyPolicy;
  return {
    kind: "CronJob",
    metadata: readMeta(written.metadata, true),
    spec: {
      schedule: spec.schedule ?? "",
      timeZone: spec.timeZone ?? null,
      startingDeadlineSeconds: spec.startingDeadlineSeconds ?? null,
      concurrencyPolicy: policy === "Forbid" || policy === "Replace" ? policy : "Allow",
      suspend: spec.suspend ?? false,
      successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit ?? 3,
      failedJobsHistoryLimit: spec.failedJobsHistoryLimit ?? 1,
      job: readJobSpec(spec.jobTemplate?.spec ?? {}, defaults),
    },
  };
}
