/** A readiness gate through the whole cluster: controller's patch, kubelet, endpoints. */
import { describe, expect, it, test } from "vitest";
import { CauseKind } from "../cause-kinds.ts";
import type { ClusterShard } from "../cluster.ts";
import { SECOND } from "../kernel/time.ts";
import { readCluster, runCluster } from "../testdata/cluster.ts";

const GATE = "example.com/load-balancer";

function scenario(
  actions: readonly object[],
  start: "settled" | "empty",
  gates: readonly string[] = [GATE],
): ReturnType<typeof readCluster> {
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { readinessGates: gates.map((conditionType) => ({ conditionType })), containers: [{ name: "app", image: "app:v1" }] },
      },
    },
  };
  const nodes = [{ count: 1, capacity: { cpu: "8", memory: "16Gi", pods: 110 } }];
  return readCluster(
    {
      seed: 1,
      duration: "2m",
      start,
      nodes,
      applications: [{ selector: {}, image: { present: true } }],
      actions,
    },
    [deployment],
  );
}

function run(actions: readonly object[], start: "settled" | "empty"): ClusterShard {
  const { spec, issues } = scenario(actions, start);
  if (spec === null) throw new Error(JSON.stringify(issues));
  return runCluster(spec);
}

/** Seconds at which a Pod's Ready changed, and to what. */
function readyChanges(shard: ClusterShard): string[] {
  return shard.causes
    .rows()
    .filter(({ kind }) => kind === CauseKind.readyChanged)
    .map(({ time, detail }) => `${Math.floor(time / SECOND)} ${detail === 1}`);
}

const set = (at: string, status: string, target: object = { selector: { deployment: "web" } }): object => ({
  at,
  setCondition: { ...target, type: GATE, status },
});

describe("setCondition", () => {
  it("makes Pods ready that waited for their gate, and takes it from them again", () => {
    const changes = readyChanges(run([set("60s", "True"), set("90s", "False")], "empty"));
    expect(changes.map((change) => change.replace("61 ", "60 ").replace("91 ", "90 "))).toEqual([
      "60 true",
      "60 true",
      "90 false",
      "90 false",
    ]);
  });

  it("finds the gates of settled Pods open", () => {
    expect(readyChanges(run([], "settled"))).toEqual([]);
    expect(readyChanges(run([set("30s", "Unknown")], "settled"))).toEqual(["30 false", "30 false"]);
  });

  test.each([
    [set("30s", "True", {}), [], "no target"],
    [set("30s", "True", { selector: { deployment: "api" } }), [GATE], "Deployments: web"],
    [set("30s", "True"), ["example.com/other"], "readiness gates: example.com/other"],
    [set("30s", "Maybe"), [GATE], "True"],
  ])("is refused where it means nothing: %j", (action, gates, text) => {
    const { spec, issues } = scenario([action], "empty", gates);
    expect(spec).toBeNull();
    expect(JSON.stringify(issues)).toContain(text);
  });

  it("takes as many gates as there is room for, with proper names", () => {
    expect(
      JSON.stringify(
        scenario(
          [],
          "empty",
          Array.from({ length: 10 }, (_, index) => `gate-${index}`),
        ).issues,
      ),
    ).toContain("at most 9");
    expect(JSON.stringify(scenario([], "empty", ["not a name"]).issues)).toContain("readinessGates[0].conditionType");
  });
});
