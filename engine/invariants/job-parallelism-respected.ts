/** A Job has no more Pods at work than it was told to. */
import type { VirtualTime } from "../kernel/time.ts";
import { Highest, usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const jobParallelismRespectedDefinition: InvariantDefinition = {
  name: "job-parallelism-respected",
  scope: "control",
  meaning: "a Job creates no Pod beyond its parallelism, and none while it is suspended",
};

export class JobParallelismRespected {
  private readonly allowed: Highest;

  constructor(terms: Lag = usualLag) {
    this.allowed = new Highest(terms);
  }

  /** `parallelism`: 0 while it is suspended. */
  jobChanged(job: number, parallelism: number, now: VirtualTime): void {
    this.allowed.set(job, parallelism, now);
  }

  /** `active` counts the Pod that was created. */
  podCreated(label: string, job: number, active: number, now: VirtualTime): string | null {
    const allowed = this.allowed.within(job, now);
    return active <= allowed ? null : `${label}: ${active} active Pods after a creation, its parallelism is ${allowed}`;
  }
}
