/** kubectl delete node: the object alone. Its kubelet registers again when it starts; its Pods go with the Pod garbage collector. */
import type { DeleteNode } from "./action.ts";
import { nodeIndex } from "./cordon.ts";
import type { Operator, Steps } from "./operator.ts";

export function* deleteNode({ node }: DeleteNode, operator: Operator): Steps {
  yield { kind: "deleteNode", node: nodeIndex(node, operator) };
}
