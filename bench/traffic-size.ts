/**
 * Traffic of whole clusters, which the traffic's own rig leaves out: whether memory stays flat over the length of a run,
 * and what many places of clients cost while all endpoints are replaced.
 */
import { cpuUsage, memoryUsage } from "node:process";
import { MILLISECOND, MINUTE, SECOND, type Duration } from "../engine/kernel/time.ts";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { run, runHere } from "../workers/run.ts";
import type { Contestant, Harness } from "./bench.ts";
import { clusterSpec, rolloutOf } from "./cluster-spec.ts";

const PODS = 1000;
/** Requests per second on all Pods. */
const RATE = 100_000;
const LENGTH: Duration = 10 * MINUTE;
const PARTS = 10;
const MIB = 1024 * 1024;
/** What later parts of a run may need more than its second tenth, in which everything has grown to its size. */
const FLAT = 1.25;
/** millicores */
const NODE_CPU = 16_000;
const PLACES = 1000;
/** Requests per second while the rollout lasts. */
const ROLLOUT_RATE = 20_000;

/** 1,000 Pods under 100,000 requests/s on two threads. Resident memory is told for each tenth. */
export async function measureLength(harness: Harness): Promise<void> {
  const duration = harness.isQuick ? LENGTH / PARTS : LENGTH;
  harness.heading(`${PODS} Pods, ${RATE} requests/s for ${duration / MINUTE} virtual minutes on 2 threads`);
  const tenths: number[] = [];
  let resident = 0;
  const note = (now: number): void => {
    while (tenths.length < PARTS && now >= ((tenths.length + 1) * duration) / PARTS) tenths.push(resident);
  };
  const look = (now: number): void => {
    resident = memoryUsage.rss();
    note(now);
  };
  const { result, run: facts } = await run(loaded(duration), { workers: 2, onProgress: ({ virtualTime }) => look(virtualTime) });
  // The last look before the threads ended.
  note(duration);
  const requests = requestsOf(result);
  harness.figure("requests", "requests/s", requests / facts.wallSeconds);
  harness.figure("beside real time", "×", facts.virtualSecondsPerSecond);
  harness.note(`resident MiB at 1/10 … 10/10: ${tenths.map((bytes) => Math.round(bytes / MIB)).join(" ")}`);
  const early = harness.figure("resident at 2/10", "MiB", tenths[1]! / MIB);
  const late = harness.figure("resident at 10/10", "MiB", tenths[PARTS - 1]! / MIB);
  // A short run ends before the heaps have grown to their size.
  harness.ratio("2/10 ÷ 10/10", early, late, harness.isQuick ? null : 1 / FLAT);
}

/** Every endpoint of 1,000 is replaced while requests come from one place, or from 1,000 with views of their own. */
export async function measurePlaces(harness: Harness): Promise<void> {
  const duration = (harness.isQuick ? 1 : 3) * MINUTE;
  harness.heading(`${PODS} endpoints are rolled out anew, ${ROLLOUT_RATE} requests/s for ${duration / MINUTE} min`);
  const [many, one] = await harness.compare("requests/s", [fromPlaces(PLACES, duration), fromPlaces(1, duration)]);
  harness.ratio(`${PLACES} places ÷ 1 place`, many!, one!, 0.5);
}

function fromPlaces(places: number, duration: Duration): Contestant {
  const settled = clusterSpec({ pods: PODS, podsPerNode: 1, room: 3, replicas: PODS, duration, seed: 1, ratePerService: ROLLOUT_RATE });
  const spec = busy({ ...rolloutOf(settled), load: settled.load.map((load) => ({ ...load, places })) });
  return {
    name: `${places} place${places === 1 ? "" : "s"} of clients`,
    run: async () => {
      const before = cpuUsage();
      const result = await runHere(spec, 1);
      const { system, user } = cpuUsage(before);
      return { work: requestsOf(result), seconds: (system + user) / SECOND };
    },
  };
}

function loaded(duration: Duration): ScenarioSpec {
  return busy(clusterSpec({ pods: PODS, podsPerNode: 10, replicas: PODS, duration, seed: 1, ratePerService: RATE }));
}

/** Each Pod is half busy at 100 requests/s, and no node is short of CPU. */
function busy(spec: ScenarioSpec): ScenarioSpec {
  const applications = spec.applications.map((application) => ({
    ...application,
    behaviour: {
      ...application.behaviour,
      serviceTime: { type: "exponential", mean: 10 * MILLISECOND } as const,
      concurrency: 2,
      queue: 1000,
    },
  }));
  return { ...spec, applications, nodes: spec.nodes.map((node) => ({ ...node, cpu: NODE_CPU })) };
}

function requestsOf({ metrics: { counters } }: RunResult): number {
  return Object.entries(counters).reduce((sum, [series, count]) => (series.startsWith("requests_sent") ? sum + count : sum), 0);
}
