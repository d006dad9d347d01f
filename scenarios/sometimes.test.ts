/** What has to be reached at least once: read, held against a run, and refused where it can't be meant. */
import { describe, expect, test } from "vitest";
import { judge } from "../reports/verdict.ts";
import { runHere } from "../workers/run.ts";
import { readPlainScenario } from "./plain.ts";

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image: "web:v1", resources: { requests: { cpu: "100m" } } }] },
    },
  },
};

function read(fields: object): ReturnType<typeof readPlainScenario> {
  const spec = {
    duration: "100s",
    nodes: [{ count: 2 }],
    faults: [{ at: "30s", duration: "60s", name: "crash", type: "node-reboot", selector: { node: "node-0" } }],
    ...fields,
  };
  return readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec }, [deployment]);
}

async function reached(fields: object): Promise<readonly (readonly [boolean, boolean])[]> {
  const { spec, issues } = read(fields);
  expect(issues).toEqual([]);
  const { isPassed, sometimes } = judge(await runHere(spec!, 1), []);
  return sometimes.map(({ isReached }) => [isReached, isPassed] as const);
}

const update = (at: string): object => ({ actions: [{ at, setImage: { deployment: "web", image: "web:v2" } }] });
const met = { sometimes: [{ rollout: "default/web", fault: "node-reboot" }] };

describe("a state that has to be reached", () => {
  test("is reached when all of it goes on at once", async () => {
    expect(await reached({ ...met, ...update("29s") })).toEqual([[true, true]]);
  });

  test("fails the run when its parts never meet", async () => {
    expect(await reached({ ...met, ...update("90s") })).toEqual([[false, false]]);
    expect(await reached({ sometimes: [{ rollout: "any" }] })).toEqual([[false, false]]);
  });

  test.each<[string, object, boolean]>([
    ["restarts", { metric: "restarts", threshold: "count>1000" }, false],
    ["a fault by name, and a threshold", { fault: "crash", metric: "requests_lost", threshold: "count==0" }, true],
    ["missing replicas under a fault", { unavailable: "default/web", fault: ["crash"] }, true],
  ])("may be %s", async (_, wanted, isReached) => {
    expect(await reached({ sometimes: [wanted] })).toEqual([[isReached, isReached]]);
  });

  test("says when, the same for two shards", async () => {
    const { spec } = read({ ...met, ...update("29s") });
    const [one, two] = [await runHere(spec!, 1), await runHere(spec!, 2)];
    expect(one.sometimes).toEqual([{ name: "rollout of default/web and node-reboot", at: 30_000_000 }]);
    expect(two.sometimes).toEqual(one.sometimes);
  });

  test.each<[string, unknown, string, string]>([
    ["of nothing", {}, "spec.sometimes[0]", "at least one of rollout"],
    ["of another workload", { rollout: "default/wbe" }, "spec.sometimes[0].rollout", "any, or a workload"],
    ["of a workload without its namespace", { unavailable: "web" }, "spec.sometimes[0].unavailable", "any, or a workload"],
    ["of a fault that isn't there", { fault: ["zone-loss"] }, "spec.sometimes[0].fault[0]", "name or type of a fault"],
    ["of a metric alone", { metric: "restarts" }, "spec.sometimes[0]", "metric and threshold"],
    ["of an unknown metric", { metric: "restart", threshold: "count>0" }, "spec.sometimes[0].metric", "a known metric"],
    ["of a broken condition", { metric: "restarts", threshold: "count" }, "spec.sometimes[0].threshold", "a condition"],
    ["of an unknown field", { rolout: "any" }, "spec.sometimes[0].rolout", ""],
    ["that is no list", "rollout", "spec.sometimes[0]", ""],
  ])("is refused %s", (_, wanted, path, expected) => {
    const issue = read({ sometimes: [wanted] }).issues.find((each) => each.path === path);
    expect(issue?.expected).toContain(expected);
  });
});
