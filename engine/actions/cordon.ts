/** kubectl cordon, uncordon and taint: what keeps new Pods off a node, or drives Pods away. */
import type { Cordon, TaintNode } from "./action.ts";
import type { Operator, Steps } from "./operator.ts";
import { sayChecked } from "./workload.ts";

export function* cordon({ node, unschedulable }: Cordon, operator: Operator): Steps {
  yield { kind: "setNodeUnschedulable", node: nodeIndex(node, operator), unschedulable };
}

export function* taintNode(action: TaintNode, operator: Operator): Steps {
  const { node, add, remove, overwrite = false } = action;
  sayChecked(action, yield { kind: "patchNodeTaints", node: nodeIndex(node, operator), add, remove, overwrite }, operator);
}

/** The scenario was checked: there is such a node. */
export function nodeIndex(name: string, { nodes }: Operator): number {
  return nodes.findIndex((node) => node.name === name);
}
