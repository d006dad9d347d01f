/** Nodes are drained as by kubectl, on a fault's schedule, and uncordoned at its end. */
import type { NodeDrain } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseTargets } from "./targets.ts";

export const nodeDrain: Fault<NodeDrain> = {
  targets: "nodes",
  liveSupport: "full",
  apply(spec, control) {
    const nodes = chooseTargets(
      control.selectNodes(spec.selector),
      spec.mode,
      spec.value,
      (node) => control.drawForNode(node),
      () => control.drawForFault(),
    );
    for (const node of nodes) control.drain(node, spec);
    return nodes;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.uncordon(node);
  },
};
