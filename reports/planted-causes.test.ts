/**
 * Planted causes: in each of these clusters one thing goes wrong and nothing else can. Whatever the seed, every loss
 * and every restart must lead back to it. One case per class of loss and of restart.
 */
import { describe, expect, test } from "vitest";
import { outcomeNames } from "../engine/traffic/outcome.ts";
import type { RunResult } from "../engine/result.ts";
import { readPlainScenario } from "../scenarios/plain.ts";
import { runHere } from "../workers/run.ts";
import { ApplicationTrait, CauseKind } from "../engine/cause-kinds.ts";
import { faults } from "../engine/chaos/index.ts";
import { CauseChains, rootKinds } from "./cause-chain.ts";

const SEEDS = 100;

interface Planted {
  /** Where every loss and every restart leads to; the first is the report's first cause. */
  readonly root: string;
  /** How requests are lost, all of them among these; none: nothing is. */
  readonly outcomes: readonly string[];
  readonly restarts?: boolean;
  /** A run in which nothing happens, by the luck of its seed, proves nothing: so many of the seeds must. Default: all. */
  readonly least?: number;
  readonly container?: object;
  readonly pod?: object;
  /** Of the Deployment. */
  readonly workload?: object;
  readonly application?: object;
  readonly otherApplications?: readonly object[];
  /** Null: none. */
  readonly load?: object | null;
  readonly nodes?: object;
  readonly faults?: readonly object[];
  readonly actions?: readonly object[];
  readonly settings?: object;
  readonly start?: "empty";
  readonly warmup?: string;
  readonly duration?: string;
  readonly kubernetesVersion?: string;
}

const readiness = { httpGet: { path: "/", port: 80 }, periodSeconds: 2, failureThreshold: 2 };
const liveness = { httpGet: { path: "/", port: 80 }, periodSeconds: 3, failureThreshold: 2 };
/** Endpoints are gone from every proxy long before the process is. */
const harmless = { preStop: { sleep: { seconds: 4 } } };
const rollout = { at: "10s", setImage: { deployment: "web", container: "app", image: "web:v2" } };
const on = { selector: { deployment: "web" } };
const brittle = { lifecycle: undefined };

function manifests({ container = {}, pod = {}, workload = {} }: Planted): readonly object[] {
  const app = {
    name: "app",
    image: "web:v1",
    ports: [{ containerPort: 80 }],
    readinessProbe: readiness,
    lifecycle: harmless,
    ...container,
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        replicas: 3,
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "100%" } },
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [app], ...pod } },
        ...workload,
      },
    },
    { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
  ];
}

function specOf(planted: Planted): NonNullable<ReturnType<typeof readPlainScenario>["spec"]> {
  const { application = {}, otherApplications = [], load = {}, nodes = {}, faults = [], actions = [], start, kubernetesVersion } = planted;
  const { spec, issues } = readPlainScenario(
    {
      apiVersion: "podstorm.dev/v1alpha1",
      kind: "Scenario",
      spec: {
        duration: planted.duration ?? "40s",
        warmup: planted.warmup ?? "5s",
        ...(start === undefined ? {} : { start }),
        ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
        ...(planted.settings === undefined ? {} : { settings: planted.settings }),
        manifests: ["m"],
        nodes: [{ count: 3, capacity: { cpu: "4", memory: "8Gi", pods: 20 }, ...nodes }],
        applications: [
          ...otherApplications,
          {
            selector: { deployment: "web" },
            startUp: "1s",
            serviceTime: "10ms",
            probeTime: "1ms",
            shutdown: { drain: "5s" },
            image: { size: 0 },
            ...application,
          },
        ],
        load: load === null ? [] : [{ name: "clients", target: "service/web", rate: "30/s", timeout: "1s", ...load }],
        actions,
        faults,
      },
    },
    manifests(planted),
  );
  if (spec === null) throw new Error(JSON.stringify(issues));
  return spec;
}

/** What was found: roots of losses by number lost, most first; of restarts; outcomes. */
function blamed(result: RunResult): { readonly losses: string[]; readonly restarts: string[]; readonly outcomes: string[] } {
  const chains = new CauseChains(result);
  const roots = new Map<string, number>();
  for (const { cause, count } of result.losses) {
    const { root } = chains.chainOf(cause);
    roots.set(root, (roots.get(root) ?? 0) + count);
  }
  return {
    losses: [...roots].sort((a, b) => b[1] - a[1]).map(([root]) => root),
    restarts: [...new Set(result.restarts.map(({ cause }) => chains.chainOf(cause).root))],
    outcomes: [...new Set(result.losses.map(({ outcome }) => outcomeNames[outcome]!))].sort(),
  };
}

const capacity = "application: concurrency 1 and queue 2 of default/web under load clients";
const memoryLimit = "manifest: resources.limits.memory of default/web";

const cases: (readonly [string, Planted])[] = [
  [
    "overload",
    {
      root: capacity,
      outcomes: ["server error"],
      application: { concurrency: 1, queue: 2, serviceTime: "150ms", probesShareWorkers: false },
    },
  ],
  [
    "an overload that liveness probes meet",
    {
      root: capacity,
      outcomes: ["no endpoint", "refused", "reset", "server error", "timed out"],
      restarts: true,
      application: { concurrency: 1, queue: 2, serviceTime: "900ms" },
      container: { livenessProbe: { ...liveness, failureThreshold: 1 } },
    },
  ],
  [
    "slow answers",
    {
      root: "application: serviceTime of default/web against the timeout of load clients",
      outcomes: ["timed out"],
      load: { timeout: "8ms" },
    },
  ],
  [
    "a hang",
    { root: "fault: hang-1 (hang)", outcomes: ["timed out"], faults: [{ at: "10s", type: "hang", ...on, mode: "one", duration: "10s" }] },
  ],
  [
    "a hang that liveness probes end",
    {
      root: "fault: hang-1 (hang)",
      outcomes: ["reset", "timed out", "refused"],
      restarts: true,
      container: { livenessProbe: { ...liveness, terminationGracePeriodSeconds: 1 } },
      faults: [{ at: "10s", type: "hang", ...on, mode: "one" }],
    },
  ],
  [
    "a slow service",
    {
      root: "fault: slow-service-1 (slow-service)",
      outcomes: ["no endpoint", "timed out"],
      faults: [{ at: "10s", type: "slow-service", ...on, slowdown: 200, duration: "10s" }],
    },
  ],
  [
    "failing requests",
    {
      root: "fault: failing-service-1 (failing-service)",
      outcomes: ["server error"],
      faults: [{ at: "10s", type: "failing-service", ...on, rate: "50%", duration: "10s" }],
    },
  ],
  [
    "CPU starvation",
    {
      root: "fault: cpu-starvation-1 (cpu-starvation)",
      outcomes: ["no endpoint", "timed out"],
      faults: [{ at: "10s", type: "cpu-starvation", ...on, slowdown: 300, duration: "10s" }],
    },
  ],
  [
    "a crash",
    {
      root: "fault: container-crash-1 (container-crash)",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      faults: [{ at: "10s", type: "container-crash", ...on }],
    },
  ],
  [
    "an OOM kill",
    {
      root: "fault: oom-kill-1 (oom-kill)",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      faults: [{ at: "10s", type: "oom-kill", ...on }],
    },
  ],
  [
    "a memory leak",
    {
      root: "fault: memory-leak-1 (memory-leak)",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      application: { memory: { base: "50Mi" } },
      container: { resources: { limits: { memory: "100Mi" } } },
      faults: [{ at: "10s", type: "memory-leak", ...on, growth: "10Mi/s", duration: "10s" }],
    },
  ],
  [
    "a memory spike",
    {
      root: "fault: memory-spike-1 (memory-spike)",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      application: { memory: { base: "50Mi" } },
      container: { resources: { limits: { memory: "100Mi" } } },
      faults: [{ at: "10s", type: "memory-spike", ...on, size: "80Mi", duration: "10s" }],
    },
  ],
  [
    "memory that grows to its limit",
    {
      root: memoryLimit,
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      application: { memory: { base: "50Mi", growth: "4Mi/s" } },
      container: { resources: { limits: { memory: "110Mi" } } },
    },
  ],
  [
    "memory that requests need",
    {
      root: memoryLimit,
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      application: { memory: { base: "50Mi", perRequest: "30Mi" }, serviceTime: "200ms" },
      container: { resources: { limits: { memory: "120Mi" } } },
    },
  ],
  [
    "liveness probes that fail",
    {
      root: "fault: probe-failure-1 (probe-failure)",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      container: { livenessProbe: liveness, lifecycle: undefined },
      application: { shutdown: "exit" },
      faults: [{ at: "10s", type: "probe-failure", probe: "liveness", duration: "10s" }],
    },
  ],
  [
    "readiness probes that fail",
    {
      root: "fault: probe-failure-1 (probe-failure)",
      outcomes: ["no endpoint"],
      faults: [{ at: "10s", type: "probe-failure", probe: "readiness", duration: "10s" }],
    },
  ],
  [
    "slow probes",
    {
      root: "fault: slow-probe-1 (slow-probe)",
      outcomes: ["no endpoint"],
      faults: [{ at: "10s", type: "slow-probe", ...on, probe: "readiness", latency: "2s", duration: "10s" }],
    },
  ],
  [
    "a node that is lost",
    {
      root: "fault: node-loss-1 (node-loss)",
      outcomes: ["no endpoint", "reset", "timed out", "unreachable", "refused"],
      restarts: true,
      faults: [{ at: "10s", type: "node-loss", ...on, mode: "one", duration: "12s" }],
    },
  ],
  [
    "a node that freezes",
    {
      root: "fault: node-freeze-1 (node-freeze)",
      outcomes: ["timed out", "unreachable"],
      faults: [{ at: "10s", type: "node-freeze", ...on, mode: "one", duration: "10s" }],
    },
  ],
  [
    "a node that reboots",
    {
      root: "fault: node-reboot-1 (node-reboot)",
      outcomes: ["no endpoint", "refused", "reset", "timed out", "unreachable"],
      restarts: true,
      faults: [{ at: "10s", type: "node-reboot", ...on, mode: "one", duration: "8s" }],
    },
  ],
  [
    "a partition",
    {
      root: "fault: network-partition-1 (network-partition)",
      outcomes: ["timed out", "unreachable"],
      faults: [{ at: "10s", type: "network-partition", ...on, mode: "one", from: "clients", duration: "10s" }],
    },
  ],
  [
    "lost packets",
    {
      root: "fault: network-loss-1 (network-loss)",
      outcomes: ["timed out", "unreachable"],
      faults: [{ at: "10s", type: "network-loss", ...on, mode: "one", duration: "5s" }],
    },
  ],
  [
    "a late network",
    {
      root: "fault: network-delay-1 (network-delay)",
      outcomes: ["timed out", "unreachable"],
      faults: [{ at: "10s", type: "network-delay", ...on, mode: "one", latency: "3s", duration: "5s" }],
    },
  ],
  [
    "Pods that are killed",
    {
      root: "fault: pod-kill-1 (pod-kill)",
      outcomes: ["no endpoint", "refused", "reset", "timed out", "unreachable"],
      container: brittle,
      application: { shutdown: "exit" },
      faults: [{ at: "10s", type: "pod-kill", ...on }],
    },
  ],
  [
    "endpoints that spread late",
    {
      root: "fault: endpoint-lag-1 (endpoint-lag)",
      outcomes: ["refused", "timed out", "unreachable"],
      actions: [rollout],
      faults: [{ at: "5s", type: "endpoint-lag", delay: "15s", duration: "30s" }],
    },
  ],
  [
    "a CPU limit",
    {
      root: "manifest: resources.limits.cpu of default/web",
      outcomes: ["server error", "timed out"],
      application: { concurrency: 8, queue: 20, serviceTime: "60ms", cpu: { share: 1 }, probesShareWorkers: false },
      container: { resources: { limits: { cpu: "200m" } } },
    },
  ],
  [
    "a node with too little CPU",
    {
      root: "CPU of node-0: its Pods want more than it has",
      outcomes: ["server error", "timed out"],
      nodes: { count: 1, capacity: { cpu: "1", memory: "8Gi", pods: 20 } },
      application: { concurrency: 8, queue: 20, serviceTime: "150ms", cpu: { share: 1 }, probesShareWorkers: false },
    },
  ],
  [
    "garbage collection",
    {
      root: "application: gc of default/web",
      outcomes: ["no endpoint", "timed out"],
      application: { gc: { every: "8s", pause: "1500ms" } },
    },
  ],
  [
    "an application that crashes at random",
    {
      root: "application: crash of default/web",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      least: 90,
      application: { crash: { rate: "4/m" } },
    },
  ],
  [
    "nodes that shut down",
    {
      root: "fault: node-shutdown-1 (node-shutdown)",
      outcomes: ["no endpoint", "refused", "timed out", "unreachable"],
      restarts: true,
      faults: [{ at: "10s", type: "node-shutdown", ...on, duration: "10s" }],
    },
  ],
  [
    "a zone that is lost",
    {
      root: "fault: zone-loss-1 (zone-loss)",
      outcomes: ["no endpoint", "refused", "timed out", "unreachable"],
      restarts: true,
      nodes: { zones: 3 },
      faults: [{ at: "10s", type: "zone-loss", mode: "one", duration: "10s" }],
    },
  ],
  [
    "a script that exits",
    {
      root: "application: script of default/web",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      start: "empty",
      warmup: "9s",
      application: { script: { runs: [{ exitAfterMs: 15_000, code: 3 }], http: { paths: {} } } },
    },
  ],
  [
    "probes that wait for less than the answer takes",
    {
      root: "application: probeTime of default/web against its probe's timeout",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      application: { probeTime: "1500ms", probesShareWorkers: false },
      container: { readinessProbe: { ...readiness, timeoutSeconds: 2 }, livenessProbe: liveness, lifecycle: undefined },
    },
  ],
  [
    "images that can't be pulled",
    {
      // Until a Pod has an address and its pull fails once more, what is known is that it starts.
      root: "fault: image-pull-failure-1 (image-pull-failure)",
      outcomes: ["no endpoint"],
      start: "empty",
      warmup: "20s",
      container: { imagePullPolicy: "Always" },
      faults: [{ at: "0s", type: "image-pull-failure", duration: "30s" }],
    },
  ],
  [
    "a postStart hook that fails",
    {
      root: "postStart hook of default/web failed",
      outcomes: [],
      restarts: true,
      application: { hooks: { postStart: { fails: true } } },
      container: { lifecycle: { postStart: { exec: { command: ["x"] } } } },
      start: "empty",
      load: null,
    },
  ],
  [
    "a bad version that exits",
    {
      root: "application: exit of default/web",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      actions: [rollout],
      otherApplications: [{ selector: { deployment: "web" }, image: "web:v2", startUp: "1s", exit: { after: "8s", code: 1 } }],
    },
  ],
  [
    "an application that exits",
    {
      root: "application: exit of default/web",
      outcomes: ["no endpoint", "refused", "reset"],
      restarts: true,
      application: { exit: { after: "9s", code: 1 } },
      start: "empty",
      warmup: "9s",
    },
  ],
  [
    "health endpoints that fail",
    {
      root: "application: unhealthyAfter of default/web",
      outcomes: ["no endpoint"],
      start: "empty",
      warmup: "9s",
      application: { unhealthyAfter: "12s" },
    },
  ],
  [
    "a rollout that stops at once",
    {
      root: "action: set image of Deployment/web to web:v2",
      outcomes: ["refused", "reset", "timed out", "unreachable"],
      container: brittle,
      application: { shutdown: "exit" },
      actions: [rollout],
    },
  ],
  [
    "a Deployment that is deleted",
    {
      root: "action: delete Deployment/web",
      outcomes: ["no endpoint", "refused", "unreachable"],
      actions: [{ at: "10s", delete: { deployment: "web" } }],
    },
  ],
  [
    "a workload scaled to nothing",
    {
      root: "action: scale Deployment/web to 0",
      outcomes: ["no endpoint", "refused", "unreachable"],
      actions: [{ at: "10s", scale: { deployment: "web", replicas: 0 } }],
    },
  ],
];

/** Endpoints are known in time but for the fault. */
const heldUp = {
  outcomes: ["refused", "timed out", "unreachable"],
  actions: [{ at: "10s", scale: { deployment: "web", replicas: 2 } }],
};

const ofServer: readonly (readonly [string, Planted])[] = [
  [
    "an API server that is gone",
    {
      ...heldUp,
      root: "fault: api-server-outage-1 (api-server-outage)",
      // The Pod has gone before its slice is due.
      settings: { endpointsBatch: "3s" },
      faults: [{ at: "11s", type: "api-server-outage", duration: "15s" }],
    },
  ],
  [
    "a slow API server",
    {
      ...heldUp,
      root: "fault: api-server-slow-1 (api-server-slow)",
      faults: [{ at: "9s", type: "api-server-slow", delay: "8s", duration: "60s" }],
      duration: "90s",
    },
  ],
  [
    "a watch that lags",
    {
      root: "fault: watch-lag-1 (watch-lag)",
      outcomes: ["no endpoint"],
      start: "empty",
      // The scheduler has bound Pods by then: before, what is known is that they are new.
      warmup: "17s",
      application: { startUp: "0s" },
      faults: [{ at: "0s", type: "watch-lag", delay: "5s", duration: "60s" }],
      duration: "60s",
    },
  ],
  [
    "images that are pulled slowly",
    {
      root: "fault: image-pull-slow-1 (image-pull-slow)",
      outcomes: ["no endpoint"],
      start: "empty",
      warmup: "12s",
      application: { image: { size: "200Mi" } },
      faults: [{ at: "0s", type: "image-pull-slow", slowdown: 20, duration: "30s" }],
    },
  ],
  [
    "a node that is drained",
    {
      root: "fault: node-drain-1 (node-drain)",
      outcomes: ["no endpoint", "refused", "reset", "timed out", "unreachable"],
      container: brittle,
      application: { shutdown: "exit" },
      faults: [{ at: "10s", type: "node-drain", ...on, duration: "10s" }],
    },
  ],
  [
    "kubelets that are stopped for too long",
    {
      root: "fault: kubelet-restart-1 (kubelet-restart)",
      outcomes: ["no endpoint"],
      faults: [{ at: "10s", type: "kubelet-restart", ...on, duration: "90s" }],
      duration: "2m",
    },
  ],
  [
    "a node that Pods fill",
    {
      root: "action: scale Deployment/web to 8",
      outcomes: ["no endpoint", "server error", "timed out"],
      nodes: { count: 1, capacity: { cpu: "4500m", memory: "8Gi", pods: 20 } },
      application: { concurrency: 1, queue: 20, serviceTime: "3ms", cpu: { share: 1, idle: "700m" }, probesShareWorkers: false },
      actions: [{ at: "10s", scale: { deployment: "web", replicas: 8 } }],
      duration: "60s",
    },
  ],
  [
    "starts that fail",
    {
      root: "application: startFails of default/web",
      outcomes: [],
      restarts: true,
      load: null,
      start: "empty",
      least: 85,
      duration: "3m",
      application: { startFails: "60%" },
    },
  ],
  [
    "an application that is never ready",
    {
      root: "application: ready of default/web is never",
      outcomes: ["no endpoint"],
      start: "empty",
      warmup: "12s",
      application: { ready: "never" },
    },
  ],
  [
    "a node short of memory",
    {
      root: "node-0 is short of memory",
      outcomes: ["no endpoint", "refused", "reset", "timed out", "unreachable"],
      nodes: { count: 1, capacity: { cpu: "4", memory: "1Gi", pods: 20 } },
      application: { memory: { base: "250Mi", growth: "2Mi/s" } },
      least: 95,
      duration: "2m",
    },
  ],
];
cases.push(...ofServer);

/** Where chains end besides, by what the report says of it. */
const otherRoots: Readonly<Record<number, string>> = {
  [CauseKind.action]: "action: ",
  [CauseKind.postStartFailed]: "postStart hook of ",
  [CauseKind.memoryLimit]: "manifest: resources.limits.memory of ",
  [CauseKind.cpuLimit]: "manifest: resources.limits.cpu of ",
  [CauseKind.nodeCpuShort]: "CPU of ",
  [CauseKind.nodePressure]: "node-0 is short of ",
};
/** Not by what happens to requests or processes alone: the end of a fault, the beginning, and what has tests of its own. */
const plantedElsewhere: ReadonlySet<number> = new Set([
  CauseKind.fault,
  CauseKind.application,
  CauseKind.faultEnded,
  CauseKind.settled,
  CauseKind.manifestsApplied,
  CauseKind.nodeOutOfMemory,
  CauseKind.nodeConnectionsFull,
]);

describe("every class of loss and restart is planted", () => {
  const roots = cases.map(([, { root }]) => root);
  const isPlanted = (start: string): boolean => roots.some((root) => root.startsWith(start));

  test.each(Object.keys(faults))("%s", (type) => {
    expect(roots.some((root) => root.endsWith(`(${type})`))).toBe(true);
  });

  test.each(Object.keys(ApplicationTrait))("application: %s", (trait) => {
    const told: Readonly<Record<string, string>> = { capacity: "concurrency", neverReady: "ready" };
    expect(isPlanted(`application: ${told[trait] ?? trait} `)).toBe(true);
  });

  test.each([...rootKinds].filter((kind) => !plantedElsewhere.has(kind)))("kind %i", (kind) => {
    expect(isPlanted(otherRoots[kind]!)).toBe(true);
  });
});

describe(`over ${SEEDS} seeds everything leads back to`, () => {
  test.each(cases)("%s", async (_, planted) => {
    const spec = specOf(planted);
    let met = 0;
    const seen = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await runHere({ ...spec, seed }, 1);
      const { losses, restarts, outcomes } = blamed(result);
      if (losses.length + restarts.length > 0) met++;
      for (const outcome of outcomes) seen.add(outcome);
      expect({ seed, losses }).toEqual({ seed, losses: planted.outcomes.length === 0 || losses.length === 0 ? [] : [planted.root] });
      expect({ seed, restarts }).toEqual({ seed, restarts: planted.restarts === true && restarts.length > 0 ? [planted.root] : [] });
    }
    expect(met).toBeGreaterThanOrEqual(planted.least ?? SEEDS);
    expect(planted.outcomes).toEqual(expect.arrayContaining([...seen]));
  });
});
