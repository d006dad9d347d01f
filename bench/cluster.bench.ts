/**
 * A settled cluster, liveness and readiness every 10 s, no traffic, one thread: events/s, virtual seconds per
 * CPU second, bytes per Pod. Then clusters up to Kubernetes' own limits whose workloads are all rolled out anew: what
 * the control plane costs per Pod. Each size runs in a process of its own, so that resident bytes are its own.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Bench, Figure, Harness } from "./bench.ts";
import type { ClusterMeasure } from "./cluster-size.ts";
import type { RolloutMeasure } from "./rollout-size.ts";

interface Size {
  readonly pods: number;
  readonly virtualSeconds: number;
}

const sizes: readonly Size[] = [
  { pods: 1_000, virtualSeconds: 1200 },
  { pods: 10_000, virtualSeconds: 300 },
  { pods: 100_000, virtualSeconds: 60 },
];
/** Pods of the rollouts, 30 a node: the last is what Kubernetes is made for, 150,000 on 5,000 nodes. */
const rollouts = [15_000, 50_000, 150_000];
const rolloutsQuick = [1_500, 5_000, 15_000];
/** How much more the control plane may cost per Pod in the largest cluster than in the smallest: caches of the processor, no algorithm. */
const DEAREST = 1.5;
/** Node.js lets it grow to three times 16 or 32 MiB as it likes: fixed, so that a difference of resident bytes is the Pods'. */
const YOUNG_GENERATION = "--max-semi-space-size=8";
const settledProgram = "cluster-size";
const rolloutProgram = "rollout-size";

export const bench: Bench = {
  summary: "settled clusters of 1,000 to 100,000 Pods: events/s, times real time, bytes per Pod; rollouts up to 150,000",
  run(harness) {
    const measures: ClusterMeasure[][] = sizes.map(() => []);
    // Sizes take turns, so that a slow minute of the machine hits all of them.
    for (let repetition = 0; repetition < harness.repetitions; repetition++) {
      sizes.forEach((size, index) => measures[index]!.push(measure(size, harness.isQuick)));
    }
    sizes.forEach(({ pods }, index) => print(harness, pods, measures[index]!));
    printMarginal(harness, measures[1]!, measures[2]!);
    rollOut(harness);
  },
};

function measure({ pods, virtualSeconds }: Size, isQuick: boolean): ClusterMeasure {
  return measureIn<ClusterMeasure>(settledProgram, pods, isQuick ? virtualSeconds / 6 : virtualSeconds);
}

function measureIn<Measure>(program: string, pods: number, ...more: readonly number[]): Measure {
  const path = fileURLToPath(new URL(`./${program}${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", YOUNG_GENERATION, path, String(pods), ...more.map(String)],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${program} of ${pods} Pods: ${stderr}`);
  return JSON.parse(stdout) as Measure;
}

/** The largest takes minutes, so each is done once. */
function rollOut(harness: Harness): void {
  const sizes = harness.isQuick ? rolloutsQuick : rollouts;
  const perPod = sizes.map((pods) => printRollout(harness, measureIn<RolloutMeasure>(rolloutProgram, pods)));
  harness.heading("control plane, without leases, of one Pod rolled over");
  const [few, many] = [perPod[0]!, perPod[perPod.length - 1]!];
  harness.ratio(`${short(sizes[0]!)} Pods ÷ ${short(sizes.at(-1)!)} Pods`, few, many, Number((1 / DEAREST).toFixed(2)));
}

function printRollout(harness: Harness, measured: RolloutMeasure): Figure {
  const { pods, shares, cpu, wall, events, virtualSeconds, buildSeconds, residentBytes } = measured;
  const { apiServer, leases, scheduler, controllers, rest } = shares;
  harness.heading(
    `${short(pods)} Pods on ${short(Math.ceil(pods / 30))} nodes, all workloads rolled out anew at kcmQps and schedulerQps 500`,
  );
  harness.figure("to build and settle", "s", buildSeconds);
  harness.figure("virtual time of the rollout", "s", virtualSeconds);
  harness.figure("wall time", "s", wall);
  harness.figure("events", "1/s", events / cpu);
  harness.figure("resident", "B", residentBytes);
  const share = (name: string, seconds: number): void => void harness.figure(`${name}, share of the time`, "%", (100 * seconds) / cpu);
  share("API server", apiServer);
  share("scheduler", scheduler);
  share("controllers", controllers);
  share("leases of nodes", leases);
  share("nodes and kernel", rest);
  return harness.figure("control plane without leases, per Pod", "µs", ((apiServer + scheduler + controllers) * 1e6) / pods);
}

function short(pods: number): string {
  return pods.toLocaleString("en");
}

function print(harness: Harness, pods: number, runs: readonly ClusterMeasure[]): void {
  harness.heading(`${pods} Pods`);
  harness.figure("events", "1/s", ...runs.map(({ events, cpuSeconds }) => events / cpuSeconds));
  const speed = harness.figure(
    "virtual seconds per CPU second",
    "s/s",
    ...runs.map(({ virtualSeconds, cpuSeconds }) => virtualSeconds / cpuSeconds),
  );
  harness.figure("to build and settle", "s", ...runs.map(({ buildSeconds }) => buildSeconds));
  harness.figure("resident", "B", ...runs.map(({ residentBytes }) => residentBytes));
  if (pods === 100_000) harness.ratio("against real time", speed, { ...speed, runs: speed.runs.map(() => 1) }, 100);
}

/** What each Pod beyond the smaller size costs. */
function printMarginal(harness: Harness, few: readonly ClusterMeasure[], many: readonly ClusterMeasure[]): void {
  const perPod = (bytes: (measure: ClusterMeasure) => number): number[] =>
    many.map((measure, index) => (bytes(measure) - bytes(few[index]!)) / (measure.pods - few[index]!.pods));
  harness.heading("each further Pod, from 10,000 to 100,000");
  harness.figure("live heap", "B", ...perPod(({ heapBytes }) => heapBytes));
  harness.figure("typed arrays", "B", ...perPod(({ bufferBytes }) => bufferBytes));
  const resident = harness.figure("resident", "B", ...perPod(({ residentBytes }) => residentBytes));
  harness.ratio("2,048 bytes against resident", { ...resident, runs: resident.runs.map(() => 2048) }, resident, 1);
}
