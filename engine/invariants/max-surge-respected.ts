/**
 * A rollout never creates a Pod beyond replicas + maxSurge active ones (terminating and ended Pods don't
 * count). A Deployment that was larger a moment ago may still be served by writes under way: the largest
 * bound of the last `lag` applies.
 */
import { SECOND, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const maxSurgeRespectedDefinition: InvariantDefinition = {
  name: "max-surge-respected",
  scope: "control",
  meaning: "a Deployment never creates a Pod beyond replicas + maxSurge active ones",
};

/** Writes of a controller that are under way when the Deployment shrinks: its client's burst at 20/s. */
const lag: Duration = 60 * SECOND;

export class MaxSurgeRespected {
  private readonly bounds = new Map<number, { at: VirtualTime; bound: number }[]>();

  /** The Deployment was written: from now on it may have `bound` = replicas + maxSurge active Pods. */
  deploymentChanged(workload: number, bound: number, now: VirtualTime): void {
    const history = this.bounds.get(workload) ?? [];
    this.bounds.set(workload, history);
    history.push({ at: now, bound });
  }

  /** A Pod of it was created; `active` counts it. */
  podCreated(workload: number, active: number, now: VirtualTime): string | null {
    const history = this.bounds.get(workload);
    if (history === undefined) return null;
    let allowed = 0;
    for (let index = history.length - 1; index >= 0; index--) {
      const { at, bound } = history[index]!;
      allowed = Math.max(allowed, bound);
      if (at <= now - lag) break;
    }
    return active <= allowed ? null : `${active} active Pods after a creation, ${allowed} allowed`;
  }
}
