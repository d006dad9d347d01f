/** Kubelets that restart, nodes that reboot or shut down, and what they refuse when they are back. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../../cause-kinds.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { defaultKubeletConfiguration, type KubeletConfiguration } from "../objects/kubelet-configuration.ts";
import { NodeReady, type NodeTemplate } from "../objects/node.ts";
import { PodCondition, PodPhase, type PodSpec } from "../objects/pod.ts";
import { CONFIG_SOURCE } from "../objects/static-pods.ts";
import { versionsOfMinor } from "../versions.ts";
import type { KubeletFault } from "./kubelet.ts";
import { TestNodes, instantBehaviour, sleepHook, testContainer, testProbe, testTemplate, type TestNodeOptions } from "./test-node.ts";

const web = testTemplate([testContainer("web")]);
const probed = testTemplate([testContainer("web", { readinessProbe: testProbe() })]);

const lose = (fault: number): KubeletFault => ({ kind: "loseNode", fault });
const back = (fault: number): Extract<KubeletFault, { kind: "returnNode" }> => ({ kind: "returnNode", fault });
const stop = (fault: number): KubeletFault => ({ kind: "stopKubelet", fault });
const start = (fault: number): KubeletFault => ({ kind: "startKubelet", fault });

const isReady = (nodes: TestNodes, pod: number): boolean => (nodes.status(pod).conditions & PodCondition.Ready) !== 0;

/** Whole seconds at which a Pod turned unready (false) or ready (true), as the kubelet wrote it. */
function readiness(nodes: TestNodes, pod: number): readonly boolean[] {
  const values = nodes.patches(pod).map(({ status }) => (status.conditions & PodCondition.Ready) !== 0);
  return values.filter((value, index) => index === 0 || value !== values[index - 1]);
}

function restarted(options: TestNodeOptions, downFor: number, run = 2 * MINUTE): { nodes: TestNodes; pod: number } {
  const nodes = new TestNodes(options);
  const pod = nodes.addPod(probed).id;
  nodes.fault({ kind: "stopKubelet" }, MINUTE);
  nodes.fault({ kind: "startKubelet" }, MINUTE + downFor);
  nodes.run(run);
  return { nodes, pod };
}

describe("a kubelet that restarts", () => {
  test("leaves its containers running", () => {
    const { nodes, pod } = restarted({}, 5 * SECOND);
    expect(nodes.times(CauseKind.containerStarted, pod)).toEqual([0]);
    expect(nodes.status(pod).containers[0]).toMatchObject({ restartCount: 0, state: { type: "running" } });
    expect(nodes.events.filter(({ reason }) => reason === "Starting").map(({ message }) => message)).toEqual(["Starting kubelet."]);
  });

  test("keeps what was ready since 1.35; before, it is unready until probed", () => {
    expect(readiness(restarted({ versions: versionsOfMinor(36) }, SECOND).nodes, 0)).toEqual([false, true]);
    const older = restarted({ versions: versionsOfMinor(34) }, SECOND);
    expect(readiness(older.nodes, 0)).toEqual([false, true, false, true]);
    expect(isReady(older.nodes, 0)).toBe(true);
  });

  describe("calls what isn't ready Ready for a moment, for want of probe workers", () => {
    const neverReady = { ...instantBehaviour, neverReady: true } as const;
    const flips = (minor: number, startedFor: number): readonly boolean[] => {
      const nodes = new TestNodes({ versions: versionsOfMinor(minor), behaviour: neverReady });
      nodes.addPod(probed);
      nodes.fault({ kind: "stopKubelet" }, startedFor);
      nodes.fault({ kind: "startKubelet" }, startedFor + SECOND);
      nodes.run(2 * MINUTE);
      return readiness(nodes, 0);
    };
    test.each([25, 34])("in 1.%i", (minor) => expect(flips(minor, MINUTE)).toEqual([false, true, false]));
    test.each([35, 36])("in 1.%i, if it started within the last 10 s", (minor) => {
      expect(flips(minor, 5 * SECOND)).toEqual([false, true, false]);
      expect(flips(minor, MINUTE)).toEqual([false]);
    });
    test.each([20, 24])("but not in 1.%i", (minor) => expect(flips(minor, MINUTE)).toEqual([false]));
  });

  describe("takes a container whose startup probe hasn't passed for started", () => {
    const slow = testTemplate([testContainer("web", { startupProbe: testProbe({ failureThreshold: 100 }) })]);
    const flips = (minor: number, startedFor: number): readonly boolean[] => {
      const nodes = new TestNodes({ versions: versionsOfMinor(minor), behaviour: { ...instantBehaviour, neverReady: true } });
      nodes.addPod(slow);
      nodes.fault({ kind: "stopKubelet" }, startedFor);
      nodes.fault({ kind: "startKubelet" }, startedFor + SECOND);
      nodes.run(2 * MINUTE);
      return readiness(nodes, 0);
    };
    test("for a moment, up to 1.34", () => expect(flips(34, MINUTE)).toEqual([false, true, false]));
    test("for good since 1.35, unless it started within the last 10 s", () => {
      expect(flips(35, MINUTE)).toEqual([false, true]);
      expect(flips(35, 5 * SECOND)).toEqual([false, true, false]);
    });
    test("not up to 1.24", () => expect(flips(24, MINUTE)).toEqual([false]));
  });

  test("renews no lease while it is down", () => {
    const { nodes } = restarted({}, 40 * SECOND);
    const renewals = nodes.received.filter(({ request }) => request.kind === "renewLease").map(({ at }) => at);
    expect(renewals.filter((at) => at > MINUTE + SECOND && at < MINUTE + 40 * SECOND)).toEqual([]);
    expect(renewals.some((at) => at >= MINUTE + 40 * SECOND)).toBe(true);
  });

  test("finds containers that ended meanwhile, and restarts them without a back-off", () => {
    const crashing = { ...instantBehaviour, exit: { after: { type: "constant", value: 70 * SECOND }, code: 3 } } as const;
    const nodes = new TestNodes({ behaviour: crashing });
    const pod = nodes.addPod(web).id;
    nodes.fault({ kind: "stopKubelet" }, MINUTE);
    nodes.fault({ kind: "startKubelet" }, 100 * SECOND);
    nodes.run(2 * MINUTE);
    expect(nodes.times(CauseKind.containerStarted, pod)).toEqual([0, 100]);
    expect(nodes.status(pod).containers[0]).toMatchObject({ restartCount: 1, lastState: { exitCode: 3 } });
  });

  test("begins a termination under way anew, with the full grace and the hook again", () => {
    const template = testTemplate([testContainer("web", { preStop: sleepHook(10) })]);
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    const { id } = nodes.addPod(template);
    nodes.deletePod(id, MINUTE, 30);
    nodes.fault({ kind: "stopKubelet" }, MINUTE + 20 * SECOND);
    nodes.fault({ kind: "startKubelet" }, MINUTE + 22 * SECOND);
    nodes.run(3 * MINUTE);
    // SIGTERM after the hook, twice; SIGKILL 30 s after the second beginning.
    expect(nodes.times(CauseKind.signalled)).toEqual([70, 92]);
    expect(nodes.times(CauseKind.killedAtGraceEnd)).toEqual([112]);
  });

  test("ends Pods whose objects are gone with its next housekeeping", () => {
    const nodes = new TestNodes();
    const { id } = nodes.addPod(web);
    nodes.fault({ kind: "stopKubelet" }, MINUTE);
    nodes.removePod(id, MINUTE + SECOND);
    nodes.fault({ kind: "startKubelet" }, MINUTE + 10 * SECOND);
    nodes.run(2 * MINUTE);
    expect(nodes.times(CauseKind.signalled)).toEqual([72]);
    expect(nodes.table.rowOf(id)).toBe(-1);
  });

  test("that isn't down can't start, and one on a lost node can't stop", () => {
    const nodes = new TestNodes();
    nodes.addPod(web);
    nodes.fault({ kind: "startKubelet" }, 10 * SECOND);
    nodes.fault({ kind: "loseNode" }, 20 * SECOND);
    nodes.fault({ kind: "stopKubelet" }, 30 * SECOND);
    nodes.fault({ kind: "shutdownNode" }, 40 * SECOND);
    nodes.run(MINUTE);
    expect(nodes.times(CauseKind.kubeletStarted)).toEqual([]);
    expect(nodes.times(CauseKind.kubeletStopped)).toEqual([]);
    expect(nodes.times(CauseKind.nodeShutdown)).toEqual([]);
  });
});

describe("a node that reboots", () => {
  test("says so, and its containers start again", () => {
    const nodes = new TestNodes();
    const pod = nodes.addPod(web).id;
    nodes.fault({ kind: "loseNode" }, MINUTE);
    nodes.fault({ kind: "returnNode" }, 2 * MINUTE);
    nodes.run(3 * MINUTE);
    expect(nodes.status(pod).containers[0]).toMatchObject({ restartCount: 1, lastState: { exitCode: 255 } });
    expect(nodes.events.filter(({ reason }) => reason === "Rebooted")[0]!.message).toMatch(
      /^Node node-0 has been rebooted, boot id: [0-9a-f-]{36}$/,
    );
  });

  test.each([
    [20, "Error"],
    [23, "Error"],
    [24, "Unknown"],
    [36, "Unknown"],
  ])("shows what it ended as its runtime does: 1.%i, %s", (minor, reason) => {
    const nodes = new TestNodes({ versions: versionsOfMinor(minor) });
    const pod = nodes.addPod(web).id;
    nodes.fault({ kind: "loseNode" }, MINUTE);
    nodes.fault({ kind: "returnNode" }, 2 * MINUTE);
    nodes.run(3 * MINUTE);
    expect(nodes.status(pod).containers[0]!.lastState).toMatchObject({ type: "terminated", reason, exitCode: 255 });
  });

  test("with an empty runtime begins its Pods from nothing", () => {
    const nodes = new TestNodes();
    const pod = nodes.addPod(web).id;
    nodes.fault({ kind: "loseNode" }, MINUTE);
    nodes.fault({ kind: "returnNode", recordsLost: true }, 2 * MINUTE);
    nodes.run(3 * MINUTE);
    expect(nodes.patches(pod).map(({ status }) => status.phase)).toContain(PodPhase.Pending);
    expect(nodes.status(pod)).toMatchObject({ phase: PodPhase.Running });
    expect(nodes.status(pod).containers[0]).toMatchObject({ restartCount: 0, lastState: null });
  });
});

describe("a graceful shutdown", () => {
  const critical = testTemplate([testContainer("dns")], { priority: 2_000_000_000 });
  const stubborn = { ...instantBehaviour, shutdown: { type: "ignore" } } as const;

  function shutDown(kubelet: Partial<KubeletConfiguration>, options: TestNodeOptions = {}): { nodes: TestNodes; pod: number; dns: number } {
    const nodes = new TestNodes({ ...options, template: { kubelet: { ...defaultKubeletConfiguration, ...kubelet } } });
    const pod = nodes.addPod(web).id;
    const dns = nodes.addPod(critical).id;
    nodes.fault({ kind: "shutdownNode" }, MINUTE);
    return { nodes, pod, dns };
  }

  test("ends ordinary Pods first, critical ones in the time kept for them, then the power is off", () => {
    const { nodes, pod, dns } = shutDown(
      { shutdownGracePeriod: 30 * SECOND, shutdownGracePeriodCriticalPods: 10 * SECOND },
      { behaviour: stubborn },
    );
    nodes.run(2 * MINUTE);
    expect(nodes.times(CauseKind.signalled)).toEqual([60, 80]);
    expect(nodes.times(CauseKind.killedAtGraceEnd)).toEqual([80, 90]);
    for (const id of [pod, dns])
      expect(nodes.patches(id).at(-1)!.status).toMatchObject({
        phase: PodPhase.Failed,
        reason: "Terminated",
        message: "Pod was terminated in response to imminent node shutdown.",
      });
    expect(nodes.times(CauseKind.nodeLost)[0]).toBeGreaterThanOrEqual(90);
  });

  test("tells the API at once and refuses new Pods", () => {
    const { nodes } = shutDown({ shutdownGracePeriod: 30 * SECOND }, { behaviour: stubborn });
    const late = nodes.addPod(web, 65 * SECOND).id;
    nodes.run(2 * MINUTE);
    const reports = nodes.received.flatMap(({ at, request }) => (request.kind === "patchNodeStatus" ? [{ at, ready: request.ready }] : []));
    expect(Math.floor(reports[0]!.at / SECOND)).toBe(60);
    expect(reports[0]!.ready).toBe(NodeReady.False);
    expect(nodes.status(late)).toMatchObject({
      phase: PodPhase.Failed,
      reason: "NodeShutdown",
      message: "Pod was rejected: Pod was rejected as the node is shutting down.",
    });
  });

  test("doesn't wait for time that nobody needs, and keeps Pods that ended well", () => {
    const drains = { ...instantBehaviour, shutdown: { type: "drain", atMost: SECOND } } as const;
    const { nodes, pod } = shutDown({ shutdownGracePeriod: 300 * SECOND }, { behaviour: drains });
    nodes.run(2 * MINUTE);
    expect(nodes.times(CauseKind.nodeLost)[0]).toBeLessThan(65);
    const { status } = nodes.patches(pod).at(-1)!;
    expect(status).toMatchObject({ phase: PodPhase.Succeeded, reason: "" });
    expect(status.message).toBeUndefined();
  });

  test.each([
    ["without a configured time", {}, 36],
    ["before 1.21", { shutdownGracePeriod: 30 * SECOND }, 20],
  ])("%s is a loss of power", (_, kubelet, minor) => {
    const { nodes, pod } = shutDown(kubelet, { versions: versionsOfMinor(minor) });
    nodes.run(2 * MINUTE);
    expect(nodes.times(CauseKind.nodeLost)).toEqual([60]);
    expect(nodes.times(CauseKind.signalled)).toEqual([]);
    expect(nodes.status(pod).phase).toBe(PodPhase.Running);
  });

  test("ends with the next boot, also when that is due before the power is off", () => {
    const { nodes } = shutDown({ shutdownGracePeriod: 30 * SECOND }, { behaviour: stubborn });
    nodes.fault({ kind: "returnNode" }, 70 * SECOND);
    nodes.run(2 * MINUTE);
    expect(nodes.times(CauseKind.nodeReturned)).toEqual(nodes.times(CauseKind.nodeLost));
    const next = nodes.addPod(web, 2 * MINUTE).id;
    nodes.run(3 * MINUTE);
    expect(nodes.status(next).phase).toBe(PodPhase.Running);
  });
});

describe("faults that overlap on one node", () => {
  const held = (...faults: readonly (readonly [number, KubeletFault])[]): TestNodes => {
    const nodes = new TestNodes();
    nodes.addPod(web);
    for (const [at, fault] of faults) nodes.fault(fault, at * SECOND);
    nodes.run(5 * MINUTE);
    return nodes;
  };
  const { containerStarted, kubeletStarted, kubeletStopped, nodeLost, nodeReturned, nodeShutdown } = CauseKind;

  test("keep it away until the last of them ends, in whichever order they do", () => {
    const apart = held([60, lose(0)], [70, lose(1)], [80, back(0)], [100, back(1)]);
    expect(apart.times(nodeLost)).toEqual([60, 80]);
    expect(apart.times(nodeReturned)).toEqual([100]);
    const within = held([60, lose(0)], [70, lose(1)], [80, back(1)], [100, back(0)]);
    expect(within.times(nodeLost)).toEqual([60]);
    expect(within.times(nodeReturned)).toEqual([100]);
    expect(within.times(containerStarted)).toEqual([0, 100]);
  });

  test("keep it away when one begins as the other ends", () => {
    const nodes = held([60, lose(0)], [80, lose(1)], [80, back(0)], [100, back(1)]);
    expect(nodes.times(nodeReturned)).toEqual([100]);
  });

  test("are to blame in turn for what its Pods are in", () => {
    const nodes = held([60, lose(0)], [70, lose(1)], [80, back(0)]);
    const rows = nodes.causes.rows().filter(({ kind }) => kind === nodeLost);
    expect(rows).toHaveLength(2);
    expect(nodes.table.cause(nodes.table.rowOf(0))).toBe(rows[1]!.id);
  });

  test("take the runtime's records if one of them does", () => {
    const forgetful = held([60, lose(0)], [70, lose(1)], [80, { ...back(1), recordsLost: true }], [100, back(0)]);
    expect(forgetful.status(0).containers[0]).toMatchObject({ restartCount: 0, state: { type: "running" } });
    const faithful = held([60, lose(0)], [100, back(0)]);
    expect(faithful.status(0).containers[0]).toMatchObject({ restartCount: 1 });
  });

  test("count a shutdown of a node that is off already: it stays off until that ends as well", () => {
    const nodes = held([60, lose(0)], [70, { kind: "shutdownNode", fault: 1 }], [80, back(0)], [100, back(1)]);
    expect(nodes.times(nodeShutdown)).toEqual([]);
    // From 80 s on it is the shutdown that keeps it away.
    expect(nodes.times(nodeLost)).toEqual([60, 80]);
    expect(nodes.times(nodeReturned)).toEqual([100]);
  });

  test("keep a kubelet stopped until the last of them ends", () => {
    const nodes = held([60, stop(0)], [70, stop(1)], [80, start(0)], [100, start(1)]);
    expect(nodes.times(kubeletStopped)).toEqual([60, 80]);
    expect(nodes.times(kubeletStarted)).toEqual([100]);
  });

  test("keep a kubelet stopped over a reboot of its node", () => {
    const nodes = held([60, stop(0)], [70, lose(1)], [80, back(1)], [100, start(0)]);
    expect(nodes.times(nodeReturned)).toEqual([80]);
    expect(nodes.times(kubeletStarted)).toEqual([100]);
    expect(nodes.times(containerStarted)).toEqual([0, 100]);
    expect(nodes.events.filter(({ reason }) => reason === "Rebooted")).toHaveLength(1);
    expect(nodes.status(0).containers[0]).toMatchObject({ restartCount: 1, state: { type: "running" } });
  });
});

describe("probe failures that begin before their Pod can meet them", () => {
  const fail = (until: number): KubeletFault => ({ kind: "failProbes", pod: 0, probe: "readiness", rate: 1, until: until * SECOND });

  test("hold once its node is back", () => {
    const nodes = new TestNodes();
    const pod = nodes.addPod(probed).id;
    nodes.fault(lose(0), MINUTE);
    nodes.fault(fail(150), 70 * SECOND);
    nodes.fault(back(0), 80 * SECOND);
    nodes.run(140 * SECOND);
    expect(isReady(nodes, pod)).toBe(false);
    nodes.run(4 * MINUTE);
    expect(isReady(nodes, pod)).toBe(true);
  });

  test("hold once the kubelet hears of it, and not beyond their time", () => {
    const nodes = new TestNodes();
    nodes.fault(fail(60), 10 * SECOND);
    nodes.fault(fail(15), 11 * SECOND);
    const pod = nodes.addPod(probed, 20 * SECOND).id;
    nodes.run(55 * SECOND);
    expect(isReady(nodes, pod)).toBe(false);
    nodes.run(2 * MINUTE);
    expect(isReady(nodes, pod)).toBe(true);
  });
});

describe("admission on the node", () => {
  const asking = (cpu: number, memory: number, spec: Partial<PodSpec> = {}): ReturnType<typeof testTemplate> =>
    testTemplate([testContainer("web", { resources: { requests: { cpu, memory }, limits: {} } })], spec);

  test.each([
    ["OutOfcpu", { cpu: 1000 }, asking(1001, 0), "Node didn't have enough resource: cpu, requested: 1001, used: 0, capacity: 1000"],
    [
      "OutOfmemory",
      { memory: 1000 },
      asking(0, 2000),
      "Node didn't have enough resource: memory, requested: 2000, used: 0, capacity: 1000",
    ],
    [
      "OutOfephemeral-storage",
      { storage: 1000 },
      testTemplate([testContainer("web", { resources: { requests: { storage: 1001 }, limits: {} } })]),
      "Node didn't have enough resource: ephemeral-storage, requested: 1001, used: 0, capacity: 1000",
    ],
    ["OutOfpods", { pods: 0 }, web, "Node didn't have enough resource: pods, requested: 1, used: 0, capacity: 0"],
    [
      "NodeAffinity",
      { labels: { pool: "a" } },
      testTemplate([testContainer("web")], { nodeSelector: { pool: "b" } }),
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    ],
    [
      "TaintToleration",
      { taints: [{ key: "gone", value: "", effect: "NoExecute" }] },
      web,
      "Predicate TaintToleration failed: node(s) had untolerated taint(s)",
    ],
  ] as const satisfies readonly (readonly [string, Partial<NodeTemplate>, ReturnType<typeof testTemplate>, string])[])(
    "fails a Pod with %s",
    (reason, template, pod, message) => {
      const nodes = new TestNodes({ template });
      const { id } = nodes.addPod(pod);
      nodes.run(MINUTE);
      expect(nodes.patches(id).at(-1)!.status).toMatchObject({ phase: PodPhase.Failed, reason, message: `Pod was rejected: ${message}` });
      expect(nodes.events.filter((event) => event.pod === id).map((event) => [event.type, event.reason, event.message])).toEqual([
        ["Warning", reason, message],
      ]);
      expect(nodes.times(CauseKind.containerStarted)).toEqual([]);
      nodes.deletePod(id, MINUTE, 30);
      nodes.run(2 * MINUTE);
      expect(nodes.received.some(({ request }) => request.kind === "deletePod" && request.pod === id)).toBe(true);
    },
  );

  test("counts those that run alone: who has ended or was removed makes room", () => {
    const exit = { after: { type: "constant", value: 10 * SECOND }, code: 0 } as const;
    const nodes: TestNodes = new TestNodes({
      template: { cpu: 1000 },
      behaviourOf: (template) =>
        nodes.definitions.template(template).spec.restartPolicy === "Never" ? { ...instantBehaviour, exit } : instantBehaviour,
    });
    const take = (cpu: number, at: number, spec: Partial<PodSpec> = {}): number => {
      const { id } = nodes.addPod(asking(cpu, 0, spec), at);
      nodes.run(at + 15 * SECOND);
      return id;
    };
    const ends = take(600, 0, { restartPolicy: "Never" });
    const second = take(600, 20 * SECOND);
    const third = take(500, 40 * SECOND);
    nodes.deletePod(second, MINUTE, 0);
    nodes.run(80 * SECOND);
    nodes.removePod(second, 80 * SECOND);
    const fourth = take(500, 2 * MINUTE);
    const fifth = take(501, 3 * MINUTE);
    expect([ends, second, fourth].map((id) => nodes.status(id).reason)).toEqual(["", "", ""]);
    expect([third, fifth].map((id) => nodes.status(id).message)).toEqual([
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 500, used: 600, capacity: 1000",
      "Pod was rejected: Node didn't have enough resource: cpu, requested: 501, used: 500, capacity: 1000",
    ]);
  });

  test("gives a Pod that it finds running, and doesn't take any more, one second and the least that SIGTERM has", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    const { id } = nodes.addPod(web);
    nodes.changeNode(50 * SECOND, false, [{ key: "gone", value: "", effect: "NoExecute" }]);
    nodes.fault({ kind: "stopKubelet" }, MINUTE);
    nodes.fault({ kind: "startKubelet" }, MINUTE + SECOND);
    nodes.run(2 * MINUTE);
    expect(nodes.status(id)).toMatchObject({ phase: PodPhase.Failed, reason: "TaintToleration" });
    expect(nodes.times(CauseKind.signalled, id)).toEqual([61]);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([63]);
  });

  test.each([
    [21, ""],
    [22, "TaintToleration"],
  ])("looks at NoExecute taints since 1.22: 1.%i", (minor, reason) => {
    const nodes = new TestNodes({
      template: { taints: [{ key: "gone", value: "", effect: "NoExecute" }] },
      versions: versionsOfMinor(minor),
    });
    const { id } = nodes.addPod(web);
    nodes.run(10 * SECOND);
    expect(nodes.status(id).reason).toBe(reason);
  });

  test("goes by the labels that the Node has by then, also when its kubelet starts anew", () => {
    const nodes = new TestNodes({ template: { labels: { pool: "a" } } });
    const ofA = testTemplate([testContainer("web")], { nodeSelector: { pool: "a" } });
    const first = nodes.addPod(ofA).id;
    nodes.changeNode(30 * SECOND, false, [], { pool: "b" });
    const late = nodes.addPod(ofA, 40 * SECOND).id;
    nodes.run(50 * SECOND);
    expect([first, late].map((id) => nodes.status(id).reason)).toEqual(["", "NodeAffinity"]);
    nodes.fault({ kind: "stopKubelet" }, 51 * SECOND);
    nodes.fault({ kind: "startKubelet" }, 52 * SECOND);
    nodes.changeNode(80 * SECOND, false);
    const again = nodes.addPod(ofA, 90 * SECOND).id;
    nodes.run(2 * MINUTE);
    expect([first, again].map((id) => nodes.status(id).reason)).toEqual(["NodeAffinity", ""]);
  });

  test("asks the Node for what affinity requires", () => {
    const term = { matchExpressions: [{ key: "pool", operator: "In", values: ["a"] }], matchFields: [] } as const;
    const affinity = { nodeRequired: [term], nodePreferred: [], podRequired: [], podPreferred: [], antiRequired: [], antiPreferred: [] };
    const nodes = new TestNodes({ template: { labels: { pool: "b" } } });
    const { id } = nodes.addPod(testTemplate([testContainer("web")], { affinity }));
    nodes.run(10 * SECOND);
    expect(nodes.status(id).reason).toBe("NodeAffinity");
  });

  test("has older words in 1.20", () => {
    const nodes = new TestNodes({ template: { labels: { pool: "a" } }, versions: versionsOfMinor(20) });
    const { id } = nodes.addPod(testTemplate([testContainer("web")], { nodeSelector: { pool: "b" } }));
    nodes.run(MINUTE);
    expect(nodes.status(id).message).toBe("Pod Predicate NodeAffinity failed");
  });

  test("counts only Pods that haven't ended, and makes room for a static Pod", () => {
    const nodes = new TestNodes({ template: { cpu: 1000 } });
    const first = nodes.addPod(asking(800, 0)).id;
    const second = nodes.addPod(asking(800, 0), SECOND).id;
    nodes.deletePod(first, 10 * SECOND, 1);
    const third = nodes.addPod(asking(800, 0), MINUTE).id;
    const ownFile = { ...asking(800, 0), annotations: { [CONFIG_SOURCE]: "file" } };
    const fourth = nodes.addPod(ownFile, MINUTE).id;
    nodes.run(2 * MINUTE);
    expect([second, third, fourth].map((id) => nodes.status(id).phase)).toEqual([PodPhase.Failed, PodPhase.Failed, PodPhase.Running]);
    expect(nodes.status(third).reason).toBe("Preempting");
  });
});
