/**
 * When rollouts began and ended, as the API server sees it: from the write of a new template until the
 * status says that all replicas are of it and available. A newer template ends the rollout before.
 */
import type { CauseId } from "../../kernel/causes.ts";
import type { VirtualTime } from "../../kernel/time.ts";
import type { DeploymentRecord } from "./records.ts";

export interface Rollout {
  readonly workload: number;
  readonly from: VirtualTime;
  /** -1: not complete. */
  readonly until: VirtualTime;
  readonly cause: CauseId;
}

export class Rollouts {
  private readonly list: Rollout[] = [];
  /** Index in `list` of the one that goes on, by workload. */
  private readonly open = new Map<number, number>();

  began(workload: number, now: VirtualTime, cause: CauseId): void {
    this.ended(workload, now);
    this.open.set(workload, this.list.push({ workload, from: now, until: -1, cause }) - 1);
  }

  statusWritten(deployment: DeploymentRecord, now: VirtualTime): void {
    if (this.open.has(deployment.workload) && isRolledOut(deployment)) this.ended(deployment.workload, now);
  }

  /** Also when its Deployment is deleted. */
  ended(workload: number, now: VirtualTime): void {
    const index = this.open.get(workload);
    if (index === undefined) return;
    this.list[index] = { ...this.list[index]!, until: now };
    this.open.delete(workload);
  }

  all(): readonly Rollout[] {
    return this.list;
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
