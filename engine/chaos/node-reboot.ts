/** Nodes lose their power and boot again: a node loss that always ends. */
import type { NodeReboot } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const nodeReboot: Fault<NodeReboot> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.loseNode(node);
    return nodes;
  },
  end(spec, targets, control) {
    for (const node of targets) control.returnNode(node, spec.keepsRecords);
  },
};
