/** The scheduler in a cluster: room is made for the important, gates hold Pods back, conditions tell why. */
import { expect, test } from "vitest";
import { MINUTE, SECOND, wholeSeconds } from "../../kernel/time.ts";
import { barePod, container, node, Harness } from "../control-plane.exam.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import type { PodSpec } from "../objects/pod.ts";
import { versionsOfMinor } from "../versions.ts";

const asking = (cpu: number, change: Partial<PodSpec> = {}): Partial<PodSpec> => ({
  containers: [container({ resources: { requests: { cpu }, limits: {} } })],
  ...change,
});

function preempting(change: Partial<PodSpec>, minor = 36): Harness {
  return new Harness({
    objects: [barePod("low", asking(6000))],
    nodes: [node("node-0", { cpu: 8000 })],
    start: "empty",
    gone: 3 * SECOND,
    versions: versionsOfMinor(minor),
    actions: [{ type: "apply", at: 10 * SECOND, objects: [barePod("high", asking(6000, { priority: 100, ...change }))] }],
  });
}

test.each([20, 36])("a Pod of higher priority gets the room of one of lower priority, once that is gone: 1.%i", (minor) => {
  const harness = preempting({}, minor).runUntil(12 * SECOND);
  const [low, high] = harness.pods();
  expect([low?.deletionTimestamp, low?.deletionGracePeriodSeconds]).toEqual([10 + 30, 30]);
  expect([high?.node, high?.status.unscheduled?.nominatedNode]).toEqual([-1, 0]);
  harness.runUntil(30 * SECOND);
  expect(harness.pods().map((pod) => [pod.workload, pod.node, pod.status.unscheduled])).toEqual([[1, 0, undefined]]);
});

test("one that doesn't want to preempt waits, and its condition says why", () => {
  const harness = preempting({ preemptionPolicy: "Never" }).runUntil(30 * SECOND);
  expect(harness.pods().map(({ node: at }) => at)).toEqual([0, -1]);
  expect(harness.pods()[1]?.status.unscheduled).toEqual({
    reason: "Unschedulable",
    message: "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.",
    nominatedNode: -1,
  });
});

test("room that was made for one isn't taken by another of lower priority", () => {
  const harness = new Harness({
    objects: [barePod("low", asking(6000))],
    nodes: [node("node-0", { cpu: 8000 })],
    start: "empty",
    gone: 3 * SECOND,
    actions: [
      { type: "apply", at: 10 * SECOND, objects: [barePod("high", asking(6000, { priority: 100 }))] },
      { type: "apply", at: 11 * SECOND, objects: [barePod("middle", asking(6000, { priority: 50 }))] },
    ],
  }).runUntil(40 * SECOND);
  expect(harness.pods().map((pod) => [pod.workload, pod.node])).toEqual([
    [1, 0],
    [2, -1],
  ]);
});

/** Two of 4000 each leave slowly for one of 8000; one of higher priority still comes while they do. Seconds of the Events "Preempted". */
function preemptions(minor: number): number[] {
  const told: number[] = [];
  const events: EventRecorder = {
    record: () => {},
    recordPod: (now, _source, _pod, _path, _type, reason) => void (reason === "Preempted" && told.push(wholeSeconds(now))),
    podName: () => "",
    podNamespace: () => "",
    podUid: () => "",
  };
  const harness = new Harness({
    objects: [barePod("low-a", asking(4000)), barePod("low-b", asking(4000))],
    nodes: [node("node-0", { cpu: 8000 })],
    start: "empty",
    gone: 20 * SECOND,
    versions: versionsOfMinor(minor),
    events,
    actions: [
      { type: "apply", at: 10 * SECOND, objects: [barePod("high", asking(8000, { priority: 100 }))] },
      { type: "apply", at: 15 * SECOND, objects: [barePod("higher", asking(8000, { priority: 200 }))] },
    ],
  }).runUntil(MINUTE);
  expect(harness.pods().map((pod) => [pod.workload, pod.node])).toEqual([
    [2, -1],
    [3, 0],
  ]);
  return told;
}

test.each([
  [20, [10, 10, 15, 15]],
  [34, [10, 10, 15, 15]],
  [35, [10, 10]],
  [36, [10, 10]],
])("a victim that leaves already isn't touched again, since 1.35: 1.%i", (minor, expected) => {
  expect(preemptions(minor)).toEqual(expected);
});

// Another Pod goes while the victim's deletion is on its way: before 1.34 that has the preemptor tried at once.
test.each([
  [33, 2],
  [34, 1],
  [36, 1],
])("the only victim is preempted once, whatever happens until it is seen to leave, since 1.34: 1.%i", (minor, expected) => {
  let told = 0;
  const events: EventRecorder = {
    record: () => {},
    recordPod: (_now, _source, _pod, _path, _type, reason) => void (reason === "Preempted" && told++),
    podName: () => "",
    podNamespace: () => "",
    podUid: () => "",
  };
  new Harness({
    objects: [barePod("low", asking(6000)), barePod("other", asking(3000))],
    nodes: [node("node-0", { cpu: 8000 }), node("node-1", { cpu: 4000 })],
    start: "empty",
    // The client's requests for the victim take half a second, one after the other.
    settings: { schedulerQps: 2, schedulerBurst: 1, schedulerBackoffInitial: 1 },
    versions: versionsOfMinor(minor),
    events,
    actions: [
      { type: "delete", at: 9.2 * SECOND, kind: "Pod", namespace: "default", name: "other", gracePeriodSeconds: null, force: false },
      { type: "apply", at: 10 * SECOND, objects: [barePod("high", asking(7000, { priority: 100 }))] },
    ],
  }).runUntil(MINUTE);
  expect(told).toBe(expected);
});

test("a Pod with a gate isn't tried, since there are gates", () => {
  const gated = barePod("gated", { schedulingGates: ["example.com/ready"] });
  const run = (minor: number): Harness =>
    new Harness({ objects: [gated], start: "empty", versions: versionsOfMinor(minor) }).runUntil(20 * SECOND);
  expect(run(36).pods()[0]?.status.unscheduled?.reason).toBe("SchedulingGated");
  expect(run(36).pods()[0]?.node).toBe(-1);
  expect(run(20).pods()[0]?.node).toBeGreaterThanOrEqual(0);
});
