/**
 * A container whose liveness probe has failed as often as its threshold says is being killed as soon as the Pod's
 * worker is free: it ends the sync under way, and waits for a relist that is newer than that.
 */
import { formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const failedProbesKillDefinition: InvariantDefinition = {
  name: "failed-probes-kill",
  scope: "node",
  meaning: "a container whose liveness probe has failed is being killed at the next relist at which its Pod's worker is free",
};

interface PodState {
  /** Containers whose probe has failed and that aren't being killed, since when. */
  readonly condemned: Map<number, VirtualTime>;
  /** The last end in this Pod: kills of one sync follow one another. */
  lastExit: VirtualTime;
}

export class FailedProbesKill {
  /** Those with a condemned container. */
  private readonly pods = new Map<number, PodState>();

  failed(pod: number, container: number, now: VirtualTime): void {
    const state = this.pods.get(pod);
    if (state === undefined) this.pods.set(pod, { condemned: new Map([[container, now]]), lastExit: now });
    else if (!state.condemned.has(container)) state.condemned.set(container, now);
  }

  exited(pod: number, container: number, now: VirtualTime): void {
    const state = this.pods.get(pod);
    if (state === undefined) return;
    state.lastExit = now;
    this.isDone(pod, container);
  }

  /** The kubelet kills it. `syncedAt`: the end of the sync before this one. `most`: from when the worker is free. */
  killed(pod: number, container: number, now: VirtualTime, syncedAt: VirtualTime, most: Duration): string | null {
    const breach = this.lateness(pod, container, now, syncedAt, most);
    this.isDone(pod, container);
    return breach;
  }

  /** Pods in which somebody isn't being killed yet. */
  get waiting(): readonly number[] {
    return [...this.pods.keys()];
  }

  /** The worker of this Pod is free. */
  overdue(pod: number, now: VirtualTime, syncedAt: VirtualTime, most: Duration): string | null {
    for (const container of this.pods.get(pod)?.condemned.keys() ?? []) {
      const breach = this.lateness(pod, container, now, syncedAt, most);
      if (breach !== null) return breach;
    }
    return null;
  }

  /** The Pod or its kubelet is gone, or its node stands still. */
  forget(pod: number): void {
    this.pods.delete(pod);
  }

  private lateness(pod: number, container: number, now: VirtualTime, syncedAt: VirtualTime, most: Duration): string | null {
    const state = this.pods.get(pod);
    const since = state?.condemned.get(container);
    if (state === undefined || since === undefined || now - Math.max(since, syncedAt, state.lastExit) <= most) return null;
    return `Pod ${pod}, container ${container}: not being killed ${formatTime(now - since)} after its liveness probe has failed`;
  }

  private isDone(pod: number, container: number): void {
    const state = this.pods.get(pod);
    state?.condemned.delete(container);
    if (state?.condemned.size === 0) this.pods.delete(pod);
  }
}
