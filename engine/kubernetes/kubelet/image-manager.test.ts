/** The limit on pulls that a kubelet begins. */
import { expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { PodPhase } from "../objects/pod.ts";
import { instantBehaviour, TestNodes, testContainer, testTemplate } from "./test-node.ts";

const pulling = { ...instantBehaviour, image: { size: 0, present: false } };

test("whoever comes when the registry's limit is used up fails at once, and tries again after a back-off", () => {
  const nodes = new TestNodes({ behaviour: pulling, settings: { serializeImagePulls: 0, imagePullLatency: 100 * MILLISECOND } });
  const pods = Array.from({ length: 12 }, (_, index) => nodes.addPod(testTemplate([testContainer(`c${index}`)]), SECOND).id);
  nodes.run(9 * SECOND);
  const failed = pods.filter((pod) => nodes.messages(pod, "Failed").length > 0);
  expect(failed).toHaveLength(2);
  expect(nodes.messages(failed[0]!, "Failed").slice(0, 2)).toEqual([
    `Failed to pull image "c${failed[0]}:v1": pull QPS exceeded`,
    "Error: ErrImagePull",
  ]);
  nodes.run(30 * SECOND);
  for (const pod of pods) expect(nodes.status(pod).phase).toBe(PodPhase.Running);
});

test("no limit, nobody fails", () => {
  const nodes = new TestNodes({
    behaviour: pulling,
    settings: { serializeImagePulls: 0, registryPullQps: 0, imagePullLatency: 100 * MILLISECOND },
  });
  const pods = Array.from({ length: 12 }, (_, index) => nodes.addPod(testTemplate([testContainer(`c${index}`)]), SECOND).id);
  nodes.run(2 * SECOND);
  for (const pod of pods) expect(nodes.status(pod).phase).toBe(PodPhase.Running);
});
