/** Static Pods outlive their mirrors. */
import { expect, test } from "vitest";
import { CauseKind } from "../../cause-kinds.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { mirrorPods, CONFIG_SOURCE } from "../objects/static-pods.ts";
import type { NodeTemplate } from "../objects/node.ts";
import { PodPhase } from "../objects/pod.ts";
import { TestNodes, testContainer, testTemplate } from "./test-node.ts";

const proxy = { ...testTemplate([testContainer("proxy")]), annotations: { [CONFIG_SOURCE]: "file" } };

test.each(["graceful", "forced"])("a %s deletion of the mirror ends nothing: another one takes its place", (kind) => {
  const nodes = new TestNodes();
  const first = nodes.addPod(proxy).id;
  if (kind === "graceful") nodes.deletePod(first, MINUTE, 30);
  else nodes.removePod(first, MINUTE);
  nodes.run(2 * MINUTE);
  const second = first + 1;
  expect(nodes.times(CauseKind.containerStarted)).toEqual([0]);
  expect(nodes.times(CauseKind.signalled)).toEqual([]);
  expect(nodes.table.rowOf(first)).toBe(-1);
  expect(nodes.patches(second).at(-1)!.status).toMatchObject({ phase: PodPhase.Running, containers: [{ ready: true }] });
});

test("a mirror that vanished while the kubelet was down comes back with it", () => {
  const nodes = new TestNodes();
  const first = nodes.addPod(proxy).id;
  nodes.fault({ kind: "stopKubelet" }, MINUTE);
  nodes.removePod(first, MINUTE + SECOND);
  nodes.fault({ kind: "startKubelet" }, MINUTE + 5 * SECOND);
  nodes.run(2 * MINUTE);
  expect(nodes.times(CauseKind.signalled)).toEqual([]);
  expect(nodes.patches(first + 1).at(-1)!.status.phase).toBe(PodPhase.Running);
});

const node = (name: string, labels = {}): NodeTemplate => ({ name, zone: "a", labels, cpu: 1, memory: 1, pods: 1, taints: [] });
const pod = (spec = {}) => ({
  kind: "Pod" as const,
  metadata: { name: "proxy", namespace: "kube-system", labels: {}, annotations: {} },
  template: testTemplate([testContainer("proxy")], spec),
});

test("each node that is meant has a mirror, named after it, which no taint drives away", () => {
  const nodes = [node("n0", { pool: "a" }), node("n1", { pool: "b" })];
  expect(mirrorPods(pod(), nodes).map(({ metadata }) => metadata.name)).toEqual(["proxy-n0", "proxy-n1"]);
  expect(mirrorPods(pod({ nodeSelector: { pool: "b" } }), nodes).map(({ metadata }) => metadata.name)).toEqual(["proxy-n1"]);
  const [only, ...others] = mirrorPods(pod({ nodeName: "n0" }), nodes);
  expect(others).toEqual([]);
  expect(only!.template.spec).toMatchObject({ nodeName: "n0", tolerations: [{ operator: "Exists", effect: "NoExecute", key: "" }] });
  expect(mirrorPods(pod({ nodeName: "n7" }), nodes)).toEqual([]);
});
