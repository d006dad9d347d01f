/** Packets between nodes and the API server, or the clients of their Pods, are dropped. Nodes and containers go on. */
import type { NetworkPartition } from "./fault.ts";
import type { Fault } from "./fault-control.ts";
import { chooseTargets } from "./targets.ts";

/** Differs: partitions between nodes. Clients are on one side all together, whichever node they are on. */
export const networkPartition: Fault<NetworkPartition> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseTargets(
      control.selectNodes(spec.selector),
      spec.mode,
      spec.value,
      (node) => control.drawForNode(node),
      () => control.drawForFault(),
    );
    for (const node of nodes) {
      if (spec.from.includes("api-server")) control.cutOff(node);
      if (spec.from.includes("clients")) control.isolate(node);
    }
    return nodes;
  },
  end(spec, targets, control) {
    for (const node of targets) {
      if (spec.from.includes("api-server")) control.reconnect(node);
      if (spec.from.includes("clients")) control.join(node);
    }
  },
};
