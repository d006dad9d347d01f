/** CPU that start-ups use, as whoever measures it finds it. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { instantBehaviour, testContainer, testTemplate, TestNodes } from "./test-node.ts";

/** Seconds of CPU of four Pods at 1 s on a node of so many millicores, each of which takes 10 s of CPU to start up. */
function used(cpu: number, at: number): number {
  const behaviour = {
    ...instantBehaviour,
    startUp: { type: "constant", value: 10 * SECOND } as const,
    cpu: { share: 0.2, idle: 0, startUp: 1 },
  };
  const nodes = new TestNodes({ behaviour, template: { cpu } });
  const pods = [0, 1, 2, 3].map(() => nodes.addPod(testTemplate([testContainer("app")]), SECOND));
  nodes.run(at * SECOND);
  return pods.reduce((sum, { id }) => sum + nodes.runtimes[0]!.cpuTimeOf(at * SECOND, nodes.table.rowOf(id), 0)!.used, 0) / SECOND;
}

describe("start-ups", () => {
  test("use what they want where there is enough", () => {
    expect(used(8000, 60)).toBeCloseTo(40, 3);
  });
  test("use no more than the node has", () => {
    expect(used(1000, 21) - used(1000, 11)).toBeCloseTo(10, 3);
  });
  test("use as much in the end, however long it takes", () => {
    expect(used(1000, 40)).toBeLessThan(39.1);
    expect(used(1000, 60)).toBeCloseTo(40, 2);
  });
});
