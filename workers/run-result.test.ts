/** What a result says about its run besides the measures: names, and everything that was assumed. */
import { describe, expect, it } from "vitest";
import type { ApplicationBehaviour } from "../engine/application/application.ts";
import { MILLISECOND, SECOND } from "../engine/kernel/time.ts";
import type { KubernetesObject } from "../engine/kubernetes/objects/index.ts";
import type { Assumption, ControlResult } from "../engine/result.ts";
import type { ApplicationRule } from "../engine/scenario-spec.ts";
import type { PartialResult } from "./merge.ts";
import { runResult } from "./run-result.ts";
import { deployment, load, nodes, spec } from "./testdata/specs.ts";

const nothing = { desiredTime: 0, availableTime: 0, least: 0, leastOf: 0, available: 0, desired: 0 };
const control: ControlResult = {
  pods: [],
  rollouts: [],
  availability: { total: nothing, workloads: [], shortages: [] },
  faults: [],
  actions: [],
  unsettled: [],
  deployments: [],
};
const merged: PartialResult = {
  metrics: { counters: {}, histograms: {}, timeSeries: {}, bucketWidth: SECOND },
  causes: [],
  losses: [],
  restarts: [],
  effects: [],
  violations: [],
  fingerprints: [],
  events: 12,
  control,
};
const outline = { specDigest: "d", fingerprint: "f", end: 5 * SECOND, isPartial: true, mode: "virtual" } as const;
const behaviour: ApplicationBehaviour = {
  startUp: { type: "logNormal", median: 2 * SECOND, p99: 6 * SECOND },
  serviceTime: { type: "constant", value: 10 * MILLISECOND },
  concurrency: 16,
  queue: 128,
  probeTime: { type: "uniform", min: 1 * MILLISECOND, max: 2 * MILLISECOND },
  probesShareWorkers: true,
  memory: { base: 64 * 1024 * 1024, perRequest: 0, growth: 1.5 },
  shutdown: { type: "drain", atMost: 5 * SECOND },
  exit: null,
  unhealthyAfter: null,
  image: { size: 200_000_000, present: false },
};

/** One for each selector below. */
const web = deployment(1);
const workloads: readonly KubernetesObject[] = [
  { ...web, spec: { ...web.spec, template: { ...web.spec.template, labels: { app: "web", tier: "front" } } } },
  { ...web, kind: "ReplicaSet", metadata: { ...web.metadata, namespace: "shop" } },
];

function assumptions(rule: Partial<ApplicationRule>): readonly Assumption[] {
  const whole: ApplicationRule = { selector: {}, image: null, container: null, behaviour, defaulted: [], ...rule };
  return runResult(spec({ objects: workloads, applications: [whole] }), merged, outline).notes.assumptions;
}

describe("a run's result", () => {
  it("carries the outline of the run and the numbers of its parts as names", () => {
    const scenario = spec(
      { objects: [deployment(3)], nodes: nodes(2), load: [load("poisson-arrival-rate", 5)], settingsChanged: ["kcmQps"] },
      { kcmQps: 50 },
    );
    const result = runResult(scenario, merged, outline);
    expect(result).toMatchObject({
      name: "s",
      seed: 1,
      end: 5 * SECOND,
      isPartial: true,
      duration: 60 * SECOND,
      events: 12,
      specDigest: "d",
      fingerprint: "f",
      control,
    });
    expect(result.names).toEqual({
      workloads: ["default/web"],
      loads: [{ name: "load", service: "default/web", executor: "poisson-arrival-rate", rate: 5 }],
      nodes: ["node-0", "node-1"],
    });
    expect(result.notes).toMatchObject({ settingsChanged: [{ name: "kcmQps", value: 50, default: 20 }] });
    expect(result.notes.deviations).toContainEqual(expect.stringMatching(/^clients beside the cluster: /));
  });

  it.each([
    ["startUp", "startUp log-normal median 2s, p99 6s"],
    ["serviceTime", "serviceTime 10ms"],
    ["probeTime", "probeTime uniform 1ms to 2ms"],
    ["concurrency", "concurrency 16"],
    ["probesShareWorkers", "probesShareWorkers true"],
    ["memory.base", "memory.base 64Mi"],
    ["memory.growth", "memory.growth 1.5 bytes"],
    ["shutdown", "shutdown drain, atMost 5s"],
    ["exit", "exit never"],
    ["unhealthyAfter", "unhealthyAfter never"],
    ["image.present", "image.present false"],
    ["image.size", "image.size 200000000 bytes"],
    ["image", "image size 200000000 bytes, present false"],
    ["memory", "memory base 64Mi, perRequest 0 bytes, growth 1.5 bytes"],
  ])("names the default of %s", (field, text) => {
    expect(assumptions({ defaulted: [field] })).toEqual([{ of: "everything else", what: text }]);
  });

  it.each([
    [{ deployment: "web" }, "deployment web"],
    [{ namespace: "shop", replicaSet: "web" }, "replica set shop/web"],
    [{ labels: { app: "web", tier: "front" } }, "app=web,tier=front"],
    [{ namespace: "shop" }, "namespace shop"],
  ])("names whom it was assumed of: %j", (selector, text) => {
    expect(assumptions({ selector, defaulted: ["queue"] })).toEqual([{ of: text, what: "queue 128" }]);
  });

  it.each([
    [{ image: "app:v1" }, "image app:v1"],
    [{ container: "app" }, "container app"],
    [{ selector: { deployment: "web" }, image: "app:v1", container: "app" }, "deployment web, image app:v1, container app"],
  ])("tells rules for images and containers apart: %j", (rule, text) => {
    const template = web.spec.template;
    const [container] = template.spec.containers;
    const named = { ...template, spec: { ...template.spec, containers: [{ ...container!, name: "app", image: "app:v1" }] } };
    const whole: ApplicationRule = { selector: {}, image: null, container: null, behaviour, defaulted: ["queue"], ...rule };
    const scenario = spec({ objects: [{ ...web, spec: { ...web.spec, template: named } }], applications: [whole] });
    expect(runResult(scenario, merged, outline).notes.assumptions).toEqual([{ of: text, what: "queue 128" }]);
  });

  it("names the weightiest assumptions first", () => {
    const defaulted = ["queue", "memory.base", "shutdown", "serviceTime", "concurrency", "startUp"];
    expect(assumptions({ defaulted }).map(({ what }) => what.split(" ")[0])).toEqual([
      "startUp",
      "serviceTime",
      "concurrency",
      "shutdown",
      "queue",
      "memory.base",
    ]);
  });

  it("assumes nothing of what no container follows", () => {
    expect(assumptions({ selector: { deployment: "other" }, defaulted: ["queue"] })).toEqual([]);
  });
});
