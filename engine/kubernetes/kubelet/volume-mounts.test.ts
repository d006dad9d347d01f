/** ConfigMaps and Secrets that aren't there: what a Pod waits with, how often it is tried, and what its Events say. */
import { describe, expect, test } from "vitest";
import type { MissingObject } from "../../application/application.ts";
import { SECOND } from "../../kernel/time.ts";
import { PodPhase } from "../objects/pod.ts";
import { versionsOfMinor } from "../versions.ts";
import { TestNodes, instantBehaviour, testContainer, testTemplate } from "./test-node.ts";

const template = testTemplate([testContainer("web")]);

function nodesMissing(missing: MissingObject, minor = 36): TestNodes {
  return new TestNodes({
    behaviour: { ...instantBehaviour, configMissing: missing },
    versions: versionsOfMinor(minor),
    settings: { syncFrequencyJitter: 0, podErrorBackoffJitter: 0 },
  });
}

const missing = (change: Partial<MissingObject>): MissingObject => ({
  kind: "configmap",
  name: "app",
  volume: null,
  until: Infinity,
  ...change,
});
const volume = (change: Partial<MissingObject> = {}): MissingObject => missing({ volume: "config", ...change });

function waitingState(nodes: TestNodes, pod: number): unknown {
  return nodes.status(pod).containers[0]?.state;
}

/** Seconds of the Events with this reason. */
function secondsOf(nodes: TestNodes, reason: string): readonly number[] {
  return nodes.events.filter((event) => event.reason === reason).map(({ at }) => Math.floor(at / SECOND));
}

describe("environment variables from an object that isn't there", () => {
  test.each([
    ["configmap", 'configmap "app" not found'],
    ["secret", 'secret "app" not found'],
  ] as const)("hold the container up: %s", (kind, message) => {
    const nodes = nodesMissing(missing({ kind }));
    const { id } = nodes.addPod(template);
    nodes.run(35 * SECOND);
    expect(waitingState(nodes, id)).toEqual({ type: "waiting", reason: "CreateContainerConfigError", message });
    expect(nodes.status(id).phase).toBe(PodPhase.Pending);
    const failures = nodes.events.filter(({ reason }) => reason === "Failed");
    expect(new Set(failures.map((event) => event.message))).toEqual(new Set([`Error: ${message}`]));
    expect(failures.map(({ fieldPath }) => fieldPath)).toContain("spec.containers{web}");
    // A sync that failed is repeated after 10 s.
    expect(failures.length).toBeGreaterThanOrEqual(3);
    expect(failures.length).toBeLessThanOrEqual(5);
  });

  test("let it start at the first try after the object came", () => {
    const nodes = nodesMissing(missing({ until: 25 * SECOND }));
    const { id } = nodes.addPod(template);
    nodes.run(24 * SECOND);
    expect(waitingState(nodes, id)).toMatchObject({ reason: "CreateContainerConfigError" });
    nodes.run(40 * SECOND);
    expect(waitingState(nodes, id)).toMatchObject({ type: "running" });
    expect(nodes.status(id).containers[0]!.restartCount).toBe(0);
  });
});

describe("a volume of an object that isn't there", () => {
  test("keeps the Pod creating, and is tried twice as late each time", () => {
    const nodes = nodesMissing(volume());
    const { id } = nodes.addPod(template);
    nodes.run(70 * SECOND);
    expect(waitingState(nodes, id)).toEqual({ type: "waiting", reason: "ContainerCreating" });
    expect(nodes.status(id)).toMatchObject({ phase: PodPhase.Pending, hasPodIp: false });
    expect(nodes.messages(id, "FailedMount")[0]).toBe('MountVolume.SetUp failed for volume "config" : configmap "app" not found');
    expect(secondsOf(nodes, "FailedMount")).toEqual([0, 0, 1, 3, 7, 15, 31, 63]);
    expect(nodes.events.map(({ reason }) => reason)).not.toContain("Created");
  });

  test("is mounted by the next try after the object came, and the Pod goes on", () => {
    const nodes = nodesMissing(volume({ until: 20 * SECOND }));
    const { id } = nodes.addPod(template);
    nodes.run(31 * SECOND);
    expect(waitingState(nodes, id)).toMatchObject({ reason: "ContainerCreating" });
    nodes.run(40 * SECOND);
    expect(waitingState(nodes, id)).toMatchObject({ type: "running" });
  });

  test.each([
    [
      25,
      ["Unable to attach or mount volumes: unmounted volumes=[config], unattached volumes=[config]: timed out waiting for the condition"],
    ],
    [
      26,
      [
        "Unable to attach or mount volumes: unmounted volumes=[config], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition",
      ],
    ],
    [27, []],
  ])("a sync gives it up after 2 min 3 s; 1.%i says", (minor, told) => {
    const nodes = nodesMissing(volume(), minor);
    const { id } = nodes.addPod(template);
    nodes.run(130 * SECOND);
    expect(nodes.messages(id, "FailedMount").filter((message) => message.startsWith("Unable"))).toEqual(told);
    // The next sync waits again, and the tries go on beside it.
    nodes.run(400 * SECOND);
    expect(nodes.messages(id, "FailedMount").filter((message) => message.startsWith("MountVolume")).length).toBe(11);
  });

  test("doesn't wait for another one: each is tried with a back-off of its own", () => {
    const behaviours = [volume({ until: 30 * SECOND }), volume({ kind: "secret", name: "key", volume: "keys", until: 40 * SECOND })];
    const nodes = new TestNodes({
      behaviourOf: (_template, container) => ({ ...instantBehaviour, configMissing: behaviours[container]! }),
      versions: versionsOfMinor(25),
      settings: { syncFrequencyJitter: 0, podErrorBackoffJitter: 0 },
    });
    const { id } = nodes.addPod(testTemplate([testContainer("web"), testContainer("side")]));
    nodes.run(62 * SECOND);
    const tries = (name: string): readonly number[] =>
      nodes.events.filter(({ message }) => message.includes(`volume "${name}"`)).map(({ at }) => Math.floor(at / SECOND));
    expect(tries("config")).toEqual([0, 0, 1, 3, 7, 15]);
    expect(tries("keys")).toEqual([0, 0, 1, 3, 7, 15, 31]);
    expect(waitingState(nodes, id)).toMatchObject({ reason: "ContainerCreating" });
    nodes.run(65 * SECOND);
    expect(waitingState(nodes, id)).toMatchObject({ type: "running" });
  });

  test("is listed with all others that a sync has waited for", () => {
    const nodes = new TestNodes({
      behaviourOf: (_template, container) => ({
        ...instantBehaviour,
        configMissing: volume({ volume: container === 0 ? "keys" : "config" }),
      }),
      versions: versionsOfMinor(25),
    });
    const { id } = nodes.addPod(testTemplate([testContainer("web"), testContainer("side")]));
    nodes.run(130 * SECOND);
    expect(nodes.messages(id, "FailedMount").filter((message) => message.startsWith("Unable"))).toEqual([
      "Unable to attach or mount volumes: unmounted volumes=[config keys], unattached volumes=[config keys]: timed out waiting for the condition",
    ]);
  });

  test.each([36, 20])("isn't tried any more when its Pod has failed: 1.%i", (minor) => {
    const nodes = nodesMissing(volume(), minor);
    const { id } = nodes.addPod(testTemplate([testContainer("web")], { activeDeadlineSeconds: 40 }));
    nodes.run(400 * SECOND);
    expect(nodes.status(id)).toMatchObject({ phase: PodPhase.Failed, reason: "DeadlineExceeded" });
    // The sync that waits sees the deadline when its time is over, at 123 s.
    expect(secondsOf(nodes, "FailedMount").filter((second) => second > 124)).toEqual([]);
  });

  test.each([
    [36, 30, 35],
    [22, 122, 126],
  ])("a Pod that is deleted meanwhile stays until its sync has ended: 1.%i", (minor, until, by) => {
    const nodes = nodesMissing(volume(), minor);
    const { id } = nodes.addPod(template);
    nodes.run(30 * SECOND);
    nodes.deletePod(id, 30 * SECOND + 1, 30);
    nodes.run(until * SECOND);
    const early = nodes.received.some(({ request }) => request.kind === "deletePod");
    nodes.run(by * SECOND);
    expect({ early, late: nodes.received.some(({ request }) => request.kind === "deletePod") }).toEqual({ early: false, late: true });
    expect(secondsOf(nodes, "FailedMount").filter((second) => second > 30)).toEqual(minor === 22 ? [123] : []);
  });
});
