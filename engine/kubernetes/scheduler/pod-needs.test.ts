/** Which specs share their nodes' verdicts, and that nothing of a search shows that they do. */
import { describe, expect, test } from "vitest";
import { clusterSpec } from "../../../bench/cluster-spec.ts";
import { isWorkload, podTemplateOf } from "../objects/index.ts";
import type { PodSpec } from "../objects/pod.ts";
import { needsOf } from "./pod-needs.ts";

const objects = clusterSpec({ pods: 1, podsPerNode: 1, replicas: 1, duration: 1, seed: 1, ratePerService: 0 }).objects;
const { spec } = podTemplateOf(objects.find(isWorkload)!);
const keyOf = (change: Partial<PodSpec>): string => needsOf({ ...spec, ...change }).key;
const containerWith = (change: Partial<PodSpec["containers"][number]>): Partial<PodSpec> => ({
  containers: [{ ...spec.containers[0]!, ...change }],
});

describe("specs share verdicts", () => {
  test.each<[string, Partial<PodSpec>]>([
    ["of another image", containerWith({ image: "registry.example.com/app:v2" })],
    ["of other environment", containerWith({ args: ["--verbose"] })],
    ["of another grace", { terminationGracePeriodSeconds: 5 }],
  ])("%s", (_, change) => {
    expect(keyOf(change)).toBe(keyOf({}));
  });
});

describe("specs are judged apart", () => {
  test.each<[string, Partial<PodSpec>]>([
    ["of other requests", containerWith({ resources: { requests: { cpu: 51, memory: 128 * 1024 * 1024 }, limits: {} } })],
    ["of none, which counts as some in scores", containerWith({ resources: { requests: {}, limits: {} } })],
    ["of other host ports", containerWith({ ports: [{ name: "", containerPort: 80, protocol: "TCP", hostPort: 80 }] })],
    ["for other nodes by label", { nodeSelector: { disk: "ssd" } }],
    ["for a node by name", { nodeName: "node-1" }],
    ["of an overhead", { overhead: { cpu: 10 } }],
    ["of other tolerations", { tolerations: [{ key: "a", operator: "Exists", value: "", effect: "NoSchedule", tolerationSeconds: null }] }],
  ])("%s", (_, change) => {
    expect(keyOf(change)).not.toBe(keyOf({}));
  });
});
