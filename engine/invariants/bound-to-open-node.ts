/** The scheduler sends no Pod to a node that it knew as closed when the Pod came: cordoned, or with a taint that the Pod doesn't tolerate. */
import type { VirtualTime } from "../kernel/time.ts";
import { usualLag, type Lag } from "./recent.ts";
import type { InvariantDefinition } from "./invariant.ts";

export const boundToOpenNodeDefinition: InvariantDefinition = {
  name: "bound-to-open-node",
  scope: "control",
  meaning: "no Pod is bound to a node that had been closed to it (cordon, taint, deletion) for a while before the Pod was created",
};

export class BoundToOpenNode {
  /** By node: what closes it, and since when. */
  private readonly closed = new Map<number, Map<string, VirtualTime>>();
  private readonly terms: Lag;

  constructor(terms: Lag = usualLag) {
    this.terms = terms;
  }

  /** `reasons`: all that closes the node now: taints as `key:effect`, "cordoned", "absent". */
  nodeChanged(node: number, reasons: readonly string[], now: VirtualTime): void {
    const before = this.closed.get(node);
    this.closed.set(node, new Map(reasons.map((reason) => [reason, before?.get(reason) ?? now])));
  }

  /** `isBorne`: the Pod doesn't mind it. */
  bound(pod: string, node: number, createdAt: VirtualTime, isBorne: (reason: string) => boolean): string | null {
    for (const [reason, since] of this.closed.get(node) ?? [])
      if (since < this.terms.since(createdAt) && !isBorne(reason)) return `${pod}: bound to node ${node}, which is closed to it: ${reason}`;
    return null;
  }
}
