/**
 * What a Pod holds is given back only when it holds nothing any more: its object is removed, and its phase is
 * terminal, after its last container has ended. The scheduler and a Job's count rely on it.
 */
import { PodPhase, podPhaseNames, type PodPhase as Phase } from "../kubernetes/objects/pod.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const endsBeforeGoneDefinition: InvariantDefinition = {
  name: "ends-before-gone",
  scope: "node",
  meaning: "a Pod's object is removed, and its phase turns terminal, only when none of its containers runs",
};

export class EndsBeforeGone {
  private readonly running = new Map<number, Set<number>>();

  started(pod: number, container: number): void {
    const known = this.running.get(pod);
    if (known === undefined) this.running.set(pod, new Set([container]));
    else known.add(container);
  }

  exited(pod: number, container: number): void {
    this.running.get(pod)?.delete(container);
  }

  powerLost(pod: number): void {
    this.running.delete(pod);
  }

  statusSent(pod: number, phase: Phase): string | null {
    if (phase !== PodPhase.Succeeded && phase !== PodPhase.Failed) return null;
    return this.stillRuns(pod, `phase ${podPhaseNames[phase]}`);
  }

  removalAsked(pod: number): string | null {
    return this.stillRuns(pod, "removed");
  }

  forget(pod: number): void {
    this.running.delete(pod);
  }

  private stillRuns(pod: number, what: string): string | null {
    const running = this.running.get(pod);
    if (running === undefined || running.size === 0) return null;
    return `Pod ${pod}: ${what} while container ${Math.min(...running)} runs`;
  }
}
