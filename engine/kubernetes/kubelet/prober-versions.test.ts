/** Probes of whole Pods by release: when workers start and stop, what triggers them, what their results do, which Events they leave. */
import { describe, expect, it, test } from "vitest";
import type { ApplicationBehaviour } from "../../application/application.ts";
import type { ContainerScript } from "../../application/container-script.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import type { Container, Probe, ProbeHandler } from "../objects/pod.ts";
import { settingsOfVersion, versionsOfMinor } from "../versions.ts";
import { instantBehaviour, testContainer, testProbe, testTemplate, TestNodes, type TestNodeOptions } from "./test-node.ts";

const exec: ProbeHandler = { type: "exec", command: ["check"] };

function nodesOf(minor: number, options: TestNodeOptions = {}): TestNodes {
  const { plegOnDemandRelist, readinessFirstTrigger } = settingsOfVersion(minor);
  return new TestNodes({
    ...options,
    settings: { plegOnDemandRelist, readinessFirstTrigger, ...options.settings },
    versions: versionsOfMinor(minor),
  });
}

/** Answers of a command or path, from an age of the process in seconds on. */
function scripted(...windows: readonly (readonly [from: number, result: number, output?: string])[]): ApplicationBehaviour {
  const answers = windows.map(([from, result, output = ""]) => ({
    from: from * SECOND,
    result,
    duration: MILLISECOND,
    attempts: null,
    output,
  }));
  const script: ContainerScript = {
    runs: [],
    stop: { after: 2 * SECOND, code: 0 },
    exec: { check: answers },
    http: { port: 0, paths: { "/": answers } },
  };
  return { ...instantBehaviour, script };
}

/** Seconds, with milliseconds, of every attempt that a probe of one container makes. */
function attemptsOf(nodes: TestNodes, container: Partial<Container>, until: number): number[] {
  const times: number[] = [];
  const { kubelet } = nodes;
  const input = kubelet.input.bind(kubelet);
  kubelet.input = (now, answer) => {
    if (answer.kind === "probeFinished") times.push(Math.round((now - answer.latency) / MILLISECOND) / 1000);
    input(now, answer);
  };
  nodes.addPod(testTemplate([testContainer("app", container)]), SECOND);
  nodes.run(until * SECOND);
  return times;
}

const failing: ApplicationBehaviour = { ...instantBehaviour, unhealthyAfter: 0 };
const readiness = (probe: Partial<Probe>): Partial<Container> => ({ readinessProbe: testProbe(probe) });
const liveness = (probe: Partial<Probe>): Partial<Container> => ({ livenessProbe: testProbe({ failureThreshold: 1000, ...probe }) });

describe("when a worker starts", () => {
  const firstAttempt = (minor: number, seed: number): number =>
    attemptsOf(nodesOf(minor, { behaviour: failing, seed }), liveness({}), 30)[0]!;

  it("1.20 always waits a random part of the period first", () => {
    const firsts = [1, 2, 3, 4, 5, 6].map((seed) => firstAttempt(20, seed));
    expect(new Set(firsts).size).toBe(6);
    for (const first of firsts) expect(first).toBeGreaterThanOrEqual(1);
    for (const first of firsts) expect(first).toBeLessThan(11.001);
  });

  it("Pods of one workload wait for parts of their own", () => {
    const nodes = nodesOf(20, { behaviour: failing });
    const times: number[] = [];
    const { kubelet } = nodes;
    const input = kubelet.input.bind(kubelet);
    kubelet.input = (now, answer) => {
      if (answer.kind === "probeFinished") times.push(now - answer.latency);
      input(now, answer);
    };
    const template = testTemplate([testContainer("app", liveness({}))]);
    for (let pod = 0; pod < 5; pod++) nodes.addPod(template, MILLISECOND);
    nodes.run(12 * SECOND);
    expect(new Set(times).size).toBeGreaterThanOrEqual(5);
  });

  it.each([25, 36])("1.%i doesn't, once the kubelet has been up for a period", (minor) => {
    expect([1, 2, 3].map((seed) => firstAttempt(minor, seed))).toEqual([1, 1, 1].map((start) => start + 10));
  });

  it.each([
    [20, "the Pod's arrival", 12],
    [36, "its first sync", 12],
  ])("1.%i anchors the grid at %s, not at the container's start", (minor, _what, first) => {
    const behaviour = { ...failing, image: { size: 0, present: false } };
    const settings = { imagePullLatency: 5 * SECOND, probeStartDelayPhase: 0 };
    const times = attemptsOf(nodesOf(minor, { behaviour, settings }), liveness({ periodSeconds: 11 }), 40);
    expect(times.slice(0, 3).map(Math.floor)).toEqual([first, first + 11, first + 22]);
  });
});

describe("the initial delay", () => {
  const settings = { probeStartDelayPhase: 0, readinessFirstTrigger: 1 };
  const seconds = (minor: number, probe: Partial<Probe>, behaviour = failing): number[] =>
    attemptsOf(nodesOf(minor, { behaviour, settings }), liveness(probe), 40).map((time) => Math.floor(time - 1));

  test.each([20, 36])("in 1.%i, 5 s with a period of 10 means 10, 20, 30: the worker's grid, not the container's", (minor) => {
    expect(seconds(minor, { initialDelaySeconds: 5, periodSeconds: 10 }).slice(0, 3)).toEqual([10, 20, 30]);
  });
  test.each([20, 36])("in 1.%i, 10 s with a period of 5 means 10, 15, 20", (minor) => {
    expect(seconds(minor, { initialDelaySeconds: 10, periodSeconds: 5 }).slice(0, 3)).toEqual([10, 15, 20]);
  });
  it("counts from the whole second in which the container started", () => {
    // Starts at 1.8 s, so from 1 s on: the tick at 4 s is the first one after three of them.
    const nodes = nodesOf(36, { behaviour: failing, settings: { ...settings, containerStart: 800 * MILLISECOND } });
    expect(attemptsOf(nodes, liveness({ initialDelaySeconds: 3, periodSeconds: 1 }), 10)[0]).toBe(4);
  });
});

describe("a container that isn't ready", () => {
  const slow = { ...instantBehaviour, image: { size: 0, present: false } };
  const settings = { imagePullLatency: 4 * SECOND, probeStartDelayPhase: 0, readinessFirstTrigger: 1 };
  const readyAt = (minor: number): number => {
    const nodes = nodesOf(minor, { behaviour: slow, settings });
    nodes.addPod(testTemplate([testContainer("app", readiness({}))]), SECOND);
    nodes.run(40 * SECOND);
    return nodes.times(CauseKind.readyChanged, 0)[0]!;
  };

  it("waits for the next tick in 1.20", () => expect(Math.floor(readyAt(20))).toBe(11));
  it.each([25, 36])("is probed by the next sync in 1.%i", (minor) => expect(Math.floor(readyAt(minor))).toBe(5));

  it.each([
    [25, [11, 21]],
    [36, [15, 25]],
  ])("in 1.%i the ticks after a trigger come on the grid of %s", (minor, expected) => {
    const times = attemptsOf(nodesOf(minor, { behaviour: { ...slow, unhealthyAfter: 0 }, settings }), readiness({}), 26).map(Math.floor);
    expect(times).toEqual(expect.arrayContaining([5, ...expected]));
  });
});

describe("a startup probe that has failed for good", () => {
  const killed = (minor: number): number => {
    const nodes = nodesOf(minor, { behaviour: failing, settings: { probeStartDelayPhase: 0 } });
    const { id } = nodes.addPod(
      testTemplate([testContainer("app", { startupProbe: testProbe({ periodSeconds: 1, failureThreshold: 3 }) })]),
      SECOND,
    );
    nodes.run(200 * SECOND);
    return nodes.times(CauseKind.containerExited, id)[0] ?? Infinity;
  };

  it("waits for the Pod's next sync in 1.20", () => expect(killed(20)).toBeGreaterThan(30));
  it("kills its container at once in 1.36", () => expect(killed(36)).toBeLessThan(6));
});

describe("what is probed while a Pod terminates", () => {
  const after = (minor: number): number => {
    const behaviour: ApplicationBehaviour = { ...failing, shutdown: { type: "ignore" } };
    const nodes = nodesOf(minor, { behaviour });
    const { id } = nodes.addPod(testTemplate([testContainer("app", liveness({ periodSeconds: 1 }))]), SECOND);
    nodes.deletePod(id, 10 * SECOND, 20);
    nodes.run(29 * SECOND);
    return nodes.events.filter(({ reason, at }) => reason === "Unhealthy" && at > 11 * SECOND).length;
  };

  it("in 1.20 everything, to the end", () => expect(after(20)).toBeGreaterThan(10));
  it("since 1.22 liveness no more", () => expect([after(22), after(36)]).toEqual([0, 0]));
});

describe("Events of probes", () => {
  const eventsOf = (minor: number, container: Partial<Container>, behaviour: ApplicationBehaviour, until: number): string[] => {
    const nodes = nodesOf(minor, { behaviour, settings: { probeStartDelayPhase: 0, readinessFirstTrigger: 1 } });
    nodes.addPod(testTemplate([testContainer("app", container)]), SECOND);
    nodes.run(until * SECOND);
    return nodes.events
      .filter(({ reason }) => reason === "Unhealthy" || reason === "ProbeWarning")
      .map(({ type, reason, message, fieldPath }) => `${type} ${reason} ${fieldPath}: ${message}`);
  };

  it("tell of each failed try, not of the threshold alone", () => {
    const told = eventsOf(36, liveness({ periodSeconds: 5 }), scripted([0, 200], [9, 500]), 21.5);
    const text = "Warning Unhealthy spec.containers{app}: Liveness probe failed: HTTP probe failed with statuscode: 500";
    expect(told).toEqual([text, text, text]);
  });

  it("carry the output of a command", () => {
    const behaviour = scripted([0, 1, "cat: can't open '/tmp/healthy'"]);
    expect(eventsOf(36, { startupProbe: testProbe({ handler: exec }) }, behaviour, 12)).toEqual([
      "Warning Unhealthy spec.containers{app}: Startup probe failed: cat: can't open '/tmp/healthy'",
    ]);
  });

  it("warn of redirects that lead elsewhere, which make the Pod ready", () => {
    const nodes = nodesOf(36, { behaviour: scripted([0, 302, "moved"]), settings: { readinessFirstTrigger: 1 } });
    const { id } = nodes.addPod(testTemplate([testContainer("app", readiness({}))]));
    nodes.run(5 * SECOND);
    expect(new Set(nodes.messages(id, "ProbeWarning"))).toEqual(
      new Set(["Readiness probe warning: Probe terminated redirects, Response body: moved"]),
    );
    expect(nodes.times(CauseKind.readyChanged, id)).toHaveLength(1);
  });

  it.each([
    [24, 'Readiness probe errored: strconv.Atoi: parsing "web": invalid syntax'],
    [36, 'Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "web": invalid syntax'],
  ])("in 1.%i name an error, which counts for nothing: %s", (minor, text) => {
    const handler: ProbeHandler = { type: "tcpSocket", port: "web", host: "" };
    const told = eventsOf(minor, readiness({ handler, periodSeconds: 1, failureThreshold: 1 }), instantBehaviour, 5);
    expect(told.length).toBeGreaterThan(2);
    expect(new Set(told)).toEqual(new Set([`Warning Unhealthy spec.containers{app}: ${text}`]));
  });

  it("1.20 tells of commands in a container that has just ended", () => {
    const behaviour: ApplicationBehaviour = { ...instantBehaviour, exit: { after: { type: "constant", value: 3.5 * SECOND }, code: 0 } };
    const nodes = nodesOf(20, { behaviour, settings: { plegRelistPeriod: 3 * SECOND, probeStartDelayPhase: 0 } });
    const onNever = testTemplate([testContainer("app", readiness({ handler: exec, periodSeconds: 1 }))], { restartPolicy: "Never" });
    nodes.addPod(onNever, SECOND);
    nodes.run(40 * SECOND);
    expect(nodes.events.find(({ reason }) => reason === "Unhealthy")?.message).toBe("Readiness probe errored: container is not running");
  });
});

describe("a restart of the kubelet", () => {
  const changes = (minor: number): number => {
    const nodes = nodesOf(minor, { settings: { readinessFirstTrigger: 1 } });
    const { id } = nodes.addPod(testTemplate([testContainer("app", readiness({}))]), SECOND);
    nodes.fault({ kind: "stopKubelet" }, 60 * SECOND);
    nodes.fault({ kind: "startKubelet" }, 70 * SECOND);
    nodes.run(100 * SECOND);
    return nodes.times(CauseKind.readyChanged, id).filter((time) => time > 60).length;
  };

  it("takes readiness from its Pods until they have been probed, up to 1.34", () => expect(changes(34)).toBe(2));
  it("leaves it since 1.35", () => expect(changes(35)).toBe(0));
});
