/** Faults that overlap by chance: nothing breaks, every request is accounted for, all is well in the end, and the bytes are the same on several shards. */
import { fc, test } from "@fast-check/vitest";
import { describe, expect } from "vitest";
import { readPlainScenario } from "../scenarios/plain.ts";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { runHere } from "./run.ts";

const web = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: {
        containers: [
          { name: "app", image: "web:v1", ports: [{ containerPort: 80 }], readinessProbe: { tcpSocket: { port: 80 }, periodSeconds: 5 } },
        ],
      },
    },
  },
};
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 80 }] },
};

const ofNodes = [
  "node-loss",
  "node-freeze",
  "node-reboot",
  "node-shutdown",
  "kubelet-restart",
  "network-partition",
  "zone-loss",
  "node-drain",
];
const ofCluster = ["api-server-outage", "api-server-slow", "watch-lag", "endpoint-lag"];
/** What faults on processes need besides. */
const ofProcesses: Readonly<Record<string, object>> = {
  "container-crash": { rate: "4/m" },
  hang: {},
  "slow-probe": { latency: "2s" },
  "memory-leak": { growth: "4Mi/s" },
  "memory-spike": { size: "1Gi" },
  "cpu-starvation": { slowdown: 50 },
  "slow-service": { slowdown: 50 },
  "failing-service": { rate: "50%" },
  "pod-kill": { gracePeriod: "2s" },
  "network-delay": { latency: "700ms", jitter: "600ms" },
  "network-loss": { rate: "40%" },
};
const isAtOnce = new Set(["oom-kill", "pod-kill"]);
const ofPods = ["probe-failure", "oom-kill", ...Object.keys(ofProcesses)];

const fault: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc
  .record({
    type: fc.constantFrom(...ofNodes, ...ofCluster, ...ofPods),
    at: fc.integer({ min: 10, max: 90 }),
    duration: fc.integer({ min: 1, max: 90 }),
    node: fc.constantFrom("node-0", "node-1"),
    delay: fc.constantFrom("100ms", "3s"),
    from: fc.constantFrom({ from: "api-server" }, { from: "clients" }, { from: "both" }, { target: { node: "node-2" } }),
  })
  .map(({ type, at, duration, node, delay, from }) => ({
    type,
    at: `${at}s`,
    ...(isAtOnce.has(type) ? {} : { duration: `${duration}s` }),
    ...(ofNodes.includes(type) ? { selector: { node } } : ofPods.includes(type) ? { selector: { deployment: "web" }, mode: "one" } : {}),
    ...(ofCluster.includes(type) && type !== "api-server-outage" ? { delay } : {}),
    ...(type === "network-partition" ? from : {}),
    ...ofProcesses[type],
  }));

/** The ways that a load takes through the model. */
const loads: readonly object[] = [
  { executor: "poisson-arrival-rate", rate: "5/s" },
  { executor: "poisson-arrival-rate", rate: "5/s", places: 4, retries: { max: 2, backoff: "100ms" } },
  { executor: "constant-arrival-rate", rate: "5/s", places: 2, retries: { max: 1, budget: "20%" } },
  { executor: "constant-vus", vus: 4, thinkTime: "500ms", places: 4 },
  { executor: "poisson-arrival-rate", rate: "5/s", places: 4, connections: { kind: "keep-alive" }, hedging: { after: "200ms", max: 1 } },
];

function specOf(faults: readonly object[], load: object): ScenarioSpec {
  const scenario = {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    spec: {
      duration: "12m",
      manifests: ["m"],
      nodes: [{ count: 4, zones: 2, capacity: { cpu: "4", memory: "4Gi", pods: 20 } }],
      load: [{ target: "service/web", timeout: "2s", ...load }],
      actions: [{ at: "40s", setImage: { deployment: "web", image: "web:v2" } }],
      invariants: ["default"],
      faults,
    },
  };
  const { spec, issues } = readPlainScenario(scenario, [web, service]);
  if (spec === null) throw new Error(JSON.stringify(issues));
  return spec;
}

describe("faults that overlap", () => {
  test.prop([fc.array(fault, { minLength: 1, maxLength: 4 }), fc.constantFrom(...loads)], { numRuns: 15 })(
    "leave a cluster that recovers, the same on 3 shards",
    async (faults, load) => {
      const spec = specOf(faults, load);
      const result = await runHere(spec, 1);
      expect(result.violations).toEqual([]);
      const { counters } = result.metrics;
      const count = (metric: string): number => counters[`${metric}{load=web}`] ?? 0;
      expect(count("requests_sent")).toBe(count("requests_answered") + count("requests_lost") + count("requests_in_flight"));
      const pods = result.control.pods.filter(({ isGone, phase }) => !isGone && phase < 2);
      expect(pods.filter(({ isReady }) => isReady)).toHaveLength(6);
      expect(JSON.stringify(await runHere(spec, 3))).toBe(JSON.stringify(result));
    },
  );
});
