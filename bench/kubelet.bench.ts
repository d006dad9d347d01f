/** Settled Pods with liveness and readiness probes through the kubelet's machines, beside the bare timers of the same number. */
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { defaultSettings } from "../engine/settings.ts";
import { SECOND } from "../engine/kernel/time.ts";
import { Simulator } from "../engine/kernel/simulator.ts";
import { streamKey, word } from "../engine/kernel/random.ts";
import { PodCondition, PodPhase, type PodStatus } from "../engine/kubernetes/objects/pod.ts";
import { testContainer, TestNodes, testProbe, testTemplate } from "../engine/kubernetes/kubelet/test-node.ts";
import { cpuSeconds, liveBytes, type Bench, type Contestant } from "./bench.ts";

const PERIOD = 10 * SECOND;
const PODS_PER_NODE = 100;
/** PERFORMANCE: 100,000 Pods with two probes every 10 s must run at least this much faster than real time. */
const FASTER_THAN_REAL_TIME = 100;

export const bench: Bench = {
  summary: "probes/s of settled Pods through the kubelet, bytes per Pod",
  async run(harness) {
    for (const pods of harness.isQuick ? [20_000] : [10_000, 100_000]) {
      harness.heading(`${pods.toLocaleString("en")} Pods, liveness and readiness every 10 s, log-normal answers`);
      const before = liveBytes();
      const nodes = settledPods(pods);
      harness.figure("bytes per Pod, statuses and timers included", "B", (liveBytes() - before) / pods);
      const seconds = harness.isQuick ? 20 : 60;
      const [kubelet, timers] = await harness.compare("events/s", [
        probing(nodes, seconds),
        bareTimers(pods * 2, pods * 2 * (seconds / 10)),
      ]);
      harness.ratio("kubelet ÷ bare timers", kubelet!, timers!);
      const eventsPerVirtualSecond = (pods * 2) / 10;
      const realTime = { ...kubelet!, name: "real time", runs: kubelet!.runs.map(() => eventsPerVirtualSecond) };
      harness.ratio("virtual seconds per CPU second", kubelet!, realTime, pods === 100_000 ? FASTER_THAN_REAL_TIME : null);
    }
  },
};

function settledPods(count: number): TestNodes {
  const nodes = new TestNodes({ nodes: Math.ceil(count / PODS_PER_NODE), settings: defaultSettings, behaviour: defaultBehaviour });
  const template = testTemplate([testContainer("app", { livenessProbe: testProbe(), readinessProbe: testProbe() })]);
  const key = streamKey(1, "bench", "ages");
  for (let pod = 0; pod < count; pod++) {
    const startedAt = -(word(key.hi, key.lo, pod) % (3600 * SECOND)) - 60 * SECOND;
    nodes.adopt(template, startedAt, runningSince(startedAt), Math.floor(pod / PODS_PER_NODE));
  }
  // A whole round: those that were queued while their class was small move to the ring.
  nodes.run(PERIOD + 1);
  return nodes;
}

function runningSince(startedAt: number): PodStatus {
  const at = Math.floor(startedAt / SECOND);
  return Object.freeze({
    phase: PodPhase.Running,
    reason: "",
    readySince: at,
    startTime: at,
    hasPodIp: true,
    initContainers: [],
    conditions:
      PodCondition.PodScheduled |
      PodCondition.PodReadyToStartContainers |
      PodCondition.Initialized |
      PodCondition.ContainersReady |
      PodCondition.Ready,
    containers: Object.freeze([
      Object.freeze({
        state: Object.freeze({ type: "running" as const, startedAt: at }),
        lastState: null,
        restartCount: 0,
        ready: true,
        started: true,
      }),
    ]),
  });
}

function probing(nodes: TestNodes, seconds: number): Contestant {
  let end = PERIOD + 1;
  return {
    name: "probes through the kubelet",
    run() {
      const before = nodes.simulator.events;
      const spent = cpuSeconds(() => nodes.run((end += seconds * SECOND)));
      return { work: nodes.simulator.events - before, seconds: spent };
    },
  };
}

function bareTimers(count: number, firings: number): Contestant {
  const simulator = new Simulator({ lpCount: 1, shard: 0, shardOf: new Uint8Array(1), outbox: null, eventsPerSecondMax: 1e9 });
  const key = streamKey(1, "bench", "bare timers");
  simulator.add({ id: 0, onMessage: () => undefined, onTimer: () => undefined });
  for (let slot = 0; slot < count; slot++)
    simulator.armPeriodic(simulator.timers.create(0, slot, slot), 1 + (word(key.hi, key.lo, slot) % PERIOD), PERIOD);
  let end = PERIOD + 1;
  simulator.runUntil(end);
  return {
    name: "the same timers, doing nothing",
    run() {
      const before = simulator.events;
      const spent = cpuSeconds(() => simulator.runUntil((end += Math.round((firings / count) * PERIOD))));
      return { work: simulator.events - before, seconds: spent };
    },
  };
}
