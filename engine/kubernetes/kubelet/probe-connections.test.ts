/** Connections that probes leave behind on a node that counts them. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../../cause-kinds.ts";
import { SECOND } from "../../kernel/time.ts";
import { versionsOfMinor } from "../versions.ts";
import { instantBehaviour, testContainer, testProbe, testTemplate, TestNodes } from "./test-node.ts";

const probe = testProbe({ periodSeconds: 1 });

function run(minor: number, probeConnections: number, handler = probe.handler): TestNodes {
  const nodes = new TestNodes({ behaviour: instantBehaviour, versions: versionsOfMinor(minor), template: { probeConnections } });
  nodes.addPod(testTemplate([testContainer("app", { livenessProbe: { ...probe, handler } })]));
  nodes.run(50 * SECOND);
  return nodes;
}
const restarts = (nodes: TestNodes): number => nodes.status(0).containers[0]!.restartCount;

describe("a node's table of connections", () => {
  test("is full when a minute of probes doesn't fit, up to 1.26", () => {
    expect(restarts(run(26, 100))).toBe(0);
    expect(restarts(run(26, 20))).toBeGreaterThan(0);
  });
  test("and is the cause of what is restarted for it, noted once", () => {
    const rows = run(26, 20).causes.rows();
    const full = rows.filter(({ kind }) => kind === CauseKind.nodeConnectionsFull);
    expect(full).toHaveLength(1);
    expect(full[0]!.time).toBeGreaterThan(19 * SECOND);
    expect(full[0]!.time).toBeLessThan(23 * SECOND);
    expect(rows.some(({ parent }) => parent === full[0]!.id)).toBe(true);
  });
  test("holds each for a second since 1.27", () => expect(restarts(run(27, 20))).toBe(0));
  test("has nothing to do with commands", () => expect(restarts(run(26, 20, { type: "exec", command: ["true"] }))).toBe(0));
});
