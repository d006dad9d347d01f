/** Nodes shut down gracefully, as far as their kubelets are configured to, and boot again. */
import type { NodeShutdown } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const nodeShutdown: Fault<NodeShutdown> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.shutdownNode(node);
    return nodes;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.returnNode(node, true);
  },
};
