/** A container runs only inside its Pod's sandbox, and never twice at once. */
import type { InvariantDefinition } from "./invariant.ts";

export const oneInstanceAtATimeDefinition: InvariantDefinition = {
  name: "one-instance-at-a-time",
  scope: "node",
  meaning: "containers run only while their Pod's sandbox exists, at most one instance of each",
};

interface PodState {
  hasSandbox: boolean;
  readonly running: Set<number>;
}

export class OneInstanceAtATime {
  private readonly pods = new Map<number, PodState>();

  sandboxAsked(pod: number): string | null {
    const state = this.pods.get(pod);
    if (state === undefined) return null;
    if (state.hasSandbox) return `Pod ${pod}: a second sandbox is made while the first exists`;
    return stillRuns(pod, [...state.running], "a sandbox is made");
  }

  sandboxMade(pod: number): void {
    this.stateOf(pod).hasSandbox = true;
  }

  /** The sandbox is to be stopped. `isKnown`: whether the kubelet can know that a container runs. */
  sandboxEnds(pod: number, isKnown: (container: number) => boolean = () => true): string | null {
    return stillRuns(pod, [...this.stateOf(pod).running].filter(isKnown), "the sandbox is stopped");
  }

  sandboxGone(pod: number): void {
    this.stateOf(pod).hasSandbox = false;
  }

  startAsked(pod: number, container: number): string | null {
    const { hasSandbox, running } = this.stateOf(pod);
    if (!hasSandbox) return `Pod ${pod}, container ${container}: started without a sandbox`;
    return running.has(container) ? `Pod ${pod}, container ${container}: started while an instance of it runs` : null;
  }

  started(pod: number, container: number): string | null {
    const { hasSandbox, running } = this.stateOf(pod);
    running.add(container);
    return hasSandbox ? null : `Pod ${pod}, container ${container}: runs without a sandbox`;
  }

  exited(pod: number, container: number): void {
    this.stateOf(pod).running.delete(container);
  }

  /** Sandbox and containers are gone with their node's power. */
  powerLost(pod: number): void {
    const state = this.stateOf(pod);
    state.hasSandbox = false;
    state.running.clear();
  }

  forget(pod: number): void {
    this.pods.delete(pod);
  }

  /** A Pod that nothing was heard of has been running for long. */
  private stateOf(pod: number): PodState {
    let state = this.pods.get(pod);
    if (state === undefined) {
      state = { hasSandbox: true, running: new Set() };
      this.pods.set(pod, state);
    }
    return state;
  }
}

function stillRuns(pod: number, running: readonly number[], what: string): string | null {
  return running.length === 0 ? null : `Pod ${pod}: ${what} while container ${Math.min(...running)} runs`;
}
