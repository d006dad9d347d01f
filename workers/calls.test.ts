/** Calls between Services through a whole cluster: how latency and failure travel up, what health checks make of them, and that nothing is lost without a word. */
import { describe, expect, test } from "vitest";
import { CauseKind } from "../engine/cause-kinds.ts";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { readPlainScenario } from "../scenarios/plain.ts";
import { runHere } from "./run.ts";

const probe = (seconds = 1): object => ({
  httpGet: { path: "/health", port: 80 },
  periodSeconds: 5,
  timeoutSeconds: seconds,
  failureThreshold: 3,
});

function deployment(name: string, replicas: number, container: object = {}): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "app", image: `${name}:v1`, ports: [{ containerPort: 80 }], ...container }] },
      },
    },
  };
}

const service = (name: string): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 80 }] },
});

interface Plan {
  readonly web?: object;
  readonly db?: object;
  readonly webPod?: object;
  readonly spec?: object;
  readonly replicas?: readonly [web: number, db: number];
}

/** web calls db; settled, without any randomness of the network. */
function specOf({ web = {}, db = {}, webPod = {}, spec = {}, replicas = [3, 2] }: Plan): ScenarioSpec {
  const scenario = {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      duration: "3m",
      manifests: ["m"],
      settings: { networkLatency: "250us", networkLatencyP99: "250us" },
      nodes: [{ count: 3, capacity: { cpu: "16", memory: "16Gi", pods: 20 } }],
      applications: [
        { selector: { deployment: "web" }, startUp: "1s", serviceTime: "10ms", probeTime: "1ms", concurrency: 50, ...web },
        { selector: { deployment: "db" }, startUp: "1s", serviceTime: "20ms", probeTime: "1ms", concurrency: 50, ...db },
      ],
      load: [{ target: "service/web", executor: "poisson-arrival-rate", rate: "50/s", timeout: "2s" }],
      invariants: ["default"],
      ...spec,
    },
  };
  const objects = [deployment("web", replicas[0], webPod), service("web"), deployment("db", replicas[1]), service("db")];
  const read = readPlainScenario(scenario, objects);
  if (read.spec === null) throw new Error(JSON.stringify(read.issues));
  return read.spec;
}

const run = (plan: Plan, shards = 1): Promise<RunResult> => runHere(specOf(plan), shards);
const requests = (result: RunResult, metric: string): number => result.metrics.counters[`${metric}{load=web}`] ?? 0;
const calls = (result: RunResult, metric: string, caller = "web"): number =>
  result.metrics.counters[`${metric}{caller=${caller},service=default/db}`] ?? 0;

function expectBalanced(result: RunResult): void {
  expect(requests(result, "requests_sent")).toBe(
    requests(result, "requests_answered") + requests(result, "requests_lost") + requests(result, "requests_in_flight"),
  );
  for (const caller of ["web", "web health"])
    expect(calls(result, "calls_sent", caller)).toBe(
      calls(result, "calls_answered", caller) + calls(result, "calls_lost", caller) + calls(result, "calls_in_flight", caller),
    );
  expect(result.violations).toEqual([]);
}

const latencies = (
  result: RunResult,
  series = "request_duration{load=web}",
): { readonly count: number; readonly sum: number; readonly max: number } => result.metrics.histograms[series]!;

const meanOf = (result: RunResult): number => latencies(result).sum / latencies(result).count;

const call = { service: "service/db", timeout: "500ms" };
const hang = { at: "1m", type: "hang", selector: { deployment: "db" }, duration: "1m" };

/** Kinds of the rows at the root of each loss's chain. */
function rootsOf(result: RunResult): readonly number[] {
  const rows = new Map(result.causes.map((row) => [row.id, row]));
  const rootOf = (cause: number): number => {
    let row = rows.get(cause);
    while (row !== undefined && rows.has(row.parent)) row = rows.get(row.parent);
    return row?.kind ?? 0;
  };
  return [...new Set(result.losses.map(({ cause }) => rootOf(cause)))].sort((a, b) => a - b);
}

describe("a request that calls another Service", () => {
  test("takes its own work, the call's, and four ways", async () => {
    const result = await run({ web: { calls: [call] } });
    expectBalanced(result);
    expect(requests(result, "requests_lost")).toBe(0);
    expect(calls(result, "calls_sent")).toBeGreaterThanOrEqual(requests(result, "requests_answered"));
    expect(latencies(result)).toMatchObject({ min: 31_000, max: 31_000 });
  });

  test.each<[string, readonly object[], number]>([
    ["twice, one call after the other", [{ ...call, perRequest: 2 }], 10_500 + 2 * 20_500],
    ["twice at once", [{ ...call, perRequest: 2, order: "parallel" }], 31_000],
    ["with an order of their own", [call, { ...call, order: "parallel" }, { ...call, order: "parallel" }, call], 10_500 + 3 * 20_500],
  ])("%s takes as long", async (_, made, expected) => {
    const result = await run({ web: { calls: made }, spec: { duration: "30s" } });
    expect(latencies(result)).toMatchObject({ min: expected, max: expected });
  });

  test("calls as often as its share says", async () => {
    const result = await run({ web: { calls: [{ ...call, perRequest: "30%" }] } });
    const sent = requests(result, "requests_sent");
    expect(Math.abs(calls(result, "calls_sent") - 0.3 * sent)).toBeLessThan(3 * Math.sqrt(0.21 * sent));
  });

  /** Jackson: each stage of a tandem of M/M/1 queues is one by itself. */
  test("meets two queues of its own in a tandem", async () => {
    const exponential = (mean: string): object => ({ exponential: { mean } });
    const stage = { concurrency: 1, queue: 100_000 };
    const result = await run({
      replicas: [1, 1],
      web: { ...stage, async: true, serviceTime: exponential("10ms"), calls: [{ ...call, timeout: "10m" }] },
      db: { ...stage, serviceTime: exponential("8ms") },
      spec: { duration: "20m", load: [{ target: "service/web", executor: "poisson-arrival-rate", rate: "60/s", timeout: "10m" }] },
    });
    expectBalanced(result);
    const expected = 1_000_000 / (100 - 60) + 1_000_000 / (125 - 60) + 1_000;
    expect(Math.abs(meanOf(result) / expected - 1)).toBeLessThan(0.03);
  });

  test("keeps its worker meanwhile, unless workers are async", async () => {
    // 50 calls a second of 20.5 ms each hold 1.025 workers on average: one per Pod would do for the own work alone.
    const web = { concurrency: 1, queue: 1000, calls: [call] };
    const load = [{ target: "service/web", executor: "poisson-arrival-rate", rate: "40/s", timeout: "10s" }];
    const waiting = await run({ web, replicas: [1, 2], spec: { load } });
    const free = await run({ web: { ...web, async: true }, replicas: [1, 2], spec: { load } });
    expect(requests(waiting, "requests_lost")).toBeGreaterThan(0);
    expect(requests(free, "requests_lost")).toBe(0);
    expect(meanOf(waiting)).toBeGreaterThan(10 * meanOf(free));
    expectBalanced(waiting);
  });

  test("goes on without, where there is a fallback", async () => {
    const result = await run({ web: { calls: [{ ...call, fallback: "degrade" }] }, spec: { faults: [hang] } });
    expectBalanced(result);
    expect(requests(result, "requests_lost")).toBe(0);
    expect(calls(result, "calls_lost")).toBeGreaterThan(2000);
    expect(latencies(result).max).toBe(10_500 + 500_000);
  });

  test("is the same on 3 shards, and with workers that don't wait", async () => {
    const plan = {
      web: { calls: [{ ...call, retries: { max: 2, jitter: "full" } }], health: { checks: ["service/db"] } },
      spec: { faults: [hang] },
      webPod: { readinessProbe: probe() },
    };
    expect(JSON.stringify(await run(plan, 3))).toBe(JSON.stringify(await run(plan)));
    const idle = { ...plan, web: { ...plan.web, async: true } };
    expect(JSON.stringify(await run(idle, 2))).toBe(JSON.stringify(await run(idle)));
  });

  test("fails when the call fails, for the callee's cause", async () => {
    const result = await run({ web: { calls: [call] }, spec: { faults: [hang] } });
    expectBalanced(result);
    expect(requests(result, "requests_lost")).toBeGreaterThan(1000);
    expect(new Set(result.losses.map(({ state }) => state))).toContain("dependency failed");
    expect(rootsOf(result)).toEqual([CauseKind.fault]);
  });

  test("retries multiply what a dependency meets, unless a budget holds them back", async () => {
    const attempts = async (retries: object): Promise<number> => {
      const failing = { at: "30s", type: "failing-service", selector: { deployment: "db" }, rate: "100%", duration: "2m" };
      const result = await run({ web: { calls: [{ ...call, retries: { backoff: "10ms", ...retries } }] }, spec: { faults: [failing] } });
      expectBalanced(result);
      expect(rootsOf(result)).toEqual([CauseKind.fault]);
      return calls(result, "calls_repeated") / calls(result, "calls_sent");
    };
    const free = await attempts({ max: 3 });
    expect(free).toBeGreaterThan(1.8);
    expect(await attempts({ max: 3, budget: "10%" })).toBeLessThan(0.3);
  });

  test("costs the same whether arrivals are split or sent as messages", async () => {
    const web = { concurrency: 4, queue: 20, serviceTime: { exponential: { mean: "10ms" } }, calls: [call] };
    const plan = (policy: object): Plan => ({
      web,
      replicas: [3, 1],
      db: { concurrency: 4, queue: 4, serviceTime: { exponential: { mean: "40ms" } } },
      spec: {
        duration: "6m",
        load: [{ target: "service/web", executor: "poisson-arrival-rate", rate: "90/s", timeout: "2s", ...policy }],
      },
    });
    const split = await run(plan({}));
    // A connection for each request: told to its source, and chosen at random likewise.
    const sent = await run(plan({ hedging: { after: "10m" } }));
    expectBalanced(split);
    expectBalanced(sent);
    const share = (result: RunResult): number => requests(result, "requests_lost") / requests(result, "requests_sent");
    expect(share(split)).toBeGreaterThan(0.02);
    expect(Math.abs(share(sent) / share(split) - 1)).toBeLessThan(0.1);
    expect(Math.abs(meanOf(sent) / meanOf(split) - 1)).toBeLessThan(0.03);
    expect(rootsOf(sent)).toEqual(rootsOf(split));
  });

  test("a slow dependency fills the queue, and that is its fault", async () => {
    const slow = { at: "1m", type: "slow-service", selector: { deployment: "db" }, slowdown: 20, duration: "1m" };
    const result = await run({ web: { concurrency: 2, queue: 5, calls: [call] }, spec: { faults: [slow] } });
    expectBalanced(result);
    expect(requests(result, "requests_lost")).toBeGreaterThan(500);
    expect(result.losses.map(({ state }) => state)).toContain("overload");
    const roots = rootsOf(result);
    expect(roots).toContain(CauseKind.fault);
    expect(roots.filter((kind) => kind !== CauseKind.fault && kind !== CauseKind.dependencySlow)).toEqual([]);
  });

  test.each([
    ["web", "700ms"],
    ["db", "700ms"],
  ])("is late when packets of %s are, for that cause", async (name, latency) => {
    const delay = { at: "1m", type: "network-delay", selector: { deployment: name }, latency, duration: "1m" };
    const load = [{ target: "service/web", executor: "constant-arrival-rate", rate: "20/s", timeout: "600ms" }];
    const users = [{ target: "service/web", executor: "constant-vus", vus: 20, thinkTime: "1s", timeout: "600ms" }];
    for (const one of [load, users]) {
      const result = await run({ web: { calls: [call] }, spec: { faults: [delay], load: one } });
      expectBalanced(result);
      expect(requests(result, "requests_lost")).toBeGreaterThan(500);
      expect(rootsOf(result)).toEqual([CauseKind.fault]);
    }
  });

  test("is lost with its caller, and its call with it", async () => {
    const crash = { at: "1m", type: "container-crash", selector: { deployment: "web" } };
    const result = await run({ web: { calls: [call] }, spec: { faults: [crash] }, webPod: { readinessProbe: probe() } });
    expectBalanced(result);
    expect(calls(result, "calls_lost")).toBeGreaterThan(0);
    expect(rootsOf(result)).toEqual([CauseKind.fault]);
  });

  test("is served to its end while its Pod drains", async () => {
    const restart = { at: "1m", restart: { deployment: "web" } };
    const plan = (drain: string): Plan => ({
      web: { concurrency: 300, calls: [{ ...call, timeout: "5s" }], shutdown: { drain } },
      db: { serviceTime: "3s", concurrency: 300, cpu: { share: "1%" } },
      webPod: { readinessProbe: probe(), lifecycle: { preStop: { sleep: { seconds: 2 } } } },
      spec: { actions: [restart], load: [{ target: "service/web", executor: "poisson-arrival-rate", rate: "50/s", timeout: "10s" }] },
    });
    const result = await run(plan("10s"));
    expectBalanced(result);
    expect(requests(result, "requests_lost")).toBe(0);
    expect(requests(await run(plan("100ms")), "requests_lost")).toBeGreaterThan(0);
  });

  test("loses what a node loses", async () => {
    const lost = { at: "1m", type: "node-loss", selector: { node: "node-1" }, duration: "1m" };
    const cut = { at: "2m", type: "network-partition", selector: { node: "node-0" }, duration: "20s", from: "both" };
    const plan = { web: { calls: [{ ...call, retries: { max: 1 } }] }, spec: { faults: [lost, cut] }, webPod: { readinessProbe: probe() } };
    const result = await run(plan);
    expectBalanced(result);
    expect(JSON.stringify(await run(plan, 3))).toBe(JSON.stringify(result));
  });
});

describe("a health endpoint that asks a database", () => {
  const restarted = (result: RunResult): number => new Set(result.restarts.map(({ pod }) => pod)).size;
  const stalled = (on: string, more: object = {}): Plan => ({
    web: { calls: [call], health: { checks: ["service/db"], on, timeout: "700ms" }, ...more },
    webPod: { livenessProbe: probe(), readinessProbe: probe() },
    spec: { faults: [hang] },
  });

  test("that stalls: with liveness every Pod restarts, for the database's cause", async () => {
    const result = await run(stalled("liveness"));
    expectBalanced(result);
    expect(restarted(result)).toBe(3);
    const rows = new Map(result.causes.map((row) => [row.id, row]));
    for (const { cause } of result.restarts) {
      let row = rows.get(cause)!;
      while (rows.has(row.parent)) row = rows.get(row.parent)!;
      expect(row.kind).toBe(CauseKind.fault);
    }
  });

  test("that stalls: with readiness none does, and all come back", async () => {
    const result = await run(stalled("readiness"));
    expectBalanced(result);
    expect(restarted(result)).toBe(0);
    expect(result.losses.map(({ state }) => state)).toContain("no endpoint");
    expect(result.control.pods.filter(({ isReady }) => isReady)).toHaveLength(5);
    expect(rootsOf(result)).toEqual([CauseKind.fault]);
  });

  test("on a port of its own asks just the same, and nobody asks who doesn't say so", async () => {
    expect(restarted(await run(stalled("both", { probesShareWorkers: false })))).toBe(3);
    expect(restarted(await run(stalled("both", { health: undefined, probesShareWorkers: false })))).toBe(0);
  });
});

describe("an ingress", () => {
  const through = async (propagation: string, changes: object = {}): Promise<RunResult> => {
    const scenario = {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: {
        duration: "3m",
        manifests: ["m"],
        settings: { networkLatency: "250us", networkLatencyP99: "250us" },
        nodes: [{ count: 3, capacity: { cpu: "16", memory: "16Gi", pods: 20 } }],
        applications: [
          { selector: { deployment: "gateway" }, serviceTime: "1ms", concurrency: 50 },
          { startUp: "1s", serviceTime: "10ms", concurrency: 50 },
        ],
        load: [
          {
            target: "service/web",
            executor: "poisson-arrival-rate",
            rate: "50/s",
            timeout: "2s",
            via: { ingress: "deployment/gateway", propagation },
          },
          { target: "service/gateway", executor: "poisson-arrival-rate", rate: "5/s", timeout: "2s" },
        ],
        invariants: ["default"],
        ...changes,
      },
    };
    const preStop = { readinessProbe: probe(), lifecycle: { preStop: { sleep: { seconds: 5 } } } };
    const { spec, issues } = readPlainScenario(scenario, [
      deployment("web", 3, preStop),
      service("web"),
      deployment("gateway", 2),
      service("gateway"),
    ]);
    if (spec === null) throw new Error(JSON.stringify(issues));
    return runHere(spec, 1);
  };

  test("forwards what comes for the Service behind it, and nothing else", async () => {
    const result = await through("1s");
    expect(result.violations).toEqual([]);
    expect(latencies(result)).toMatchObject({ min: 12_000, max: 12_000 });
    expect(latencies(result, "request_duration{load=gateway}")).toMatchObject({ min: 1_500, max: 1_500 });
    const forwarded = result.metrics.counters["calls_sent{caller=gateway for web,service=default/web}"]!;
    expect(Math.abs(forwarded - requests(result, "requests_sent"))).toBeLessThan(3);
  });

  test("loses in a rollout what its own list learns after the Pods are gone", async () => {
    const rollout = { actions: [{ at: "1m", restart: { deployment: "web" } }] };
    const quick = await through("1s", rollout);
    const late = await through("20s", rollout);
    expect(requests(quick, "requests_lost")).toBe(0);
    expect(requests(late, "requests_lost")).toBeGreaterThan(100);
    expect(new Set(late.losses.map(({ state }) => state))).toContain("dependency failed");
    expect(rootsOf(late)).toEqual([CauseKind.action]);
    expect(late.violations).toEqual([]);
  });
});
