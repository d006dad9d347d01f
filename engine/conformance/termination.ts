/** Vectors of a Pod's end, answered by a whole kubelet on a node of its own. */
import { CauseKind } from "../cause-kinds.ts";
import { SECOND } from "../kernel/time.ts";
import { ServerState } from "../application/server.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate } from "../kubernetes/kubelet/test-node.ts";
