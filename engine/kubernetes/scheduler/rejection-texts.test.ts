/** What FailedScheduling says, release by release. */
import { describe, expect, test } from "vitest";
import { plainTraits, type PodRecord } from "../api-server/pod-record.ts";
import { blankContainer, blankTemplate } from "../objects/blank-pod.ts";
import { Definitions } from "../objects/definitions.ts";
import type { NodeTemplate } from "../objects/node.ts";
import { pendingPodStatus } from "../objects/pod.ts";
import { Workloads } from "../objects/workloads.ts";
import { versionsOf } from "../versions.ts";
import { Placement } from "./placement.ts";
import { Preemption } from "./preemption.ts";

const node = (name: string, taint: string): NodeTemplate => ({
  name,
  zone: "",
  labels: {},
  cpu: 1000,
  memory: 1_000_000_000,
  pods: 110,
  taints: taint === "" ? [] : [{ key: taint, value: "yes", effect: "NoSchedule" }],
});

const big = blankTemplate([blankContainer("big", { resources: { requests: { cpu: 64_000 }, limits: {} } })]);

const waiting: PodRecord = {
  id: 0,
  resourceVersion: 1,
  owner: -1,
  workload: 0,
  ordinal: 0,
  template: 0,
  node: -1,
  createdAt: 0,
  deletionTimestamp: -1,
  deletionGracePeriodSeconds: -1,
  status: pendingPodStatus,
  cause: 0,
};

test("a node without the labels that are asked for", () => {
  const definitions = new Definitions();
  const template = definitions.intern({ ...big, spec: { ...big.spec, nodeSelector: { disk: "ssd" } } });
  const says = (version: string): string =>
    new Placement([node("node-0", "")], definitions, new Workloads(), 1, 0, versionsOf(version)!).explain(0, template);
  expect(says("1.36")).toBe("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
  expect(says("1.20")).toBe("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity.");
});

test.each([
  ["1.20", "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had taint {gpu: yes}, that the pod didn't tolerate.", ""],
  [
    "1.30",
    "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {gpu: yes}.",
    " preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.",
  ],
  [
    "1.36",
    "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s).",
    // Since 1.34 a node that is too small as a whole is no candidate.
    " preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
  ],
])("%s: %s", (version, reasons, preemption) => {
  const definitions = new Definitions();
  const template = definitions.intern(big);
  const nodes = [node("node-0", ""), node("node-1", "gpu")];
  const placement = new Placement(nodes, definitions, new Workloads(), 1, 0, versionsOf(version)!);
  expect(placement.explain(0, template)).toBe(reasons);
  const preemptor = new Preemption({ placement, seed: 1, podsOn: () => [], budgets: () => [], label: () => "default/big" });
  expect(preemptor.find({ ...waiting, template }, 0, -1, 0)).toEqual({ type: "none", keepsNode: false, text: preemption });
  expect(placement.nodeName(1)).toBe("node-1");
});

const NOT_HELPFUL = "Preemption is not helpful for scheduling";
const NO_VICTIMS = "No preemption victims found for incoming pod";

describe.each([
  ["1.23", "1 Insufficient cpu, 2 node(s) didn't match Pod's node affinity.", ""],
  ["1.28", "1 Insufficient cpu.", ` preemption: 0/3 nodes are available: 3 ${NO_VICTIMS}.`],
  [
    "1.29",
    "1 Insufficient cpu, 2 node is filtered out by the prefilter result.",
    ` preemption: 0/3 nodes are available: 1 ${NO_VICTIMS}, 2 ${NOT_HELPFUL}.`,
  ],
  [
    "1.30",
    "1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
    ` preemption: 0/3 nodes are available: 1 ${NO_VICTIMS}, 2 ${NOT_HELPFUL}.`,
  ],
])("%s: a Pod that its affinity binds to one node", (version, reasons, preemption) => {
  const named = {
    nodeRequired: [{ matchExpressions: [], matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }] }],
    nodePreferred: [],
    podRequired: [],
    podPreferred: [],
    antiRequired: [],
    antiPreferred: [],
  } as const;
  test.each([
    ["by its DaemonSet", big, { targetNode: 1 }],
    ["by its template", { ...big, spec: { ...big.spec, affinity: named } }, null],
  ] as const)("%s", (_who, podTemplate, target) => {
    const definitions = new Definitions();
    const template = definitions.intern(podTemplate);
    const traits = target === null ? null : { ...plainTraits, ...target };
    const nodes = [0, 1, 2].map((index) => node(`node-${index}`, ""));
    const placement = new Placement(nodes, definitions, new Workloads(), 1, 0, versionsOf(version)!);
    expect(placement.explain(0, template, -1, traits)).toBe(`0/3 nodes are available: ${reasons}`);
    const preemptor = new Preemption({ placement, seed: 1, podsOn: () => [], budgets: () => [], label: () => "default/big" });
    expect(preemptor.find({ ...waiting, template, traits }, 0, -1, 0)).toEqual({ type: "none", keepsNode: false, text: preemption });
  });
});
