/** Chaos Mesh's documents among the manifests: what becomes of each, what is listed, what is refused and where. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../engine/kernel/time.ts";
import { runHere } from "../workers/run.ts";
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
const pause = "experiment.chaos-mesh.org/pause";
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
        { type: "network-loss", name: "NetworkChaos/x-2", drawnAs: "NetworkChaos/x", rate: 0.01 },
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

  test("or when an action applies it, if it doesn't stand there already", () => {
    const scenario = { duration: "30m", manifests: ["m"], nodes: [{ count: 2 }], actions: [{ at: "5m", apply: "kill.yaml" }] };
    const document = chaos("PodChaos", { action: "pod-kill", mode: "one", selector });
    const { spec } = readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: scenario }, [pod, document], {
      "kill.yaml": [document],
    });
    expect(spec!.faults).toMatchObject([{ type: "pod-kill", at: 0 }]);
    expect(spec!.notes.notModelled).toEqual(["PodChaos/x: stands already when it is applied again"]);
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
    ["@every 10m", [10, 20]],
    ["5 * * * *", [5]],
    ["*/15 * * * *", [0, 15]],
  ])("%s comes at these minutes", (schedule, minutes) => {
    const faults = faultsOf(chaos("Schedule", { schedule, type: "PodChaos", historyLimit: 5, concurrencyPolicy: "Forbid", podChaos }));
    expect(faults.map((fault) => (fault as { at: number }).at / MINUTE)).toEqual(minutes);
  });
});

describe("a Schedule whose fault still lasts when it comes again", () => {
  const networkChaos = { action: "delay", mode: "one", selector, delay: { latency: "10ms" } };
  test.each([
    ["Forbid", "25m", [10]],
    ["Forbid", "5m", [10, 20]],
    ["Forbid", "10m", [10]],
    ["Allow", "25m", [10, 20]],
    ["Forbid", undefined, [10]],
    ["Allow", undefined, [10, 20]],
  ])("%s, %s: %j", (concurrencyPolicy, duration, minutes) => {
    const lasting = duration === undefined ? networkChaos : { ...networkChaos, duration };
    const faults = faultsOf(chaos("Schedule", { schedule: "@every 10m", type: "NetworkChaos", concurrencyPolicy, networkChaos: lasting }));
    expect(faults.map((fault) => (fault as { at: number }).at / MINUTE)).toEqual(minutes);
  });
  test("has draws of its own each time, which its parts share", () => {
    const parts = { mode: "one", selector, duration: "1m", stressors: { memory: { size: "1MB" }, cpu: { workers: 1 } } };
    const faults = faultsOf(chaos("Schedule", { schedule: "@every 10m", type: "StressChaos", stressChaos: parts }));
    expect(faults.map((fault) => [(fault as { name: string }).name, (fault as { drawnAs?: string }).drawnAs])).toEqual([
      ["Schedule/x", undefined],
      ["Schedule/x#2", undefined],
      ["Schedule/x-2", "Schedule/x"],
      ["Schedule/x-2#2", "Schedule/x#2"],
    ]);
  });
});

test("all parts of one document act on the same Pods, whatever the mode", async () => {
  const replicas = { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: { name: "web" } };
  const template = {
    metadata: { labels: { app: "web" } },
    spec: {
      containers: [
        { name: "a", image: "a:1" },
        { name: "b", image: "b:1" },
      ],
    },
  };
  const web = { ...replicas, spec: { replicas: 8, selector: { matchLabels: { app: "web" } }, template } };
  const ofWeb = { labelSelectors: { app: "web" } };
  const document = (name: string, kind: string, spec: object): object => ({ ...chaos(kind, spec), metadata: { name } });
  const delayed = { action: "netem", duration: "1s", delay: { latency: "1ms" }, loss: { loss: "1" } };
  const stressors = { memory: { size: "1MB" }, cpu: { workers: 1 } };
  const { spec, issues } = read(
    [
      web,
      document("one", "NetworkChaos", { ...delayed, mode: "one", selector: ofWeb }),
      document("percent", "NetworkChaos", { ...delayed, mode: "random-max-percent", value: "100", selector: ofWeb }),
      document("stress", "StressChaos", { mode: "fixed", value: "3", selector: ofWeb, duration: "1s", stressors }),
      document("kill", "PodChaos", {
        action: "container-kill",
        mode: "fixed-percent",
        value: "25",
        selector: ofWeb,
        containerNames: ["a", "b"],
      }),
    ],
    { duration: "20s", warmup: "10s" },
  );
  expect(issues).toEqual([]);
  const { control } = await runHere(spec!, 1);
  const targets = control.faults.map((fault) => fault.targets);
  expect(targets.map((names) => names.length)).toEqual([1, 1, expect.any(Number), expect.any(Number), 3, 3, 2, 2]);
  for (let part = 0; part < targets.length; part += 2) expect(targets[part + 1]).toEqual(targets[part]);
});

test.each([
  ["+30s", 30],
  [".5s", 0.5],
  ["1.m", 60],
  ["1500000000ns", 1.5],
])("a duration may be %s, as Go reads them", (duration, seconds) => {
  const document = chaos("PodChaos", { action: "pod-failure", mode: "one", selector, duration });
  expect(faultsOf(document)).toMatchObject([{ duration: seconds * SECOND }]);
});

test("what is null or empty isn't there, as forms write it", () => {
  const empty = { ...selector, namespaces: [], nodes: null, annotationSelectors: {}, expressionSelectors: [] };
  const spec = {
    action: "loss",
    mode: "one",
    value: "",
    selector: empty,
    loss: { loss: "1", correlation: "0" },
    target: null,
    delay: null,
  };
  expect(faultsOf(chaos("NetworkChaos", { ...spec, externalTargets: [] }))).toMatchObject([{ type: "network-loss", rate: 0.01 }]);
});

test("a selector of several namespaces and nodes takes its Pods out of all of them", async () => {
  const inNamespace = (namespace: string, node: string): object => ({
    ...pod,
    metadata: { name: `${namespace}-${node}`, namespace },
    spec: { ...pod.spec, nodeName: node },
  });
  const pods = ["a", "b", "c"].flatMap((namespace) => ["node-0", "node-1", "node-2"].map((node) => inNamespace(namespace, node)));
  const chosen = { namespaces: ["a", "b"], nodes: ["node-0", "node-2"] };
  const document = chaos("PodChaos", { action: "pod-failure", mode: "all", selector: chosen, duration: "1s" });
  const { spec, issues } = read([...pods, document], { duration: "20s", warmup: "10s", nodes: [{ count: 3 }] });
  expect(issues).toEqual([]);
  const { control } = await runHere(spec!, 1);
  expect(control.faults.map(({ targets }) => targets.toSorted())).toEqual([["a-node-0", "a-node-2", "b-node-0", "b-node-2"]]);
});

test("documents of one name in two namespaces are two, with draws of their own", () => {
  const kill = chaos("PodChaos", { action: "pod-kill", mode: "one", selector: { ...selector, namespaces: ["default"] } });
  const { spec, issues } = read([kill, { ...kill, metadata: { name: "x", namespace: "other" } }]);
  expect(issues).toEqual([]);
  expect(spec!.faults.map(({ name }) => name)).toEqual(["PodChaos/x", "PodChaos/other/x"]);
  expect(read([kill, kill]).issues.map(({ path }) => path)).toEqual(["metadata.name"]);
  const generated = { ...kill, metadata: { generateName: "x-" } };
  expect(read([generated, generated]).spec!.faults.map(({ name }) => name)).toEqual(["PodChaos/x-1", "PodChaos/x-2"]);
});

test.each([
  ["several namespaces", { namespaces: ["default", "b"] }, { anyOf: [{ namespace: "default" }, { namespace: "b" }] }],
  [
    "nodes by name and by label, which add up",
    { nodes: ["node-0"], nodeSelectors: { "topology.kubernetes.io/zone": "b" }, ...selector },
    {
      anyOf: [
        { namespace: "default", node: "node-0" },
        { namespace: "default", zone: "b" },
      ],
      labels: { app: "app1" },
    },
  ],
  [
    "several Pods, and nothing else beside them",
    { pods: { default: ["app", "b"] }, labelSelectors: { app: "other" } },
    {
      anyOf: [
        { namespace: "default", pod: "app" },
        { namespace: "default", pod: "b" },
      ],
    },
  ],
])("a selector of %s", (_, chosen, expected) => {
  const [fault] = faultsOf(chaos("PodChaos", { action: "pod-kill", mode: "one", selector: chosen }));
  expect((fault as { selector: object }).selector).toEqual(expected);
});

test.each([
  ["labels", { labelSelectors: { app: "other" } }, { labels: { app: "other" } }],
  ["a Pod that a controller makes", { pods: { default: ["db-0"] } }, { namespace: "default", pod: "db-0" }],
  ["a node of another cluster", { nodes: ["ip-10-0-0-1"] }, { node: "ip-10-0-0-1" }],
])("a selector that matches nothing in the manifests (%s) is a fault that may meet nobody", (_, chosen, expected) => {
  const document = chaos("PodChaos", { action: "pod-kill", mode: "one", selector: chosen });
  expect(faultsOf(document)).toMatchObject([{ selector: expected }]);
});

describe("a Workflow", () => {
  const leaf = (name: string, deadline?: string): object => ({
    name,
    templateType: "NetworkChaos",
    ...(deadline === undefined ? {} : { deadline }),
    networkChaos: { action: "delay", mode: "all", selector, delay: { latency: "90ms" } },
  });
  const kill = { name: "kill", templateType: "PodChaos", podChaos: { action: "pod-kill", mode: "one", selector } };
  const wait = { name: "wait", templateType: "Suspend", deadline: "60s" };
  const series = (children: readonly string[], more: object = {}): object => ({ name: "all", templateType: "Serial", children, ...more });
  /** [name, beginning in s, duration in s] of its faults, and what is listed. */
  const partsOf = (...templates: readonly object[]): readonly [readonly unknown[], readonly string[]] => {
    const { spec, issues } = read([chaos("Workflow", { entry: "all", templates })]);
    expect(issues).toEqual([]);
    const { faults, notes } = spec!;
    return [faults.map(({ name, at, duration }) => [name.replace("Workflow/x.", ""), at / SECOND, duration / SECOND]), notes.notModelled];
  };

  test("waits in what runs at once", () => {
    const both = { name: "both", templateType: "Parallel", children: ["slow", "wait"] };
    const [faults] = partsOf(series(["both", "kill"]), both, wait, leaf("slow", "5s"), kill);
    expect(faults).toEqual([
      ["both.slow", 0, 5],
      ["kill", 60, 0],
    ]);
  });
  test("ends its parts at the deadline of what they stand in", () => {
    const first = { name: "first", templateType: "Serial", deadline: "20s", children: ["slow", "late"] };
    const [faults] = partsOf(series(["first", "kill"]), first, leaf("slow", "15s"), leaf("late", "15s"), kill);
    expect(faults).toEqual([
      ["first.slow", 0, 15],
      ["first.late", 15, 5],
      ["kill", 20, 0],
    ]);
  });
  test("holds the place of what is over at once until its deadline", () => {
    const [faults] = partsOf(series(["kill", "slow"]), { ...kill, deadline: "30s" }, leaf("slow", "5s"));
    expect(faults).toEqual([
      ["kill", 0, 0],
      ["slow", 30, 5],
    ]);
  });
  test("begins nothing behind what has no deadline, and says so", () => {
    const [faults, listed] = partsOf(series(["slow", "kill"]), leaf("slow"), kill);
    expect(faults).toEqual([["slow", 0, Infinity]]);
    expect(listed).toEqual(["Workflow/x.kill: never begins, as Workflow/x.slow before it has no deadline"]);
  });
  test("leaves out the template that the model hasn't got, for as long as it lasts", () => {
    const other = { name: "io", templateType: "IOChaos", deadline: "10s", ioChaos: {} };
    const [faults, listed] = partsOf(series(["io", "kill"]), other, kill);
    expect(faults).toEqual([["kill", 10, 0]]);
    expect(listed).toEqual(["Workflow/x.io: IOChaos isn't modelled"]);
  });
  test("comes to a Schedule, which ends with its deadline", () => {
    const schedule = { schedule: "@every 10s", type: "PodChaos", podChaos: kill.podChaos };
    const [faults] = partsOf(
      series(["often", "slow"]),
      { name: "often", templateType: "Schedule", deadline: "25s", schedule },
      leaf("slow", "5s"),
    );
    expect(faults).toEqual([
      ["often", 10, 0],
      ["often#2", 20, 0],
      ["slow", 25, 5],
    ]);
  });
  test("of nothing but a Suspend does nothing", () => {
    expect(partsOf({ ...wait, name: "all" })).toEqual([[], []]);
  });
  test("lists what would begin after the end", () => {
    const [faults, listed] = partsOf(series(["slow", "kill"]), leaf("slow", "40m"), kill);
    expect(faults).toEqual([["slow", 0, 2400]]);
    expect(listed).toEqual(["Workflow/x.kill: begins when the run is over"]);
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
  [
    chaos("PodChaos", { action: "pod-kill", mode: "one", selector, remoteCluster: "other" }),
    "PodChaos/x: remoteCluster is another cluster",
  ],
  [
    chaos("PodChaos", { action: "pod-kill", mode: "one", selector, scheduler: { cron: "@every 1m" } }),
    "PodChaos/x: scheduler is of Chaos Mesh 1; since then a Schedule says it",
  ],
  [
    { ...chaos("PodChaos", { action: "pod-kill", mode: "one", selector }), metadata: { name: "x", annotations: { [pause]: "true" } } },
    `PodChaos/x: paused by its annotation ${pause}`,
  ],
  [
    chaos("NetworkChaos", { action: "delay", mode: "all", selector, delay: { latency: "0ms" } }),
    'NetworkChaos/x: "0ms", where the model takes more than 0',
  ],
  [chaos("PodChaos", { action: "pod-failure", mode: "one", selector, duration: "-30s" }), "PodChaos/x: -30s is over before it begins"],
  [
    chaos("StressChaos", { mode: "one", selector, stressors: { cpu: { workers: 1, load: 0 } } }),
    "StressChaos/x: a load of 0 % changes nothing",
  ],
  [
    chaos("Schedule", { schedule: "@every 1h", type: "PodChaos", podChaos: { action: "pod-kill", mode: "one", selector } }),
    "Schedule/x: begins when the run is over",
  ],
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
  const newer = chaos("PodChaos", { action: "pod-kill", mode: "one", selector, sinceVersionNine: true });
  expect(read([newer]).spec!.notes.noEffect.map(({ field }) => field)).toEqual(["sinceVersionNine of PodChaos"]);
});

test.each([
  [chaos("PodChaos", { action: "pod-kil", mode: "one", selector }), "spec.action"],
  [chaos("PodChaos", { action: "pod-kill", mode: "some", selector }), "spec.mode"],
  [chaos("PodChaos", { action: "pod-kill", mode: "fixed", selector }), "spec.value"],
  [chaos("PodChaos", { action: "pod-kill", mode: "one", selector, gracePeriod: -1 }), "spec.gracePeriod"],
  [chaos("PodChaos", { action: "pod-kill", mode: "one" }), "spec.selector"],
  [chaos("PodChaos", { action: "pod-kill", mode: "fixed", value: "1.5", selector }), "spec.value"],
  [chaos("PodChaos", { action: "pod-kill", mode: "fixed", value: "0", selector }), "spec.value"],
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

test("no document that Chaos Mesh accepts fails a run", () => {
  const words = fc.constantFrom("app1", "other", "web-0");
  const durations = fc.constantFrom(undefined, "0", "0s", "100ns", "5s", "1.5m", "40m", "-1s");
  const target = fc.record(
    {
      mode: fc.constantFrom("one", "all"),
      selector: fc.record(
        {
          namespaces: fc.array(words, { maxLength: 2 }),
          nodes: fc.array(words, { maxLength: 2 }),
          labelSelectors: fc.record({ app: words }),
          annotationSelectors: fc.record({ app: words }),
          expressionSelectors: fc.constant([{ key: "app", operator: "Exists" }]),
          nodeSelectors: fc.dictionary(fc.constantFrom("topology.kubernetes.io/zone", "kubernetes.io/hostname", "disk"), words, {
            maxKeys: 1,
          }),
          pods: fc.dictionary(words, fc.array(words, { maxLength: 2 }), { maxKeys: 2 }),
          podPhaseSelectors: fc.array(fc.constantFrom("Running", "Pending"), { maxLength: 2 }),
        },
        { requiredKeys: [] },
      ),
      duration: durations,
      remoteCluster: fc.constantFrom(undefined, undefined, undefined, "far"),
    },
    { requiredKeys: ["mode", "selector"] },
  );
  const values = fc.constantFrom(
    { mode: "fixed", value: "1" },
    { mode: "fixed", value: "900" },
    { mode: "fixed-percent", value: "0" },
    { mode: "random-max-percent", value: "100" },
    {},
  );
  const share = (name: string): fc.Arbitrary<object> =>
    fc.record({ [name]: fc.constantFrom("0", "12.5", "100"), correlation: fc.constantFrom("0", "25") });
  const delay = fc.record({
    latency: fc.constantFrom("0ms", "90ms", "1h"),
    jitter: fc.constantFrom("0ms", "90ms"),
    correlation: fc.constant("0"),
  });
  const netem = { loss: share("loss"), corrupt: share("corrupt"), duplicate: share("duplicate"), delay };
  const stressors = {
    cpu: fc.record({ workers: fc.constantFrom(1, 8), load: fc.constantFrom(0, 50) }),
    memory: fc.record({ workers: fc.constant(1), size: fc.constantFrom("0", "256MB", "50%") }, { requiredKeys: ["workers"] }),
  };
  const bodies: readonly (readonly [string, fc.Arbitrary<object>])[] = [
    [
      "PodChaos",
      fc.record({ action: fc.constantFrom("pod-kill", "pod-failure"), gracePeriod: fc.constantFrom(0, 30) }, { requiredKeys: ["action"] }),
    ],
    ["PodChaos", fc.record({ action: fc.constant("container-kill"), containerNames: fc.constantFrom(["app"], ["app", "none"]) })],
    [
      "NetworkChaos",
      fc.record({ action: fc.constant("netem"), direction: fc.constantFrom("to", "both"), ...netem }, { requiredKeys: ["action"] }),
    ],
    ["NetworkChaos", fc.record({ action: fc.constant("delay"), delay })],
    ["NetworkChaos", fc.record({ action: fc.constant("partition"), target: fc.constantFrom(undefined, { mode: "all", selector: {} }) })],
    [
      "StressChaos",
      fc.record({ stressors: fc.oneof(fc.record(stressors), fc.record({ cpu: stressors.cpu }), fc.record({ memory: stressors.memory })) }),
    ],
    ["IOChaos", fc.constant({ action: "latency" })],
  ];
  const single = fc.oneof(
    ...bodies.map(([kind, body]) =>
      fc.tuple(target, values, body).map(([on, value, what]) => [kind, { ...on, ...value, ...what }] as const),
    ),
  );
  const field = (kind: string): string => `${kind === "IOChaos" ? "io" : kind.replace("Chaos", "").toLowerCase()}Chaos`;
  const scheduled = fc
    .record({
      schedule: fc.constantFrom(
        "@every 1s",
        "@every 10m",
        "@every 2h",
        "*/5 * * * *",
        "0 12 * * *",
        "@hourly",
        "CRON_TZ=Asia/Tokyo 0 9 * * *",
      ),
      concurrencyPolicy: fc.constantFrom(undefined, "Forbid", "Allow"),
      single,
    })
    .map(({ single: [kind, spec], ...rest }) => ({ ...rest, type: kind, historyLimit: 1, [field(kind)]: spec }));
  const deadline = fc.constantFrom(undefined, "0s", "10s", "45m");
  const leaf = fc.oneof(
    fc.constant({ templateType: "Suspend", deadline: "10s" }),
    fc.record({ templateType: fc.constant("StatusCheck"), deadline }),
    fc.record({ templateType: fc.constant("Schedule"), deadline, schedule: scheduled }),
    fc
      .tuple(single, deadline)
      .map(([[kind, { duration: _, ...spec }], ends]) => ({ templateType: kind, deadline: ends, [field(kind)]: spec })),
  );
  const group = fc.record({
    templateType: fc.constantFrom("Serial", "Parallel"),
    deadline,
    children: fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 }),
  });
  const workflow = fc.tuple(group, group, leaf, leaf, leaf).map(([first, second, ...leaves]) => ({
    entry: "all",
    templates: [
      { name: "all", ...first },
      { name: "d", ...second, children: second.children.filter((name) => name !== "d") },
      ...leaves.map((each, index) => ({ name: "abc"[index], ...each })),
    ],
  }));
  const document = fc.oneof(
    single.map(([kind, spec]) => chaos(kind, spec)),
    scheduled.map((spec) => chaos("Schedule", spec)),
    workflow.map((spec) => chaos("Workflow", spec)),
  );
  fc.assert(
    fc.property(document, (written) => {
      expect(read([JSON.parse(JSON.stringify(written)) as object]).issues).toEqual([]);
    }),
    { numRuns: 300 },
  );
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
