/**
 * A Job's status counts each of its Pods at most once, and only such as have ended (or are being deleted: those count as failed).
 * Source: job_controller.go trackJobStatusAndRemoveFinalizers; before 1.26 the Pods that exist are counted anew each time.
 */
import type { InvariantDefinition } from "./invariant.ts";
import type { JobCounts } from "./job-counts-grow.ts";

export const jobPodsCountedOnceDefinition: InvariantDefinition = {
  name: "job-pods-counted-once",
  scope: "control",
  meaning: "a Job's status counts no more Pods as succeeded or failed than have ended so, and none twice",
};

/** Pods that can be counted, each in `ended` once; those that are being deleted may yet succeed. */
interface Ends {
  ended: number;
  succeeded: number;
  /** Failed, or gone or going without having succeeded. */
  lost: number;
}

export class JobPodsCountedOnce {
  private readonly jobs = new Map<number, Ends>();

  /** Of a Job that was there before the run: what its status says already. */
  adopted(job: number, { succeeded, failed }: JobCounts): void {
    if (succeeded + failed > 0) this.jobs.set(job, { ended: succeeded + failed, succeeded, lost: failed });
  }

  podSucceeded(job: number, wasLost: boolean): void {
    const ends = this.endsOf(job);
    ends.succeeded++;
    if (!wasLost) ends.ended++;
  }

  podLost(job: number): void {
    const ends = this.endsOf(job);
    ends.lost++;
    ends.ended++;
  }

  statusWritten(label: string, job: number, { succeeded, failed }: JobCounts): string | null {
    const ends = this.endsOf(job);
    if (succeeded <= ends.succeeded && failed <= ends.lost && succeeded + failed <= ends.ended) return null;
    const seen = `${ends.ended} have ended: ${ends.succeeded} succeeded, ${ends.lost} failed or went`;
    return `${label}: its status counts ${succeeded} succeeded and ${failed} failed Pods, but ${seen}`;
  }

  forget(job: number): void {
    this.jobs.delete(job);
  }

  private endsOf(job: number): Ends {
    let ends = this.jobs.get(job);
    if (ends === undefined) this.jobs.set(job, (ends = { ended: 0, succeeded: 0, lost: 0 }));
    return ends;
  }
}
