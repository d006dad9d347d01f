/**
 * While a Pod ends, its sidecars go on for the others: each gets its signal when all regular containers and the
 * sidecars declared after it have ended, or when the Pod's grace is over.
 */
import type { InvariantDefinition } from "./invariant.ts";

export const sidecarsEndLastDefinition: InvariantDefinition = {
  name: "sidecars-end-last",
  scope: "node",
  meaning: "while a Pod ends, a sidecar gets its signal only after the containers that it serves have ended, or once the grace is over",
};

export class SidecarsEndLast {
  /** Of Pods with sidecars: what runs, but regular init containers. */
  private readonly running = new Map<number, Set<number>>();

  started(pod: number, container: number): void {
    const known = this.running.get(pod);
    if (known === undefined) this.running.set(pod, new Set([container]));
    else known.add(container);
  }

  exited(pod: number, container: number): void {
    this.running.get(pod)?.delete(container);
  }

  /** Before the grace is over. `isKnown`: whether the kubelet can know that a container runs. */
  signalled(pod: number, sidecar: number, isKnown: (container: number) => boolean): string | null {
    const served = [...(this.running.get(pod) ?? [])].filter((container) => container > sidecar && isKnown(container));
    return served.length === 0 ? null : `Pod ${pod}, sidecar ${sidecar}: a signal while container ${Math.min(...served)} runs`;
  }

  /** The Pod is gone, or its node's power. */
  forget(pod: number): void {
    this.running.delete(pod);
  }
}
