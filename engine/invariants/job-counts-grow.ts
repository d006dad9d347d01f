/** Each Pod of a Job counts once and for ever (since Pods keep a finalizer until they are counted). */
import type { InvariantDefinition } from "./invariant.ts";

export const jobCountsGrowDefinition: InvariantDefinition = {
  name: "job-counts-grow",
  scope: "control",
  meaning: "the numbers of succeeded and failed Pods in a Job's status never fall",
};

export interface JobCounts {
  readonly succeeded: number;
  readonly failed: number;
}

export function jobCountsGrow(label: string, before: JobCounts, after: JobCounts): string | null {
  if (after.succeeded < before.succeeded) return `${label}: ${after.succeeded} succeeded after ${before.succeeded}`;
  return after.failed < before.failed ? `${label}: ${after.failed} failed after ${before.failed}` : null;
}
