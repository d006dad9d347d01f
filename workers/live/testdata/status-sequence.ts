/**
 * The sequence of states that a Pod's containers went through, as its kubelet reported them: what must be
 * the same in virtual and in live time. Instants are left out, and what follows itself counts once.
 */
import type { ContainerState, PodStatus } from "../../../engine/kubernetes/objects/pod.ts";

export class StatusSequences {
  private readonly sequences = new Map<string, string[]>();

  note(pod: string, status: PodStatus): void {
    status.containers.forEach((container, index) => {
      const key = `${pod}/${index}`;
      const sequence = this.sequences.get(key) ?? [];
      const state = `${stateText(container.state)} ×${container.restartCount}`;
      if (sequence.at(-1) !== state) sequence.push(state);
      this.sequences.set(key, sequence);
    });
  }

  /** By Pod and container, sorted by name. */
  all(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.sequences].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** `running`, `waiting CrashLoopBackOff`, `terminated Completed 0`. */
function stateText(state: ContainerState): string {
  switch (state.type) {
    case "running":
      return "running";
    case "waiting":
      return `waiting ${state.reason}`;
    case "terminated":
      return `terminated ${state.reason} ${state.exitCode}`;
  }
}
