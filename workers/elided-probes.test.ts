/** `probes: elided` on several shards: the same bytes, also where thresholds look at what was measured on the way; and what the report says of it. */
import { describe, expect, it } from "vitest";
import { readPlainScenario } from "../scenarios/plain.ts";
import { elidedProbes } from "../reports/series.ts";
import { labelsOf } from "../engine/metrics/catalogue.ts";
import type { RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { resultUpTo } from "./repeat.ts";
import { digestOf, runHere } from "./run.ts";

const deployment = (name: string, port: number): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    replicas: 8,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: "app",
            image: `${name}:v1`,
            ports: [{ containerPort: port }],
            livenessProbe: { httpGet: { path: "/", port }, periodSeconds: 5 },
            readinessProbe: { httpGet: { path: "/", port }, periodSeconds: 4, failureThreshold: 1 },
          },
        ],
      },
    },
  },
});
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } };
const quiet = { probeTime: { logNormal: { median: "200ms", p99: "900ms" } }, startUp: "1s", image: { present: true } };

function specOf(parts: object): ScenarioSpec {
  const scenario = {
    probes: "elided",
    duration: "5m",
    warmup: "20s",
    nodes: [{ count: 5 }],
    applications: [{ selector: { deployment: "job" }, ...quiet }],
    load: [{ target: "service/web", rate: "20/s", timeout: "1s" }],
    faults: [
      { at: "1m", type: "node-freeze", selector: { node: "node-1" }, duration: "10s" },
      { at: "2m", type: "probe-failure", selector: { deployment: "job" }, mode: "all", probe: "liveness", rate: "30%", duration: "30s" },
    ],
    actions: [{ at: "3m", restart: { deployment: "job" } }],
    ...parts,
  };
  const read = readPlainScenario({ apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", spec: { manifests: ["m"], ...scenario } }, [
    deployment("web", 80),
    deployment("job", 81),
    service,
  ]);
  if (read.spec === null) throw new Error(JSON.stringify(read.issues));
  return read.spec;
}

function exactly({ metrics }: RunResult, reason: string): number {
  const found = Object.entries(metrics.counters).find(([name]) => labelsOf(name, "probes_exact")?.["reason"] === reason);
  return found?.[1] ?? 0;
}

describe("elided probes", () => {
  it.each([
    ["to the horizon", {}],
    [
      "with a fault that waits for slow probes",
      {
        faults: [
          {
            type: "hang",
            selector: { deployment: "job" },
            mode: "one",
            duration: "9s",
            when: { metric: "probe_duration", threshold: "p(99)>700ms" },
          },
        ],
      },
    ],
  ])("give the same bytes on 1, 2 and 4 shards, %s", async (_, parts) => {
    const spec = specOf(parts);
    const result = await runHere(spec, 1);
    const one = JSON.stringify(result);
    for (const shards of [2, 4]) expect(JSON.stringify(await runHere(spec, shards)) === one).toBe(true);
    expect(elidedProbes(result)).toBeGreaterThan(500);
    expect(result.restarts.length + result.control.faults.length).toBeGreaterThan(0);
  });

  it.each([
    ["to its horizon", { thresholds: { probe_duration: ["p(99)<5s"] } }],
    [
      "to its horizon, looked at on the way",
      { thresholds: { probe_duration: [{ threshold: "p(99)<900ms", abortOnFail: true, delayAbortEval: "6m" }] } },
    ],
    ["to the threshold that ended it", { thresholds: { probe_duration: [{ threshold: "p(99)<700ms", abortOnFail: true }] } }],
    [
      "with a fault that waits for slow probes",
      {
        faults: [
          { type: "hang", selector: { deployment: "job" }, duration: "9s", when: { metric: "probe_duration", threshold: "p(99)>700ms" } },
        ],
      },
    ],
  ])("are the same bytes where a run is repeated %s", async (_, parts) => {
    const spec = specOf(parts);
    const result = await runHere(spec, 2);
    expect(elidedProbes(result)).toBeGreaterThan(10);
    expect(JSON.stringify(resultUpTo(spec, result.end, digestOf(spec)))).toBe(JSON.stringify(result));
  });

  it("are those that no load reaches: the rest is counted as waiting for workers", async () => {
    const result = await runHere(specOf({ faults: [], actions: [] }), 1);
    // Eight Pods behind a load for 280 s, an attempt in 4 and one in 5 seconds.
    expect(exactly(result, "load")).toBeGreaterThan(8 * 280 * 0.45 - 17);
    expect(exactly(result, "load")).toBeLessThan(8 * 280 * 0.45 + 17);
    expect(elidedProbes(result)!).toBeGreaterThan(exactly(result, "settling") * 5);
    expect(elidedProbes(result)! + exactly(result, "settling")).toBeGreaterThan(8 * 280 * 0.45 - 17);
  });

  it("are no word in a run that has none", async () => {
    const result = await runHere(specOf({ probes: "exact" }), 1);
    expect(elidedProbes(result)).toBeNull();
    expect(Object.keys(result.metrics.counters).filter((name) => name.startsWith("probes_"))).toEqual([]);
  });
});
