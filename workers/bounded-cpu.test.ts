/** Servers that nobody touches aren't looked at while their node can't be short of CPU (engine/kubernetes/kubelet/virtual-cpu.ts): nothing is different for it. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { CauseKind } from "../engine/cause-kinds.ts";
import { buildShard } from "../engine/cluster.ts";
import { SECOND } from "../engine/kernel/time.ts";
import type { ScenarioSpec, ThresholdSpec } from "../engine/scenario-spec.ts";
import { clusterSpec } from "../engine/testdata/cluster.ts";
import { cellsOf } from "../engine/threshold.ts";
import { selfSource } from "../scenarios/fuzz/case-source.ts";
import { readCase } from "../scenarios/fuzz/fuzz-case.ts";
import { modelFacts } from "./model.ts";

const watched = (["requests_sent", "requests_answered", "request_duration"] as const).map((metric): ThresholdSpec => ({
  metric,
  tags: {},
  text: "",
  aggregate: { type: "count" },
  operator: "<",
  value: 1,
}));

interface Way {
  readonly readsAllCpu: boolean;
  readonly neverPlans?: boolean;
  /** Somebody looks on the way, every so many µs. */
  readonly looks?: number;
}

function outcomeOf(spec: ScenarioSpec, { looks, ...way }: Way): { result: object; causes: readonly { kind: number }[]; seen: number[][] } {
  const { shardOf } = modelFacts({ type: "cluster", spec }, 1);
  const host = buildShard(spec, { shard: 0, shardOf, outbox: null, broadcast: null, ...way });
  const seen: number[][] = [];
  for (let now = looks ?? spec.duration; now < spec.duration; now += looks ?? spec.duration) {
    host.simulator.runUntil(now);
    const parts = new Float64Array(cellsOf(watched));
    host.contribute(now, watched, parts);
    seen.push([...parts]);
  }
  host.simulator.runUntil(spec.duration);
  const result = host.finish(spec.duration);
  return { result, causes: host.causes.rows(), seen };
}

const workload = (name: string, replicas: number, limit: string | undefined): object[] => [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            {
              name: "app",
              image: "app:v1",
              ports: [{ containerPort: 80 }],
              readinessProbe: { httpGet: { path: "/", port: 80 }, periodSeconds: 3 },
              resources: { requests: { cpu: "50m" }, ...(limit === undefined ? {} : { limits: { cpu: limit } }) },
            },
          ],
        },
      },
    },
  },
  { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: { app: name }, ports: [{ port: 80 }] } },
];

const application = fc.record({
  replicas: fc.integer({ min: 1, max: 3 }),
  limit: fc.constantFrom(undefined, undefined, undefined, "400m", "2"),
  serviceTime: fc.constantFrom("3ms", "40ms", "150ms"),
  concurrency: fc.constantFrom(1, 4, 16),
  cpu: fc.record({
    share: fc.constantFrom(0.3, 1),
    idle: fc.constantFrom("0", "20m"),
    startUp: fc.constantFrom("0", "0", "500m", "1500m"),
  }),
  rate: fc.integer({ min: 2, max: 40 }),
  factor: fc.integer({ min: 1, max: 8 }),
  action: fc.constantFrom("none", "kill", "crash", "starve", "restart"),
  at: fc.integer({ min: 5, max: 45 }),
});

/** Nodes of `cores` that fill up in bursts, as processes start, or not at all. */
const crowded = fc
  .record({
    seed: fc.nat(1000),
    cores: fc.constantFrom("1", "2", "4"),
    applications: fc.array(application, { minLength: 1, maxLength: 3 }),
  })
  .map(({ seed, cores, applications }): ScenarioSpec => {
    const named = applications.map((each, index) => ({ name: `app${index}`, ...each }));
    return clusterSpec(
      {
        seed,
        duration: "60s",
        nodes: [{ count: 1, capacity: { cpu: cores, memory: "8Gi", pods: 20 } }],
        applications: named.map(({ name, serviceTime, concurrency, cpu }) => ({
          selector: { deployment: name },
          startUp: "4s",
          serviceTime,
          concurrency,
          cpu,
        })),
        load: named.map(({ name, rate, factor }) => ({
          name,
          target: `service/${name}`,
          rate: `${rate}/s`,
          ...(factor === 1 ? {} : { shape: { bursts: { every: "20s", for: "4s", factor } } }),
        })),
        actions: named
          .filter(({ action }) => action === "restart")
          .map(({ name, at }) => ({ at: `${at}s`, restart: { deployment: name } })),
        faults: named
          .filter(({ action }) => ["kill", "crash", "starve"].includes(action))
          .map(({ name, at, action }) => ({
            name: `fault-${name}`,
            at: `${at}s`,
            type: { kill: "pod-kill", crash: "container-crash", starve: "cpu-starvation" }[action as "kill" | "crash" | "starve"],
            mode: "all",
            selector: { deployment: name },
            ...(action === "starve" ? { duration: "6s" } : {}),
          })),
      },
      named.flatMap(({ name, replicas, limit }) => workload(name, replicas, limit)),
    );
  });

describe("nodes whose servers are looked at only where CPU might be short", () => {
  let short = 0;

  test.prop([crowded, fc.constantFrom(undefined, SECOND, 3 * SECOND + 700)], { numRuns: 25 })("come to the same", (spec, looks) => {
    const way = looks === undefined ? {} : { looks };
    const read = outcomeOf(spec, { readsAllCpu: true, ...way });
    expect(outcomeOf(spec, { readsAllCpu: false, ...way })).toEqual(read);
    short += read.causes.filter(({ kind }) => kind === CauseKind.nodeCpuShort).length;
  });

  test("fill up on the way, and more than once", () => {
    expect(short).toBeGreaterThan(20);
  });

  test.prop([fc.nat(1_000_000), fc.boolean()], { numRuns: 12 })("come to the same in any scenario", (seed, neverPlans) => {
    const { spec } = readCase(selfSource().draw(seed, 0, []));
    if (spec === null) return;
    expect(outcomeOf(spec, { readsAllCpu: false, neverPlans })).toEqual(outcomeOf(spec, { readsAllCpu: true, neverPlans }));
  });
});
