/**
 * A rollout never asks for Pods beyond replicas + maxSurge: neither do its ReplicaSets together ask for more,
 * nor does one of them create more than it was asked for. (Active Pods of all of them may exceed the bound
 * for the moments in which one ReplicaSet's deletions and another's creations are both under way, here as in
 * a cluster.) What shrank a moment ago may still be served by writes under way: the largest bound of the
 * last `lag` applies.
 */
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const maxSurgeRespectedDefinition: InvariantDefinition = {
  name: "max-surge-respected",
  scope: "control",
  meaning: "the ReplicaSets of a Deployment never ask for Pods beyond replicas + maxSurge, and create none beyond what they ask for",
};

/** Writes of a controller that are under way when something shrinks: its client's burst at 20/s. */
const lag: Duration = 60 * SECOND;

interface Bound {
  readonly at: VirtualTime;
  readonly bound: number;
}

export class MaxSurgeRespected {
  private readonly ofDeployment = new Map<number, Bound[]>();
  private readonly ofReplicaSet = new Map<number, Bound[]>();

  /** The Deployment of a workload was written: from now on `bound` = replicas + maxSurge applies. */
  deploymentChanged(workload: number, bound: number, now: VirtualTime): void {
    append(this.ofDeployment, workload, bound, now);
  }

  /** A ReplicaSet was written; `total` is what all those of the workload ask for together. */
  replicaSetChanged(workload: number, replicaSet: number, replicas: number, total: number, now: VirtualTime): string | null {
    append(this.ofReplicaSet, replicaSet, replicas, now);
    const allowed = allowedBy(this.ofDeployment.get(workload), now);
    return total <= allowed ? null : `ReplicaSets ask for ${total} Pods together, ${allowed} allowed`;
  }

  /** A Pod of a ReplicaSet was created; `active` counts it and its siblings that are neither ended nor being deleted. */
  podCreated(replicaSet: number, active: number, now: VirtualTime): string | null {
    const allowed = allowedBy(this.ofReplicaSet.get(replicaSet), now);
    return active <= allowed ? null : `${active} active Pods of one ReplicaSet after a creation, ${allowed} asked for`;
  }
}

function append(histories: Map<number, Bound[]>, key: number, bound: number, at: VirtualTime): void {
  const history = histories.get(key);
  if (history === undefined) histories.set(key, [{ at, bound }]);
  else history.push({ at, bound });
}

/** The largest bound that applied at any time of the last `lag`; no bound known: anything goes. */
function allowedBy(history: readonly Bound[] | undefined, now: VirtualTime): number {
  if (history === undefined) return Infinity;
  let allowed = 0;
  for (let index = history.length - 1; index >= 0; index--) {
    const { at, bound } = history[index]!;
    allowed = Math.max(allowed, bound);
    if (at <= now - lag) break;
  }
  return allowed;
}
