import { describe, expect, test } from "vitest";
import { readCase, type FuzzCase, type PlainDocument } from "./fuzz-case.ts";
import { simplerKinds } from "./simpler-kinds.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "web:v1" }] } };
const selector = { matchLabels: { app: "web" } };
const never = { ...template, spec: { restartPolicy: "Never", ...template.spec } };

/** With a fault that names it by its kind. */
function holding(apiVersion: string, kind: string, key: string, spec: PlainDocument): FuzzCase {
  return {
    scenario: {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: { duration: "10s", faults: [{ at: "1s", type: "pod-kill", selector: { [key]: "web" }, mode: "one" }] },
    },
    manifests: [{ apiVersion, kind, metadata: { name: "web" }, spec }],
  };
}

const kinds: readonly (readonly [kind: string, found: FuzzCase, simpler: readonly string[]])[] = [
  ["Deployment", holding("apps/v1", "Deployment", "deployment", { replicas: 2, selector, template }), ["Pod"]],
  ["ReplicaSet", holding("apps/v1", "ReplicaSet", "replicaSet", { replicas: 2, selector, template }), ["Pod", "Deployment"]],
  ["StatefulSet", holding("apps/v1", "StatefulSet", "statefulSet", { replicas: 2, selector, template }), ["Pod", "Deployment"]],
  ["DaemonSet", holding("apps/v1", "DaemonSet", "daemonSet", { selector, template }), ["Pod", "Deployment"]],
  ["Job", holding("batch/v1", "Job", "job", { parallelism: 2, template: never }), ["Pod", "Deployment"]],
  [
    "CronJob",
    holding("batch/v1", "CronJob", "cronJob", { schedule: "* * * * *", jobTemplate: { spec: { template: never } } }),
    ["Pod", "Deployment"],
  ],
];

describe.each(kinds)("a %s", (_, found, expected) => {
  const simpler = simplerKinds(found, 0);

  test("has simpler kinds, the simplest first, with the same containers", () => {
    expect(simpler.map(({ manifests }) => manifests[0]!["kind"])).toEqual(expected);
    for (const { manifests } of simpler) expect(JSON.stringify(manifests)).toContain('"containers":[{"name":"web","image":"web:v1"}]');
  });

  test("is named by its new kind where it was named by the old one", () => {
    const names = simpler.map(({ scenario }) => /"selector":{"(\w+)":"web"}/.exec(JSON.stringify(scenario))?.[1]);
    expect(names).toEqual(expected.map((kind) => kind.toLowerCase()));
  });

  test("keeps to what the API server takes", () => {
    for (const { scenario, ...others } of simpler) {
      const { faults, ...spec } = scenario["spec"] as PlainDocument;
      expect(faults).toBeDefined();
      expect(readCase({ ...others, scenario: { ...scenario, spec } }).issues).toEqual([]);
    }
  });
});

test("what isn't a workload has none", () => {
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: {}, ports: [{ port: 80 }] } };
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: template.spec };
  const found = { ...kinds[0]![1], manifests: [service, pod] };
  expect([simplerKinds(found, 0), simplerKinds(found, 1)]).toEqual([[], []]);
});
