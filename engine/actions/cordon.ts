/** kubectl cordon, uncordon and taint: what keeps new Pods off a node, or drives Pods away. */
import type { Cordon, TaintNode } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";

export function* cordon({ node, unschedulable }: Cordon, operator: Operator): Steps {
  yield { kind: "setNodeUnschedulable", node: nodeIndex(node, operator), unschedulable };
}

export function* taintNode({ node, add, remove }: TaintNode, operator: Operator): Steps {
  yield { kind: "patchNodeTaints", node: nodeIndex(node, operator), add, remove };
}

/** The scenario was checked: there is such a node. */
export function nodeIndex(name: string, { nodes }: Operator): number {
  return nodes.findIndex((node) => node.name === name);
}
