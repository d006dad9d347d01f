/**
 * `probes: elided` against running each attempt, over many seeds of a whole cluster: how many probes fail, how often
 * containers restart, for how long replicas are missing, how long answers take. False alarm of each test: 1 in
 * 10,000; the seeds are fixed, and no two runs share one.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { twoCountsChance, twoMeansChance, twoSamplesChance } from "./testdata/two-samples.ts";
import { clusterSpec, runCluster } from "./testdata/cluster.ts";
import { labelsOf } from "./metrics/catalogue.ts";
import { withSkipped } from "./kubernetes/kubelet/skipped-probes.ts";
import { BUCKETS } from "./metrics/histogram.ts";
import type { ShardResult } from "./result.ts";
import type { ScenarioSpec } from "./scenario-spec.ts";

const ALPHA = 1e-4;
const SEEDS = 30;

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 8,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          {
            name: "app",
            image: "web:v1",
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 4, failureThreshold: 2 },
            readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 3, failureThreshold: 1, successThreshold: 2 },
          },
        ],
      },
    },
  },
};
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } };

/** One answer in 13 is too late by chance: two in a row restart the container. */
const behaviour = {
  startUp: "1s",
  probeTime: { logNormal: { median: "400ms", p99: "1800ms" } },
  probesShareWorkers: false,
  image: { present: true },
};

interface Sample {
  readonly events: number;
  readonly failures: number;
  readonly restarts: number;
  readonly timeNotReady: number;
  readonly latencies: readonly number[];
  readonly elided: number;
}

function specOf(parts: object): ScenarioSpec {
  const scenario = {
    duration: "12m",
    warmup: "30s",
    invariants: [],
    nodes: [{ count: 3 }],
    applications: [{ selector: { deployment: "web" }, ...behaviour }],
    ...parts,
  };
  return clusterSpec(scenario, [web, service]);
}

function sampleOf(spec: ScenarioSpec, seed: number, isElided: boolean): Sample {
  return measured(runCluster({ ...spec, seed, ...(isElided ? { probes: "elided" } : {}) }).finish(spec.duration));
}

function measured({ events, metrics, restarts, control, skipped = [] }: ShardResult): Sample {
  const latencies = Array.from({ length: BUCKETS }, () => 0);
  let failures = 0;
  for (const [name, { count, buckets }] of Object.entries(withSkipped(metrics.histograms, skipped))) {
    const labels = labelsOf(name, "probe_duration");
    if (labels === null) continue;
    if (labels["outcome"] !== "success") failures += count;
    else for (const [bucket, times] of buckets) latencies[bucket]! += times;
  }
  const { desiredTime, availableTime } = control!.availability.total;
  const counters = Object.entries(metrics.counters);
  const elided = counters.reduce((sum, [name, value]) => sum + (labelsOf(name, "probes_elided") === null ? 0 : value), 0);
  return { events, failures, restarts: restarts.length, timeNotReady: desiredTime - availableTime, latencies, elided };
}

const faults = [
  { at: "2m", type: "slow-probe", selector: { deployment: "web" }, mode: "fixed", value: 4, latency: "300ms", duration: "70s" },
  { at: "4m", type: "probe-failure", selector: { deployment: "web" }, mode: "all", probe: "readiness", rate: "20%", duration: "1m" },
  { at: "6m", type: "hang", selector: { deployment: "web" }, mode: "one", duration: "20s" },
  { at: "7m", type: "node-freeze", selector: { node: "node-1" }, duration: "15s" },
  { at: "8m", type: "kubelet-restart", selector: { node: "node-2" }, duration: "5s" },
];
const actions = [{ at: "9m", restart: { deployment: "web" } }];

describe.each([
  ["nothing else happens", {}],
  ["faults begin and end, and a rollout replaces all Pods", { faults, actions }],
])("with elided probes, while %s,", (_, parts) => {
  let exact: readonly Sample[] = [];
  let elided: readonly Sample[] = [];
  const both = (figure: (sample: Sample) => number): [readonly number[], readonly number[]] => [exact.map(figure), elided.map(figure)];

  beforeAll(() => {
    const spec = specOf(parts);
    exact = Array.from({ length: SEEDS }, (_each, seed) => sampleOf(spec, seed + 1, false));
    elided = Array.from({ length: SEEDS }, (_each, seed) => sampleOf(spec, SEEDS + seed + 1, true));
  }, 60_000);

  test("there is something to compare", () => {
    const sum = ([values]: readonly (readonly number[])[]): number => values!.reduce((total, value) => total + value, 0);
    expect(sum(both(({ failures }) => failures))).toBeGreaterThan(3000);
    expect(sum(both(({ restarts }) => restarts))).toBeGreaterThan(200);
    expect(sum(both(({ elided: skipped }) => skipped))).toBe(0);
    for (const { elided: skipped } of elided) expect(skipped).toBeGreaterThan(1000);
    for (const [index, { events }] of elided.entries()) expect(events).toBeLessThan(exact[index]!.events);
  });

  test.each(["failures", "restarts", "timeNotReady"] as const)("%s are distributed as without", (figure) => {
    const [one, other] = both((sample) => sample[figure]);
    expect(twoMeansChance(one, other)).toBeGreaterThan(ALPHA);
    expect(twoSamplesChance(one, other)).toBeGreaterThan(ALPHA);
  });

  test("answers take as long as without, in every bucket", () => {
    const [one, other] = [exact, elided].map((samples) =>
      samples.reduce(
        (sum, { latencies }) => sum.map((count, bucket) => count + latencies[bucket]!),
        samples[0]!.latencies.map(() => 0),
      ),
    ) as [number[], number[]];
    // Buckets of one part in 16, so that each expects many.
    const coarse = (counts: readonly number[]): number[] =>
      Array.from({ length: BUCKETS >> 3 }, (_each, cell) => counts.slice(cell * 8, cell * 8 + 8).reduce((sum, count) => sum + count, 0));
    expect(twoCountsChance(coarse(one), coarse(other))).toBeGreaterThan(ALPHA);
  });
});

describe("the warm-up", () => {
  test("counts no skipped attempt", () => {
    const counts = [false, true]
      .map((isElided) => sampleOf(specOf({ warmup: "11m" }), 1, isElided))
      .map(({ failures, latencies }) => failures + latencies.reduce((sum, count) => sum + count, 0));
    // Eight Pods, a minute, one attempt in 3 and in 4 seconds; some end or restart at other moments.
    for (const count of counts) expect(Math.abs(count - 8 * 60 * (1 / 3 + 1 / 4))).toBeLessThan(30);
  });
});
