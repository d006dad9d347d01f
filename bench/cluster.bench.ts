/**
 * A settled cluster, liveness and readiness every 10 s, no traffic, one thread: events/s, virtual seconds per
 * CPU second, bytes per Pod. Each size runs in a process of its own, so that resident bytes are its own.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Bench, Harness } from "./bench.ts";
import type { ClusterMeasure } from "./cluster-size.ts";

interface Size {
  readonly pods: number;
  readonly virtualSeconds: number;
}

const sizes: readonly Size[] = [
  { pods: 1_000, virtualSeconds: 1200 },
  { pods: 10_000, virtualSeconds: 300 },
  { pods: 100_000, virtualSeconds: 60 },
];
/** Node.js lets it grow to three times 16 or 32 MiB as it likes: fixed, so that a difference of resident bytes is the Pods'. */
const YOUNG_GENERATION = "--max-semi-space-size=8";
const program = fileURLToPath(new URL(`./cluster-size${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`, import.meta.url));

export const bench: Bench = {
  summary: "settled clusters of 1,000 to 100,000 Pods: events/s, times real time, bytes per Pod",
  run(harness) {
    const measures: ClusterMeasure[][] = sizes.map(() => []);
    // Sizes take turns, so that a slow minute of the machine hits all of them.
    for (let repetition = 0; repetition < harness.repetitions; repetition++) {
      sizes.forEach((size, index) => measures[index]!.push(measure(size, harness.isQuick)));
    }
    sizes.forEach(({ pods }, index) => print(harness, pods, measures[index]!));
    printMarginal(harness, measures[1]!, measures[2]!);
  },
};

function measure({ pods, virtualSeconds }: Size, isQuick: boolean): ClusterMeasure {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", YOUNG_GENERATION, program, String(pods), String(isQuick ? virtualSeconds / 6 : virtualSeconds)],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${pods} Pods: ${stderr}`);
  return JSON.parse(stdout) as ClusterMeasure;
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
