/** Nodes are drained as by kubectl, on a fault's schedule, and uncordoned at its end. */
import type { NodeDrain } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const nodeDrain: Fault<NodeDrain> = {
  targets: "nodes",
  liveSupport: "full",
  apply(spec, control) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.drain(node, spec);
    return nodes;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.uncordon(node);
  },
};
