/** Faults that wait for something to be measured: they begin at an instant that doesn't depend on shards, together, or never. */
import { describe, expect, test } from "vitest";
import { SECOND } from "../engine/kernel/time.ts";
import type { FaultRecord, RunResult } from "../engine/result.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { faultsWithoutEffect } from "../reports/analysis/faults.ts";
import { readPlainScenario } from "../scenarios/plain.ts";
import { repeatRun } from "./repeat.ts";
import { runHere } from "./run.ts";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          {
            name: "app",
            image: "web:v1",
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { port: 80 }, periodSeconds: 2, timeoutSeconds: 5 },
          },
        ],
      },
    },
  },
};
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } };
/** Answers to probes take 3 s from 20 s on. */
const slow = { at: "20s", type: "slow-probe", latency: "3s", selector: { deployment: "web" }, duration: "60s" };

function specOf(...faults: readonly object[]): ScenarioSpec {
  const { spec, issues } = readPlainScenario(
    {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: {
        duration: "90s",
        manifests: ["m"],
        nodes: [{ count: 4, capacity: { cpu: "4", memory: "8Gi", pods: 20 } }],
        applications: [{ startUp: "1s", serviceTime: "10ms" }],
        load: [{ name: "clients", target: "service/web", rate: "40/s", timeout: "1s" }],
        faults: [slow, ...faults],
      },
    },
    [web, service],
  );
  if (spec === null) throw new Error(JSON.stringify(issues));
  return spec;
}

const named = ({ control }: RunResult, name: string): FaultRecord => control.faults.find((fault) => fault.name === name)!;
const when = { metric: "probe_duration{role:liveness}", threshold: "p(99)>1s" };
const kill = { type: "pod-kill", name: "kill", mode: "one", selector: { deployment: "web" } };

describe("a fault with a condition", () => {
  test("begins a second after the look at which it held, for any number of shards", async () => {
    const spec = specOf({ ...kill, when });
    const result = await runHere(spec, 1);
    const { from } = named(result, "kill");
    // The first slow answer comes 3 s after a probe that began at 20 s at the earliest.
    expect(from).toBeGreaterThanOrEqual(24 * SECOND);
    expect(from).toBeLessThanOrEqual(27 * SECOND);
    expect(from % SECOND).toBe(0);
    expect(faultsWithoutEffect(result)).toEqual([]);
    expect(JSON.stringify(await runHere(spec, 3))).toBe(JSON.stringify(result));
  });

  test("waits for its own beginning all the same", async () => {
    expect(named(await runHere(specOf({ ...kill, at: "40s", when }), 1), "kill").from).toBe(41 * SECOND);
  });

  test("brings its whole group along", async () => {
    const result = await runHere(
      specOf({ when, serial: [{ type: "hang", name: "hang", selector: { deployment: "web" }, mode: "one", duration: "5s" }, kill] }),
      1,
    );
    expect(named(result, "kill").from - named(result, "hang").from).toBe(5 * SECOND);
    expect(named(result, "hang").until - named(result, "hang").from).toBe(5 * SECOND);
  });

  test("that never holds never begins, and is told as a fault without effect", async () => {
    const result = await runHere(specOf({ ...kill, when: { ...when, threshold: "p(99)>10s" } }), 1);
    expect(faultsWithoutEffect(result)).toMatchObject([{ name: "kill", targets: [], withoutEffect: "its condition never held" }]);
  });

  test("stands in a run that is repeated, too", async () => {
    const spec = specOf({ ...kill, when });
    expect(repeatRun(spec, 33 * SECOND, 90 * SECOND).fingerprint).toBe((await runHere(spec, 2)).fingerprint);
  });
});
