import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { barePod, container, node } from "../control-plane.exam.ts";
import { Definitions } from "../objects/definitions.ts";
import type { NodeTemplate } from "../objects/node.ts";
import type { PodSpec, ResourceList } from "../objects/pod.ts";
import { Workloads } from "../objects/workloads.ts";
import { feasibleNodesToFind } from "./node-search.ts";
import { Placement } from "./placement.ts";
import { balancedScore, leastAllocatedScore, misfits, nonZeroRequest, podRequest } from "./plugins/index.ts";

const GiB = 1_073_741_824;

function requests(list: ResourceList): Partial<PodSpec> {
  return { containers: [container({ resources: { requests: list, limits: {} } })] };
}

function placementOf(nodes: readonly NodeTemplate[], specs: readonly Partial<PodSpec>[], seed = 1): Placement {
  const definitions = new Definitions();
  const workloads = new Workloads();
  specs.forEach((spec, index) => {
    const object = barePod(`pod-${index}`, spec);
    workloads.add(object);
    definitions.intern(object.template);
  });
  return new Placement(nodes, definitions, workloads, seed);
}

test("below 100 nodes all are looked at, above a falling share, never fewer than 100", () => {
  expect([3, 99, 100, 1000, 5000, 10_000].map((nodes) => feasibleNodesToFind(nodes))).toEqual([3, 99, 100, 420, 500, 500]);
  expect([3, 200, 1000].map((nodes) => feasibleNodesToFind(nodes, 30))).toEqual([3, 100, 300]);
  expect(feasibleNodesToFind(1000, 100)).toBe(1000);
});

test("the balance of a node counts by what the Pod changes", () => {
  expect(balancedScore(0, 0, 500, 500, 1000, 1000)).toBe(75);
  // Before: shares 0.6 and 0.2, (1 − 0.2) · 100 = 80; with the Pod both 0.6: 100.
  expect(balancedScore(600, 200, 600, 600, 1000, 1000)).toBe(85);
  expect(balancedScore(0, 0, 800, 0, 1000, 1000)).toBe(55);
});

test("sidecars and init containers count as they run", () => {
  const part = (cpu: number, restartPolicy: "Always" | null = null) =>
    container({ restartPolicy, resources: { requests: { cpu }, limits: {} } });
  const spec = {
    containers: [part(300), part(200)],
    initContainers: [part(100, "Always"), part(700), part(50, "Always")],
    overhead: { cpu: 10 },
  };
  // The first sidecar runs with the init container: 100 + 700; later both sidecars with the containers: 150 + 500.
  expect(podRequest(spec).cpu).toBe(810);
  expect(podRequest({ ...spec, initContainers: [part(700), part(100, "Always")] }).cpu).toBe(710);
});

describe("where Pods go", () => {
  test("to the emptiest node", () => {
    const placement = placementOf([node("a"), node("b"), node("c")], [requests({ cpu: 1000, memory: 4 * GiB })]);
    placement.add(0, 0, 0);
    placement.add(2, 0, 0);
    expect(placement.place(0, 0, 0, 0)).toBe(1);
  });

  test("nowhere when nothing fits, with a reason for each node", () => {
    const nodes = [
      node("a", { cpu: 100 }),
      node("b", { memory: 1 }),
      node("c", { taints: [{ key: "k", value: "", effect: "NoExecute" }] }),
      node("d", { pods: 0 }),
    ];
    const placement = placementOf(nodes, [requests({ cpu: 1000, memory: GiB })]);
    expect(placement.place(0, 0, 0, 0)).toBe(-1);
    expect(placement.explain(0, 0)).toBe(
      "0/4 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods, 1 node(s) had untolerated taint(s).",
    );
  });

  test("rather to a node without a taint that should be avoided", () => {
    const placement = placementOf(
      [node("a", { taints: [{ key: "k", value: "", effect: "PreferNoSchedule" }] }), node("b")],
      [requests({ cpu: 1000 })],
    );
    for (let ordinal = 0; ordinal < 5; ordinal++) {
      expect(placement.place(0, ordinal, 0, 0)).toBe(1);
      placement.add(1, 0, 0);
    }
  });

  test("to each of several equal nodes about as often", () => {
    const counts = [0, 0, 0];
    const placement = placementOf([node("a"), node("b"), node("c")], [{}]);
    for (let ordinal = 0; ordinal < 3000; ordinal++) counts[placement.place(0, ordinal, 0, 0)]!++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });

  test("to the same node for the same seed and Pod, whatever was asked before", () => {
    const nodes = Array.from({ length: 50 }, (_, index) => node(`n${index}`));
    const one = placementOf(nodes, [{}]);
    const other = placementOf(nodes, [{}]);
    for (let ordinal = 0; ordinal < 10; ordinal++) other.place(0, ordinal, 0, 0);
    expect(one.place(0, 10, 0, 0)).toBe(other.place(0, 10, 0, 0));
  });
});

test("verdicts kept from before never differ from those worked out anew", () => {
  const nodes = Array.from({ length: 6 }, (_, index) => node(`n${index}`, { cpu: 1000 + 500 * index, memory: (1 + index) * GiB, pods: 4 }));
  const specs = [requests({ cpu: 300, memory: GiB / 4 }), requests({ cpu: 700 }), requests({ memory: GiB }), {}];
  const request = specs.map((spec) => ({ containers: [container()], initContainers: [], overhead: {}, ...spec }));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(5), fc.integer({ min: 0, max: 2 })), { maxLength: 40 }), (steps) => {
      const placement = placementOf(nodes, specs);
      const on: number[][] = nodes.map(() => []);
      for (const [template, target, what] of steps) {
        if (what === 1 && (on[target] ?? []).includes(template)) {
          on[target]?.splice(on[target].indexOf(template), 1);
          placement.remove(target, template, template);
          continue;
        }
        const scores = nodes.map((candidate, index) =>
          naiveScore(
            candidate,
            (on[index] ?? []).map((other) => request[other]!),
            request[template]!,
          ),
        );
        const highest = Math.max(...scores);
        const chosen = placement.place(template, 0, template, 0);
        expect(chosen < 0 ? -1 : scores[chosen]).toBe(highest);
        if (chosen < 0) continue;
        on[chosen]?.push(template);
        placement.add(chosen, template, template);
      }
    }),
  );
});

/** Filters and scores by the plugins alone; -1: doesn't fit. */
function naiveScore(
  candidate: NodeTemplate,
  here: readonly Parameters<typeof podRequest>[0][],
  spec: Parameters<typeof podRequest>[0],
): number {
  const sum = (of: typeof podRequest, specs: readonly Parameters<typeof podRequest>[0][]): { cpu: number; memory: number } =>
    specs.map(of).reduce((total, { cpu, memory }) => ({ cpu: total.cpu + cpu, memory: total.memory + memory }), { cpu: 0, memory: 0 });
  const used = sum(podRequest, here);
  const wanted = podRequest(spec);
  if (
    misfits(wanted, {
      cpu: candidate.cpu - used.cpu,
      memory: candidate.memory - used.memory,
      other: {},
      pods: candidate.pods - here.length,
    }).length > 0
  )
    return -1;
  const nonZero = sum(nonZeroRequest, [...here, spec]);
  const least = leastAllocatedScore(nonZero.cpu, nonZero.memory, candidate.cpu, candidate.memory);
  if (wanted.cpu === 0 && wanted.memory === 0) return least;
  return least + balancedScore(used.cpu, used.memory, used.cpu + wanted.cpu, used.memory + wanted.memory, candidate.cpu, candidate.memory);
}
