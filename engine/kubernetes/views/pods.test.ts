/** Pods as the API shows them: conditions with their own reasons and instants, bare statuses, ends that nobody knows. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { defaultSettings } from "../../settings.ts";
import { defaultKubeletConfiguration } from "../objects/kubelet-configuration.ts";
import { PodCondition, type PodTemplate } from "../objects/pod.ts";
import { Workloads } from "../objects/workloads.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate, type TestNodeOptions } from "../kubelet/test-node.ts";
import { PodLabels } from "../api-server/pod-labels.ts";
import { versionsOfMinor } from "../versions.ts";
import type { ApiCondition, ApiPod } from "./api-object.ts";
import { apiPod } from "./pods.ts";
import type { ViewSource } from "./view-source.ts";

const web = testTemplate([testContainer("web")]);

/** The first Pod of a node at its present instant, as the API server would show it. */
function shown(nodes: TestNodes, minor = 36): ApiPod["status"] {
  const workloads = new Workloads();
  workloads.add({ kind: "Pod", metadata: { name: "web", namespace: "default", labels: {}, annotations: {} }, template: web });
  const source = {
    now: nodes.simulator.now,
    versions: versionsOfMinor(minor),
    settings: defaultSettings,
    store: {
      definitions: nodes.definitions,
      nodeTemplates: [{ name: "node-0" }],
      objects: new Map(),
      replicaSets: new Map(),
      workloads,
      podLabels: new PodLabels(nodes.definitions, workloads),
      seed: 1,
    },
    names: { pod: () => "web", podNamespace: () => "default", podUid: () => "uid" },
    wasThere: () => false,
    written: () => null,
  };
  return apiPod(source as unknown as ViewSource, nodes.records[0]!).status;
}

function run(template: PodTemplate, until: number, options: TestNodeOptions & { readonly minor?: number } = {}): TestNodes {
  const nodes = new TestNodes({ ...options, versions: versionsOfMinor(options.minor ?? 36) });
  nodes.addPod(template, 5 * SECOND);
  nodes.run(until);
  return nodes;
}

const conditionOf = (status: ApiPod["status"], type: string): unknown => status.conditions?.find((one) => one.type === type);

test("a refused Pod is phase, reason and message", () => {
  const greedy = testTemplate([testContainer("web", { resources: { requests: { cpu: 9000 }, limits: {} } })]);
  expect(shown(run(greedy, MINUTE, { minor: 20 }), 20)).toEqual({
    phase: "Failed",
    reason: "OutOfcpu",
    message: "Pod Node didn't have enough resource: cpu, requested: 9000, used: 0, capacity: 8000",
    qosClass: "Burstable",
    startTime: "2000-01-01T00:00:05Z",
  });
});

describe("DisruptionTarget", () => {
  test("says that the kubelet ends the Pod, why and since when", () => {
    const nodes = new TestNodes({ template: { kubelet: { ...defaultKubeletConfiguration, shutdownGracePeriod: 30 * SECOND } } });
    nodes.addPod(web, 5 * SECOND);
    nodes.fault({ kind: "shutdownNode" }, MINUTE);
    nodes.run(2 * MINUTE);
    const status = shown(nodes);
    expect(conditionOf(status, "DisruptionTarget")).toEqual({
      type: "DisruptionTarget",
      status: "True",
      reason: "TerminationByKubelet",
      message: "Pod was terminated in response to imminent node shutdown.",
      lastTransitionTime: "2000-01-01T00:01:00Z",
    });
    expect(status.podIP).toBeDefined();
  });

  test("says what others gave as their reason", () => {
    const nodes = run(web, MINUTE);
    const disruption = { reason: "DeletionByPodGC", message: "PodGC: node no longer exists", since: 50 } as const;
    const { status } = nodes.records[0]!;
    nodes.records[0] = {
      ...nodes.records[0]!,
      status: { ...status, conditions: status.conditions | PodCondition.DisruptionTarget, disruption },
    };
    expect(conditionOf(shown(nodes), "DisruptionTarget")).toMatchObject({
      reason: "DeletionByPodGC",
      message: "PodGC: node no longer exists",
      lastTransitionTime: "2000-01-01T00:00:50Z",
    });
  });
});

test("each condition has the instant of its own last change", () => {
  const template = testTemplate([testContainer("web")], { initContainers: [testContainer("setup")] });
  const nodes = run(template, MINUTE, { settings: { sandboxCreate: 2 * SECOND, containerStart: 3 * SECOND } });
  const times = shown(nodes).conditions!.map(({ type, lastTransitionTime }) => [type, lastTransitionTime.slice(17, 19)]);
  expect(Object.fromEntries(times)).toMatchObject({ PodReadyToStartContainers: "10", PodScheduled: "05" });
  const { Initialized, Ready, ContainersReady } = Object.fromEntries(times) as Record<string, string>;
  expect(Number(Initialized)).toBeGreaterThanOrEqual(10);
  expect(Number(Ready)).toBeGreaterThanOrEqual(Number(Initialized));
  expect(ContainersReady).toBe(Ready);
});

test("AllContainersRestarting stands where a rule may ask for it, and in the releases that know it", () => {
  const rules = [{ action: "RestartAllContainers", operator: "In", values: [88] }] as const;
  const template = testTemplate([testContainer("web", { restartPolicyRules: rules })]);
  expect(conditionOf(shown(run(template, MINUTE)), "AllContainersRestarting")).toMatchObject({ status: "False" });
  expect(conditionOf(shown(run(template, MINUTE, { minor: 35 }), 35), "AllContainersRestarting")).toBeUndefined();
  expect(conditionOf(shown(run(web, MINUTE)), "AllContainersRestarting")).toBeUndefined();
});

test("an end that nobody knows has a message and no instants", () => {
  const nodes = new TestNodes({ behaviour: { ...instantBehaviour, image: { size: 0, present: false } } });
  nodes.addPod(testTemplate([testContainer("web", { imagePullPolicy: "Never" })]));
  nodes.deletePod(0, 5 * SECOND, 30);
  nodes.run(MINUTE);
  const status = shown(nodes);
  expect(status.phase).toBe("Failed");
  expect(status.containerStatuses![0]!.state).toEqual({
    terminated: {
      reason: "ContainerStatusUnknown",
      message: "The container could not be located when the pod was terminated",
      exitCode: 137,
      startedAt: null,
      finishedAt: null,
    },
  });
});

describe("a container that crash-loops", () => {
  const crashing = { ...instantBehaviour, exit: { after: { type: "constant", value: SECOND }, code: 1 } } as const;

  test("waits with a message that names its Pod, and one ID for itself and its last end", () => {
    const [status] = shown(run(web, 30 * SECOND, { behaviour: crashing, minor: 34 })).containerStatuses!;
    expect(status!.state).toEqual({
      waiting: { reason: "CrashLoopBackOff", message: "back-off 20s restarting failed container=web pod=web_default(uid)" },
    });
    expect(status!.lastState.terminated!.containerID).toBe(status!.containerID);
  });

  test("runs with an ID of its own, and its last end keeps the former one's", () => {
    const waiting = shown(run(web, 30 * SECOND, { behaviour: crashing, minor: 34 })).containerStatuses![0]!;
    const running = shown(run(web, 38.5 * SECOND, { behaviour: crashing, minor: 34 })).containerStatuses![0]!;
    expect(running.state.running).toBeDefined();
    expect(running.lastState.terminated!.containerID).toBe(waiting.containerID);
    expect(running.containerID).not.toBe(waiting.containerID);
  });
});

test("a container keeps its image in the status until the next one runs", () => {
  const image = (text: string): PodTemplate => testTemplate([testContainer("web", { image: text })]);
  const nodes = new TestNodes({
    settings: { imagePullLatency: 5 * SECOND },
    behaviourOf: (template) => ({ ...instantBehaviour, image: { size: 0, present: template === 0 } }),
  });
  nodes.addPod(image("web:1"));
  nodes.run(29 * SECOND);
  nodes.changePod(0, image("web:2"), 30 * SECOND);
  const seen = [29, 31, 34, 36].map((at) => {
    nodes.run(at * SECOND);
    const [status] = shown(nodes).containerStatuses!;
    return [status!.image, status!.imageID];
  });
  expect(seen).toEqual([
    ["web:1", "web:1"],
    ["web:1", "web:1"],
    ["web:1", "web:1"],
    ["web:2", "web:2"],
  ]);
});

test("a container whose next image can't be pulled goes on naming the one that it ran", () => {
  const failing = { size: 0, present: false, pull: { failures: Infinity, error: "not found" } };
  const nodes = new TestNodes({
    behaviourOf: (template) => (template === 0 ? instantBehaviour : { ...instantBehaviour, image: failing }),
  });
  const changed = testTemplate([testContainer("web", { image: "web:2" })]);
  nodes.addPod(testTemplate([testContainer("web", { image: "web:1" })]));
  nodes.run(29 * SECOND);
  nodes.changePod(0, changed, 30 * SECOND);
  nodes.run(MINUTE);
  const [status] = shown(nodes).containerStatuses!;
  expect(status).toMatchObject({ image: "web:1", imageID: "web:1", lastState: { terminated: { exitCode: 143 } } });
  expect(status!.state.waiting!.message).toContain("not found");
});

describe("conditions of a Pod that ends", () => {
  const words = (nodes: TestNodes, type: string): unknown => {
    const { status, reason, message } = conditionOf(shown(nodes), type) as ApiCondition;
    return { phase: shown(nodes).phase, status, reason, message };
  };

  test("follow from the end that its deadline decided, while the phase waits for its containers", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    nodes.addPod({ ...web, spec: { ...web.spec, activeDeadlineSeconds: 10 } });
    nodes.run(20 * SECOND);
    for (const type of ["Ready", "ContainersReady"])
      expect(words(nodes, type)).toEqual({ phase: "Running", status: "False", reason: "PodFailed", message: undefined });
    nodes.run(MINUTE);
    expect(words(nodes, "Ready")).toEqual({ phase: "Failed", status: "False", reason: "PodFailed", message: undefined });
  });

  test("stay what they were where the last word only turns the phase", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, image: { size: 0, present: false } } });
    nodes.addPod(testTemplate([testContainer("web", { imagePullPolicy: "Never" })]));
    nodes.deletePod(0, 5 * SECOND, 30);
    nodes.run(MINUTE);
    const message = "containers with unready status: [web]";
    expect(words(nodes, "Ready")).toEqual({ phase: "Failed", status: "False", reason: "ContainersNotReady", message });
  });
});

test.each([
  [20, [undefined, true, undefined]],
  [36, [false, true, undefined]],
])("whether a container has started is said of regular ones, and of init containers with sidecars (1.%i)", (minor, started) => {
  const template = testTemplate([testContainer("web")], { initContainers: [testContainer("setup")] });
  const nodes = new TestNodes({
    versions: versionsOfMinor(minor),
    behaviourOf: (_, container) =>
      container === 0 ? { ...instantBehaviour, exit: { after: { type: "constant", value: SECOND }, code: 0 } } : instantBehaviour,
  });
  nodes.addPod(template);
  nodes.changePod(
    0,
    { ...template, spec: { ...template.spec, ephemeralContainers: [testContainer("debug", { ports: [] })] } },
    30 * SECOND,
  );
  nodes.run(MINUTE);
  const { initContainerStatuses, containerStatuses, ephemeralContainerStatuses } = shown(nodes, minor);
  const all = [...initContainerStatuses!, ...containerStatuses!, ...ephemeralContainerStatuses!];
  expect(all.map((status) => status.started)).toEqual(started);
});
