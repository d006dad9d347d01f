/**
 * When rollouts began and ended, as the API server sees it: from the write of a new template until the
 * status says that all replicas are of it and available, or until a newer template or the Deployment's
 * deletion breaks it off.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { DeploymentRecord } from "./records.ts";

/** `unfinished`: goes on at the end of the run. */
export type RolloutEnding = "complete" | "superseded" | "deleted" | "unfinished";

export interface Rollout {
  readonly workload: number;
  readonly from: VirtualTime;
  /** -1: unfinished. */
  readonly until: VirtualTime;
  readonly ending: RolloutEnding;
  readonly cause: CauseId;
}

export class Rollouts {
  private readonly list: Rollout[] = [];
  /** Index in `list` of the one that goes on, by workload. */
  private readonly open = new Map<number, number>();

  began(workload: number, now: VirtualTime, cause: CauseId): void {
    this.end(workload, "superseded", now);
    this.open.set(workload, this.list.push({ workload, from: now, until: -1, ending: "unfinished", cause }) - 1);
  }

  statusWritten(deployment: DeploymentRecord, now: VirtualTime): void {
    if (this.open.has(deployment.workload) && isRolledOut(deployment)) this.end(deployment.workload, "complete", now);
  }

  deleted(workload: number, now: VirtualTime): void {
    this.end(workload, "deleted", now);
  }

  /** Why the one that goes on began; undefined: none does. */
  causeOf(workload: number): CauseId | undefined {
    return this.list[this.open.get(workload) ?? -1]?.cause;
  }

  all(): readonly Rollout[] {
    return this.list;
  }

  private end(workload: number, ending: RolloutEnding, now: VirtualTime): void {
    const index = this.open.get(workload);
    if (index === undefined) return;
    this.list[index] = { ...this.list[index]!, until: now, ending };
    this.open.delete(workload);
  }
}

/** Source: deployment_util.go DeploymentComplete. */
function isRolledOut({ spec, status, generation }: DeploymentRecord): boolean {
  return (
    status.observedGeneration >= generation &&
    status.updatedReplicas === spec.replicas &&
    status.replicas === spec.replicas &&
    status.availableReplicas === spec.replicas
  );
}
