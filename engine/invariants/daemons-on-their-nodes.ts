/** A DaemonSet's Pod says by its affinity which node it is for. */
import type { InvariantDefinition } from "./invariant.ts";

export const daemonsOnTheirNodesDefinition: InvariantDefinition = {
  name: "daemons-on-their-nodes",
  scope: "control",
  meaning: "a DaemonSet's Pod is bound to the node that it was made for",
};

/** Indexes of nodes; `wanted` -1: any. */
export function daemonsOnTheirNodes(pod: string, wanted: number, node: number): string | null {
  return wanted < 0 || wanted === node ? null : `${pod}: bound to node ${node}, it was made for node ${wanted}`;
}
