/** A Job that needs so many successes doesn't begin what can only be one too many. */
import type { InvariantDefinition } from "./invariant.ts";

export const jobCompletionsRespectedDefinition: InvariantDefinition = {
  name: "job-completions-respected",
  scope: "control",
  meaning: "what has succeeded and what is active of a Job with completions never exceeds them when a Pod is created",
};

export class JobCompletionsRespected {
  private readonly succeeded = new Map<number, number>();

  /** One that was being deleted is left out: its successor had been made already. */
  podSucceeded(job: number): void {
    this.succeeded.set(job, (this.succeeded.get(job) ?? 0) + 1);
  }

  /** Before 1.26 only Pods that exist count. */
  podForgotten(job: number): void {
    this.succeeded.set(job, Math.max(0, (this.succeeded.get(job) ?? 0) - 1));
  }

  /** `completions` null: a work queue. */
  podCreated(label: string, job: number, active: number, completions: number | null): string | null {
    const succeeded = this.succeeded.get(job) ?? 0;
    if (completions === null || succeeded + active <= completions) return null;
    return `${label}: ${succeeded} succeeded and ${active} active Pods after a creation, ${completions} completions asked for`;
  }
}
