/** CronJob: the defaulted form that the model uses, and the way there from what is written. */
import type { Issues } from "../../values/issue.ts";
import type { AdmissionDefaults } from "./admission-defaults.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import { validateNonNegative } from "./int-or-string.ts";
import { defaultJobSpec, readJobSpec, validateJobSpec, type JobSpec } from "./job.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import type { Minor } from "./probe-validation.ts";
import { versionsOfMinor, type Versions } from "../versions.ts";
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
  else validateSchedule(spec.schedule, spec.timeZone !== undefined, versionsOfMinor(minor), issues);
  for (const field of ["startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"] as const)
    validateNonNegative(spec[field], `spec.${field}`, issues);
  const policies = ["Allow", "Forbid", "Replace"];
  if (spec.concurrencyPolicy !== undefined && !policies.includes(spec.concurrencyPolicy))
    unsupported(issues, "spec.concurrencyPolicy", spec.concurrencyPolicy, policies);
  if (spec.jobTemplate?.spec === undefined) required(issues, "spec.jobTemplate.spec", "the spec of a Job");
  else validateJobSpec(spec.jobTemplate.spec, "spec.jobTemplate.spec", minor, issues);
}

/** Source: validateScheduleFormat. */
function validateSchedule(schedule: string, hasTimeZone: boolean, { cronJobRefusesZones }: Versions, issues: Issues): void {
  const path = "spec.schedule";
  const bare = withoutZone(schedule);
  const fields = bare.trim().split(/\s+/);
  if (!isSchedule(bare))
    invalid(
      issues,
      path,
      schedule,
      "five fields: minute, hour, day of month, month, day of week",
      `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`,
    );
  else {
    const problem = scheduleProblem(bare);
    if (problem !== null) invalid(issues, path, schedule, "a schedule that cron can read", problem);
  }
  if (!schedule.includes("TZ")) return;
  if (cronJobRefusesZones)
    invalid(issues, path, schedule, "no time zone in it", "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  else if (hasTimeZone) invalid(issues, path, schedule, "one time zone", "cannot use both timeZone field and TZ or CRON_TZ in schedule");
}

/** TZ=Europe/Berlin or CRON_TZ=Europe/Berlin before a schedule. Source: robfig/cron v3 parser.go. */
export function withoutZone(schedule: string): string {
  return schedule.replace(/^(?:CRON_)?TZ=\S+\s+/, "");
}

/** Fields are looked at by the controller's own parser. */
function isSchedule(schedule: string): boolean {
  const text = schedule.trim();
  return macros.includes(text) || text.startsWith("@every ") || text.split(/\s+/).length === 5;
}

/** Each field's name with its bounds, as robfig/cron v3 has them. */
const fieldBounds: readonly { readonly min: number; readonly max: number; readonly names: readonly string[] }[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] },
  { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/** What the parser says of the first field that it can't read; null: it reads all. Source: robfig/cron v3 parser.go getRange. */
function scheduleProblem(schedule: string): string | null {
  const text = schedule.trim();
  if (text.startsWith("@")) return null;
  for (const [index, field] of text.split(/\s+/).entries()) {
    for (const part of field.split(",")) {
      const problem = rangeProblem(part, fieldBounds[index]!);
      if (problem !== null) return problem;
    }
  }
  return null;
}

function rangeProblem(part: string, { min, max, names }: (typeof fieldBounds)[number]): string | null {
  const [range = "", step, ...moreSteps] = part.split("/");
  const [low = "", high, ...moreDashes] = range.split("-");
  const number = (word: string): number => {
    const at = names.indexOf(word.toLowerCase());
    if (at >= 0) return min + at;
    return /^\d+$/.test(word) ? Number(word) : NaN;
  };
  const unread = (word: string): string =>
    `failed to parse int from ${word}: strconv.Atoi: parsing ${JSON.stringify(word)}: invalid syntax`;
  const isAny = low === "*" || low === "?";
  const start = isAny ? min : number(low);
  if (Number.isNaN(start)) return unread(low);
  if (!isAny && moreDashes.length > 0) return `too many hyphens: ${part}`;
  const written = isAny ? max : high === undefined ? start : number(high);
  if (Number.isNaN(written)) return unread(high ?? "");
  if (moreSteps.length > 0) return `too many slashes: ${part}`;
  const by = step === undefined ? 1 : Number(/^\d+$/.test(step) ? step : NaN);
  if (Number.isNaN(by)) return unread(step ?? "");
  const end = high === undefined && step !== undefined ? max : written;
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${part}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${part}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${part}`;
  return by === 0 ? `step of range should be a positive number: ${part}` : null;
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
