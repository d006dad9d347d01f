/** A Job that is Complete or Failed stays so. */
import type { InvariantDefinition } from "./invariant.ts";

export const jobEndsOnceDefinition: InvariantDefinition = {
  name: "job-ends-once",
  scope: "control",
  meaning: "a Job's final condition never changes, and no Pod is created for it afterwards",
};

type Ending = "Complete" | "Failed";

export class JobEndsOnce {
  private readonly endings = new Map<number, Ending>();

  /** `endings`: those conditions that are True. */
  statusWritten(label: string, job: number, endings: readonly Ending[]): string | null {
    const before = this.endings.get(job);
    const [ending] = endings;
    if (ending !== undefined) this.endings.set(job, ending);
    if (endings.length > 1) return `${label}: Complete and Failed at once`;
    return before === undefined || before === ending ? null : `${label}: ${ending ?? "going on"} after it was ${before}`;
  }

  podCreated(label: string, job: number): string | null {
    const ending = this.endings.get(job);
    return ending === undefined ? null : `${label}: a Pod was created after the Job was ${ending}`;
  }

  forget(job: number): void {
    this.endings.delete(job);
  }
}
