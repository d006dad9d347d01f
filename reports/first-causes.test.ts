/**
 * The first cause of a loss is what a person would name: a fault is to blame only for what would not have happened
 * without it. Each of these clusters has two things that happen at once.
 */
import { describe, expect, test } from "vitest";
import type { RunResult } from "../engine/result.ts";
import { readPlainScenario } from "../scenarios/plain.ts";
import { runHere } from "../workers/run.ts";
import { CauseChains } from "./cause-chain.ts";
import { faultsWithoutEffect } from "./analysis/faults.ts";
import { lostTraffic } from "./analysis/lost-traffic.ts";
import { chainLines, classesOf } from "./why.ts";

interface Cluster {
  readonly kind?: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly container?: object;
  readonly spec?: object;
  readonly scenario?: object;
}

const settled = { httpGet: { path: "/", port: 80 }, periodSeconds: 2 };
const target = { selector: { labels: { app: "web" } } };
const setImage = (kind: string): object => ({ at: "25s", setImage: { [kind]: "web", container: "app", image: "web:v2" } });
const rollout = setImage("deployment");
const byRollout = "action: set image of Deployment/web to web:v2";

async function run({ kind = "Deployment", container = {}, spec = {}, scenario = {} }: Cluster): Promise<RunResult> {
  const app = { name: "app", image: "web:v1", ports: [{ containerPort: 80 }], readinessProbe: settled, ...container };
  const workload = {
    apiVersion: "apps/v1",
    kind,
    metadata: { name: "web" },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas: 4 }),
      ...(kind === "StatefulSet" ? { serviceName: "web" } : {}),
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [app] } },
      ...spec,
    },
  };
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  };
  const read = readPlainScenario(
    {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: {
        duration: "90s",
        warmup: "6s",
        manifests: ["m"],
        nodes: [{ count: 4, capacity: { cpu: "4", memory: "8Gi", pods: 20 } }],
        load: [{ name: "clients", target: "service/web", rate: "50/s", timeout: "1s" }],
        ...scenario,
      },
    },
    [workload, service],
  );
  if (read.spec === null) throw new Error(JSON.stringify(read.issues));
  return runHere(read.spec, 1);
}

/** Lost requests by root. */
function lossesOf(result: RunResult): Readonly<Record<string, number>> {
  const chains = new CauseChains(result);
  const roots: Record<string, number> = {};
  for (const { cause, count } of result.losses) {
    const { root } = chains.chainOf(cause);
    roots[root] = (roots[root] ?? 0) + count;
  }
  return roots;
}

function restartsOf(result: RunResult): readonly string[] {
  const chains = new CauseChains(result);
  return [...new Set(result.restarts.map(({ cause }) => chains.chainOf(cause).root))];
}

const reasonsOf = (result: RunResult): readonly string[] => faultsWithoutEffect(result).map(({ withoutEffect }) => withoutEffect);

describe("what a rollout loses is the rollout's, while", () => {
  test.each([
    ["images can't be pulled", { type: "image-pull-failure", at: "5s", duration: "45s" }],
    ["images come slowly", { type: "image-pull-slow", at: "5s", duration: "45s" }],
    ["endpoints spread a little later", { type: "endpoint-lag", at: "20s", delay: "1ms" }],
    ["watches lag a little", { type: "watch-lag", at: "20s", delay: "1ms" }],
    ["the API server is a little slow", { type: "api-server-slow", at: "20s", delay: "1ms" }],
  ])("%s", async (_, fault) => {
    expect(Object.keys(lossesOf(await run({ scenario: { actions: [rollout], faults: [fault] } })))).toEqual([byRollout]);
  });

  test.each([
    ["StatefulSet", "statefulSet"],
    ["DaemonSet", "daemonSet"],
  ] as const)("images of a %s can't be pulled", async (kind, field) => {
    const faults = [{ type: "image-pull-failure", at: "5s", duration: "45s" }];
    const losses = lossesOf(await run({ kind, scenario: { actions: [setImage(field)], faults } }));
    expect(Object.keys(losses)).toEqual([`action: set image of ${kind}/web to web:v2`]);
  });
});

test("endpoints that spread much later: what proxies would have lost anyway isn't the lag's, the rest is", async () => {
  const faults = [{ type: "endpoint-lag", at: "20s", delay: "8s" }];
  const losses = lossesOf(await run({ scenario: { actions: [rollout], faults } }));
  expect(Object.keys(losses).sort()).toEqual([byRollout, "fault: endpoint-lag-1 (endpoint-lag)"]);
  expect(losses["fault: endpoint-lag-1 (endpoint-lag)"]).toBeGreaterThan(3 * losses[byRollout]!);
});

test("scaling down is no rollout", async () => {
  const result = await run({ scenario: { actions: [{ at: "25s", scale: { deployment: "web", replicas: 1 } }] } });
  const chains = new CauseChains(result);
  expect(Object.keys(lossesOf(result))).toEqual(["action: scale Deployment/web to 1"]);
  expect(new Set(result.losses.map(({ cause }) => chains.chainOf(cause).near.at(-1)))).toEqual(new Set(["scale decision of default/web"]));
  expect(lostTraffic(result, chains)?.sentences.some((sentence) => sentence.includes("rollout"))).toBe(false);
});

describe("a start-up that a fault makes too slow for its probe: the fault is why, not what had the process start", () => {
  const container = { startupProbe: { ...settled, failureThreshold: 5 } };
  const applications = [{ ...target, image: { present: true }, startUp: "4s", serviceTime: "10ms" }];
  const kill = { type: "pod-kill", at: "20s", mode: "one", ...target };
  test.each([
    ["cpu-starvation", { slowdown: 5 }],
    ["hang", {}],
  ])("%s", async (type, fields) => {
    const fault = { type, at: "23s", mode: "all", duration: "20s", ...target, ...fields };
    const result = await run({ container, scenario: { applications, faults: [kill, fault] } });
    expect(result.restarts.length).toBeGreaterThan(0);
    expect(restartsOf(result)).toEqual([`fault: ${type}-1 (${type})`]);
    expect(restartsOf(await run({ container, scenario: { applications, faults: [kill] } }))).toEqual([]);
  });

  test("before the start-up would have ended anyway, the fault isn't why a probe fails", async () => {
    const impatient = { startupProbe: { ...settled, failureThreshold: 1 } };
    const fault = { type: "cpu-starvation", at: "23s", mode: "all", duration: "20s", slowdown: 1.5, ...target };
    const result = await run({ container: impatient, scenario: { applications, faults: [kill, fault], duration: "40s" } });
    expect(restartsOf(result)).toContain("fault: pod-kill-1 (pod-kill)");
  });
});

test("a service that is a little slower isn't why requests time out that would have done so anyway", async () => {
  const applications = [{ ...target, image: { present: true }, serviceTime: "80ms", concurrency: 100 }];
  const load = [{ name: "clients", target: "service/web", rate: "50/s", timeout: "60ms" }];
  const faults = [{ type: "slow-service", at: "30s", slowdown: 1.001, ...target }];
  const losses = lossesOf(await run({ scenario: { applications, load, faults } }));
  expect(Object.keys(losses)).toEqual(["application: serviceTime of default/web against the timeout of load clients"]);
});

describe("an overload that is the application's own", () => {
  const applications = [{ ...target, image: { present: true }, serviceTime: "50ms", concurrency: 10, queue: 3 }];
  const load = [{ name: "clients", target: "service/web", rate: "1000/s", timeout: "500ms" }];
  const rootsWith = async (slowdown: number): Promise<readonly string[]> => {
    const faults = [{ type: "cpu-starvation", at: "20s", slowdown, ...target }];
    return Object.keys(lossesOf(await run({ scenario: { applications, load, faults, duration: "40s" } })));
  };
  const capacity = "application: concurrency 10 and queue 3 of default/web under load clients";

  test("stays so while a fault slows the process a little", async () => {
    expect(await rootsWith(1.2)).toEqual([capacity]);
  });

  test("is the fault's once that makes it far worse", async () => {
    expect((await rootsWith(4)).toSorted()).toEqual([capacity, "fault: cpu-starvation-1 (cpu-starvation)"]);
  });
});

test("a probe that waits for a process which stands still tells of no overload where nothing is queued", async () => {
  const container = { livenessProbe: settled };
  const load = [{ name: "clients", target: "service/web", rate: "1/m", timeout: "1s" }];
  const faults = [{ type: "hang", at: "20s", duration: "15s", mode: "one", ...target }];
  const result = await run({ container, scenario: { load, faults } });
  const chains = new CauseChains(result);
  expect(result.restarts.length).toBeGreaterThan(0);
  for (const { cause } of result.restarts) expect(chains.chainOf(cause).near).not.toContain("overload");
});

test("why: the chain of what took replicas away stands below that of the overload", async () => {
  const applications = [{ ...target, image: { present: true }, serviceTime: "100ms", concurrency: 5, queue: 5 }];
  const load = [{ name: "clients", target: "service/web", rate: "150/s", timeout: "1s" }];
  const faults = [
    { type: "probe-failure", at: "20s", duration: "20s", mode: "fixed", value: 2, probe: "readiness", rate: "100%", ...target },
  ];
  const result = await run({ scenario: { applications, load, faults, duration: "50s" } });
  const overload = classesOf(result).find(({ chain }) => chain.besides !== null);
  const lines = chainLines(result, overload!);
  expect(lines).toContain("fewer replicas than desired:");
  expect(lines.at(-1)).toContain("fault: probe-failure-1 (probe-failure)");
});

describe("why a fault had no effect", () => {
  const one = async (faults: readonly object[]): Promise<readonly string[]> => reasonsOf(await run({ scenario: { faults } }));

  test("its share of the targets is none of them", async () => {
    const faults = [{ type: "hang", at: "20s", duration: "5s", mode: "fixed-percent", value: 10, ...target }];
    expect(await one(faults)).toEqual(["its mode takes none of the 4 that its selector matches"]);
  });

  test("the API server was down", async () => {
    const faults = [
      { type: "api-server-outage", at: "20s", duration: "30s" },
      { type: "pod-kill", at: "30s", mode: "one", ...target },
    ];
    expect(await one(faults)).toEqual(["the API server was down and refused its requests"]);
  });
});
