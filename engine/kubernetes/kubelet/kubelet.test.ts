/** The kubelet on the virtual runtime: golden sequences and the behaviour of whole Pods. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { Admission } from "../../application/server.ts";
import { CauseKind } from "../../cause-kinds.ts";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { seriesName } from "../../metrics/catalogue.ts";
import { defaultSettings } from "../../settings.ts";
import { PodCondition, PodPhase, type PodStatus, type PodTemplate } from "../objects/pod.ts";
import { instantBehaviour, sleepHook, testContainer, testProbe, testTemplate, TestNodes } from "./test-node.ts";
import { drainingServer } from "./test-server.ts";

const seconds = (times: readonly number[]): number[] => times.map((time) => Math.round(time));

describe("the start of a Pod", () => {
  it("is reported Running and ready, with its address, once its container runs", () => {
    const nodes = new TestNodes();
    const { id } = nodes.addPod(testTemplate([testContainer("app")]), 5 * SECOND);
    nodes.run(10 * SECOND);
    const { status } = nodes.records[id]!;
    expect(status.phase).toBe(PodPhase.Running);
    expect(status.hasPodIp).toBe(true);
    expect(status.conditions & PodCondition.Ready).not.toBe(0);
    expect(status.containers).toEqual([
      { state: { type: "running", startedAt: 5 }, lastState: null, restartCount: 0, ready: true, started: true },
    ]);
    expect(nodes.table.details.size).toBe(0);
  });

  it("takes sandbox, pull, creation and start, one after the other, and a relist to be seen", () => {
    const behaviour = { ...instantBehaviour, image: { size: 200_000_000, present: false } };
    const nodes = new TestNodes({ settings: defaultSettings, behaviour });
    const { id } = nodes.addPod(testTemplate([testContainer("app"), testContainer("side")]), 5 * SECOND);
    nodes.run(20 * SECOND);
    // Sandbox 0.5 s; each: latency 0.5 s and 2 s of transfer, created and started in 0.2 s.
    expect(nodes.times(CauseKind.containerStarted, id)).toEqual([8.2, 10.9]);
    expect(nodes.patches(id).map(({ status }) => status.phase)).toEqual(
      [PodPhase.Pending, PodPhase.Pending, PodPhase.Running].slice(-nodes.patches(id).length),
    );
    expect(nodes.records[id]!.status.phase).toBe(PodPhase.Running);
  });

  it("runs init containers in order, each to its end, before the others", () => {
    const nodes = new TestNodes({
      behaviourOf: (_, container) => ({ ...instantBehaviour, startUp: { type: "constant", value: (container + 1) * SECOND } }),
    });
    const { id } = nodes.addPod(
      testTemplate([testContainer("app")], { initContainers: [testContainer("first"), testContainer("second")] }),
      SECOND,
    );
    nodes.run(20 * SECOND);
    expect(seconds(nodes.times(CauseKind.containerStarted, id))).toEqual([1, 2, 4]);
    expect(nodes.records[id]!.status.phase).toBe(PodPhase.Running);
    expect(nodes.records[id]!.status.initContainers.map(({ state }) => state.type)).toEqual(["terminated", "terminated"]);
  });

  it("is not Running before a failing init container has succeeded, and back-off holds for it too", () => {
    const failing = { ...instantBehaviour, exit: { after: { type: "constant" as const, value: SECOND }, code: 1 } };
    const nodes = new TestNodes({ behaviourOf: (_, container) => (container === 0 ? failing : instantBehaviour) });
    const { id } = nodes.addPod(testTemplate([testContainer("app")], { initContainers: [testContainer("first")] }));
    nodes.run(40 * SECOND);
    expect(seconds(nodes.times(CauseKind.containerStarted, id))).toEqual([0, 1, 12, 33]);
    expect(nodes.records[id]!.status.phase).toBe(PodPhase.Pending);
  });
});

describe("crash loops (D1, D2)", () => {
  const starts = (runSeconds: number, until: number, exitCode = 1): number[] => {
    const behaviour = { ...instantBehaviour, exit: { after: { type: "constant" as const, value: runSeconds * SECOND }, code: exitCode } };
    const nodes = new TestNodes({ behaviour });
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    nodes.run(until * SECOND + SECOND / 2);
    return seconds(nodes.times(CauseKind.containerStarted, id));
  };

  it("restart after 0, 10, 20 … 300 s when every run lasts 1 s", () => {
    expect(starts(1, 1520)).toEqual([0, 1, 12, 33, 74, 155, 316, 617, 918, 1219, 1520]);
  });
  it("count exits with code 0 as well", () => {
    expect(starts(1, 155, 0)).toEqual([0, 1, 12, 33, 74, 155]);
  });
  it("measure the delay from the end of runs of 100 s", () => {
    expect(starts(100, 2110)).toEqual([0, 100, 210, 330, 470, 650, 910, 1310, 1710, 2110]);
  });
  it("are immediate for runs of 650 s", () => {
    expect(starts(650, 1950)).toEqual([0, 650, 1300, 1950]);
  });
  it("wait early for nothing once the entry is collected, as soon as the worker looks", () => {
    // The entry is dropped at 2710 + 600; the worker wakes every 60 s while it waits (1.36).
    expect(starts(400, 3400)).toEqual([0, 400, 810, 1230, 1670, 2150, 2710, 3350]);
  });

  it("never start earlier than the delay, whatever the jitters", () => {
    const behaviour = { ...instantBehaviour, exit: { after: { type: "constant" as const, value: SECOND }, code: 1 } };
    for (const seed of [1, 2, 3]) {
      const facts: { at: number; lastExit: number | null; requiredDelay: number }[] = [];
      const nodes = new TestNodes({
        settings: defaultSettings,
        behaviour,
        seed,
        observer: { containerStarted: (fact) => void facts.push(fact), backOffForgotten: () => undefined },
      });
      nodes.addPod(testTemplate([testContainer("app")]));
      nodes.run(2000 * SECOND);
      expect(facts.slice(0, 7).map((fact) => fact.requiredDelay / SECOND)).toEqual([0, 0, 10, 20, 40, 80, 160]);
      for (const { at, lastExit, requiredDelay } of facts.slice(1)) expect(at - lastExit!).toBeGreaterThanOrEqual(requiredDelay);
      for (const { at, lastExit, requiredDelay } of facts.slice(2)) expect(at - lastExit!).toBeLessThan(requiredDelay + 47 * SECOND);
    }
  });

  it("show CrashLoopBackOff at the next sync, with the exit as last state, and count restarts", () => {
    const behaviour = { ...instantBehaviour, exit: { after: { type: "constant" as const, value: SECOND }, code: 7 } };
    const nodes = new TestNodes({ behaviour, settings: { plegRelistPeriod: SECOND } });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { livenessProbe: testProbe({ periodSeconds: 3 }) })]));
    nodes.run(60 * SECOND);
    const shown = nodes
      .patches(id)
      .map(({ status }) => status.containers[0]!)
      .filter(({ state }) => state.type === "waiting" && state.reason === "CrashLoopBackOff");
    expect(shown.length).toBeGreaterThan(0);
    expect(shown[0]!.lastState).toMatchObject({ type: "terminated", reason: "Error", exitCode: 7 });
    expect(nodes.recorder.snapshot().counters[seriesName("restarts", "default/web")]).toBe(nodes.table.restarts.length);
    expect(nodes.table.restarts.length).toBe(3);
  });
});

describe("liveness kills (D3)", () => {
  const starts = (lifeSeconds: number, until: number): number[] => {
    // The probe fails at the first tick half a second or less before the wanted age; the process ends at once.
    const behaviour = {
      ...instantBehaviour,
      unhealthyAfter: lifeSeconds * SECOND - SECOND / 2,
      probeTime: { type: "constant" as const, value: 1 },
    };
    const nodes = new TestNodes({ behaviour });
    const liveness = testProbe({ periodSeconds: 1, failureThreshold: 1 });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { livenessProbe: liveness })]));
    nodes.run(until * SECOND + SECOND / 2);
    return seconds(nodes.times(CauseKind.containerStarted, id));
  };

  it("restart in the same sync while the container lives longer than the delay, 35 s", () => {
    expect(starts(35, 1265)).toEqual([0, 35, 70, 105, 140, 215, 330, 525, 860, 895, 1230, 1265]);
  });
  it("restart in the same sync while the container lives longer than the delay, 65 s", () => {
    expect(starts(65, 1555)).toEqual([0, 65, 130, 195, 260, 325, 470, 695, 1060, 1125, 1490, 1555]);
  });
  it("are caused by the failing probe", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, unhealthyAfter: 20 * SECOND } });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { livenessProbe: testProbe() })]));
    nodes.run(60 * SECOND);
    const rows = nodes.causes.rows();
    expect(chainOf(nodes, CauseKind.containerExited).slice(0, 4)).toEqual([
      CauseKind.containerExited,
      CauseKind.signalled,
      CauseKind.probeKill,
      CauseKind.probeFailing,
    ]);
    expect(nodes.table.restarts[0]).toMatchObject({
      pod: id,
      container: 0,
      workload: 0,
      cause: rows.find((row) => row.kind === CauseKind.containerExited)!.id,
    });
  });
  it("end a Pod with restart policy Never, and say so", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, unhealthyAfter: 20 * SECOND } });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { livenessProbe: testProbe() })], { restartPolicy: "Never" }));
    nodes.run(60 * SECOND);
    expect(nodes.records[id]!.status.phase).toBe(PodPhase.Failed);
    expect(chainOf(nodes, CauseKind.containerExited).slice(0, 4)).toEqual([
      CauseKind.containerExited,
      CauseKind.signalled,
      CauseKind.probeKill,
      CauseKind.probeFailing,
    ]);
  });
  it("use the probe's own grace period", () => {
    const behaviour = { ...instantBehaviour, unhealthyAfter: 20 * SECOND, shutdown: { type: "ignore" as const } };
    const nodes = new TestNodes({ behaviour });
    const { id } = nodes.addPod(
      testTemplate([testContainer("app", { livenessProbe: testProbe({ failureThreshold: 1, terminationGracePeriodSeconds: 5 }) })]),
    );
    nodes.run(40 * SECOND);
    const [signalled] = nodes.times(CauseKind.signalled, id);
    expect(nodes.times(CauseKind.killedAtGraceEnd, id)[0]! - signalled!).toBeCloseTo(5, 2);
  });
});

describe("graceful deletion (D7)", () => {
  const app = (preStop: number): PodTemplate => testTemplate([testContainer("app", { preStop: sleepHook(preStop) })]);

  it("runs preStop, then SIGTERM, and lets the application drain", () => {
    const server = drainingServer(5 * SECOND);
    const nodes = new TestNodes({
      behaviour: { ...instantBehaviour, shutdown: { type: "drain", atMost: 60 * SECOND } },
      createServer: () => server,
      settings: { sandboxStop: 100 * MILLISECOND, podCleanup: 100 * MILLISECOND },
    });
    const { id } = nodes.addPod(app(10));
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(200 * SECOND);
    expect(nodes.times(CauseKind.signalled, id)).toEqual([110]);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([115]);
    expect(nodes.times(CauseKind.sandboxStopped, id)).toEqual([115.1]);
    const deletion = nodes.received.find(({ request }) => request.kind === "deletePod")!;
    expect(deletion.at / SECOND).toBeCloseTo(115.2, 1);
    expect(nodes.records[id]!.status.phase).toBe(PodPhase.Succeeded);
    expect(nodes.table.rowOf(id)).toBe(-1);
    expect(nodes.kubelet.node.rows).toEqual([]);
  });

  it("gives SIGTERM two seconds when preStop used up the grace, then SIGKILL", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    const template = testTemplate([testContainer("app", { preStop: { type: "exec", command: ["sh", "-c", "sleep 40"] } })]);
    const { id } = nodes.addPod(template);
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(200 * SECOND);
    expect(nodes.times(CauseKind.signalled, id)).toEqual([130]);
    expect(nodes.times(CauseKind.killedAtGraceEnd, id)).toEqual([132]);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([132]);
    expect(nodes.patches(id).at(-1)!.status.containers[0]!.state).toMatchObject({ type: "terminated", exitCode: 137, reason: "Error" });
    expect(nodes.records[id]!.status.phase).toBe(PodPhase.Failed);
  });

  it("kills an application that ignores SIGTERM at the end of the grace", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    const { id } = nodes.addPod(app(7));
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(200 * SECOND);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([130]);
  });

  it.each([
    ["finished", { type: "drain" as const, atMost: 5 * SECOND }, 3],
    ["cut by the end of the grace", { type: "ignore" as const }, 60],
  ])("leads back from the end of each container through its own SIGTERM to the deletion, preStop %s", (_, shutdown, preStop) => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown } });
    const hook = { preStop: sleepHook(preStop) };
    const { id } = nodes.addPod(testTemplate([testContainer("app", hook), testContainer("other", hook)]));
    const deleted = nodes.causes.note(0, CauseKind.podDeleted, id, 0);
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.causes.current = 0;
    nodes.run(200 * SECOND);
    const rows = nodes.causes.rows();
    const signals = rows.filter((row) => row.kind === CauseKind.signalled);
    expect(signals.map(({ detail, parent }) => [detail, parent])).toEqual([
      [0, deleted],
      [1, deleted],
    ]);
    const exits = rows.filter((row) => row.kind === CauseKind.containerExited);
    const origins = exits.map((exit) => rows.find((row) => row.id === exit.parent)!);
    expect(origins.map(({ kind, id: origin, parent }) => (kind === CauseKind.signalled ? origin : parent))).toEqual(
      signals.map((row) => row.id),
    );
  });

  it("leads back to the deletion where no container runs any more", () => {
    const behaviour = { ...instantBehaviour, exit: { after: { type: "constant" as const, value: SECOND }, code: 1 } };
    const nodes = new TestNodes({ behaviour });
    const { id } = nodes.addPod(testTemplate([testContainer("app")]));
    const deleted = nodes.causes.note(0, CauseKind.podDeleted, id, 0);
    nodes.deletePod(id, 5 * SECOND, 30);
    nodes.causes.current = 0;
    nodes.run(20 * SECOND);
    expect(nodes.causes.rows().find((row) => row.kind === CauseKind.sandboxStopped)!.parent).toBe(deleted);
  });

  it("a removed object ends its Pod within a second and two", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, shutdown: { type: "ignore" } } });
    const { id } = nodes.addPod(app(10));
    nodes.removePod(id, 100 * SECOND);
    nodes.run(110 * SECOND);
    expect(nodes.times(CauseKind.signalled, id)).toEqual([101]);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([103]);
    expect(nodes.table.rowOf(id)).toBe(-1);
  });

  it("a Pod deleted before its first container is removed too", () => {
    const nodes = new TestNodes({ settings: { sandboxCreate: 10 * SECOND } });
    const { id } = nodes.addPod(app(10), SECOND);
    nodes.deletePod(id, 2 * SECOND, 30);
    nodes.run(60 * SECOND);
    expect(nodes.table.rowOf(id)).toBe(-1);
  });
});

describe("the first readiness (D8)", () => {
  const readyAt = (startUp: number, seed: number, probability: number): number => {
    const behaviour = { ...instantBehaviour, startUp: { type: "constant" as const, value: startUp } };
    const nodes = new TestNodes({ settings: { ...defaultSettings, readinessFirstTrigger: probability }, behaviour, seed });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { readinessProbe: testProbe() })]), 100 * SECOND);
    nodes.run(200 * SECOND);
    const [started] = nodes.times(CauseKind.containerStarted, id);
    const [ready] = nodes.times(CauseKind.readyChanged, id);
    return ready! - started!;
  };

  it("comes with the second trigger, one to two seconds after the start", () => {
    for (let seed = 1; seed < 20; seed++) {
      const after = readyAt(400 * MILLISECOND, seed, 0);
      expect(after).toBeGreaterThan(0.35);
      expect(after).toBeLessThan(2.3);
    }
  });
  it("comes at once if the application is up and the first trigger works", () => {
    for (let seed = 1; seed < 20; seed++) expect(readyAt(0, seed, 1)).toBeLessThan(0.1);
  });
  it("waits about a period after the last trigger for an application that needs four seconds", () => {
    for (let seed = 1; seed < 20; seed++) {
      const after = readyAt(4 * SECOND, seed, 0.5);
      expect(after).toBeGreaterThan(9.9);
      expect(after).toBeLessThan(13.5);
    }
  });
});

describe("a lost node", () => {
  it("says nothing while it is lost, and starts its Pods again with one restart more when it returns", () => {
    const nodes = new TestNodes({ settings: defaultSettings });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { readinessProbe: testProbe(), livenessProbe: testProbe() })]), SECOND);
    nodes.fault({ kind: "loseNode" }, 100 * SECOND);
    nodes.run(200 * SECOND);
    const silentFrom = nodes.received.length;
    nodes.run(299 * SECOND);
    expect(nodes.received.length).toBe(silentFrom);
    nodes.fault({ kind: "returnNode" }, 300 * SECOND);
    nodes.run(400 * SECOND);
    expect(nodes.received.some(({ request, at }) => request.kind === "registerNode" && at > 300 * SECOND)).toBe(true);
    expect(nodes.records[id]!.status.containers[0]).toMatchObject({
      state: { type: "running" },
      restartCount: 1,
      ready: true,
      lastState: { type: "terminated", exitCode: 255 },
    });
    expect(nodes.table.restarts.length).toBe(1);
  });

  it("handles what happened meanwhile when it returns", () => {
    const nodes = new TestNodes();
    const deleted = nodes.addPod(testTemplate([testContainer("app")]), SECOND);
    const removed = nodes.addPod(testTemplate([testContainer("app")]), SECOND);
    nodes.fault({ kind: "loseNode" }, 100 * SECOND);
    nodes.deletePod(deleted.id, 110 * SECOND, 30);
    nodes.removePod(removed.id, 120 * SECOND);
    const added = nodes.addPod(testTemplate([testContainer("app")]), 130 * SECOND);
    nodes.fault({ kind: "returnNode" }, 200 * SECOND);
    nodes.run(199 * SECOND);
    expect(nodes.table.rowOf(deleted.id)).not.toBe(-1);
    nodes.run(300 * SECOND);
    expect(nodes.table.rowOf(deleted.id)).toBe(-1);
    expect(nodes.table.rowOf(removed.id)).toBe(-1);
    expect(nodes.records[added.id]!.status.phase).toBe(PodPhase.Running);
  });
});

describe("an adopted Pod", () => {
  const probed = testTemplate([testContainer("app", { livenessProbe: testProbe(), readinessProbe: testProbe() })], {
    initContainers: [testContainer("first")],
  });
  const running = (at: number): PodStatus => ({
    phase: PodPhase.Running,
    reason: "",
    readySince: at,
    startTime: at,
    hasPodIp: true,
    conditions:
      PodCondition.PodScheduled |
      PodCondition.PodReadyToStartContainers |
      PodCondition.Initialized |
      PodCondition.ContainersReady |
      PodCondition.Ready,
    containers: [{ state: { type: "running", startedAt: at }, lastState: null, restartCount: 0, ready: true, started: true }],
    initContainers: [
      {
        state: { type: "terminated", reason: "Completed", exitCode: 0, startedAt: at - 2, finishedAt: at - 1 },
        lastState: null,
        restartCount: 0,
        ready: true,
        started: false,
      },
    ],
  });

  it("is at rest, probed on the grids that its start gave it, and writes nothing", () => {
    const nodes = new TestNodes({ settings: { sandboxCreate: SECOND, readinessFirstTrigger: 1 } });
    const { id } = nodes.adopt(probed, -33 * SECOND - 1, running(-34));
    nodes.run(100 * SECOND);
    expect(nodes.patches(id)).toEqual([]);
    expect(nodes.table.details.size).toBe(0);
    const { histograms } = nodes.recorder.snapshot();
    // Liveness: 34 s before the run and every 10 s from there; readiness: from the trigger after the start, 33 s before.
    expect(histograms[seriesName("probe_duration", "httpGet", "success", "liveness")]!.count).toBe(10);
    expect(histograms[seriesName("probe_duration", "httpGet", "success", "readiness")]!.count).toBe(10);
    const deadlines = [0, 1].map((position) => {
      const row = nodes.table.rowOf(id);
      return nodes.simulator.timers.deadline[nodes.table.words[nodes.table.probeAt(row, nodes.table.plan(row), position)]!]! / SECOND;
    });
    expect(deadlines[0]).toBeCloseTo(106, 3);
    expect(deadlines[1]).toBeCloseTo(107, 3);
  });

  it("restarts, becomes unready and is deleted like any other", () => {
    const nodes = new TestNodes();
    const { id } = nodes.adopt(probed, -1000 * SECOND, running(-1000));
    nodes.fault({ kind: "killForMemory", pod: id, container: "app" }, 10 * SECOND);
    nodes.run(30 * SECOND);
    expect(nodes.records[id]!.status.containers[0]).toMatchObject({
      restartCount: 1,
      ready: true,
      lastState: { reason: "OOMKilled", startedAt: -1000 },
    });
    expect(nodes.records[id]!.status.initContainers[0]!.state).toMatchObject({
      type: "terminated",
      exitCode: 0,
      startedAt: -1002,
      finishedAt: -1001,
    });
    nodes.deletePod(id, 50 * SECOND, 30);
    nodes.run(100 * SECOND);
    expect(nodes.table.rowOf(id)).toBe(-1);
  });

  it("returns with its node", () => {
    const nodes = new TestNodes();
    const { id } = nodes.adopt(probed, -1000 * SECOND, running(-1000));
    nodes.fault({ kind: "loseNode" }, 10 * SECOND);
    nodes.fault({ kind: "returnNode" }, 60 * SECOND);
    nodes.run(200 * SECOND);
    expect(nodes.records[id]!.status.containers[0]).toMatchObject({ restartCount: 1, ready: true });
  });
});

describe("memory", () => {
  it("an OOM kill ends the container with 137 at once, without grace, and it is restarted", () => {
    const nodes = new TestNodes();
    const { id } = nodes.addPod(testTemplate([testContainer("app", { preStop: sleepHook(20) })]));
    nodes.fault({ kind: "killForMemory", pod: id, container: null }, 50 * SECOND);
    nodes.run(60 * SECOND);
    expect(nodes.times(CauseKind.oomKilled, id)).toEqual([50]);
    expect(nodes.records[id]!.status.containers[0]).toMatchObject({
      restartCount: 1,
      lastState: { reason: "OOMKilled", exitCode: 137 },
      state: { type: "running" },
    });
    expect(nodes.recorder.snapshot().counters[seriesName("oom_kills", "default/web")]).toBe(1);
  });

  it("growth meets the limit after (limit − base) ÷ growth", () => {
    const behaviour = { ...instantBehaviour, memory: { base: 100_000_000, perRequest: 0, growth: 1_000_000 } };
    const nodes = new TestNodes({ behaviour });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { resources: { requests: {}, limits: { memory: 150_000_000 } } })]));
    nodes.run(101 * SECOND);
    expect(seconds(nodes.times(CauseKind.oomKilled, id))).toEqual([50, 100]);
  });
});

describe("restart policies", () => {
  const phaseOf = (restartPolicy: "OnFailure" | "Never", code: number): { phase: number; restarts: number } => {
    const behaviour = { ...instantBehaviour, exit: { after: { type: "constant" as const, value: 5 * SECOND }, code } };
    const nodes = new TestNodes({ behaviour });
    const { id } = nodes.addPod(testTemplate([testContainer("app")], { restartPolicy }));
    nodes.run(12 * SECOND);
    return { phase: nodes.records[id]!.status.phase, restarts: nodes.records[id]!.status.containers[0]!.restartCount };
  };
  it("Never: a good end is Succeeded, a bad one Failed", () => {
    expect(phaseOf("Never", 0)).toEqual({ phase: PodPhase.Succeeded, restarts: 0 });
    expect(phaseOf("Never", 3)).toEqual({ phase: PodPhase.Failed, restarts: 0 });
  });
  it("OnFailure: a good end is Succeeded, a bad one starts again", () => {
    expect(phaseOf("OnFailure", 0)).toEqual({ phase: PodPhase.Succeeded, restarts: 0 });
    expect(phaseOf("OnFailure", 3).restarts).toBe(1);
  });
});

describe("probes", () => {
  const probed = testTemplate([
    testContainer("app", {
      livenessProbe: testProbe({ periodSeconds: 2, timeoutSeconds: 1 }),
      readinessProbe: testProbe({ periodSeconds: 3 }),
    }),
  ]);
  const slow = { ...instantBehaviour, probeTime: { type: "logNormal" as const, median: 300 * MILLISECOND, p99: 1200 * MILLISECOND } };

  it("finished in the event that starts them are recorded like those that take the ordinary way", () => {
    const snapshots = [true, false].map((isShort) => {
      const nodes = new TestNodes({ behaviour: slow, settings: defaultSettings });
      nodes.addPod(probed);
      nodes.addPod(probed);
      if (!isShort) nodes.table.steadyProbes = null;
      nodes.run(2000 * SECOND);
      const { histograms, counters } = nodes.recorder.snapshot();
      return { histograms, counters, times: nodes.times(CauseKind.containerStarted) };
    });
    expect(snapshots[0]).toEqual(snapshots[1]);
    expect(Object.keys(snapshots[0]!.histograms)).toContain(seriesName("probe_duration", "httpGet", "timeout", "liveness"));
  });

  it("count a timeout at its timeout", () => {
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, probeTime: { type: "constant", value: 5 * SECOND } } });
    nodes.addPod(probed);
    nodes.run(20 * SECOND);
    expect(nodes.recorder.snapshot().histograms[seriesName("probe_duration", "httpGet", "timeout", "liveness")]).toMatchObject({
      min: SECOND,
      max: SECOND,
    });
  });

  it("are refused before the application listens, except exec, which needs a process only", () => {
    const exec = testProbe({ handler: { type: "exec", command: ["true"] }, periodSeconds: 1 });
    const template = testTemplate([
      testContainer("app", {
        livenessProbe: { ...exec, failureThreshold: 100 },
        readinessProbe: testProbe({ periodSeconds: 1, failureThreshold: 100 }),
      }),
    ]);
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, startUp: { type: "constant", value: 10 * SECOND } } });
    const { id } = nodes.addPod(template);
    nodes.run(9 * SECOND);
    const { histograms } = nodes.recorder.snapshot();
    expect(histograms[seriesName("probe_duration", "httpGet", "failure", "readiness")]!.count).toBeGreaterThan(7);
    expect(histograms[seriesName("probe_duration", "exec", "success", "liveness")]!.count).toBeGreaterThan(7);
    expect(nodes.times(CauseKind.probeKill, id)).toEqual([]);
    nodes.run(20 * SECOND);
    expect(nodes.records[id]!.status.conditions & PodCondition.Ready).not.toBe(0);
  });

  it("under way when their process ends fail with it: no Pod turns Ready afterwards", () => {
    const behaviour = {
      ...instantBehaviour,
      probeTime: { type: "constant" as const, value: 800 * MILLISECOND },
      exit: { after: { type: "constant" as const, value: 500 * MILLISECOND }, code: 1 },
    };
    const nodes = new TestNodes({ behaviour, settings: { plegRelistPeriod: SECOND } });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { readinessProbe: testProbe({ periodSeconds: 1 }) })]));
    nodes.run(60 * SECOND);
    expect(nodes.table.restarts.length).toBeGreaterThan(1);
    expect(nodes.times(CauseKind.readyChanged, id)).toEqual([]);
    const { histograms } = nodes.recorder.snapshot();
    expect(histograms[seriesName("probe_duration", "httpGet", "success", "readiness")]?.count ?? 0).toBe(0);
    expect(histograms[seriesName("probe_duration", "httpGet", "failure", "readiness")]!.max).toBeLessThan(501 * MILLISECOND);
  });

  it("are refused once a draining application has closed its listener", () => {
    const nodes = new TestNodes({
      behaviour: { ...instantBehaviour, shutdown: { type: "drain", atMost: 20 * SECOND } },
      createServer: () => drainingServer(20 * SECOND),
    });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { readinessProbe: testProbe({ periodSeconds: 1 }) })]));
    nodes.deletePod(id, 100 * SECOND, 30);
    nodes.run(110 * SECOND);
    expect(nodes.status(id).conditions & PodCondition.Ready).toBe(0);
    expect(nodes.times(CauseKind.containerExited, id)).toEqual([]);
  });

  it("gRPC against nobody is a timeout", () => {
    const readiness = testProbe({ handler: { type: "grpc", port: 80, service: "" }, timeoutSeconds: 2 });
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, startUp: { type: "constant", value: 100 * SECOND } } });
    nodes.addPod(testTemplate([testContainer("app", { readinessProbe: readiness })]));
    nodes.run(50 * SECOND);
    expect(nodes.recorder.snapshot().histograms[seriesName("probe_duration", "grpc", "timeout", "readiness")]).toMatchObject({
      min: 2 * SECOND,
    });
  });

  it("of a startup probe gate the others, and a budget that runs out kills", () => {
    const template = testTemplate([
      testContainer("app", {
        startupProbe: testProbe({ periodSeconds: 1, failureThreshold: 5 }),
        livenessProbe: testProbe({ periodSeconds: 1 }),
      }),
    ]);
    const ok = new TestNodes({ behaviour: { ...instantBehaviour, startUp: { type: "constant", value: 3 * SECOND } } });
    const { id } = ok.addPod(template);
    ok.run(20 * SECOND);
    expect(ok.records[id]!.status.containers[0]).toMatchObject({ started: true, ready: true, restartCount: 0 });
    const late = new TestNodes({ behaviour: { ...instantBehaviour, startUp: { type: "constant", value: 30 * SECOND } } });
    late.addPod(template);
    late.run(8 * SECOND);
    expect(late.times(CauseKind.probeKill).length).toBe(1);
    expect(late.recorder.snapshot().histograms[seriesName("probe_duration", "httpGet", "failure", "liveness")]).toBeUndefined();
  });

  it("fail at the rate of a fault, whose cause the kill leads back to", () => {
    const nodes = new TestNodes();
    const { id } = nodes.addPod(probed);
    const fault = nodes.causes.note(0, CauseKind.fault, 0, 0, 0);
    nodes.causes.current = fault;
    nodes.fault({ kind: "failProbes", pod: id, probe: "liveness", rate: 1, until: 40 * SECOND }, 30 * SECOND);
    nodes.run(100 * SECOND);
    const rows = new Map(nodes.causes.rows().map((row) => [row.id, row]));
    const kill = nodes.causes.rows().find((row) => row.kind === CauseKind.probeKill)!;
    expect(rows.get(rows.get(kill.parent)!.parent)!.id).toBe(fault);
    expect(nodes.times(CauseKind.probeKill, id)).toEqual([expect.closeTo(34.001, 2)]);
    // Readiness was left alone.
    expect(nodes.recorder.snapshot().histograms[seriesName("probe_duration", "httpGet", "failure", "readiness")]).toBeUndefined();
  });

  it("share the workers with requests: a full queue fails them, and that is overload", () => {
    const server = Object.assign(drainingServer(0), { admitProbe: () => Admission.queueFull });
    const nodes = new TestNodes({ behaviour: { ...instantBehaviour, probesShareWorkers: true }, createServer: () => server });
    const { id } = nodes.addPod(testTemplate([testContainer("app", { livenessProbe: testProbe() })]));
    nodes.run(45 * SECOND);
    const rows = new Map(nodes.causes.rows().map((row) => [row.id, row]));
    const kill = nodes.causes.rows().find((row) => row.kind === CauseKind.probeKill && row.subject === id)!;
    expect(rows.get(rows.get(kill.parent)!.parent)!.kind).toBe(CauseKind.overload);
  });
});

describe("laws of a node", () => {
  const containers = fc.record({
    exit: fc.option(fc.record({ after: fc.integer({ min: 1, max: 60 }), code: fc.constantFrom(0, 1) })),
    startUp: fc.integer({ min: 0, max: 20 }),
    probeMs: fc.constantFrom(1, 500, 1500),
    unhealthyAfter: fc.option(fc.integer({ min: 1, max: 60 })),
    shutdown: fc.constantFrom({ type: "exit" as const }, { type: "ignore" as const }, { type: "drain" as const, atMost: 5 * SECOND }),
    probes: fc.record({ startup: fc.boolean(), liveness: fc.boolean(), readiness: fc.boolean() }),
    preStop: fc.constantFrom(null, 1, 20),
  });
  const stories = fc.record({
    container: containers,
    policy: fc.constantFrom("Always" as const, "OnFailure" as const, "Never" as const),
    addedAt: fc.integer({ min: 1, max: 60 }),
    deletedAfter: fc.option(fc.integer({ min: 0, max: 100 })),
    grace: fc.constantFrom(1, 5, 30),
    lostAt: fc.option(fc.integer({ min: 1, max: 150 })),
  });
  type Story = typeof stories extends fc.Arbitrary<infer Value> ? Value : never;

  function templateOf({ container, policy }: Story): PodTemplate {
    const probe = testProbe({ periodSeconds: 3 });
    const { startup, liveness, readiness } = container.probes;
    const app = testContainer("app", {
      startupProbe: startup ? probe : null,
      livenessProbe: liveness ? probe : null,
      readinessProbe: readiness ? probe : null,
      preStop: container.preStop === null ? null : sleepHook(container.preStop),
    });
    return testTemplate([app], { restartPolicy: policy });
  }

  function tell(list: readonly Story[], filler: number): TestNodes {
    const behaviours = list.map(({ container }) => ({
      ...instantBehaviour,
      startUp: { type: "exponential" as const, mean: container.startUp * SECOND },
      probeTime: { type: "constant" as const, value: container.probeMs * MILLISECOND },
      exit:
        container.exit === null
          ? null
          : { after: { type: "constant" as const, value: container.exit.after * SECOND }, code: container.exit.code },
      unhealthyAfter: container.unhealthyAfter === null ? null : container.unhealthyAfter * SECOND,
      shutdown: container.shutdown,
    }));
    const perTemplate = new Map<number, (typeof behaviours)[number]>();
    const nodes = new TestNodes({
      nodes: 2,
      settings: defaultSettings,
      behaviourOf: (template) => perTemplate.get(template) ?? instantBehaviour,
    });
    // Rows, servers and timers of other Pods come first: they must not matter.
    const pods = list.map((story, index) => {
      const template = { ...templateOf(story), annotations: { story: String(index) } };
      perTemplate.set(nodes.definitions.intern(template), behaviours[index]!);
      return nodes.addPod(template, story.addedAt * SECOND);
    });
    for (let extra = 0; extra < filler; extra++) nodes.addPod(testTemplate([testContainer("filler")]), 1, 1);
    list.forEach(({ deletedAfter, addedAt, grace }, index) => {
      if (deletedAfter !== null) nodes.deletePod(pods[index]!.id, (addedAt + deletedAfter) * SECOND + 7, grace);
    });
    const lostAt = list.find((story) => story.lostAt !== null)?.lostAt ?? null;
    if (lostAt !== null) {
      nodes.fault({ kind: "loseNode" }, lostAt * SECOND + 3);
      nodes.fault({ kind: "returnNode" }, (lostAt + 45) * SECOND + 3);
    }
    nodes.run(600 * SECOND);
    return nodes;
  }

  const many = fc.array(stories, { minLength: 1, maxLength: 4 });

  test.prop([many], { numRuns: 60 })("what happens to a Pod doesn't depend on rows and other nodes", (list) => {
    const of = (nodes: TestNodes): unknown => ({
      received: nodes.received.filter(({ request }) => "pod" in request && request.pod < list.length),
      causes: nodes.causes.rows().filter(({ id }) => Math.floor(id / 2 ** 32) === 1),
    });
    expect(of(tell(list, 3))).toEqual(of(tell(list, 0)));
  });

  test.prop([many], { numRuns: 60 })("deleted Pods go, restarts only grow, terminal phases stay, and nothing is left behind", (list) => {
    const nodes = tell(list, 0);
    list.forEach((story, id) => {
      const patches = nodes.patches(id);
      let restarts = 0;
      let terminal: number | null = null;
      for (const { status } of patches) {
        const count = status.containers[0]?.restartCount ?? 0;
        expect(count).toBeGreaterThanOrEqual(restarts);
        restarts = count;
        if (terminal !== null) expect(status.phase).toBe(terminal);
        if (status.phase === PodPhase.Succeeded || status.phase === PodPhase.Failed) terminal = status.phase;
      }
      if (story.deletedAfter !== null) expect(nodes.table.rowOf(id)).toBe(-1);
      else expect(nodes.table.rowOf(id)).not.toBe(-1);
    });
    const left = nodes.kubelet.node.rows.length;
    expect(left).toBe(list.filter((story) => story.deletedAfter === null).length);
    expect(nodes.table.details.size).toBeLessThanOrEqual(left);
  });
});

/** Kinds of a row and its ancestors, from the first row of a kind. */
function chainOf(nodes: TestNodes, kind: number): number[] {
  const rows = new Map(nodes.causes.rows().map((row) => [row.id, row]));
  const kinds: number[] = [];
  for (let row = [...rows.values()].find((first) => first.kind === kind); row !== undefined; row = rows.get(row.parent))
    kinds.push(row.kind);
  return kinds;
}
