/** Where no node at all is ready, the fault is more likely the control plane's: nobody is driven away. */
import { formatTime, type Duration, type VirtualTime } from "../kernel/time.ts";
import type { InvariantDefinition } from "./invariant.ts";
import { usualLag, type Lag } from "./recent.ts";

export const allDownSparesNodesDefinition: InvariantDefinition = {
  name: "all-down-spares-nodes",
  scope: "control",
  meaning: "while every node of every zone has been not ready for two passes of the node controller, no node gets a NoExecute taint for it",
};

export class AllDownSparesNodes {
  private readonly ready = new Set<number>();
  private lastReady: VirtualTime = 0;
  private readonly patience: Duration;
  private readonly terms: Lag;

  /** `patience`: until the node controller must have noticed; `terms`: what it must know by now. */
  constructor(patience: Duration, terms: Lag = usualLag) {
    this.patience = patience;
    this.terms = terms;
  }

  /** `isReady` false: not ready, or there is no such node. */
  readyChanged(node: number, isReady: boolean, now: VirtualTime): void {
    if (isReady) this.ready.add(node);
    else if (this.ready.delete(node)) this.lastReady = now;
  }

  tainted(node: string, now: VirtualTime): string | null {
    if (this.ready.size > 0 || now - this.lastReady <= this.patience || this.lastReady >= this.terms.since(now)) return null;
    return `${node}: tainted though no node has been ready for ${formatTime(now - this.lastReady)}`;
  }
}
