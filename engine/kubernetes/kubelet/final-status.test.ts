/** Statuses that nothing changes any more: refused Pods, Pods that the kubelet ended, Pods whose worker has finished. */
import { describe, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { defaultKubeletConfiguration } from "../objects/kubelet-configuration.ts";
import { PodCondition, PodPhase, pendingPodStatus, type ContainerState, type ContainerStatus, type PodStatus } from "../objects/pod.ts";
import { versionsOfMinor } from "../versions.ts";
import { finalStatus } from "./final-status.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate, type TestNodeOptions } from "./test-node.ts";

const web = testTemplate([testContainer("web")]);
const greedy = testTemplate([testContainer("web", { resources: { requests: { cpu: 9000 }, limits: {} } })]);
const unknown = { type: "terminated", reason: "ContainerStatusUnknown", exitCode: 137 };

describe.each([20, 28, 36])("a Pod that the kubelet refuses (1.%i)", (minor) => {
  test("shows phase, reason and message alone", () => {
    const nodes = new TestNodes({ versions: versionsOfMinor(minor) });
    const { id } = nodes.addPod(greedy, 5 * SECOND);
    nodes.run(MINUTE);
    const { status } = nodes.records[id]!;
    expect(status).toEqual({
      ...pendingPodStatus,
      phase: PodPhase.Failed,
      reason: "OutOfcpu",
      message: expect.stringContaining("Node didn't have enough resource: cpu, requested: 9000, used: 0, capacity: 8000"),
      startTime: 5,
    });
    expect(nodes.patches(id).length).toBe(1);
  });
});

/** 1000 MiB, of which the Pod takes 10 MiB more each second. */
function evicted(minor: number): { readonly nodes: TestNodes; readonly id: number } {
  const memory = { base: 50 * 1024 * 1024, perRequest: 0, growth: 10 * 1024 * 1024 };
  const nodes = new TestNodes({
    behaviour: { ...instantBehaviour, memory },
    versions: versionsOfMinor(minor),
    settings: { evictionMonitoringPhase: 0 },
    template: { memory: 1000 * 1024 * 1024, kubelet: defaultKubeletConfiguration },
  });
  return { nodes, id: nodes.addPod(web, SECOND).id };
}

describe("a Pod that was evicted", () => {
  test("shows phase, reason and message alone in 1.20, for ever, also to a kubelet that restarts", () => {
    const { nodes, id } = evicted(20);
    nodes.fault({ kind: "stopKubelet" }, 3 * MINUTE);
    nodes.fault({ kind: "startKubelet" }, 3 * MINUTE + SECOND);
    nodes.run(2 * MINUTE);
    const { status } = nodes.records[id]!;
    expect(status).toMatchObject({ phase: PodPhase.Failed, reason: "Evicted", conditions: 0, containers: [], hasPodIp: false });
    nodes.run(5 * MINUTE);
    expect(nodes.records[id]!.status).toEqual(status);
  });

  test("keeps its containers, its address and the kubelet's DisruptionTarget later on", () => {
    const { nodes, id } = evicted(36);
    nodes.run(2 * MINUTE);
    const { status } = nodes.records[id]!;
    expect(status).toMatchObject({ phase: PodPhase.Failed, reason: "Evicted", hasPodIp: true });
    expect(status.containers[0]).toMatchObject({ ready: false, state: { type: "terminated", exitCode: 143 } });
    expect(status.conditions & PodCondition.DisruptionTarget).not.toBe(0);
    expect(status.disruption).toEqual({ reason: "TerminationByKubelet", message: status.message, since: 90 });
  });
});

test("a deadline's status of 1.20 survives a restart of the kubelet", () => {
  const nodes = new TestNodes({ versions: versionsOfMinor(20) });
  const { id } = nodes.addPod(testTemplate([testContainer("app")], { activeDeadlineSeconds: 12 }), 5 * SECOND);
  nodes.fault({ kind: "stopKubelet" }, 2 * MINUTE);
  nodes.fault({ kind: "startKubelet" }, 2 * MINUTE + SECOND);
  nodes.run(MINUTE);
  const { status } = nodes.records[id]!;
  expect(status).toMatchObject({ phase: PodPhase.Failed, reason: "DeadlineExceeded", conditions: 0 });
  expect(status.containers[0]).toMatchObject({ state: { type: "running" }, ready: false });
  nodes.run(4 * MINUTE);
  expect(nodes.records[id]!.status).toEqual(status);
});

describe("a Pod that a graceful node shutdown ended", () => {
  const grace = { ...defaultKubeletConfiguration, shutdownGracePeriod: 30 * SECOND };

  function shutDown(options: TestNodeOptions): { readonly nodes: TestNodes; readonly id: number } {
    const nodes = new TestNodes({ ...options, template: { kubelet: grace } });
    const { id } = nodes.addPod(web);
    nodes.fault({ kind: "shutdownNode", fault: 1 }, MINUTE);
    nodes.fault({ kind: "returnNode", fault: 1 }, 3 * MINUTE);
    return { nodes, id };
  }

  test("keeps its status over the boot", () => {
    const { nodes, id } = shutDown({});
    nodes.run(2 * MINUTE);
    const { status } = nodes.records[id]!;
    expect(status).toMatchObject({ phase: PodPhase.Failed, reason: "Terminated", hasPodIp: true });
    nodes.run(10 * MINUTE);
    expect(nodes.records[id]!.status).toEqual(status);
    expect(nodes.status(id)).toEqual(status);
  });

  test("shows a container in its back-off as ended in a way that nobody knows", () => {
    const crashing = { ...instantBehaviour, exit: { after: { type: "constant", value: SECOND }, code: 3 } } as const;
    const { nodes, id } = shutDown({ behaviour: crashing, versions: versionsOfMinor(34) });
    nodes.run(59 * SECOND);
    expect(nodes.records[id]!.status.containers[0]!.state).toMatchObject({ type: "waiting", reason: "CrashLoopBackOff" });
    nodes.run(10 * MINUTE);
    const { status } = nodes.records[id]!;
    expect(status).toMatchObject({ phase: PodPhase.Failed, reason: "Terminated" });
    expect(status.containers[0]).toMatchObject({ state: unknown, lastState: { type: "terminated", exitCode: 3 } });
  });
});

test.each([
  [26, PodPhase.Pending],
  [27, PodPhase.Failed],
])("a Pod deleted while its image is missing is Failed before it goes since 1.27 (1.%i)", (minor, phase) => {
  const image = { size: 0, present: false };
  const nodes = new TestNodes({
    behaviour: { ...instantBehaviour, image },
    versions: versionsOfMinor(minor),
  });
  const { id } = nodes.addPod(testTemplate([testContainer("web", { imagePullPolicy: "Never" })]));
  nodes.deletePod(id, 5 * SECOND, 30);
  nodes.run(MINUTE);
  expect(nodes.patches(id).at(-1)!.status).toMatchObject({ phase, containers: [{ state: unknown }] });
  expect(nodes.received.some(({ request }) => request.kind === "deletePod")).toBe(true);
});

describe("what a finished worker leaves", () => {
  const waiting: ContainerState = { type: "waiting", reason: "PodInitializing" };
  const ended: ContainerState = { type: "terminated", reason: "Completed", exitCode: 0, startedAt: 1, finishedAt: 2 };
  const running: ContainerState = { type: "running", startedAt: 3 };
  const entry = (state: ContainerState, started = false): ContainerStatus => ({
    state,
    lastState: null,
    restartCount: 0,
    ready: false,
    started,
  });
  const status = (init: readonly ContainerStatus[], regular: readonly ContainerStatus[]): PodStatus => ({
    ...pendingPodStatus,
    phase: PodPhase.Running,
    initContainers: init,
    containers: regular,
  });
  const states = ({ initContainers, containers }: PodStatus): string[] =>
    [...initContainers, ...containers].map(({ state }) => (state.type === "running" ? "Running" : state.reason));

  test.each([
    ["without init containers", [], [waiting], false, ["ContainerStatusUnknown"]],
    ["no init container has begun", [waiting, waiting], [waiting], false, ["ContainerStatusUnknown", "PodInitializing", "PodInitializing"]],
    ["the second runs", [ended, running], [waiting], false, ["Completed", "ContainerStatusUnknown", "PodInitializing"]],
    ["all have ended well", [ended, ended], [waiting], false, ["Completed", "Completed", "ContainerStatusUnknown"]],
    ["a sidecar is the last", [ended, running], [waiting], true, ["Completed", "ContainerStatusUnknown", "ContainerStatusUnknown"]],
    ["everything has ended", [ended], [ended], false, ["Completed", "Completed"]],
  ] as const)("%s", (_, init, regular, lastInitIsSidecar, expected) => {
    const list = (of: readonly ContainerState[]): ContainerStatus[] => of.map((state) => entry(state, lastInitIsSidecar));
    expect(states(finalStatus(status(list(init), list(regular)), lastInitIsSidecar, true))).toEqual(expected);
  });

  test("is the same object where all has ended", () => {
    const before = { ...status([], [entry(ended)]), phase: PodPhase.Succeeded };
    expect(finalStatus(before, false, true)).toBe(before);
  });
});
