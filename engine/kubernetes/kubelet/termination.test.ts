/** In which order the containers of a Pod end. */
import { expect, test } from "vitest";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { instantBehaviour, testContainer, testTemplate, TestNodes } from "./test-node.ts";

const shutdown = { type: "drain", atMost: 60 * SECOND } as const;

/** Sidecars in the order of the spec, and a regular container that takes some seconds to stop. */
test("sidecars get their signal once the containers that they serve have stopped, the last one first", () => {
  const sidecar = (name: string): ReturnType<typeof testContainer> => testContainer(name, { restartPolicy: "Always" });
  const template = testTemplate([testContainer("app")], { initContainers: [sidecar("first"), sidecar("second")] });
  const script = { runs: [], stop: { after: 4 * SECOND, code: 0 }, exec: {}, http: { port: 0, paths: {} } };
  const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown, script } });
  const { id } = nodes.addPod(template, 10 * MILLISECOND);
  nodes.deletePod(id, 100 * SECOND, 60);
  nodes.run(200 * SECOND);
  expect(nodes.times(CauseKind.signalled, id).map(Math.round)).toEqual([100, 104, 108]);
  expect(nodes.times(CauseKind.containerExited, id).map(Math.round)).toEqual([104, 108, 112]);
});
