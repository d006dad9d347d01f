/** Critical Pods make room: whom the kubelet chooses, and what becomes of the Pods. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../../kernel/time.ts";
import { PodPhase } from "../objects/pod.ts";
import { podsToPreempt, type PreemptionCandidate } from "./critical-pods.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate } from "./test-node.ts";

const critical = { isCritical: true, priority: 2_000_000_000 };

function pod(name: string, qosClass: PreemptionCandidate["qosClass"], cpu: number, memory = 0, change: Partial<PreemptionCandidate> = {}) {
  return { name, isCritical: false, priority: 0, qosClass, requests: { pods: 1, cpu, memory }, ...change };
}

describe("the Pods that go are", () => {
  const choose = (pods: readonly ReturnType<typeof pod>[], ...requirements: readonly [string, number][]): readonly string[] | string => {
    const chosen = podsToPreempt(
      critical,
      pods,
      requirements.map(([resource, quantity]) => ({ resource, quantity })),
    );
    return typeof chosen === "string" ? chosen : chosen.map(({ name }) => name);
  };

  test("as few as will do, the smaller of two that would", () => {
    expect(choose([pod("big", "Burstable", 500), pod("enough", "Burstable", 200), pod("tiny", "Burstable", 50)], ["cpu", 150])).toEqual([
      "enough",
    ]);
  });

  test("of a better class only for what the others can't give", () => {
    const pods = [pod("guaranteed", "Guaranteed", 300), pod("burstable", "Burstable", 200)];
    expect(choose(pods, ["cpu", 200])).toEqual(["burstable"]);
    expect(choose(pods, ["cpu", 250])).toEqual(["guaranteed"]);
    expect(choose(pods, ["cpu", 400])).toEqual(["burstable", "guaranteed"]);
  });

  test("those that ask for nothing, if places are short", () => {
    expect(choose([pod("burstable", "Burstable", 200), pod("bestEffort", "BestEffort", 0)], ["pods", 1])).toEqual(["bestEffort"]);
  });

  test("near in all that is short", () => {
    expect(choose([pod("cpu", "Burstable", 200, 0), pod("both", "Burstable", 150, 150)], ["cpu", 100], ["memory", 100])).toEqual(["both"]);
  });

  test("never critical ones of the same priority", () => {
    expect(choose([pod("other", "Burstable", 900, 0, critical)], ["cpu", 100])).toBe(
      "no set of running pods found to reclaim resources: [(res: cpu, q: 100), ]",
    );
  });
});

describe("a critical Pod that lacks CPU", () => {
  const asking = (name: string, cpu: number, priority = 0, seconds = 5) =>
    testTemplate([testContainer(name, { resources: { requests: { cpu }, limits: {} } })], {
      priority,
      terminationGracePeriodSeconds: seconds,
    });

  test("starts when the Pod that makes room has stopped, which is Failed for it", () => {
    const nodes = new TestNodes({ template: { cpu: 1000 } });
    const ordinary = nodes.addPod(asking("ordinary", 800)).id;
    const kept = nodes.addPod(asking("kept", 100)).id;
    const system = nodes.addPod(asking("system", 900, 2_000_001_000), 10 * SECOND).id;
    nodes.run(60 * SECOND);
    expect(nodes.status(ordinary)).toMatchObject({
      phase: PodPhase.Failed,
      reason: "Preempting",
      message: "Preempted in order to admit critical pod",
      disruption: { reason: "TerminationByKubelet", message: "Pod was preempted by Kubelet to accommodate a critical pod." },
    });
    expect(nodes.messages(ordinary, "Preempting")).toEqual(["Preempted in order to admit critical pod"]);
    expect(nodes.status(kept).phase).toBe(PodPhase.Running);
    expect(nodes.status(system).phase).toBe(PodPhase.Running);
    const started = nodes.events.find((event) => event.pod === system && event.reason === "Started")!.at;
    const ended = nodes.patches(ordinary).at(-1)!.at;
    expect(started).toBeGreaterThanOrEqual(ended - SECOND);
    expect(started).toBeGreaterThan(10 * SECOND);
  });

  /** The critical Pod comes at 10 s; the Pod that makes room ignores SIGTERM until 30 s. */
  const blocked = (): { nodes: TestNodes; system: number } => {
    const nodes = new TestNodes({ template: { cpu: 1000 }, behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    nodes.addPod(asking("ordinary", 800, 0, 20));
    return { nodes, system: nodes.addPod(asking("system", 900, 2_000_001_000), 10 * SECOND).id };
  };
  const startOf = (nodes: TestNodes, pod: number): number | undefined =>
    nodes.events.find((event) => event.pod === pod && event.reason === "Started")?.at;

  test("keeps the kubelet from new Pods until it is admitted: they are judged by what is there then", () => {
    const { nodes } = blocked();
    const fits = nodes.addPod(asking("fits", 100), 12 * SECOND).id;
    const late = nodes.addPod(asking("late", 100), 13 * SECOND).id;
    nodes.run(29 * SECOND);
    expect(nodes.patches(fits)).toEqual([]);
    nodes.run(60 * SECOND);
    expect(nodes.status(fits).phase).toBe(PodPhase.Running);
    expect(Math.floor(startOf(nodes, fits)! / SECOND)).toBe(30);
    expect(nodes.messages(late, "OutOfcpu")).toEqual(["Node didn't have enough resource: cpu, requested: 100, used: 1000, capacity: 1000"]);
  });

  test("is admitted before it is deleted, if it is deleted meanwhile", () => {
    const { nodes, system } = blocked();
    nodes.deletePod(system, 12 * SECOND, 5);
    nodes.run(29 * SECOND);
    const isGone = (): boolean => nodes.received.some(({ request }) => request.kind === "deletePod" && request.pod === system);
    expect(isGone()).toBe(false);
    nodes.run(60 * SECOND);
    expect(isGone()).toBe(true);
  });

  test("leaves nothing undone when the kubelet ends meanwhile: the next one finds what was held back", () => {
    const { nodes, system } = blocked();
    const fits = nodes.addPod(asking("fits", 100), 12 * SECOND).id;
    nodes.fault({ kind: "stopKubelet" }, 14 * SECOND);
    nodes.fault({ kind: "startKubelet" }, 15 * SECOND);
    nodes.run(100 * SECOND);
    expect([system, fits].map((id) => nodes.status(id).phase)).toEqual([PodPhase.Running, PodPhase.Running]);
  });

  test("is refused where nobody may go", () => {
    const nodes = new TestNodes({ template: { cpu: 1000 } });
    nodes.addPod(asking("first", 900, 2_000_001_000));
    const second = nodes.addPod(asking("second", 200, 2_000_001_000), SECOND).id;
    nodes.run(10 * SECOND);
    expect(nodes.status(second)).toMatchObject({ phase: PodPhase.Failed, reason: "UnexpectedAdmissionError" });
  });

  test("is refused for what room doesn't mend, and nobody is ended", () => {
    const nodes = new TestNodes({ template: { cpu: 1000, labels: { pool: "a" } } });
    const ordinary = nodes.addPod(asking("ordinary", 800)).id;
    const system = nodes.addPod(
      testTemplate([testContainer("system", { resources: { requests: { cpu: 900 }, limits: {} } })], {
        priority: 2_000_001_000,
        nodeSelector: { pool: "b" },
      }),
      SECOND,
    ).id;
    nodes.run(10 * SECOND);
    expect(nodes.status(system).reason).toBe("NodeAffinity");
    expect(nodes.status(ordinary).phase).toBe(PodPhase.Running);
  });
});
