/** What can't be done live is said before anything starts. */
import { describe, expect, it } from "vitest";
import { defaultSettings } from "../../engine/settings.ts";
import { clusterSpec } from "../../engine/testdata/cluster.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import type { KubernetesObject } from "../../engine/kubernetes/objects/index.ts";
import { liveIssues } from "./live-issues.ts";
import { testContainer, testPod, testProbe, testTemplate } from "./testdata/pods.ts";

function specOf(objects: readonly KubernetesObject[], more: Partial<ScenarioSpec> = {}): ScenarioSpec {
  return {
    name: "x",
    kubernetesVersion: "1.36",
    seed: 1,
    duration: 1e6,
    warmup: 0,
    start: "empty",
    settings: defaultSettings,
    settingsChanged: [],
    objects,
    nodes: [],
    applications: [],
    load: [],
    actions: [],
    faults: [],
    invariants: [],
    thresholds: [],
    notes: { notModelled: [], noEffect: [], liveOnly: [] },
    ...more,
  };
}

const port = { name: "http", containerPort: 8080, protocol: "TCP", hostPort: null } as const;
const good = testContainer({ command: ["server"], ports: [port] });
const pathsOf = (spec: ScenarioSpec, hasNetwork = true): string[] => liveIssues(spec, hasNetwork).map((issue) => issue.path);

describe("a live run's issues", () => {
  it("has none with commands and loopback only", () => {
    expect(pathsOf(specOf([testPod("a", testTemplate([good])), testPod("b", testTemplate([good]))]))).toEqual([]);
  });

  it("wants a command of every container, init containers and those of actions too", () => {
    const template = testTemplate([testContainer({ name: "main", args: ["only"] })], { initContainers: [testContainer({ name: "init" })] });
    const spec = specOf([testPod("a", template)], {
      actions: [{ type: "apply", at: 0, objects: [testPod("b", testTemplate([testContainer()]))] }],
    });
    expect(pathsOf(spec)).toEqual(["Pod/a: container init: command", "Pod/a: container main: command", "Pod/b: container web: command"]);
  });

  it("refuses probes that would leave this machine", () => {
    const probe = testProbe({ type: "tcpSocket", host: "10.0.0.1", port: 80 });
    expect(pathsOf(specOf([testPod("a", testTemplate([testContainer({ command: ["x"], livenessProbe: probe })]))]))).toEqual([
      "Pod/a: container web: probe",
    ]);
  });

  it("refuses very long runs and very many Pods", () => {
    const many = Array.from({ length: 65 }, (_, index) => testPod(`p${index}`, testTemplate([good])));
    expect(pathsOf(specOf(many, { duration: 7_200e6 }))).toEqual(["spec.manifests", "spec.duration"]);
  });

  it("finds ports that clash where there is one address for all, unless they are mapped", () => {
    const mapped = testContainer({ command: ["server", "$(POD_PORT)"], ports: [port] });
    const two = (container: typeof good): ScenarioSpec =>
      specOf([testPod("a", testTemplate([container])), testPod("b", testTemplate([container]))]);
    expect(pathsOf(two(good), false)).toEqual(["Pod/b: containerPort"]);
    expect(pathsOf(two(mapped), false)).toEqual([]);
  });

  it("refuses faults that only the model knows, each by its name", () => {
    const fault = { at: 0, selector: {}, mode: "all", value: 0, duration: 1e6 } as const;
    const faults: ScenarioSpec["faults"] = [
      { ...fault, name: "lost", type: "node-loss" },
      { ...fault, name: "killed", type: "oom-kill", container: null },
      { ...fault, name: "gone", type: "pod-kill", gracePeriodSeconds: null },
      { ...fault, name: "hung", type: "hang", container: null },
    ];
    const issues = liveIssues(specOf([], { faults }), true);
    expect(issues.map(({ path, found }) => [path, found])).toEqual([
      ["fault lost: type", "node-loss"],
      ["fault hung: type", "hang"],
    ]);
    expect(issues[0]!.expected).toBe("one of node-drain, oom-kill, pod-kill, probe-failure in a live run");
  });

  it("refuses calls between Services and health checks, which the application model makes", () => {
    const base = { apiVersion: "v1", metadata: { name: "web", labels: { app: "web" } } };
    const { applications } = clusterSpec(
      {
        duration: "1m",
        applications: [{ selector: {} }, { selector: {}, calls: [{ service: "service/web" }], health: { checks: ["service/web"] } }],
      },
      [
        { ...base, kind: "Service", spec: { selector: { app: "db" }, ports: [{ port: 80 }] } },
        { ...base, kind: "Pod", spec: { containers: [{ name: "web", image: "web:v1" }] } },
      ],
    );
    expect(pathsOf(specOf([], { applications }))).toEqual(["spec.applications[1].calls", "spec.applications[1].health"]);
  });
});
