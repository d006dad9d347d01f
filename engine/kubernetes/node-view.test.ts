/** What a node's view tells of its Pods. */
import { describe, expect, it } from "vitest";
import { SECOND } from "../kernel/time.ts";
import { instantBehaviour, testContainer, testTemplate, TestNodes } from "./kubelet/test-node.ts";
import { NodeView } from "./node-view.ts";

describe("the view of a node", () => {
  it("shows what runs, what was restarted and whether anything is going on", () => {
    const nodes = new TestNodes({
      settings: { sandboxCreate: SECOND },
      behaviour: { ...instantBehaviour, startUp: { type: "constant", value: 2 * SECOND } },
    });
    const view = new NodeView(nodes.table, () => nodes.kubelet.node.rows);
    const { id } = nodes.addPod(testTemplate([testContainer("app"), testContainer("side")]), SECOND);
    nodes.run(1.5 * SECOND);
    expect([view.pods(), view.runningContainers(id), view.isAtRest()]).toEqual([[id], [], false]);
    nodes.run(10 * SECOND);
    expect([view.runningContainers(id), view.restarts(id), view.isAtRest()]).toEqual([[0, 1], 0, true]);
    nodes.fault({ kind: "killForMemory", pod: id, container: "side" }, 20 * SECOND);
    nodes.run(30 * SECOND);
    expect([view.runningContainers(id), view.restarts(id), view.status(id)!.containers[1]!.restartCount]).toEqual([[0, 1], 1, 1]);
    nodes.deletePod(id, 40 * SECOND, 30);
    nodes.run(100 * SECOND);
    expect([view.pods(), view.runningContainers(id), view.status(id), view.restarts(id)]).toEqual([[], [], null, 0]);
  });
});
