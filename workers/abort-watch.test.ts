/** Thresholds that end a run: at an instant that doesn't depend on shards, and as late as they say. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../engine/kernel/time.ts";
import type { RunResult } from "../engine/result.ts";
import type { ThresholdSpec } from "../engine/scenario-spec.ts";
import { judge } from "../reports/verdict.ts";
import { readPlainScenario } from "../scenarios/plain.ts";
import { runHere } from "./run.ts";

const readiness = { tcpSocket: { port: 80 }, periodSeconds: 2 };
const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "app", image: "web:v1", ports: [{ containerPort: 80 }], readinessProbe: readiness }] },
    },
  },
};
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } };

/** Two of four processes hang from 20 s to 60 s. */
async function run(
  thresholds: Readonly<Record<string, readonly object[]>>,
  shards: number,
  warmup = "0s",
): Promise<{ readonly result: RunResult; readonly thresholds: readonly ThresholdSpec[] }> {
  const { spec, issues } = readPlainScenario(
    {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: {
        seed: 3,
        duration: "90s",
        warmup,
        manifests: ["m"],
        nodes: [{ count: 4, capacity: { cpu: "4", memory: "8Gi", pods: 20 } }],
        applications: [{ selector: { deployment: "web" }, startUp: "1s", serviceTime: "10ms", concurrency: 8, queue: 8 }],
        load: [{ name: "clients", target: "service/web", rate: "40/s", timeout: "1s" }],
        faults: [{ at: "20s", type: "hang", selector: { deployment: "web" }, mode: "fixed", value: 2, duration: "40s" }],
        thresholds,
      },
    },
    [web, service],
  );
  if (spec === null) throw new Error(JSON.stringify(issues));
  return { result: await runHere(spec, shards), thresholds: spec.thresholds };
}

const abortOnFail = true;

describe("a threshold that ends the run", () => {
  test.each<[string, Record<string, readonly object[]>]>([
    ["of a counter", { requests_lost: [{ threshold: "count<10", abortOnFail }] }],
    ["of a share", { requests_lost: [{ threshold: "rate<1%", abortOnFail }] }],
    ["of attempts", { "attempts{outcome:timed out}": [{ threshold: "rate<1%", abortOnFail }] }],
    ["of a latency", { request_duration: [{ threshold: "max<11ms", abortOnFail }] }],
    ["of a percentile", { "probe_duration{role:readiness}": [{ threshold: "p(100)<=10ms", abortOnFail }] }],
  ])("%s does so at one instant, on any number of shards", async (_, thresholds) => {
    const { result: alone, thresholds: specs } = await run(thresholds, 1);
    const { result: shared } = await run(thresholds, 3);
    expect(shared).toEqual(alone);
    expect(alone.aborted).toEqual({ threshold: 0, at: alone.end });
    expect(alone.end % SECOND).toBe(0);
    expect(alone).toMatchObject({ isPartial: false, violations: [] });
    expect(judge(alone, specs)).toMatchObject({ isPassed: false, thresholds: [{ isAborting: true, isPassed: false }] });
  });

  test("sees losses of a process that hangs before it is done with them", async () => {
    const { result } = await run({ requests_lost: [{ threshold: "count<10", abortOnFail }] }, 1);
    expect(result.end).toBeGreaterThan(21 * SECOND);
    expect(result.end).toBeLessThan(25 * SECOND);
    expect(result.losses.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(10);
  });

  test("waits for delayAbortEval, and for the end of the warm-up", async () => {
    const delayed = await run({ requests_lost: [{ threshold: "count<10", abortOnFail, delayAbortEval: "35s" }] }, 2);
    expect(delayed.result.end).toBe(35 * SECOND);
    const warm = await run({ requests_lost: [{ threshold: "count<1", abortOnFail }] }, 1, "80s");
    expect(warm.result.aborted).toBeUndefined();
    expect(warm.result.end).toBe(90 * SECOND);
  });

  test("is the first that is broken, if others hold or come later", async () => {
    const { result, thresholds } = await run(
      {
        requests_answered: [{ threshold: "count>=0", abortOnFail }, { threshold: "count<900" }],
        requests_lost: [{ threshold: "count<10", abortOnFail }],
      },
      2,
    );
    expect(thresholds[result.aborted!.threshold]!.text).toBe("count<10");
  });

  test("changes nothing while it holds", async () => {
    const holding = { requests_lost: [{ threshold: "count<100000", abortOnFail }] };
    const { result: without } = await run({}, 1);
    for (const shards of [1, 2]) {
      const { result } = await run(holding, shards);
      expect(result).toEqual({ ...without, specDigest: result.specDigest });
    }
  });
});
