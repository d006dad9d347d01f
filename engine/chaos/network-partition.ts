/**
 * Packets between nodes and the API server, the clients of their Pods, or other nodes are dropped. Nodes and containers
 * go on. Which way they are dropped makes no difference: a connection needs both.
 */
import type { NetworkPartition } from "./fault.ts";
import type { Fault, FaultControl } from "./fault-control.ts";
import { chooseNodes } from "./targets.ts";

/** Differs: partitions between nodes. Without a target, clients are on one side all together, whichever node they are on. */
export const networkPartition: Fault<NetworkPartition> = {
  targets: "nodes",
  liveSupport: "none",
  apply(spec, control) {
    const nodes = chooseNodes(spec, control);
    if (spec.target !== undefined) partFrom(nodes, control.selectNodes(spec.target), control);
    for (const node of nodes) {
      if (spec.from.includes("api-server")) control.cutOff(node);
      if (spec.from.includes("clients")) control.isolate(node);
    }
    return nodes;
  },
  end(spec, targets, control) {
    // Those of the other side are no targets, and may not match any more.
    if (spec.target !== undefined) for (const node of control.selectNodes({})) control.rejoin(node);
    for (const node of targets) {
      if (spec.from.includes("api-server")) control.reconnect(node);
      if (spec.from.includes("clients")) control.join(node);
    }
  },
};

function partFrom(nodes: readonly number[], others: readonly number[], control: FaultControl): void {
  for (const [some, rest] of [
    [nodes, others],
    [others, nodes],
  ] as const)
    for (const node of some) {
      const away = rest.filter((other) => other !== node);
      if (away.length > 0) control.part(node, away);
    }
}
