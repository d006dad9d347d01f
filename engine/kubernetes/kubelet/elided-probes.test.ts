/** One or two nodes with and without elision: what must be the same to the byte, what is never skipped, and that no jump outlives what it was drawn for. */
import { describe, expect, it, test } from "vitest";
import { defaultSettings } from "../../settings.ts";
import type { ApplicationBehaviour } from "../../application/application.ts";
import { Admission, type ContainerServer } from "../../application/server.ts";
import { MILLISECOND, SECOND } from "../../kernel/time.ts";
import { Stream, streamKey } from "../../kernel/random.ts";
import { labelsOf, seriesName } from "../../metrics/catalogue.ts";
import type { RecorderSnapshot } from "../../metrics/recorder.ts";
import { versionsOf } from "../versions.ts";
import type { PodTemplate } from "../objects/pod.ts";
import { ProbeFlag } from "./tables.ts";
import { instantBehaviour, testContainer, TestNodes, testProbe, testTemplate } from "./test-node.ts";

const PODS = 6;
const END = 1500 * SECOND;
/** Answers that only faults make late. */
const steady: ApplicationBehaviour = { ...instantBehaviour, probeTime: { type: "constant", value: 100 } };
/** One answer in 50 is late by chance. */
const slow: ApplicationBehaviour = {
  ...instantBehaviour,
  probeTime: { type: "logNormal", median: 300 * MILLISECOND, p99: 900 * MILLISECOND },
};
const exec = { type: "exec", command: ["true"] } as const;
const template = testTemplate([
  testContainer("app", {
    livenessProbe: testProbe({ periodSeconds: 3, failureThreshold: 2 }),
    readinessProbe: testProbe({ periodSeconds: 2, failureThreshold: 1 }),
    startupProbe: testProbe({ periodSeconds: 1, failureThreshold: 10 }),
  }),
  testContainer("side", {
    ports: [{ name: "tcp", containerPort: 81, protocol: "TCP", hostPort: null }],
    livenessProbe: testProbe({ periodSeconds: 4, handler: { type: "tcpSocket", port: 81, host: "" } }),
    readinessProbe: testProbe({ periodSeconds: 5, handler: exec }),
  }),
]);

function nodesOf(elidesProbes: boolean, behaviour: ApplicationBehaviour, options: { seed?: number; minor?: number } = {}): TestNodes {
  const { seed = 1, minor = 36 } = options;
  const nodes = new TestNodes({
    nodes: 2,
    seed,
    settings: defaultSettings,
    elidesProbes,
    behaviour: { ...behaviour, startUp: { type: "constant", value: 2 * SECOND } },
    versions: versionsOf(`1.${minor}`)!,
  });
  for (let pod = 0; pod < PODS; pod++) nodes.addPod(template, 1 + pod * 700 * MILLISECOND, pod % 2);
  return nodes;
}

/** Faults and an operator's deeds by chance, the same for the same seed. */
function trouble(nodes: TestNodes, seed: number): void {
  const stream = new Stream(streamKey(seed, "test", "trouble"));
  for (let deed = 0; deed < 12; deed++) {
    const at = 30 * SECOND + stream.nextBelow(1200 * SECOND);
    const until = at + 1 + stream.nextBelow(100 * SECOND);
    const pod = stream.nextBelow(PODS);
    const node = pod % 2;
    const probe = (["liveness", "readiness", "all"] as const)[stream.nextBelow(3)]!;
    const common = { kind: "disturbContainer", pod, container: null, rate: 0, probe, until } as const;
    switch (stream.nextBelow(9)) {
      case 0:
        nodes.fault({ kind: "failProbes", pod, probe, rate: stream.next(), until }, at, node);
        break;
      case 1:
        nodes.fault({ ...common, effect: "hang", amount: 0 }, at, node);
        break;
      case 2:
        nodes.fault({ ...common, effect: "slowProbes", amount: 700 * MILLISECOND }, at, node);
        break;
      case 3:
        nodes.fault({ ...common, effect: "starve", amount: 5 }, at, node);
        break;
      case 4:
        nodes.fault({ ...common, effect: "crash", amount: 1 }, at, node);
        break;
      case 5:
        nodes.fault({ ...common, effect: "losePackets", amount: 0.3 }, at, node);
        break;
      case 6:
        nodes.fault({ kind: "stopKubelet", fault: deed + 1 }, at, node);
        nodes.fault({ kind: "startKubelet", fault: deed + 1 }, until, node);
        break;
      case 7:
        nodes.fault({ kind: "loseNode", fault: deed + 1 }, at, node);
        nodes.fault({ kind: "returnNode", fault: deed + 1 }, until, node);
        break;
      default:
        if (nodes.table.rowOf(pod) === -1) nodes.deletePod(pod, at, 5);
    }
  }
}

/** Attempts by series, however long they took. */
function attempts({ histograms }: RecorderSnapshot): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(histograms).map(([name, { count }]) => [name, count]));
}

function counted({ counters }: RecorderSnapshot, metric: string): number {
  return Object.entries(counters).reduce((sum, [name, value]) => sum + (labelsOf(name, metric) === null ? 0 : value), 0);
}

function measured(nodes: TestNodes): RecorderSnapshot {
  nodes.table.elidedProbes?.measure(END);
  return nodes.recorder.snapshot();
}

describe("probes that chance never makes late", () => {
  test.each([20, 27, 32, 36])("do with elision what they do without, whatever happens to them (1.%i)", (minor) => {
    for (let seed = 1; seed <= 12; seed++) {
      const [exact, elided] = [false, true].map((elides) => {
        const nodes = nodesOf(elides, steady, { seed, minor });
        trouble(nodes, seed);
        nodes.run(END);
        return nodes;
      }) as [TestNodes, TestNodes];
      expect(elided.received).toEqual(exact.received);
      expect(elided.events).toEqual(exact.events);
      expect(elided.causes.rows()).toEqual(exact.causes.rows());
      const [one, other] = [measured(exact), measured(elided)];
      expect(attempts(other)).toEqual(attempts(one));
      expect(counted(other, "probes_elided")).toBeGreaterThan(1000);
      expect(elided.simulator.events).toBeLessThan(exact.simulator.events);
    }
  });

  it("are counted as skipped or as run, each once", () => {
    const nodes = nodesOf(true, steady);
    nodes.run(END);
    const snapshot = measured(nodes);
    const lags = Object.entries(snapshot.histograms).filter(([name]) => labelsOf(name, "probe_lag") !== null);
    const all = lags.reduce((sum, [, { count }]) => sum + count, 0);
    expect(counted(snapshot, "probes_elided") + counted(snapshot, "probes_exact")).toBe(all);
    expect(counted(snapshot, "probes_exact")).toBeLessThan(all / 50);
  });
});

describe("a jump", () => {
  it("never outlives what it was drawn for", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const nodes = nodesOf(true, slow, { seed });
      trouble(nodes, seed);
      let looks = 0;
      for (let at = SECOND; at < END; at += 777_777) {
        nodes.run(at);
        looks += checkJumps(nodes);
      }
      expect(looks).toBeGreaterThan(5000);
    }
  });

  it("ends with an attempt that is too late, and is taken up again when one was in time", () => {
    const nodes = nodesOf(true, slow);
    nodes.run(END);
    const snapshot = measured(nodes);
    const late = Object.entries(snapshot.histograms).filter(([name]) => name.includes("outcome=timeout"));
    expect(late.reduce((sum, [, { count }]) => sum + count, 0)).toBeGreaterThan(40);
    for (const [, { min, max }] of late) expect([min, max]).toEqual([SECOND, SECOND]);
    for (const [name, { max }] of Object.entries(snapshot.histograms))
      if (name.includes("outcome=success")) expect(max).toBeLessThanOrEqual(SECOND);
    expect(counted(snapshot, "probes_elided")).toBeGreaterThan(5 * counted(snapshot, "probes_exact"));
  });

  it("counts no tick twice, however often somebody looks", () => {
    const nodes = nodesOf(true, steady);
    nodes.run(END);
    nodes.table.elidedProbes!.measure(500 * SECOND);
    nodes.table.elidedProbes!.measure(1000 * SECOND);
    expect(attempts(measured(nodes))).toEqual(attempts(measured(nodesRun(steady))));
  });
});

function nodesRun(behaviour: ApplicationBehaviour): TestNodes {
  const nodes = nodesOf(false, behaviour);
  nodes.run(END);
  return nodes;
}

/** How many workers are elided now; each must still be as it was when its jump was drawn. */
function checkJumps(nodes: TestNodes): number {
  const { table, simulator } = nodes;
  let elided = 0;
  for (const { id } of nodes.records) {
    const row = table.rowOf(id);
    if (row === -1) continue;
    const plan = table.plan(row);
    for (let position = 0; position < plan.probes.length; position++) {
      const at = table.probeAt(row, plan, position);
      if ((table.words[at + 2]! & ProbeFlag.elided) === 0) continue;
      elided++;
      expect(table.elidedProbes!.holds(simulator.now, row, plan, position, at)).toBe(true);
    }
  }
  return elided;
}

describe("what is never skipped", () => {
  const http = testTemplate([testContainer("app", { livenessProbe: testProbe() })]);
  const tcp = testTemplate([testContainer("app", { livenessProbe: testProbe({ handler: { type: "tcpSocket", port: 80, host: "" } }) })]);
  const command = testTemplate([testContainer("app", { livenessProbe: testProbe({ handler: exec }) })]);
  const slowest = testTemplate([testContainer("app", { livenessProbe: testProbe({ periodSeconds: 1, timeoutSeconds: 1 }) })]);
  const shared: ApplicationBehaviour = { ...steady, probesShareWorkers: true };
  const aging: ApplicationBehaviour = { ...steady, unhealthyAfter: 10_000 * SECOND };

  const scripted: ApplicationBehaviour = { ...steady, script: { runs: [], stop: null, exec: {}, http: { port: 0, paths: {} } } };
  const asking: ApplicationBehaviour = { ...steady, healthChecks: { on: "readiness", calls: [] } };

  function reasonsOf(of: PodTemplate, behaviour: ApplicationBehaviour): readonly string[] {
    const nodes = new TestNodes({ elidesProbes: true, behaviour, settings: defaultSettings, createServer: idleServer });
    nodes.addPod(of);
    nodes.run(END);
    const { counters } = measured(nodes);
    return Object.keys(counters).filter((name) => counters[name]! > 100 && name.startsWith("probes_"));
  }

  test.each([
    ["an answer that waits for the workers of requests", http, shared, seriesName("probes_exact", "load")],
    ["an answer that turns bad at an age", http, aging, seriesName("probes_exact", "health")],
    ["a command of such an application", command, aging, seriesName("probes_exact", "health")],
    ["an answer that a script gives", http, scripted, seriesName("probes_exact", "script")],
    ["an answer that may ask other Services", http, asking, seriesName("probes_exact", "calls")],
    ["an attempt that may still be under way at the next tick", slowest, steady, seriesName("probes_exact", "period")],
  ] as const)("%s", (_, of, behaviour, name) => {
    expect(reasonsOf(of, behaviour)).toEqual([name]);
  });

  test.each([
    ["a TCP probe, which the kernel answers", tcp, shared],
    ["a TCP probe of an aging application", tcp, aging],
    ["a command, which asks no worker", command, shared],
    ["an answer on a port of its own", http, { ...shared, probesShareWorkers: false }],
  ] as const)("but %s, is", (_, of, behaviour) => {
    expect(reasonsOf(of, behaviour)).toEqual([seriesName("probes_elided", "liveness")]);
  });

  test("is counted under the fault that meets it, while it does", () => {
    const nodes = new TestNodes({ elidesProbes: true, behaviour: steady, settings: defaultSettings });
    const { id } = nodes.addPod(http);
    nodes.fault({ kind: "failProbes", pod: id, probe: "readiness", rate: 1, until: 800 * SECOND }, 300 * SECOND);
    nodes.run(END);
    const { counters } = measured(nodes);
    expect(counters[seriesName("probes_exact", "fault")]).toBeCloseTo(50, -1);
    expect(counters[seriesName("probes_elided", "liveness")]).toBeCloseTo(98, -1);
  });
});

/** Answers each probe in the time that it takes. */
function idleServer(): ContainerServer {
  const server = {
    isListening: true,
    end: 0,
    blame: 0,
    admitProbe(now: number, work: number): Admission {
      server.end = now + work;
      return Admission.accepted;
    },
    limitCpu: () => undefined,
    begin: () => undefined,
    listen: () => undefined,
    cpuTime: () => 0,
    cpuWanted: () => 0,
    shareCpu: () => undefined,
    limitMemory: () => undefined,
    die: () => undefined,
  };
  return server as unknown as ContainerServer;
}
