/** Node pressure through a whole kubelet: conditions, the Pod that goes, admission, the way back. */
import { describe, expect, test } from "vitest";
import type { ApplicationBehaviour } from "../../application/application.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { MINUTE, SECOND } from "../../kernel/time.ts";
import { KubeletRules } from "../../checks/kubelet-rules.ts";
import { defaultKubeletConfiguration, type KubeletConfiguration } from "../objects/kubelet-configuration.ts";
import { NodePressure } from "../objects/node.ts";
import { PodCondition, PodPhase, type ResourceList } from "../objects/pod.ts";
import { newestVersions, versionsOfMinor } from "../versions.ts";
import { TestNodes, instantBehaviour, instantSettings, testContainer, testTemplate, type TestNodeOptions } from "./test-node.ts";

const MEBI = 1024 * 1024;

function behaviour(memory: Partial<ApplicationBehaviour["memory"]>, change: Partial<ApplicationBehaviour> = {}): ApplicationBehaviour {
  return { ...instantBehaviour, ...change, memory: { base: 0, perRequest: 0, growth: 0, ...memory } };
}

const calm = behaviour({ base: 50 * MEBI });
/** 10 MiB a second. */
const leaking = behaviour({ base: 50 * MEBI, growth: 10 * MEBI });

function pod(name: string, requests: ResourceList = {}, change = {}): ReturnType<typeof testTemplate> {
  return testTemplate([testContainer(name, { resources: { requests, limits: {} } })], change);
}

/** Template 0 leaks, all others are calm; 1000 MiB, passes at 10 s, 20 s, … */
function cluster(options: TestNodeOptions = {}, kubelet: Partial<KubeletConfiguration> = {}): TestNodes {
  return new TestNodes({
    behaviourOf: (template) => (template === 0 ? leaking : calm),
    ...options,
    settings: { evictionMonitoringPhase: 0, nodeStatusUpdatePhase: 0, ...options.settings },
    template: { memory: 1000 * MEBI, kubelet: { ...defaultKubeletConfiguration, ...kubelet }, ...options.template },
  });
}

const reports = (nodes: TestNodes): readonly { readonly at: number; readonly pressure: number }[] =>
  nodes.received.flatMap(({ at, request }) => (request.kind === "patchNodeStatus" ? [{ at, pressure: request.pressure }] : []));

describe("memory pressure", () => {
  test("evicts the Pod that uses most above its request, one per pass, and the node recovers after the transition period", () => {
    const nodes = cluster();
    const leak = nodes.addPod(pod("leak")).id;
    const web = nodes.addPod(pod("web", { memory: 100 * MEBI })).id;
    nodes.run(85 * SECOND);
    expect(nodes.status(leak).phase).toBe(PodPhase.Running);
    nodes.run(10 * MINUTE);
    // 100 MiB are left after 80 s; the next pass is at 90 s.
    expect(nodes.times(CauseKind.pressureEviction)).toEqual([90]);
    expect(nodes.status(leak)).toMatchObject({ phase: PodPhase.Failed, reason: "Evicted" });
    expect(nodes.status(leak).conditions & PodCondition.DisruptionTarget).not.toBe(0);
    expect(nodes.status(web).phase).toBe(PodPhase.Running);
    expect(reports(nodes).map(({ pressure }) => pressure)).toEqual([NodePressure.MemoryPressure, 0]);
    // Last seen at 90 s; passes go on from 91 s on, when the Pod has gone. The one at 391 s ends it; a node status 10 s later says so.
    expect(Math.floor(reports(nodes)[1]!.at / SECOND)).toBe(401);
  });

  test("takes two Pods that leak one after the other: the second goes in a pass of its own", () => {
    const rings: string[] = [];
    const observer = new KubeletRules({
      settings: { ...instantSettings, evictionMonitoringPhase: 0 },
      versions: newestVersions,
      ring: (rule, _now, message) => void rings.push(`${rule}: ${message}`),
    });
    const nodes = cluster({ observer, behaviourOf: () => behaviour({ base: 50 * MEBI, growth: 5 * MEBI }) });
    nodes.addPod(pod("one"));
    nodes.addPod(pod("other"));
    nodes.run(5 * MINUTE);
    // 100 MiB are left after 80 s; one alone leaks on until 170 s.
    expect(nodes.times(CauseKind.pressureEviction)).toEqual([90, 171]);
    expect(rings).toEqual([]);
  });

  test("says what was short and who used how much, as upstream does", () => {
    const nodes = cluster();
    const leak = nodes.addPod(pod("leak", { memory: 10 * MEBI })).id;
    nodes.run(3 * MINUTE);
    // 50 MiB + 90 s × 10 MiB, less a start a few microseconds late.
    const message =
      "The node was low on resource: memory. Threshold quantity: 100Mi, available: 51204Ki. " +
      "Container leak was using 972796Ki, request is 10Mi, has larger consumption of memory. ";
    expect(nodes.messages(leak, "Evicted")).toEqual([message]);
    expect(nodes.status(leak).message).toBe(message);
    expect(nodes.events.filter(({ reason }) => reason === "EvictionThresholdMet").map(({ type, message: text }) => [type, text])).toEqual([
      ["Warning", "Attempting to reclaim memory"],
    ]);
    expect(nodes.events.filter(({ pod: of }) => of === -1).map(({ reason }) => reason)).toContain("NodeHasInsufficientMemory");
  });

  test.each([
    ["1.36", 36, "Always", { phase: PodPhase.Succeeded, reason: "" }],
    // A container that would start again isn't over: the Pod has failed.
    ["1.26", 26, "Always", { phase: PodPhase.Failed, reason: "Evicted" }],
    ["1.26", 26, "Never", { phase: PodPhase.Succeeded, reason: "" }],
    ["1.20", 20, "Never", { phase: PodPhase.Failed, reason: "Evicted" }],
  ] as const)(
    "in %s (minor %i), under %s, who exits well after SIGTERM ends as its containers say",
    (_, minor, restartPolicy, expected) => {
      const polite = { ...leaking, shutdown: { type: "drain", atMost: 0 } as const };
      const nodes = cluster({ versions: versionsOfMinor(minor), behaviourOf: () => polite });
      const leak = nodes.addPod(pod("leak", {}, { restartPolicy })).id;
      nodes.run(2 * MINUTE);
      expect(nodes.times(CauseKind.pressureEviction)).toEqual([90]);
      expect(nodes.status(leak)).toMatchObject(expected);
    },
  );

  test("leaves out the threshold in 1.20, where the status turns Failed at once and SIGKILL comes without grace", () => {
    const nodes = cluster({ versions: versionsOfMinor(20), settings: { evictionHardGrace: 0 } });
    const leak = nodes.addPod(pod("leak")).id;
    nodes.run(91 * SECOND);
    expect(nodes.messages(leak, "Evicted")[0]).toMatch(
      /^The node was low on resource: memory\. Container leak was using \d+Ki, which exceeds its request of 0\. $/,
    );
    expect(nodes.status(leak)).toMatchObject({ phase: PodPhase.Failed, reason: "Evicted" });
    expect(nodes.status(leak).conditions & PodCondition.DisruptionTarget).toBe(0);
  });

  test.each([
    // 1 s, and never less than 2 s from SIGTERM to SIGKILL.
    [36, 1_000_000, 92],
    [20, 0, 90],
  ])("gives the Pod of a hard threshold nearly no time (1.%i)", (minor, evictionHardGrace, end) => {
    const ignoring: ApplicationBehaviour = { ...leaking, shutdown: { type: "ignore" } };
    const nodes = cluster({
      behaviour: ignoring,
      behaviourOf: () => ignoring,
      versions: versionsOfMinor(minor),
      settings: { evictionHardGrace },
    });
    nodes.addPod(pod("leak"));
    nodes.run(2 * MINUTE);
    expect(nodes.times(CauseKind.signalled)).toEqual([90]);
    expect(nodes.times(CauseKind.containerExited)).toEqual([end]);
  });

  test("never evicts a critical Pod", () => {
    const nodes = cluster();
    const leak = nodes.addPod(pod("leak", {}, { priority: 2_000_000_000 })).id;
    const web = nodes.addPod(pod("web")).id;
    nodes.run(95 * SECOND);
    expect(nodes.status(leak).phase).toBe(PodPhase.Running);
    expect(nodes.messages(web, "Evicted")).toHaveLength(1);
  });

  test("refuses BestEffort Pods and takes the others while it lasts", () => {
    const nodes = cluster();
    nodes.addPod(pod("leak"));
    const refused = nodes.addPod(pod("besteffort"), 100 * SECOND).id;
    const taken = nodes.addPod(pod("burstable", { memory: MEBI }), 100 * SECOND).id;
    nodes.run(2 * MINUTE);
    expect(nodes.status(refused)).toMatchObject({
      phase: PodPhase.Failed,
      reason: "Evicted",
      message: "Pod was rejected: The node had condition: [MemoryPressure]. ",
    });
    expect(nodes.messages(refused, "Evicted")).toEqual(["The node had condition: [MemoryPressure]. "]);
    expect(nodes.times(CauseKind.containerStarted, refused)).toEqual([]);
    expect(nodes.status(taken).phase).toBe(PodPhase.Running);
  });

  test("for a soft threshold waits for its grace period, and grants the Pod what the kubelet allows", () => {
    const nodes = cluster(
      {},
      {
        evictionHard: { "memory.available": "0%" },
        evictionSoft: { "memory.available": "500Mi" },
        evictionSoftGracePeriod: { "memory.available": "20s" },
        evictionMaxPodGracePeriod: 5,
      },
    );
    const leak = nodes.addPod(testTemplate([testContainer("leak")])).id;
    nodes.run(2 * MINUTE);
    // 500 MiB are left after 45 s; seen at 50 s, overdue at 70 s.
    expect(nodes.times(CauseKind.pressureEviction)).toEqual([70]);
    expect(nodes.status(leak).reason).toBe("Evicted");
  });

  test("costs nothing where no container could ever use that much", () => {
    const nodes = new TestNodes({ behaviour: calm, template: { memory: 10_000 * MEBI } });
    nodes.addPod(pod("web"));
    nodes.run(MINUTE);
    const events = nodes.simulator.events;
    nodes.run(2 * MINUTE);
    // Lease renewals and nothing else.
    expect(nodes.simulator.events - events).toBeLessThan(20);
  });
});

describe("other resources", () => {
  test("a disk that fills up evicts the Pod that uses it, with its own words", () => {
    const filling = behaviour({ base: MEBI }, { disk: { base: 0, growth: MEBI } });
    const nodes = cluster({ behaviourOf: (template) => (template === 0 ? filling : calm), template: { storage: 100 * MEBI } });
    const log = nodes.addPod(pod("log")).id;
    nodes.run(2 * MINUTE);
    // imagefs.available < 15 %: from 85 s on.
    expect(nodes.times(CauseKind.pressureEviction)).toEqual([90]);
    expect(nodes.messages(log, "Evicted")[0]).toMatch(
      /^The node was low on resource: ephemeral-storage\. Threshold quantity: 15Mi, available: /,
    );
    expect(reports(nodes)[0]!.pressure).toBe(NodePressure.DiskPressure);
  });

  test("a disk without a size is nobody's concern", () => {
    const filling = behaviour({ base: MEBI }, { disk: { base: 0, growth: MEBI } });
    const nodes = cluster({ behaviour: filling, behaviourOf: () => filling });
    const log = nodes.addPod(pod("log")).id;
    nodes.run(10 * MINUTE);
    expect(nodes.status(log).phase).toBe(PodPhase.Running);
  });

  test("process numbers that run out evict by priority, then by how many a Pod has", () => {
    const forking = behaviour({ base: MEBI }, { processes: 60 });
    const nodes = cluster(
      { behaviourOf: (template) => (template === 0 ? forking : calm), template: { pids: 100 } },
      { evictionHard: { "pid.available": "50" } },
    );
    const many = nodes.addPod(pod("many")).id;
    const few = nodes.addPod(pod("few")).id;
    nodes.run(30 * SECOND);
    expect(nodes.messages(many, "Evicted")).toEqual(["The node was low on resource: pids. Threshold quantity: 50, available: 39. "]);
    expect(nodes.status(few).phase).toBe(PodPhase.Running);
  });
});
