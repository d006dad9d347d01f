/** Chaos Mesh's documents among the manifests: what becomes of each, what is listed, what is refused and where. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../engine/kernel/time.ts";
import { readScenario, type ScenarioResult } from "./scenario.ts";
import { formatIssues } from "./issues.ts";
import { readPlainScenario } from "./plain.ts";
import { parseYaml } from "./yaml.ts";

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "app", labels: { app: "app1" } },
  spec: { containers: [{ name: "app", image: "app:v1" }] },
};
const selector = { labelSelectors: { app: "app1" } };
const chaos = (kind: string, spec: object): object => ({ apiVersion: "chaos-mesh.org/v1alpha1", kind, metadata: { name: "x" }, spec });

function read(documents: readonly object[], more: object = {}): ScenarioResult {
  const spec = { duration: "30m", manifests: ["m"], nodes: [{ count: 2, zones: 2 }], ...more };
  return readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec }, [pod, ...documents]);
}

function faultsOf(document: object, more: object = {}): readonly object[] {
  const { spec, issues } = read([document], more);
  expect(issues).toEqual([]);
  return spec!.faults;
}

describe("a document becomes faults that begin when the warm-up is over", () => {
  test.each([
    [
      chaos("PodChaos", { action: "pod-kill", mode: "fixed-percent", value: "50", selector }),
      [
        {
          type: "pod-kill",
          name: "PodChaos/x",
          at: MINUTE,
          mode: "fixed-percent",
          value: 50,
          gracePeriodSeconds: 0,
          selector: { namespace: "default", labels: { app: "app1" } },
        },
      ],
    ],
    [
      chaos("PodChaos", { action: "container-kill", mode: "one", containerNames: ["app"], selector }),
      [{ type: "container-crash", container: "app", code: 137, rate: 0, mode: "one" }],
    ],
    [chaos("PodChaos", { action: "pod-failure", mode: "all", duration: "30s", selector }), [{ type: "hang", duration: 30 * SECOND }]],
    [
      chaos("NetworkChaos", {
        action: "delay",
        mode: "all",
        selector: { ...selector, nodeSelectors: { "topology.kubernetes.io/zone": "a" } },
        delay: { latency: "90ms", correlation: "25", jitter: "10ms" },
        duration: "1m30s",
      }),
      [{ type: "network-delay", latency: 90_000, jitter: 10_000, duration: 90 * SECOND, selector: { zone: "a" } }],
    ],
    [
      chaos("NetworkChaos", { action: "loss", mode: "all", selector, loss: { loss: "25" } }),
      [{ type: "network-loss", rate: 0.25, duration: Infinity }],
    ],
    [
      chaos("NetworkChaos", {
        action: "netem",
        mode: "all",
        selector,
        delay: { latency: "1s" },
        corrupt: { corrupt: "1", correlation: "0" },
      }),
      [
        { type: "network-delay", name: "NetworkChaos/x" },
        { type: "network-loss", name: "NetworkChaos/x-2", rate: 0.01 },
      ],
    ],
    [chaos("NetworkChaos", { action: "partition", mode: "all", selector, duration: "10s" }), [{ type: "network-loss", rate: 1 }]],
    [
      chaos("StressChaos", {
        mode: "one",
        selector,
        duration: "1m",
        stressors: { memory: { workers: 4, size: "256MB" }, cpu: { workers: 2, load: 50 } },
      }),
      [
        { type: "memory-spike", size: 256 * 1024 * 1024, container: null },
        { type: "cpu-starvation", slowdown: 2 },
      ],
    ],
  ])("%j", (document, expected) => {
    expect(faultsOf(document, { warmup: "1m" })).toMatchObject(expected);
  });

  test("or when an action applies it", () => {
    const scenario = { duration: "30m", manifests: ["m"], nodes: [{ count: 2 }], actions: [{ at: "5m", apply: "kill.yaml" }] };
    const document = chaos("PodChaos", { action: "pod-kill", mode: "one", selector });
    const { spec, issues } = readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: scenario }, [pod], {
      "kill.yaml": [document],
    });
    expect(issues).toEqual([]);
    expect(spec!.faults).toMatchObject([{ type: "pod-kill", at: 5 * MINUTE }]);
  });
});

describe("a Schedule", () => {
  const podChaos = { action: "pod-kill", mode: "one", selector };
  test.each([
    ["@every 10m", [10, 20, 30]],
    ["5 * * * *", [5]],
    ["*/15 * * * *", [0, 15, 30]],
  ])("%s comes at these minutes", (schedule, minutes) => {
    const faults = faultsOf(chaos("Schedule", { schedule, type: "PodChaos", historyLimit: 5, concurrencyPolicy: "Forbid", podChaos }));
    expect(faults.map((fault) => (fault as { at: number }).at / MINUTE)).toEqual(minutes);
  });
});

test("a Workflow runs its templates one after the other, and at once", () => {
  const workflow = chaos("Workflow", {
    entry: "all",
    templates: [
      { name: "all", templateType: "Serial", deadline: "240s", children: ["stress", "wait", "both"] },
      { name: "wait", templateType: "Suspend", deadline: "10s" },
      { name: "both", templateType: "Parallel", children: ["slow", "kill"] },
      {
        name: "slow",
        templateType: "NetworkChaos",
        deadline: "20s",
        networkChaos: { action: "delay", mode: "all", selector, delay: { latency: "90ms" } },
      },
      { name: "kill", templateType: "PodChaos", podChaos: { action: "pod-kill", mode: "one", selector } },
      {
        name: "stress",
        templateType: "StressChaos",
        deadline: "20s",
        stressChaos: { mode: "one", selector, stressors: { cpu: { workers: 1, load: 20 } } },
      },
    ],
  });
  expect(faultsOf(workflow)).toMatchObject([
    { type: "cpu-starvation", name: "Workflow/x.stress", at: 0, duration: 20 * SECOND, slowdown: 1.2 },
    { type: "network-delay", name: "Workflow/x.both.slow", at: 30 * SECOND, duration: 20 * SECOND },
    { type: "pod-kill", name: "Workflow/x.both.kill", at: 30 * SECOND },
  ]);
});

test.each([
  [chaos("IOChaos", { action: "latency" }), "IOChaos/x"],
  [
    chaos("NetworkChaos", { action: "bandwidth", mode: "all", selector, bandwidth: { rate: "1mbps", limit: 1, buffer: 1 } }),
    "NetworkChaos/x: bandwidth limits need sizes of answers",
  ],
  [
    chaos("NetworkChaos", { action: "partition", mode: "all", selector, target: { mode: "all", selector } }),
    "NetworkChaos/x: the model's clients are no Pods, so there is nobody for target or externalTargets",
  ],
  [
    chaos("StressChaos", { mode: "one", selector, stressors: { memory: { workers: 1, size: "50%" } } }),
    "StressChaos/x: stressors.memory.size must be an amount: shares are of a memory that isn't the container's",
  ],
  [chaos("Workflow", { entry: "a", templates: [{ name: "a", templateType: "Task", task: {} }] }), "Workflow/x: Task isn't modelled"],
])("%j is left out and listed", (document, listed) => {
  const { spec, issues } = read([document]);
  expect(issues).toEqual([]);
  expect(spec!.faults).toEqual([]);
  expect(spec!.notes.notModelled).toEqual([listed]);
});

test("fields without a counterpart are listed as without effect", () => {
  const document = chaos("NetworkChaos", {
    action: "delay",
    mode: "all",
    selector,
    direction: "both",
    delay: { latency: "1s", correlation: "25" },
  });
  expect(read([document]).spec!.notes.noEffect.map(({ field }) => field)).toEqual([
    "delay.correlation of NetworkChaos",
    "direction of NetworkChaos",
  ]);
});

test.each([
  [chaos("PodChaos", { action: "pod-kil", mode: "one", selector }), "spec.action"],
  [chaos("PodChaos", { action: "pod-kill", mode: "some", selector }), "spec.mode"],
  [chaos("PodChaos", { action: "pod-kill", mode: "fixed", selector }), "spec.value"],
  [chaos("PodChaos", { action: "pod-kill", mode: "one", selector, gracePeriod: -1 }), "spec.gracePeriod"],
  [chaos("PodChaos", { action: "pod-kill", mode: "one" }), "spec.selector"],
  [chaos("PodChaos", { action: "pod-kill", mode: "one", selector: { labelSelectors: { app: "other" } } }), "spec.selector"],
  [chaos("PodChaos", { action: "container-kill", mode: "one", selector }), "spec.containerNames"],
  [chaos("PodChaos", { action: "pod-kill", mode: "one", selector, gracePeriods: 1 }), "spec.gracePeriods"],
  [chaos("NetworkChaos", { action: "delay", mode: "all", selector, delay: { latency: 90 } }), "spec.delay.latency"],
  [chaos("NetworkChaos", { action: "loss", mode: "all", selector, loss: { loss: "101" } }), "spec.loss.loss"],
  [chaos("NetworkChaos", { action: "delay", mode: "all", selector, delay: { latency: "1s" }, duration: "soon" }), "spec.duration"],
  [chaos("StressChaos", { mode: "all", selector, stressors: {} }), "spec.stressors"],
  [chaos("StressChaos", { mode: "all", selector, stressors: { memory: { size: "lots" } } }), "spec.stressors.memory.size"],
  [chaos("Schedule", { schedule: "often", type: "PodChaos", podChaos: { action: "pod-kill", mode: "one", selector } }), "spec.schedule"],
  [chaos("Workflow", { entry: "a", templates: [{ name: "a", templateType: "Serial", children: ["a"] }] }), "spec.templates[0].children[0]"],
  [chaos("Workflow", { entry: "b", templates: [{ name: "a", templateType: "Suspend", deadline: "1s" }] }), "spec.entry"],
])("%j is refused", (document, path) => {
  const { spec, issues } = read([document]);
  expect(spec).toBeNull();
  expect(issues.map((issue) => issue.path)).toEqual([path]);
});

test("a problem is told with file, line and column", () => {
  const text = [
    "apiVersion: chaos-mesh.org/v1alpha1",
    "kind: PodChaos",
    "metadata: { name: x }",
    "spec:",
    "  action: pod-kil",
    "  mode: one",
    "  selector: { labelSelectors: { app: app1 } }",
  ].join("\n");
  const scenario = parseYaml(
    "apiVersion: podstorm.dev/v1alpha1\nkind: Scenario\nspec: { duration: 1m, manifests: [kill.yaml] }\n",
    "scenario.yaml",
  );
  const { issues } = readScenario(scenario.documents[0]!, {
    manifests: null,
    overrides: [],
    defaultName: "x",
    readManifestFile: (file) => parseYaml(text, file),
  });
  expect(formatIssues(issues)).toBe(
    'kill.yaml:5:11: spec.action: found "pod-kil", expected one of pod-kill, pod-failure, container-kill (hint: did you mean pod-kill?)',
  );
});
