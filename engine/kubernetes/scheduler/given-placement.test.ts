/** Given nodes are found by owner and order of creation. */
import { expect, test } from "vitest";
import type { PodRecord } from "../api-server/pod-record.ts";
import type { KubernetesObject } from "../objects/index.ts";
import { Workloads } from "../objects/workloads.ts";
import { GivenPlacement } from "./given-placement.ts";

const node = (
  name: string,
): { name: string; zone: string; labels: object; cpu: number; memory: number; pods: number; taints: never[] } => ({
  name,
  zone: "",
  labels: {},
  cpu: 1000,
  memory: 1,
  pods: 110,
  taints: [],
});

test("the n-th Pod of a workload's n-th ReplicaSet goes to its node, all others where the scheduler likes", () => {
  const workloads = new Workloads();
  for (const [kind, name] of [
    ["Deployment", "web"],
    ["Pod", "p"],
  ])
    workloads.add({ kind, metadata: { namespace: "default", name }, spec: {} } as unknown as KubernetesObject);
  const given = new GivenPlacement(
    [
      {
        kind: "Deployment",
        namespace: "default",
        name: "web",
        nodes: [
          ["a", "b"],
          ["b", "", "gone"],
        ],
      },
      { kind: "Job", namespace: "default", name: "other", nodes: [["a"]] },
    ],
    workloads,
    [node("a"), node("b")] as never,
  );
  const pods = [
    { workload: 0, owner: 7 },
    { workload: 0, owner: 9 },
    { workload: 0, owner: 7 },
    { workload: 0, owner: 9 },
    { workload: 0, owner: 9 },
    { workload: 0, owner: 7 },
    { workload: 1, owner: -1 },
  ];
  pods.forEach((pod, id) => given.seen({ ...pod, id } as PodRecord));
  given.seen({ ...pods[0]!, id: 0 } as PodRecord);
  expect(pods.map((_, id) => given.nodeOf(id))).toEqual([0, 1, 1, -1, -1, -1, -1]);
});
