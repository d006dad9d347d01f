/** Nodes stop: kubelet, containers, heartbeat and network at once. They come back rebooted. */
import type { NodeLoss } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const nodeLoss: Fault<NodeLoss> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.loseNode(node);
    return nodes;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.returnNode(node, true);
  },
};
