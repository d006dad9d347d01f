/** The processes of nodes stand still and go on: kubelet, containers, heartbeat. Nothing answers meanwhile. */
import type { NodeFreeze } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

export const nodeFreeze: Fault<NodeFreeze> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseNodes(spec, control);
    for (const node of nodes) control.freezeNode(node);
    return nodes;
  },
  end(_spec, targets, control) {
    for (const node of targets) control.thawNode(node);
  },
};
