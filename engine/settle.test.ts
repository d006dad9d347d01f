import { describe, expect, test } from "vitest";
import { CauseKind } from "./cause-kinds.ts";
import type { ClusterShard } from "./cluster.ts";
import { SECOND } from "./kernel/time.ts";
import type { ScenarioSpec } from "./scenario-spec.ts";
import { clusterSpec, runCluster } from "./testdata/cluster.ts";

function specOf(application: object, container: object = {}): ScenarioSpec {
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "app", image: "app:v1", ...container }] } },
    },
  };
  const nodes = [{ count: 1, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }];
  const applications = [{ selector: { deployment: "web" }, image: { present: true }, startUp: "1s", ...application }];
  const spec = clusterSpec({ seed: 1, duration: "5m", nodes, applications }, [deployment]);
  return spec;
}

function run(spec: ScenarioSpec): ClusterShard {
  return runCluster(spec);
}

describe("a settled cluster", () => {
  const limit = { resources: { limits: { memory: "100Mi" } } };

  test.each([
    [
      "a container that grows into its memory limit",
      { memory: { base: "50Mi", growth: "1Mi/s" } },
      limit,
      "default/web: container app grows into its memory limit",
    ],
    [
      "a container that needs more than its limit",
      { memory: { base: "200Mi" } },
      limit,
      "default/web: container app needs more memory than its limit from the start",
    ],
    [
      "what grows without a limit",
      { memory: { base: "50Mi", growth: "1Mi/s" } },
      {},
      "default/web: container app needs more memory all the time",
    ],
    ["what fills the disk", { disk: { growth: "1Mi/s" } }, {}, "default/web: container app needs more disk all the time"],
  ])("begins %s at t = 0, and lists it", (_, application, container, text) => {
    const spec = specOf(application, container);
    const shard = run(spec);
    const { control } = shard.finish(spec.duration);
    expect(control!.unsettled).toEqual([text]);
    expect(shard.causes.rows().find((row) => row.kind === CauseKind.podCreated)!.time).toBeGreaterThan(0);
  });

  test("a container that grows into its limit is killed after (limit − base) ÷ growth, from its start on", () => {
    const spec = specOf({ memory: { base: "50Mi", growth: "1Mi/s" } }, limit);
    const shard = run(spec);
    const rows = shard.causes.rows();
    const started = rows.find((row) => row.kind === CauseKind.containerStarted)!.time;
    const killed = rows.find((row) => row.kind === CauseKind.oomKilled)!.time;
    expect(Math.round((killed - started) / SECOND)).toBe(50);
  });

  test.each([["stays below its limit", { memory: { base: "50Mi" } }, limit]])(
    "has a container at rest that %s",
    (_, application, container) => {
      const spec = specOf(application, container);
      const { control } = run(spec).finish(spec.duration);
      expect(control!.unsettled).toEqual([]);
      expect(control!.deployments).toMatchObject([{ label: "default/web", ready: 1 }]);
    },
  );

  test.each(["settled", "empty"] as const)("without a node has Pods that wait (start: %s)", (start) => {
    const spec: ScenarioSpec = { ...specOf({}), nodes: [], start };
    const { control } = run(spec).finish(spec.duration);
    expect(control!.deployments).toMatchObject([{ label: "default/web", desired: 1, ready: 0 }]);
  });
});
