/** Settled Pods with liveness and readiness probes through the kubelet's machines, beside the bare timers of the same number. */
import type { ApplicationBehaviour } from "../engine/application/application.ts";
import { defaultBehaviour } from "../engine/application/defaults.ts";
import { defaultSettings } from "../engine/settings.ts";
import { logDeviation } from "../engine/kernel/distribution.ts";
import { exp } from "../engine/kernel/elementary.ts";
import { normalAbove } from "../engine/kernel/normal.ts";
import { MILLISECOND, SECOND } from "../engine/kernel/time.ts";
import { Simulator } from "../engine/kernel/simulator.ts";
import { streamKey, word } from "../engine/kernel/random.ts";
import { withSkipped } from "../engine/kubernetes/kubelet/skipped-probes.ts";
import { PodCondition, PodPhase, type PodStatus } from "../engine/kubernetes/objects/pod.ts";
import { testContainer, TestNodes, testProbe, testTemplate } from "../engine/kubernetes/kubelet/test-node.ts";
import { cpuSeconds, liveBytes, type Bench, type Contestant, type Harness } from "./bench.ts";

const PERIOD = 10 * SECOND;
const PODS_PER_NODE = 100;
/** PERFORMANCE: 100,000 Pods with two probes every 10 s must run at least this much faster than real time. */
const FASTER_THAN_REAL_TIME = 100;
/** PERFORMANCE 3e: at one late attempt in 1,000, virtual time per CPU time against the run that runs each attempt. */
const ELIDED_OVER_EXACT = 10;

export const bench: Bench = {
  summary: "probes/s of settled Pods through the kubelet, bytes per Pod; elided probes against each one run",
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
    for (const share of harness.isQuick ? [1e-3] : [1e-2, 1e-3, 1e-4]) await elision(harness, share);
  },
};

/** The same Pods with each attempt run and with `probes: elided`, one attempt in so many too late by chance. */
async function elision(harness: Harness, share: number): Promise<void> {
  const pods = harness.isQuick ? 5_000 : 20_000;
  harness.heading(
    `${pods.toLocaleString("en")} Pods, one answer in ${(1 / share).toLocaleString("en")} too late, each attempt run or elided`,
  );
  const seconds = 3600;
  const [each, skipping] = [settledPods(pods, share), settledPods(pods, share, true)];
  const [exact, elided] = await harness.compare("virtual s", [
    passing("each attempt run", each, seconds),
    passing("elided", skipping, seconds),
  ]);
  harness.ratio("elided ÷ each attempt run", elided!, exact!, share === 1e-3 ? ELIDED_OVER_EXACT : null);
  const { now, events } = skipping.simulator;
  const { counters, histograms } = skipping.recorder.snapshot();
  const sum = (values: Readonly<Record<string, number>>, metric: string): number =>
    Object.keys(values).reduce((total, name) => total + (name.startsWith(metric) ? values[name]! : 0), 0);
  const late = Object.keys(histograms).filter((name) => name.includes("outcome=timeout"));
  harness.note(
    `elided by ${now / SECOND} virtual s: ${sum(counters, "probes_elided").toLocaleString("en")} attempts, in no rate; run: ` +
      `${sum(counters, "probes_exact").toLocaleString("en")}, ${late.reduce((total, name) => total + histograms[name]!.count, 0)} of them late; ` +
      `${events.toLocaleString("en")} events, each attempt run: ${each.simulator.events.toLocaleString("en")}`,
  );
}

/** Virtual time per CPU time, with everything that was skipped drawn and measured at the end of each run. */
function passing(name: string, nodes: TestNodes, seconds: number): Contestant {
  return {
    name,
    run() {
      const end = nodes.simulator.now + seconds * SECOND;
      const spent = cpuSeconds(() => {
        nodes.run(end);
        withSkipped({}, nodes.table.elidedProbes?.takeSkipped(end) ?? []);
      });
      return { work: seconds, seconds: spent };
    },
  };
}

/** Log-normal answers of which this share takes longer than the timeout of a second; none given: hardly any. */
function answers(late: number | null): ApplicationBehaviour {
  if (late === null) return defaultBehaviour;
  const deviation = logDeviation(2 * MILLISECOND, 10 * MILLISECOND);
  let [least, most] = [0, 10];
  for (let step = 0; step < 60; step++) {
    const z = (least + most) / 2;
    if (normalAbove(z) > late) least = z;
    else most = z;
  }
  const scale = SECOND / (2 * MILLISECOND * exp(deviation * least));
  const probeTime = { type: "logNormal", median: 2 * MILLISECOND * scale, p99: 10 * MILLISECOND * scale } as const;
  return { ...defaultBehaviour, probeTime };
}

function settledPods(count: number, late: number | null = null, elidesProbes = false): TestNodes {
  const behaviour = answers(late);
  const nodes = new TestNodes({
    nodes: Math.ceil(count / PODS_PER_NODE),
    settings: defaultSettings,
    behaviour,
    elidesProbes,
    hasNoEvents: true,
  });
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
