/** What a kubelet knows and tells of its own Node: cordons and taints that others set. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import type { Taint } from "../objects/meta.ts";
import { PodPhase } from "../objects/pod.ts";
import type { KubeletFault } from "./kubelet.ts";
import { TestNodes, testContainer, testTemplate } from "./test-node.ts";

const template = testTemplate([testContainer("web")]);

test("a cordon and its end are told at the next look at the Node's status", () => {
  const nodes = new TestNodes();
  nodes.changeNode(5 * SECOND, true);
  nodes.changeNode(40 * SECOND, false);
  nodes.run(60 * SECOND);
  const told = nodes.events.filter(({ pod }) => pod === -1);
  expect(told.map(({ reason, message }) => [reason, message])).toEqual([
    ["NodeNotSchedulable", "Node node-0 status is now: NodeNotSchedulable"],
    ["NodeSchedulable", "Node node-0 status is now: NodeSchedulable"],
  ]);
  expect(told[0]!.at).toBeGreaterThan(5 * SECOND);
  expect(told[0]!.at).toBeLessThanOrEqual(15 * SECOND);
});

test("a taint that came later refuses Pods as one of the beginning does, and once it is gone it doesn't", () => {
  const nodes = new TestNodes();
  nodes.changeNode(SECOND, false, [{ key: "down", value: "", effect: "NoExecute" }]);
  const refused = nodes.addPod(template, 2 * SECOND).id;
  nodes.changeNode(3 * SECOND, false, []);
  const taken = nodes.addPod(template, 4 * SECOND).id;
  nodes.run(10 * SECOND);
  expect(nodes.status(refused)).toMatchObject({ phase: PodPhase.Failed, reason: "TaintToleration" });
  expect(nodes.status(taken).phase).toBe(PodPhase.Running);
});

describe("that its Node is ready again, a kubelet tells", () => {
  const unreachable = [{ key: "node.kubernetes.io/unreachable", value: "", effect: "NoSchedule" }] as const;
  const readyAgain = ["NodeHasSufficientMemory", "NodeHasNoDiskPressure", "NodeHasSufficientPID", "NodeReady"];
  const told = (taints: readonly Taint[], begin: KubeletFault, end: KubeletFault): readonly string[] => {
    const nodes = new TestNodes();
    nodes.fault(begin, 20 * SECOND);
    if (taints.length > 0) nodes.changeNode(70 * SECOND, false, taints);
    nodes.fault(end, 80 * SECOND);
    if (taints.length > 0) nodes.changeNode(95 * SECOND, false, []);
    nodes.run(120 * SECOND);
    return nodes.events.filter(({ pod, reason }) => pod === -1 && reason !== "Starting").map(({ reason }) => reason);
  };

  test.each<readonly [string, KubeletFault, KubeletFault]>([
    ["cut off", { kind: "cutOff", fault: 1, isSilent: false }, { kind: "reconnect", fault: 1 }],
    ["stopped", { kind: "stopKubelet" }, { kind: "startKubelet" }],
  ])("if the API has shown it as unknown while it was %s, however long that was", (_what, begin, end) => {
    expect(told(unreachable, begin, end)).toEqual(readyAgain);
    expect(told([], begin, end)).toEqual([]);
  });
});

test("a kubelet that starts anew tells of a cordon again", () => {
  const nodes = new TestNodes();
  nodes.changeNode(SECOND, true);
  nodes.fault({ kind: "stopKubelet" }, 20 * SECOND);
  nodes.fault({ kind: "startKubelet" }, 25 * SECOND);
  nodes.run(30 * SECOND);
  expect(nodes.events.filter(({ reason }) => reason === "NodeNotSchedulable")).toHaveLength(2);
});
