/** spec.timeZone of CronJobs: whether there is such a zone, which only the platform's database can tell. Source: batch/validation validateTimeZone. */
import { invalid } from "../engine/kubernetes/objects/field-errors.ts";
import type { KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import type { Issues } from "../engine/values/issue.ts";

const EXPECTED = "a time zone such as Europe/Berlin";
/** One part between slashes: validTimeZoneCharacters. */
const PART = /^[A-Za-z.\-_0-9+]{1,14}$/;

export function checkTimeZone(object: KubernetesObject, issues: Issues): void {
  if (object.kind !== "CronJob" || object.spec.timeZone === null) return;
  const { timeZone } = object.spec;
  const problem = problemOf(timeZone);
  if (problem !== null) invalid(issues, "spec.timeZone", timeZone, EXPECTED, problem);
}

function problemOf(zone: string): string | null {
  if (zone === "") return "timeZone must be nil or non-empty string";
  if (zone.toLowerCase() === "local") return "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
  return isTimeZone(zone) ? null : `unknown time zone ${zone}`;
}

/** Names of the database begin with a capital. */
function isTimeZone(name: string): boolean {
  const isName = name.split("/").every((part) => PART.test(part) && part !== "." && part !== ".." && !part.startsWith("-"));
  if (!isName || !/^[A-Z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
