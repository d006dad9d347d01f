/** Coverage: what a run has reached, the same for any number of shards; and the story of a run that fails. */
import { expect, test } from "vitest";
import type { ShardResult } from "../../engine/result.ts";
import { runModel } from "../../workers/coordinator.ts";
import { runHere } from "../../workers/run.ts";
import { coverageOf } from "./coverage.ts";
import { readCase, type FuzzCase } from "./fuzz-case.ts";
import { storyLines } from "./story.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "web:v1" }] } };
const workload = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template },
};
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 80 }] },
};

function caseOf(fields: object): FuzzCase {
  const spec = { duration: "90s", nodes: [{ count: 3 }], load: [{ target: "service/web", rate: "20/s" }], ...fields };
  return { scenario: { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec }, manifests: [workload, service] };
}

const crashing = caseOf({
  faults: [
    { at: "20s", type: "oom-kill", mode: "one" },
    { at: "40s", type: "node-loss", selector: { node: "node-0" } },
  ],
});

async function coverage(found: FuzzCase, shards: number): Promise<readonly string[]> {
  const { spec } = readCase(found);
  const { results } = await runModel({ type: "cluster", spec: spec! }, { shards, threads: 0 });
  return coverageOf(results as readonly ShardResult[]);
}

test("is a sorted list of transitions with their state before and their cause, of losses and of ends", async () => {
  const keys = await coverage(crashing, 1);
  expect(keys).toEqual([...new Set(keys)].sort());
  expect(keys).toContain("killed for memory | after nothing | by fault oom-kill");
  expect(keys.filter((key) => key.startsWith("container started | after "))).not.toEqual([]);
  expect(keys.filter((key) => key.includes("killed while serving") || key.includes("node lost"))).not.toEqual([]);
  expect(keys).toContain("Pod at the end: Running, ready");
});

test("grows with what happens, and doesn't depend on shards or instants", async () => {
  const [quiet, one, two] = [await coverage(caseOf({}), 1), await coverage(crashing, 1), await coverage(crashing, 2)];
  expect(two).toEqual(one);
  expect(one.length).toBeGreaterThan(quiet.length + 5);
  const shifted = caseOf({
    faults: [
      { at: "25s", type: "oom-kill", mode: "one" },
      { at: "45s", type: "node-loss", selector: { node: "node-0" } },
    ],
  });
  const later = await coverage(shifted, 1);
  expect(later.filter((key) => !one.includes(key)).length).toBeLessThan(one.length / 2);
});

test("a story tells the rule that breaks, what happens when, and why", async () => {
  const { spec } = readCase(crashing);
  const lines = storyLines(await runHere(spec!, 1), "threshold requests_lost count==0:\n  12");
  expect(lines[0]).toBe("Breaks: threshold requests_lost count==0: 12");
  expect(lines[1]).toMatch(/^ {2}at 20s: fault oom-kill-1 \(oom-kill\) of web-/);
  expect(lines[2]).toBe("  at 40s: fault node-loss-1 (node-loss) of node-0");
  expect(lines[3]).toMatch(/^Because: .* ← fault: node-loss-1 \(node-loss\)$/);
  // What the message says itself isn't said again.
  const chain = lines[3]!.slice("Because: ".length);
  const told = storyLines(await runHere(spec!, 1), `threshold requests_lost count==0: 12; most: ${chain}`);
  expect(told.filter((line) => line.startsWith("Because"))).toEqual([]);
});
