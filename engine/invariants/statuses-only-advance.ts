/** What a kubelet writes about a Pod only goes forward: a phase that is terminal stays, restart counts never fall. */
import { PodPhase, podPhaseNames, type ContainerStatus, type PodStatus } from "../kubernetes/objects/pod.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const statusesOnlyAdvanceDefinition: InvariantDefinition = {
  name: "statuses-only-advance",
  scope: "node",
  meaning: "a Pod that is Succeeded or Failed stays so, and no restart count falls while the runtime keeps its records",
};

export class StatusesOnlyAdvance {
  private readonly last = new Map<number, PodStatus>();
  /** Pods whose runtime may have lost its records since. */
  private readonly excused = new Set<number>();

  statusSent(pod: number, status: PodStatus): string | null {
    const before = this.last.get(pod);
    this.last.set(pod, status);
    const isExcused = this.excused.delete(pod);
    if (before === undefined) return null;
    const isOver = before.phase === PodPhase.Succeeded || before.phase === PodPhase.Failed;
    if (isOver && status.phase !== before.phase)
      return `Pod ${pod}: phase ${podPhaseNames[status.phase]} after ${podPhaseNames[before.phase]}`;
    if (isExcused) return null;
    const fallen = fallenCount(before.initContainers, status.initContainers) ?? fallenCount(before.containers, status.containers);
    return fallen === null ? null : `Pod ${pod}: ${fallen}`;
  }

  /** Its node lost power: what comes back may know nothing of earlier instances. */
  powerLost(pod: number): void {
    if (this.last.has(pod)) this.excused.add(pod);
  }

  forget(pod: number): void {
    this.last.delete(pod);
    this.excused.delete(pod);
  }
}

function fallenCount(before: readonly ContainerStatus[], after: readonly ContainerStatus[]): string | null {
  const index = after.findIndex(({ restartCount }, place) => restartCount < (before[place]?.restartCount ?? 0));
  return index === -1 ? null : `restart count ${after[index]!.restartCount} after ${before[index]!.restartCount}`;
}
