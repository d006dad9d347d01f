import { expect, test } from "vitest";
import { container, node, replicaSet } from "../../control-plane.exam.ts";
import { Definitions } from "../../objects/definitions.ts";
import { Workloads } from "../../objects/workloads.ts";
import { versionsOfMinor } from "../../versions.ts";
import { Placement } from "../placement.ts";
import { deviationScore, differenceScore } from "./node-resources-balanced-allocation.ts";

test.each([
  // Shares 0.5 and 0.25.
  [500, 250, 1000, 1000, 75, 87],
  [0, 0, 1000, 1000, 100, 100],
  // A full node: nothing left to balance in 1.20, shares are cut at 1 later.
  [1200, 600, 1000, 1000, 0, 80],
  // A resource that the node hasn't got.
  [500, 500, 0, 1000, 0, 100],
])("%i of CPU and %i of memory, of %i and %i", (cpu, memory, cpuAllocatable, memoryAllocatable, difference, deviation) => {
  expect(differenceScore(cpu, memory, cpuAllocatable, memoryAllocatable)).toBe(difference);
  expect(deviationScore(cpu, memory, cpuAllocatable, memoryAllocatable)).toBe(deviation);
});

test.each([
  [20, "even"],
  [25, "even"],
  [36, "emptier"],
])("since 1.36 a Pod that asks for nothing goes where most is free, however lopsided: 1.%i", (minor, expected) => {
  const definitions = new Definitions();
  const workloads = new Workloads();
  const [nothing, half, third] = [
    { cpu: 0, memory: 0 },
    // Of 8 cores and 32 GiB: 75 % free on average, or 70 %.
    { cpu: 4000, memory: 0 },
    { cpu: 2400, memory: 9.6 * 1_073_741_824 },
  ].map((requests, index) => {
    const object = replicaSet(`set-${index}`, 1, { containers: [container({ resources: { requests, limits: {} } })] });
    workloads.add(object);
    return definitions.intern(object.spec.template);
  });
  const placement = new Placement([node("emptier"), node("even")], definitions, workloads, 1, 0, versionsOfMinor(minor));
  placement.add(0, 0, half!);
  placement.add(1, 0, third!);
  expect(["emptier", "even"][placement.place(0, 0, nothing!, 0)]).toBe(expected);
});
