/**
 * A rollout never asks for Pods beyond replicas + maxSurge: neither do its ReplicaSets together ask for more,
 * nor does one of them create more than it was asked for. (Active Pods of all of them may exceed the bound
 * for the moments in which one ReplicaSet's deletions and another's creations are both under way, here as in
 * a cluster.) What shrank a moment ago may still be served by writes under way: the largest bound of the
 * time that somebody may be behind applies, and the other ReplicaSets count with the least they asked for in the
 * last 2 s, more with slow watches (checks/object-rules.ts: no expectation holds a Deployment's sync back until it has
 * seen what it wrote).
 */
import type { VirtualTime } from "../kernel/time.ts";
import { Highest, usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const maxSurgeRespectedDefinition: InvariantDefinition = {
  name: "max-surge-respected",
  scope: "control",
  meaning: "the ReplicaSets of a Deployment never ask for Pods beyond replicas + maxSurge, and create none beyond what they ask for",
};

export class MaxSurgeRespected {
  private readonly ofDeployment: Highest;
  private readonly ofReplicaSet: Highest;

  constructor(terms: Lag = usualLag) {
    this.ofDeployment = new Highest(terms);
    this.ofReplicaSet = new Highest(terms);
  }

  /** The Deployment of a workload was written: from now on `bound` = replicas + maxSurge applies. */
  deploymentChanged(workload: number, bound: number, now: VirtualTime): void {
    this.ofDeployment.set(workload, bound, now);
  }

  /** A ReplicaSet was written; `total` is what all those of the workload ask for together. */
  replicaSetChanged(workload: number, replicaSet: number, replicas: number, total: number, now: VirtualTime): string | null {
    this.ofReplicaSet.set(replicaSet, replicas, now);
    const allowed = this.ofDeployment.within(workload, now);
    return total <= allowed ? null : `ReplicaSets ask for ${total} Pods together, ${allowed} allowed`;
  }

  /** A Pod of a ReplicaSet was created; `active` counts it and its siblings that are neither ended nor being deleted. */
  podCreated(replicaSet: number, active: number, now: VirtualTime): string | null {
    const allowed = this.ofReplicaSet.within(replicaSet, now);
    return active <= allowed ? null : `${active} active Pods of one ReplicaSet after a creation, ${allowed} asked for`;
  }
}
