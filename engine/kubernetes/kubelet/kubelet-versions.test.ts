/** Golden sequences of whole Pods, by release: back-off, liveness kills, termination, first readiness, deadlines. */
import { describe, expect, it, test } from "vitest";
import { CauseKind } from "../../cause-kinds.ts";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { defaultSettings, type Settings } from "../../settings.ts";
import { PodCondition, PodPhase, type PodTemplate } from "../objects/pod.ts";
import { settingsOfVersion, versionsOfMinor } from "../versions.ts";
import {
  instantBehaviour,
  instantSettings,
  sleepHook,
  testContainer,
  testProbe,
  testTemplate,
  TestNodes,
  type TestNodeOptions,
} from "./test-node.ts";
import { drainingServer } from "./test-server.ts";

const seconds = (times: readonly number[]): number[] => times.map((time) => Math.round(time));

/** Latencies and jitters 0; polls and housekeeping dense, as the golden sequences idealise them. */
function instantNodes(minor: number, options: TestNodeOptions = {}): TestNodes {
  const settings: Partial<Settings> = {
    plegOnDemandRelist: settingsOfVersion(minor).plegOnDemandRelist,
    podErrorBackoff: SECOND / 20,
    housekeepingPeriod: SECOND / 20,
    statusSyncPeriod: SECOND,
    statusSyncPhase: 0,
    ...options.settings,
  };
  return new TestNodes({ ...options, settings, versions: versionsOfMinor(minor) });
}

/** Everything as a release has it. */
function realNodes(minor: number, options: TestNodeOptions = {}): TestNodes {
  return new TestNodes({ ...options, settings: { ...settingsOfVersion(minor), ...options.settings }, versions: versionsOfMinor(minor) });
}

const crashing = (runSeconds: number, code = 1): TestNodeOptions => ({
  behaviour: { ...instantBehaviour, exit: { after: { type: "constant", value: runSeconds * SECOND }, code } },
});

function startsOf(nodes: TestNodes, template: PodTemplate, until: number): number[] {
  const { id } = nodes.addPod(template);
  nodes.run(until * SECOND + SECOND / 2);
  return seconds(nodes.times(CauseKind.containerStarted, id));
}

const everyRelease = [20, 34, 36] as const;

describe.each(everyRelease)("a crash loop in 1.%i (D1)", (minor) => {
  test.each([
    [1, 1, [0, 1, 12, 33, 74, 155, 316, 617, 918, 1219, 1520]],
    [1, 0, [0, 1, 12, 33, 74, 155, 316, 617, 918, 1219, 1520]],
    [100, 1, [0, 100, 210, 330, 470, 650, 910, 1310, 1710, 2110]],
  ])("with runs of %i s that end with %i", (run, code, expected) => {
    expect(startsOf(instantNodes(minor, crashing(run, code)), testTemplate([testContainer("app")]), expected.at(-1)!)).toEqual(expected);
  });
});

describe("back-off entries that are collected while they are waited for (D2)", () => {
  const sequences: readonly (readonly [number, readonly number[]])[] = [
    [400, [0, 400, 810, 1230, 1670, 2150, 2710, 3310, 3720, 4140]],
    [310, [0, 310, 630, 960, 1310, 1700, 2170, 2770, 3090, 3420]],
    [650, [0, 650, 1300, 1950]],
  ];
  const polling = [20, 34].flatMap((minor) => sequences.map(([run, expected]) => [minor, run, expected] as const));
  test.each(polling)("1.%i polls: runs of %i s", (minor, run, expected) => {
    expect(startsOf(instantNodes(minor, crashing(run)), testTemplate([testContainer("app")]), expected.at(-1)!)).toEqual(expected);
  });

  test.each([
    // The worker looks 60, 120, 180 … s after the exit at 3110 (2480): first after 3310 (2770).
    [400, [0, 400, 810, 1230, 1670, 2150, 2710, 3350, 3760, 4180]],
    [310, [0, 310, 630, 960, 1310, 1700, 2170, 2780, 3100, 3430]],
    [650, [0, 650, 1300, 1950]],
  ])("1.36 wakes every minute: runs of %i s", (run, expected) => {
    expect(startsOf(instantNodes(36, crashing(run)), testTemplate([testContainer("app")]), expected.at(-1)!)).toEqual(expected);
  });
});

describe.each(everyRelease)("liveness kills in 1.%i (D3)", (minor) => {
  test.each([
    [35, [0, 35, 70, 105, 140, 215, 330, 525, 860, 895, 1230, 1265]],
    [65, [0, 65, 130, 195, 260, 325, 470, 695, 1060, 1125, 1490, 1555]],
  ])("%i s after each start", (life, expected) => {
    const behaviour = {
      ...instantBehaviour,
      unhealthyAfter: life * SECOND - SECOND / 2,
      probeTime: { type: "constant" as const, value: 1 },
    };
    const livenessProbe = testProbe({ periodSeconds: 1, failureThreshold: 1 });
    const nodes = instantNodes(minor, { behaviour, settings: { probeStartDelayPhase: 0 } });
    expect(startsOf(nodes, testTemplate([testContainer("app", { livenessProbe })]), expected.at(-1)!)).toEqual(expected);
  });
});

describe("the worker's looks at a back-off", () => {
  test.each([20, 34])("1.%i: one BackOff Event for each poll, 10 to 15 s apart", (minor) => {
    const nodes = realNodes(minor, crashing(1));
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    nodes.run(400 * SECOND);
    const told = nodes.events.filter(({ pod, reason }) => pod === id && reason === "BackOff").map(({ at }) => at / SECOND);
    const starts = nodes.times(CauseKind.containerStarted, id);
    const longest = told.filter((at) => at > starts[5]! && at < starts[6]!);
    const gaps = longest.slice(1).map((at, index) => at - longest[index]!);
    expect(gaps.length).toBeGreaterThan(8);
    for (const gap of gaps) {
      expect(gap).toBeGreaterThanOrEqual(10);
      expect(gap).toBeLessThan(17.2);
    }
  });

  it.each([
    [34, [0, 1, 16, 38]],
    [35, [0, 1, 12, 33]],
  ])("1.%i: the next start, were the polls 7 s apart", (minor, expected) => {
    const nodes = instantNodes(minor, { ...crashing(1), settings: { podErrorBackoff: 7 * SECOND } });
    expect(startsOf(nodes, testTemplate([testContainer("app")]), expected.at(-1)!)).toEqual(expected);
  });

  it.each([
    [35, { podErrorBackoff: 10 * SECOND, podErrorBackoffJitter: 5 }, 12, 12],
    [35, { crashBackoffWakeJitter: 0.5 }, 13, 17],
    [34, { crashBackoffWakeJitter: 0.5 }, 12, 12],
    [34, { podErrorBackoff: 10 * SECOND, podErrorBackoffJitter: 5 }, 13, 62],
  ])("1.%i, with %j: the first that waits starts between %i and %i s", (minor, settings, least, most) => {
    const starts = startsOf(instantNodes(minor, { ...crashing(1), settings }), testTemplate([testContainer("app")]), 70);
    expect(starts[2]).toBeGreaterThanOrEqual(least);
    expect(starts[2]).toBeLessThanOrEqual(most);
  });

  it("a configured maximum below 10 s is the first delay as well", () => {
    const nodes = instantNodes(36, { ...crashing(1), settings: { crashBackoffMax: 4 * SECOND } });
    expect(startsOf(nodes, testTemplate([testContainer("app")]), 21)).toEqual([0, 1, 6, 11, 16, 21]);
  });
  it("the reduced profile goes from 1 s to 60 s", () => {
    const nodes = instantNodes(36, { ...crashing(1), settings: { crashBackoffReduced: 1 } });
    expect(startsOf(nodes, testTemplate([testContainer("app")]), 193)).toEqual([0, 1, 3, 6, 11, 20, 37, 70, 131, 192]);
  });
  it("before 1.32 an entry expires after twice its maximum", () => {
    // Runs of 90 s: with a cap of 40 s an exit 90 s after the last start is a first one.
    const options = { ...crashing(90), settings: { crashBackoffMax: 40 * SECOND, crashBackoffGC: 1000 * SECOND } };
    expect(startsOf(instantNodes(31, options), testTemplate([testContainer("app")]), 360)).toEqual([0, 90, 180, 270, 360]);
    expect(startsOf(instantNodes(32, options), testTemplate([testContainer("app")]), 300)).toEqual([0, 90, 190, 300]);
  });
});

describe("a graceful delete (D7)", () => {
  const drained = {
    behaviour: { ...instantBehaviour, shutdown: { type: "drain" as const, atMost: 60 * SECOND } },
    createServer: () => drainingServer(5 * SECOND),
  };

  test.each(everyRelease)("1.%i: preStop for 10 s, SIGTERM at 10, exit at 15", (minor) => {
    const nodes = instantNodes(minor, drained);
    const { id } = nodes.addPod(testTemplate([testContainer("app", { preStop: sleepHook(10) })]));
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(150 * SECOND);
    expect(nodes.times(CauseKind.signalled, id)).toEqual([110]);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([115]);
    expect(nodes.times(CauseKind.sandboxStopped, id)).toEqual([115]);
    expect(nodes.messages(id, "Killing")).toEqual(["Stopping container app"]);
    const removed = nodes.received.find(({ request }) => request.kind === "deletePod")!.at / SECOND;
    expect(removed).toBeGreaterThan(115);
    expect(removed).toBeLessThanOrEqual(116.2);
  });

  test.each(everyRelease)("1.%i: an overrun preStop leaves 2 s, then SIGKILL", (minor) => {
    const stubborn = { ...instantBehaviour, shutdown: { type: "ignore" as const } };
    const nodes = instantNodes(minor, { behaviour: stubborn });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { preStop: sleepHook(40) })]));
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(150 * SECOND);
    expect(nodes.times(CauseKind.signalled, id)).toEqual([130]);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([132]);
    expect(nodes.patches(id).at(-1)!.status.containers[0]!.state).toMatchObject({ type: "terminated", exitCode: 137 });
  });

  test.each([
    [20, PodPhase.Running],
    [22, PodPhase.Running],
    [26, PodPhase.Running],
    [27, PodPhase.Failed],
    [36, PodPhase.Failed],
  ])("1.%i: the last phase of an Always Pod", (minor, phase) => {
    const nodes = instantNodes(minor);
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(150 * SECOND);
    expect(nodes.patches(id).at(-1)!.status).toMatchObject({ phase, containers: [{ state: { type: "terminated" } }] });
    expect(nodes.table.rowOf(id)).toBe(-1);
  });

  test.each([
    [20, 2, 14.2],
    [22, 0, 2],
    [36, 0, 2],
  ])("1.%i: from the last exit until the DELETE", (minor, least, most) => {
    const waits: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const nodes = realNodes(minor, { seed });
      const { id } = nodes.addPod(testTemplate([testContainer("app")]));
      nodes.deletePod(id, 100 * SECOND, 30);
      nodes.run(150 * SECOND);
      const removed = nodes.received.find(({ request }) => request.kind === "deletePod")!.at / SECOND;
      waits.push(removed - nodes.times(CauseKind.containerExited, id)[0]!);
    }
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThan(most);
    }
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(least === 2 ? 5 : 0);
  });

  it("1.20 shows states from before until the last container has ended", () => {
    const behaviourOf = (_: number, container: number): typeof instantBehaviour =>
      container === 0 ? instantBehaviour : { ...instantBehaviour, shutdown: { type: "ignore" as const } };
    const nodes = realNodes(20, { behaviourOf });
    const { id } = nodes.addPod(testTemplate([testContainer("quick"), testContainer("slow")]));
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(160 * SECOND);
    const shown = nodes.patches(id).filter(({ at }) => at > 100 * SECOND);
    expect(shown[0]!.at).toBeGreaterThan(130 * SECOND);
    expect(shown[0]!.status.containers.map(({ state }) => state.type)).toEqual(["terminated", "terminated"]);
  });
});

describe("a delete of a Pod none of whose containers runs", () => {
  it("1.20: nothing is killed with grace, no Event, and the object goes with a status pass", () => {
    const nodes = realNodes(20, crashing(1));
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    nodes.deletePod(id, 60 * SECOND, 30);
    nodes.run(60 * SECOND);
    const before = nodes.records[id]!.status.containers;
    nodes.run(90 * SECOND);
    expect(nodes.messages(id, "Killing")).toEqual([]);
    const removed = nodes.received.find(({ request }) => request.kind === "deletePod")!.at / SECOND;
    expect(removed).toBeGreaterThan(62);
    expect(removed).toBeLessThan(77);
    expect(nodes.records[id]!.status.containers).toBe(before);
  });

  it("1.20: a running init container is said to have ended in a way that nobody knows, at once", () => {
    const nodes = realNodes(20, { behaviour: { ...instantBehaviour, startUp: { type: "constant", value: 1000 * SECOND } } });
    const { id } = nodes.addPod(testTemplate([testContainer("app")], { initContainers: [testContainer("first")] }));
    nodes.deletePod(id, 60 * SECOND, 30);
    nodes.run(61 * SECOND);
    expect(nodes.records[id]!.status.initContainers[0]!.state).toMatchObject({ reason: "ContainerStatusUnknown", exitCode: 137 });
    nodes.run(90 * SECOND);
    expect(nodes.table.rowOf(id)).toBe(-1);
    expect(nodes.messages(id, "Killing")).toEqual([]);
  });

  test.each([22, 36])("1.%i: the usual end", (minor) => {
    const nodes = realNodes(minor, crashing(1));
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    nodes.deletePod(id, 60 * SECOND, 30);
    nodes.run(63 * SECOND);
    expect(nodes.table.rowOf(id)).toBe(-1);
  });
});

describe("a force delete", () => {
  test.each([
    [20, [], ["Stopping container app", "Stopping container app"]],
    [36, [100], ["Stopping container app"]],
  ])("1.%i: hooks that were run, and Killing Events", (minor, hooks, killing) => {
    const nodes = instantNodes(minor, { behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { preStop: sleepHook(20) })]));
    nodes.deletePod(id, 100 * SECOND, 0);
    nodes.removePod(id, 100 * SECOND + 5 * MILLISECOND);
    nodes.run(120 * SECOND);
    // SIGTERM follows a hook that is cut off after the one second that newer releases leave.
    const signalled = seconds(nodes.times(CauseKind.signalled, id));
    expect(signalled).toEqual(hooks.length === 0 ? [100] : [101]);
    expect(seconds(nodes.times(CauseKind.containerExited, id))).toEqual([signalled[0]! + 2]);
    expect(nodes.messages(id, "Killing")).toEqual(killing);
    expect(nodes.table.rowOf(id)).toBe(-1);
  });
});

describe("the first readiness after a start (D8)", () => {
  const readyAfter = (minor: number, listensAfter: number, seed: number): number => {
    const behaviour = { ...instantBehaviour, startUp: { type: "constant" as const, value: listensAfter } };
    const nodes = realNodes(minor, { behaviour, seed });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { readinessProbe: testProbe() })]), 5 * SECOND);
    nodes.run(60 * SECOND);
    const started = nodes.times(CauseKind.containerStarted, id)[0]!;
    const ready = nodes.patches(id).find(({ status }) => (status.conditions & PodCondition.Ready) !== 0)!.at / SECOND;
    return ready - started;
  };
  const many = (minor: number, listensAfter: number): number[] =>
    Array.from({ length: 30 }, (_, seed) => readyAfter(minor, listensAfter, seed));

  it("1.20 takes anything up to a period", () => {
    const waits = many(20, 0.4 * SECOND);
    expect(Math.min(...waits)).toBeLessThan(3);
    expect(Math.max(...waits)).toBeGreaterThan(7);
    for (const wait of waits) expect(wait).toBeLessThan(12.3);
  });
  test.each([25, 31, 32, 36])("1.%i takes one or two triggers", (minor) => {
    for (const wait of many(minor, 0.4 * SECOND)) expect(wait).toBeLessThan(2.5);
  });
  it("1.36 waits for a whole period after the last trigger when the application is slow", () => {
    for (const wait of many(36, 4 * SECOND)) {
      expect(wait).toBeGreaterThan(9.9);
      expect(wait).toBeLessThan(12.6);
    }
  });
  it("1.31 waits for the next tick of the grid that began with the first sync", () => {
    const waits = many(31, 4 * SECOND);
    for (const wait of waits) {
      expect(wait).toBeGreaterThan(4);
      expect(wait).toBeLessThan(10.2);
    }
  });
});

describe("a startup probe that fails for good", () => {
  const killedAfter = (minor: number): number => {
    const nodes = realNodes(minor, { behaviour: { ...instantBehaviour, unhealthyAfter: 0 } });
    const startupProbe = testProbe({ periodSeconds: 5, failureThreshold: 3 });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { startupProbe })]), 5 * SECOND);
    nodes.run(200 * SECOND);
    return nodes.times(CauseKind.probeKill, id)[0]! - nodes.times(CauseKind.probeFailing, id)[0]!;
  };
  it("is acted on at once since 1.25", () => {
    expect(killedAfter(36)).toBeLessThan(1.1);
  });
  it("waits for the Pod's next sync in 1.20", () => {
    expect(killedAfter(20)).toBeGreaterThan(20);
    expect(killedAfter(20)).toBeLessThan(92);
  });
});

describe("activeDeadlineSeconds", () => {
  const template = testTemplate([testContainer("app")], { activeDeadlineSeconds: 12 });
  const stubborn = { behaviour: { ...instantBehaviour, shutdown: { type: "ignore" as const } } };

  it("counts from the first status, and ends the Pod with its own grace", () => {
    const nodes = instantNodes(36, stubborn);
    const { id } = nodes.addPod(template, 5 * SECOND);
    nodes.run(100 * SECOND);
    expect(seconds(nodes.times(CauseKind.signalled, id))).toEqual([17]);
    expect(seconds(nodes.times(CauseKind.containerExited, id))).toEqual([47]);
    const { status } = nodes.records[id]!;
    expect(status).toMatchObject({ phase: PodPhase.Failed, reason: "DeadlineExceeded" });
    expect(status.message).toBe("Pod was active on the node longer than the specified deadline");
    expect(status.containers[0]!.state).toMatchObject({ type: "terminated", exitCode: 137 });
    expect(nodes.messages(id, "DeadlineExceeded").length).toBeGreaterThan(0);
  });

  it("shows Failed only when nothing runs any more, but isn't ready from the deadline on (1.22)", () => {
    const nodes = instantNodes(36, stubborn);
    const { id } = nodes.addPod(template, 5 * SECOND);
    nodes.run(40 * SECOND);
    expect(nodes.records[id]!.status.phase).toBe(PodPhase.Running);
    expect(nodes.records[id]!.status.conditions & PodCondition.Ready).toBe(0);
  });

  it("1.20 shows Failed at once, without conditions and with the container as it was, for ever", () => {
    const nodes = realNodes(20, stubborn);
    const { id } = nodes.addPod(template, 5 * SECOND);
    nodes.run(25 * SECOND);
    const { status } = nodes.records[id]!;
    expect(status).toMatchObject({ phase: PodPhase.Failed, reason: "DeadlineExceeded", conditions: 0 });
    expect(status.containers[0]).toMatchObject({ state: { type: "running" }, ready: false, started: false });
    nodes.run(100 * SECOND);
    expect(nodes.records[id]!.status).toBe(status);
    expect(nodes.messages(id, "DeadlineExceeded").length).toBe(3);
  });

  it("does nothing to a Pod that ends before", () => {
    const nodes = instantNodes(36, crashing(3, 0));
    const { id } = nodes.addPod(testTemplate([testContainer("app")], { activeDeadlineSeconds: 12, restartPolicy: "Never" }));
    nodes.run(60 * SECOND);
    expect(nodes.records[id]!.status).toMatchObject({ phase: PodPhase.Succeeded, reason: "" });
  });
});

describe("the status manager", () => {
  const readyTimes = (minor: number): number[] => {
    const nodes = realNodes(minor, { settings: { apiReadLatency: 1, apiReadLatencyFloor: 1, apiReadLatencyP99: 1 } });
    for (let pod = 0; pod < 20; pod++) nodes.addPod(testTemplate([testContainer("app")]), 5 * SECOND);
    nodes.run(60 * SECOND);
    return nodes.records.map(({ id }) => nodes.patches(id).find(({ status }) => status.phase === PodPhase.Running)!.at / SECOND - 5);
  };
  it("1.20 makes 20 Pods wait for its client: 5 calls a second, 2 for each status", () => {
    expect(Math.max(...readyTimes(20))).toBeGreaterThan(6);
    expect(Math.max(...readyTimes(20))).toBeLessThan(16);
  });
  it("1.27 doesn't", () => {
    expect(Math.max(...readyTimes(27))).toBeLessThan(4);
  });

  it("writes again what somebody else changed, at its next pass", () => {
    const nodes = new TestNodes({ settings: { ...instantSettings, statusSyncPeriod: 10 * SECOND, statusSyncPhase: 0 } });
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    nodes.run(5 * SECOND);
    nodes.overwriteStatus(id, 12 * SECOND, (status) => ({ ...status, conditions: status.conditions & ~PodCondition.Ready }));
    nodes.run(19 * SECOND);
    expect(nodes.records[id]!.status.conditions & PodCondition.Ready).toBe(0);
    nodes.run(21 * SECOND);
    expect(nodes.records[id]!.status.conditions & PodCondition.Ready).not.toBe(0);
  });
});

describe("conditions by release", () => {
  test.each([
    [28, 0],
    [29, PodCondition.PodReadyToStartContainers],
  ])("1.%i: PodReadyToStartContainers", (minor, expected) => {
    const nodes = instantNodes(minor);
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    nodes.run(5 * SECOND);
    expect(nodes.records[id]!.status.conditions & PodCondition.PodReadyToStartContainers).toBe(expected);
  });
});

test("the defaults of settings are those of 1.36", () => {
  expect(settingsOfVersion(36)).toEqual(defaultSettings);
});
