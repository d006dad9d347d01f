/** Three Services in a chain under faults that overlap by chance: books balance, every loss has a cause, and the bytes are the same on several shards. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { CauseKind } from "../engine/cause-kinds.ts";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { readPlainScenario } from "../scenarios/plain.ts";
import { runHere } from "./run.ts";

const names = ["web", "api", "db"] as const;
const replicas = { web: 3, api: 2, db: 2 };

const probe = (periodSeconds: number): object => ({ httpGet: { path: "/health", port: 80 }, periodSeconds, failureThreshold: 2 });

function objectsOf(hasLiveness: boolean): object[] {
  return names.flatMap((name) => [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        replicas: replicas[name],
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            containers: [
              {
                name: "app",
                image: `${name}:v1`,
                ports: [{ containerPort: 80 }],
                readinessProbe: probe(2),
                ...(hasLiveness ? { livenessProbe: probe(5) } : {}),
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 80 }] },
    },
  ]);
}

const ofNodes = ["node-loss", "node-freeze", "node-reboot", "network-partition", "node-drain"];
const ofCluster = ["api-server-outage", "endpoint-lag"];
/** What faults on Pods need besides. */
const ofPods: Readonly<Record<string, object>> = {
  "container-crash": { rate: "6/m" },
  hang: {},
  "cpu-starvation": { slowdown: 50 },
  "slow-service": { slowdown: 50 },
  "failing-service": { rate: "50%" },
  "pod-kill": { gracePeriod: "2s" },
  "oom-kill": {},
  "network-delay": { latency: "700ms", jitter: "600ms" },
  "network-loss": { rate: "40%" },
};
const isAtOnce = new Set(["oom-kill", "pod-kill"]);

const fault: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record({
    type: fc.constantFrom(...ofNodes, ...ofCluster, ...Object.keys(ofPods)),
    at: fc.integer({ min: 20, max: 60 }),
    duration: fc.integer({ min: 1, max: 50 }),
    node: fc.constantFrom("node-0", "node-1"),
    deployment: fc.constantFrom(...names),
    mode: fc.constantFrom("one", "all"),
    from: fc.constantFrom("api-server", "clients", "both"),
  })
  .map(({ type, at, duration, node, deployment, mode, from }) => ({
    type,
    at: `${at}s`,
    ...(isAtOnce.has(type) ? {} : { duration: `${duration}s` }),
    ...(ofNodes.includes(type) ? { selector: { node } } : type in ofPods ? { selector: { deployment }, mode } : {}),
    ...(type === "endpoint-lag" ? { delay: "3s" } : {}),
    ...(type === "network-partition" ? { from } : {}),
    ...ofPods[type],
  }));

const callOn = (service: string): fc.Arbitrary<object> =>
  fc.record({
    service: fc.constant(`service/${service}`),
    perRequest: fc.constantFrom<number | string>(1, 2, "30%", 1.5),
    timeout: fc.constantFrom("300ms", "1s"),
    fallback: fc.constantFrom("fail", "degrade"),
    order: fc.constantFrom("sequential", "parallel"),
    retries: fc.constantFrom(
      { max: 0 },
      { max: 2, backoff: "50ms", jitter: "full" },
      { max: 3, backoff: "10ms", budget: "20%" },
      { max: 1, backoff: "100ms" },
    ),
  });

const applicationOf = (name: string, callees: readonly string[]): fc.Arbitrary<object> =>
  fc
    .record({
      calls: fc.tuple(...callees.map(callOn)),
      async: fc.boolean(),
      serviceTime: fc.constantFrom<object | string>("5ms", { exponential: { mean: "8ms" } }),
      concurrency: fc.constantFrom(8, 40),
      on: fc.constantFrom("none", "liveness", "readiness", "both"),
      probesShareWorkers: fc.boolean(),
    })
    .map(({ calls, on, ...rest }) => ({
      selector: { deployment: name },
      startUp: "1s",
      probeTime: "1ms",
      queue: 50,
      ...rest,
      ...(calls.length === 0 ? {} : { calls }),
      ...(on === "none" || calls.length === 0 ? {} : { health: { checks: [`service/${callees[0]!}`], on, timeout: "700ms" } }),
    }));

const load = fc.constantFrom<object>(
  { executor: "poisson-arrival-rate", rate: "8/s" },
  { executor: "poisson-arrival-rate", rate: "8/s", places: 3, retries: { max: 2, backoff: "100ms" } },
  { executor: "constant-arrival-rate", rate: "8/s", places: 2, retries: { max: 1, budget: "20%" } },
  { executor: "constant-vus", vus: 6, thinkTime: "500ms", places: 3 },
  { executor: "poisson-arrival-rate", rate: "8/s", places: 3, connections: { kind: "keep-alive" }, hedging: { after: "200ms", max: 1 } },
);

interface Plan {
  readonly applications: readonly object[];
  readonly faults: readonly object[];
  readonly load: object;
  readonly timeout: string;
  readonly hasLiveness: boolean;
}

const plans: fc.Arbitrary<Plan> = fc.record({
  applications: fc
    .constantFrom<readonly string[]>(["api"], ["api", "db"])
    .chain((callees) => fc.tuple(applicationOf("web", callees), applicationOf("api", ["db"]), applicationOf("db", []))),
  faults: fc.array(fault, { minLength: 1, maxLength: 3 }),
  load,
  timeout: fc.constantFrom("700ms", "3s"),
  hasLiveness: fc.boolean(),
});

function specOf({ applications, faults, load: one, timeout, hasLiveness }: Plan): ScenarioSpec {
  const scenario = {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      duration: "3m",
      manifests: ["m"],
      nodes: [{ count: 4, capacity: { cpu: "8", memory: "8Gi", pods: 20 } }],
      applications,
      load: [{ target: "service/web", timeout, ...one }],
      invariants: ["default"],
      faults,
    },
  };
  const { spec, issues } = readPlainScenario(scenario, objectsOf(hasLiveness));
  if (spec === null) throw new Error(JSON.stringify(issues));
  return spec;
}

/** Losses whose chain begins with anything but a fault: nothing else went wrong. */
function strangeRoots(result: RunResult): readonly string[] {
  const rows = new Map(result.causes.map((row) => [row.id, row]));
  const rootOf = (cause: number): number => {
    let row = rows.get(cause);
    while (row !== undefined && rows.has(row.parent)) row = rows.get(row.parent);
    return row?.kind ?? 0;
  };
  const kinds = Object.entries(CauseKind);
  const nameOf = (kind: number): string => kinds.find(([, value]) => value === kind)?.[0] ?? "nothing";
  return [
    ...new Set(
      result.losses
        .map(({ cause, state }) => ({ kind: rootOf(cause), state }))
        .filter(({ kind }) => kind !== CauseKind.fault)
        .map(({ kind, state }) => `${state}: ${nameOf(kind)}`),
    ),
  ];
}

function expectBalanced({ metrics: { counters } }: RunResult): void {
  for (const [series, sent] of Object.entries(counters)) {
    const [, kind, labels] = /^(requests|calls)_sent(.*)$/.exec(series) ?? [];
    if (kind === undefined || labels === undefined) continue;
    const count = (metric: string): number => counters[`${kind}_${metric}${labels}`] ?? 0;
    expect([series, count("answered") + count("lost") + count("in_flight")]).toEqual([series, sent]);
  }
}

describe("calls between Services, and faults that overlap", () => {
  test.prop([plans], { numRuns: 20, seed: 1 })("balance, say why, and are the same on 3 shards", async (plan) => {
    const spec = specOf(plan);
    const result = await runHere(spec, 1);
    expect(result.violations).toEqual([]);
    expectBalanced(result);
    expect(strangeRoots(result)).toEqual([]);
    expect(JSON.stringify(await runHere(spec, 3)) === JSON.stringify(result)).toBe(true);
  });
});
