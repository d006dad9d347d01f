/** Who goes when a Pod of higher priority finds no node. */
import { describe, expect, test } from "vitest";
import { barePod, container, node } from "../control-plane.exam.ts";
import type { PodRecord } from "../api-server/pod-record.ts";
import { Definitions } from "../objects/definitions.ts";
import { PodCondition, pendingPodStatus, type PodSpec } from "../objects/pod.ts";
import { Workloads } from "../objects/workloads.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { Placement } from "./placement.ts";
import { Preemption, type PreemptionBudget, type PreemptionOutcome } from "./preemption.ts";

interface Placed {
  readonly priority: number;
  readonly node: number;
  /** Of a node's 8000. */
  readonly cpu?: number;
  readonly startTime?: number;
  readonly isLeaving?: boolean;
}

interface Asked {
  readonly pods: readonly Placed[];
  readonly nodes?: number;
  readonly cpu?: number;
  readonly spec?: Partial<PodSpec>;
  /** Ids of Pods that a budget without allowance covers. */
  readonly budgeted?: readonly number[];
  readonly nominated?: number;
  readonly minor?: number;
}

function find({ pods, nodes = 2, cpu = 6000, spec = {}, budgeted = [], nominated = -1, minor = 36 }: Asked): PreemptionOutcome {
  const definitions = new Definitions();
  const workloads = new Workloads();
  const learn = (name: string, change: Partial<PodSpec>): number => {
    const pod = barePod(name, change);
    workloads.add(pod);
    return definitions.intern({ ...pod.template, labels: { name } });
  };
  const asking = (millicores: number): Partial<PodSpec> => ({
    containers: [container({ resources: { requests: { cpu: millicores }, limits: {} } })],
  });
  const placement = new Placement(
    Array.from({ length: nodes }, (_, index) => node(`node-${index}`, { cpu: 8000 })),
    definitions,
    workloads,
    1,
    0,
    minor === 36 ? newestVersions : versionsOfMinor(minor),
  );
  const records = pods.map(({ priority, node: at, cpu: own = 6000, startTime = 100, isLeaving = false }, id): PodRecord => {
    const template = learn(`pod-${id}`, { ...asking(own), priority });
    placement.add(at, id, template);
    if (isLeaving) placement.leave(at, id, template);
    return recordOf(id, template, at, startTime, isLeaving);
  });
  const template = learn("asking", { ...asking(cpu), priority: 100, ...spec });
  const budgets: PreemptionBudget[] = budgeted.map((id) => ({
    namespace: "default",
    selector: { matchLabels: { name: `pod-${id}` }, matchExpressions: [] },
    disruptionsAllowed: 0,
    isDisrupted: () => false,
  }));
  const preemption = new Preemption({
    placement,
    seed: 1,
    podsOn: (at) => records.filter((record) => record.node === at),
    budgets: () => budgets,
    label: (workload) => workloads.label(workload),
  });
  const before = placement.explain(pods.length, template);
  const outcome = preemption.find(recordOf(pods.length, template, -1, -1, false), 0, nominated, 1000);
  // Trying leaves no trace.
  expect(placement.explain(pods.length, template)).toBe(before);
  return outcome;
}

function recordOf(id: number, template: number, at: number, startTime: number, isLeaving: boolean): PodRecord {
  return {
    id,
    resourceVersion: 1,
    owner: -1,
    workload: id,
    ordinal: 0,
    template,
    node: at,
    createdAt: 0,
    deletionTimestamp: isLeaving ? 30 : -1,
    deletionGracePeriodSeconds: isLeaving ? 30 : -1,
    status: { ...pendingPodStatus, startTime, conditions: isLeaving ? PodCondition.DisruptionTarget : 0 },
    cause: 0,
  };
}

const victims = (asked: Asked): readonly number[] => {
  const outcome = find(asked);
  return outcome.type === "victims" ? [outcome.node, ...outcome.victims.map(({ id }) => id)] : [];
};

describe("the node chosen", () => {
  test.each<readonly [string, Asked, readonly number[]]>([
    [
      "has Pods of lower priority",
      {
        pods: [
          { priority: 100, node: 0 },
          { priority: 99, node: 1 },
        ],
      },
      [1, 1],
    ],
    [
      "breaks the fewest budgets",
      {
        pods: [
          { priority: 1, node: 0 },
          { priority: 50, node: 1 },
        ],
        budgeted: [0],
      },
      [1, 1],
    ],
    [
      "loses the least important",
      {
        pods: [
          { priority: 7, node: 0 },
          { priority: 5, node: 1 },
        ],
      },
      [1, 1],
    ],
    ["loses the smaller sum of priorities", { cpu: 8000, pods: [...two(0, 5, 5), { priority: 5, node: 1 }] }, [1, 2]],
    [
      "loses the fewer Pods, each of which counts whatever its priority",
      { cpu: 8000, pods: [...two(0, 5, -1_000_000_000), { priority: 5, node: 1 }] },
      [1, 2],
    ],
    [
      "loses those that have run for the shortest time",
      {
        pods: [
          { priority: 5, node: 0, startTime: 10 },
          { priority: 5, node: 1, startTime: 20 },
        ],
      },
      [1, 1],
    ],
  ])("%s", (_, asked, expected) => {
    expect(victims(asked)).toEqual(expected);
  });
});

function two(at: number, first: number, second: number): Placed[] {
  return [
    { priority: first, node: at, cpu: 4000 },
    { priority: second, node: at, cpu: 4000 },
  ];
}

describe("on a node", () => {
  test("as many as possible stay, the most important and those with a budget first", () => {
    const pods = [1, 3, 2].map((priority) => ({ priority, node: 0, cpu: 2500 }));
    expect(victims({ nodes: 1, cpu: 2500, pods })).toEqual([0, 0]);
    expect(victims({ nodes: 1, cpu: 2500, pods, budgeted: [0] })).toEqual([0, 2]);
    expect(victims({ nodes: 1, cpu: 5000, pods })).toEqual([0, 2, 0]);
  });

  test("of equals the younger goes", () => {
    expect(victims({ nodes: 1, cpu: 4000, pods: two(0, 5, 5).map((pod, index) => ({ ...pod, startTime: 50 - index })) })).toEqual([0, 0]);
  });
});

test.each<readonly [string, Asked, boolean, string]>([
  [
    "nobody of lower priority",
    { nodes: 1, pods: [{ priority: 100, node: 0 }] },
    false,
    "0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  ],
  [
    "not even then",
    {
      nodes: 1,
      cpu: 4000,
      pods: [
        { priority: 100, node: 0, cpu: 5000 },
        { priority: 5, node: 0, cpu: 100 },
      ],
    },
    false,
    "0/1 nodes are available: 1 Insufficient cpu.",
  ],
  [
    "a node that can't be had",
    { nodes: 1, spec: { nodeSelector: { disk: "ssd" } }, pods: [] },
    false,
    "0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
  ],
  [
    "its own wish",
    { nodes: 1, spec: { preemptionPolicy: "Never" }, pods: [{ priority: 1, node: 0 }] },
    true,
    "not eligible due to preemptionPolicy=Never.",
  ],
  [
    "somebody who is leaving already",
    { nodes: 1, nominated: 0, pods: [{ priority: 1, node: 0, isLeaving: true }] },
    true,
    "not eligible due to a terminating pod on the nominated node.",
  ],
])("no victim: %s", (_, asked, keepsNode, text) => {
  expect(find(asked)).toEqual({ type: "none", keepsNode, text: ` preemption: ${text}` });
  expect(find({ ...asked, minor: 20 })).toEqual({ type: "none", keepsNode, text: "" });
});
