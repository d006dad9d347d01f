/**
 * An arbitrary small scenario, as the documents that a person would write: valid by construction, and
 * shrinking towards one Pod on one node under no load. Swarm testing: each run leaves some features out.
 */
import fc from "fast-check";
import type { FuzzCase } from "./fuzz-case.ts";

interface Features {
  readonly isDisturbed: boolean;
  readonly probes: boolean;
  readonly load: boolean;
  readonly calls: boolean;
  readonly actions: boolean;
  readonly faults: boolean;
  readonly shutdown: boolean;
}

export interface FuzzLimits {
  /** False: nothing happens to the cluster, so it must come to rest. */
  readonly isDisturbed: boolean;
}

export function fuzzCase(limits: FuzzLimits): fc.Arbitrary<FuzzCase> {
  return features(limits).chain((chosen) =>
    fc
      .record({
        seed: fc.nat(1_000_000),
        nodes: fc.integer({ min: 1, max: 5 }),
        zones: fc.integer({ min: 1, max: 3 }),
        workloads: fc.array(workload(chosen), { minLength: 1, maxLength: 3 }),
        calls: fc.array(call(), { maxLength: chosen.calls ? 3 : 0 }),
        loads: fc.array(load(), { maxLength: chosen.load ? 2 : 0 }),
        actions: fc.array(action(), { maxLength: chosen.actions ? 3 : 0 }),
        faults: fc.array(fault(), { maxLength: chosen.faults ? 2 : 0 }),
        duration: fc.integer({ min: 60, max: 150 }),
        crash: fc.option(fc.integer({ min: 1, max: 40 }), { nil: null }),
      })
      .map((drawn) => documents(drawn, chosen)),
  );
}

function features(limits: FuzzLimits): fc.Arbitrary<Features> {
  const disturbed = limits.isDisturbed ? fc.boolean() : fc.constant(false);
  return fc.record({
    isDisturbed: fc.constant(limits.isDisturbed),
    probes: fc.boolean(),
    load: fc.boolean(),
    calls: fc.boolean(),
    actions: disturbed,
    faults: disturbed,
    shutdown: fc.boolean(),
  });
}

interface WorkloadDraw {
  readonly replicas: number;
  readonly strategy: Readonly<Record<string, unknown>>;
  readonly minReadySeconds: number;
  readonly grace: number;
  readonly readiness: Readonly<Record<string, unknown>> | null;
  readonly liveness: Readonly<Record<string, unknown>> | null;
  readonly startup: Readonly<Record<string, unknown>> | null;
  readonly preStop: number;
  readonly cpu: number;
  readonly shutdown: unknown;
  readonly startUp: number;
}

function workload(chosen: Features): fc.Arbitrary<WorkloadDraw> {
  const maybeProbe = (atMost: object): fc.Arbitrary<Readonly<Record<string, unknown>> | null> =>
    chosen.probes ? fc.option(probe(atMost), { nil: null }) : fc.constant(null);
  return fc.record({
    replicas: fc.integer({ min: 1, max: 6 }),
    strategy: strategy(),
    minReadySeconds: fc.constantFrom(0, 0, 3),
    grace: fc.constantFrom(30, 1, 5),
    readiness: maybeProbe({}),
    // Undisturbed, no Pod may be killed by its own probe while it starts: it would never come to rest.
    liveness: maybeProbe({ successThreshold: 1, ...(chosen.isDisturbed ? {} : { initialDelaySeconds: 30 }) }),
    startup: maybeProbe({ successThreshold: 1, failureThreshold: 30 }),
    preStop: chosen.shutdown ? fc.constantFrom(0, 2, 5) : fc.constant(0),
    cpu: fc.constantFrom(100, 200, 400),
    shutdown: chosen.shutdown ? fc.constantFrom("exit", "ignore", { drain: "3s" }) : fc.constant("exit"),
    startUp: fc.integer({ min: 0, max: 8 }),
  });
}

function strategy(): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const amount = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom("25%", "50%", "100%"));
  const rolling = fc
    .record({ maxSurge: amount, maxUnavailable: amount })
    .filter(({ maxSurge, maxUnavailable }) => maxSurge !== 0 || maxUnavailable !== 0)
    .map((rollingUpdate) => ({ type: "RollingUpdate", rollingUpdate }));
  return fc.oneof({ weight: 4, arbitrary: rolling }, { weight: 1, arbitrary: fc.constant({ type: "Recreate" }) });
}

function probe(fixed: object): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const handler = fc.constantFrom(
    { httpGet: { path: "/", port: 8080 } },
    { tcpSocket: { port: 8080 } },
    { grpc: { port: 8080 } },
    { exec: { command: ["true"] } },
  );
  return fc
    .record({
      handler,
      periodSeconds: fc.integer({ min: 1, max: 10 }),
      initialDelaySeconds: fc.constantFrom(0, 0, 3),
      timeoutSeconds: fc.constantFrom(1, 2),
      failureThreshold: fc.constantFrom(3, 1, 2),
      successThreshold: fc.constantFrom(1, 1, 2),
    })
    .map(({ handler: chosen, ...rest }) => ({ ...chosen, ...rest, ...fixed }));
}

interface LoadDraw {
  readonly target: number;
  readonly executor: string;
  readonly rate: number;
  readonly timeout: number;
  readonly retries: number;
}

function load(): fc.Arbitrary<LoadDraw> {
  return fc.record({
    target: fc.nat(2),
    executor: fc.constantFrom("poisson-arrival-rate", "constant-arrival-rate"),
    rate: fc.integer({ min: 1, max: 20 }),
    timeout: fc.constantFrom(1000, 200, 3000),
    retries: fc.constantFrom(0, 0, 1, 2),
  });
}

interface CallDraw {
  readonly caller: number;
  readonly callee: number;
  readonly perRequest: number;
  readonly timeout: number;
  readonly retries: number;
  readonly fallback: string;
  readonly order: string;
  readonly isChecked: boolean;
}

function call(): fc.Arbitrary<CallDraw> {
  return fc.record({
    caller: fc.nat(2),
    callee: fc.nat(2),
    perRequest: fc.constantFrom(1, 0.5, 2),
    timeout: fc.constantFrom(1000, 200),
    retries: fc.constantFrom(0, 0, 1),
    fallback: fc.constantFrom("fail", "degrade"),
    order: fc.constantFrom("sequential", "parallel"),
    isChecked: fc.boolean(),
  });
}

interface ActionDraw {
  readonly at: number;
  readonly target: number;
  readonly kind: string;
  readonly replicas: number;
}

function action(): fc.Arbitrary<ActionDraw> {
  return fc.record({
    at: fc.integer({ min: 5, max: 55 }),
    target: fc.nat(2),
    kind: fc.constantFrom("setImage", "scale", "delete", "restart", "undo", "setEnv", "pause", "resume", "rolloutStatus"),
    replicas: fc.integer({ min: 0, max: 7 }),
  });
}

interface FaultDraw {
  readonly at: number;
  readonly target: number;
  readonly kind: string;
  readonly mode: string;
  readonly value: number;
  readonly duration: number;
}

/** What faults on processes need besides. */
const onProcesses: Readonly<Record<string, Record<string, unknown>>> = {
  "container-crash": { rate: "4/m" },
  hang: {},
  "slow-probe": { latency: "2s" },
  "memory-leak": { growth: "4Mi/s" },
  "memory-spike": { size: "1Gi" },
  "cpu-starvation": { slowdown: 50 },
  "slow-service": { slowdown: 50 },
  "failing-service": { rate: "50%" },
};

function fault(): fc.Arbitrary<FaultDraw> {
  return fc.record({
    at: fc.integer({ min: 5, max: 55 }),
    target: fc.nat(2),
    kind: fc.constantFrom(
      "probe-failure",
      "node-loss",
      "oom-kill",
      "node-reboot",
      "node-shutdown",
      "kubelet-restart",
      ...Object.keys(onProcesses),
    ),
    mode: fc.constantFrom("one", "all", "fixed", "fixed-percent", "random-max-percent"),
    value: fc.integer({ min: 1, max: 60 }),
    duration: fc.integer({ min: 5, max: 80 }),
  });
}

interface Draw {
  readonly seed: number;
  readonly nodes: number;
  readonly zones: number;
  readonly workloads: readonly WorkloadDraw[];
  readonly calls: readonly CallDraw[];
  readonly loads: readonly LoadDraw[];
  readonly actions: readonly ActionDraw[];
  readonly faults: readonly FaultDraw[];
  readonly duration: number;
  readonly crash: number | null;
}

function documents(draw: Draw, chosen: Features): FuzzCase {
  const nameOf = (target: number): string => `w${target % draw.workloads.length}`;
  const manifests = draw.workloads.flatMap((workloadDraw, index) => [deployment(`w${index}`, workloadDraw), service(`w${index}`)]);
  const applications = draw.workloads.map((workloadDraw, index) => ({
    selector: { deployment: `w${index}` },
    startUp: `${workloadDraw.startUp}s`,
    shutdown: workloadDraw.shutdown,
    ...dependencies(draw, index, chosen),
    ...(chosen.faults && draw.crash !== null && index === 0 ? { exit: { after: `${draw.crash}s`, code: 1 } } : {}),
  }));
  const spec: Record<string, unknown> = {
    seed: draw.seed,
    duration: `${draw.duration}s`,
    manifests: ["manifests.json"],
    nodes: [
      {
        count: draw.nodes,
        zones: Math.min(draw.zones, draw.nodes),
        capacity: { cpu: "8", memory: "32Gi", pods: 110 },
        // Half of all clusters shut down gracefully.
        ...(draw.seed % 2 === 0 ? { kubelet: { shutdownGracePeriod: "20s", shutdownGracePeriodCriticalPods: "5s" } } : {}),
      },
    ],
    applications,
    load: draw.loads.map((entry, index) => ({
      name: `load${index}`,
      target: `service/${nameOf(entry.target)}`,
      executor: entry.executor,
      rate: `${entry.rate}/s`,
      timeout: `${entry.timeout}ms`,
      retries: { max: entry.retries, backoff: "100ms" },
    })),
    actions: draw.actions.map((entry) => ({ at: `${entry.at}s`, ...actionBody(entry, nameOf(entry.target)) })),
    faults: draw.faults.map((entry, index) => faultBody(entry, index, nameOf(entry.target))),
  };
  return { scenario: { apiVersion: "podstorm.dev/v1alpha1", kind: "Scenario", metadata: { name: "fuzz" }, spec }, manifests };
}

/** Calls of workload `index`, always on a later one: calls that come back to their caller are refused. */
function dependencies({ workloads, calls }: Draw, index: number, { isDisturbed }: Features): Record<string, unknown> {
  const own = calls.filter(({ caller, callee }) => caller === index && callee > index && callee < workloads.length);
  if (own.length === 0) return {};
  const checks = [...new Set(own.filter(({ isChecked }) => isChecked).map(({ callee }) => `service/w${callee}`))];
  return {
    calls: own.map((entry) => ({
      service: `service/w${entry.callee}`,
      perRequest: entry.perRequest,
      timeout: `${entry.timeout}ms`,
      retries: { max: entry.retries, backoff: "100ms" },
      fallback: entry.fallback,
      order: entry.order,
    })),
    // Undisturbed, no Pod may be killed by another's health: it would never come to rest.
    ...(checks.length === 0 ? {} : { health: { checks, on: isDisturbed ? "both" : "readiness" } }),
  };
}

function actionBody(entry: ActionDraw, name: string): Record<string, unknown> {
  if (entry.kind === "setImage") return { setImage: { deployment: name, image: `web:v${entry.at}` } };
  if (entry.kind === "scale") return { scale: { deployment: name, replicas: entry.replicas } };
  if (entry.kind === "setEnv") return { setEnv: { deployment: name, env: `LEVEL=${entry.replicas}` } };
  if (entry.kind === "rolloutStatus") return { rolloutStatus: { deployment: name, timeout: `${1 + entry.replicas}s` } };
  if (entry.kind !== "delete") return { [entry.kind]: { deployment: name } };
  return { delete: { deployment: name } };
}

function faultBody(entry: FaultDraw, index: number, name: string): Record<string, unknown> {
  const takesValue = entry.mode !== "one" && entry.mode !== "all";
  return {
    at: `${entry.at}s`,
    name: `fault${index}`,
    type: entry.kind,
    selector: { deployment: name },
    mode: entry.mode,
    ...(takesValue ? { value: entry.mode === "fixed" ? 1 + (entry.value % 3) : entry.value } : {}),
    ...(entry.kind === "oom-kill" ? {} : { duration: `${entry.duration}s` }),
    ...onProcesses[entry.kind],
    ...(entry.kind === "probe-failure" ? { probe: "all", rate: 1 } : {}),
  };
}

function deployment(name: string, draw: WorkloadDraw): Record<string, unknown> {
  const container = {
    name: "main",
    image: "web:v1",
    ports: [{ containerPort: 8080 }],
    resources: { requests: { cpu: `${draw.cpu}m`, memory: "64Mi" } },
    ...(draw.readiness === null ? {} : { readinessProbe: draw.readiness }),
    ...(draw.liveness === null ? {} : { livenessProbe: draw.liveness }),
    ...(draw.startup === null ? {} : { startupProbe: draw.startup }),
    ...(draw.preStop === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: Math.min(draw.preStop, draw.grace) } } } }),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas: draw.replicas,
      minReadySeconds: draw.minReadySeconds,
      strategy: draw.strategy,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { terminationGracePeriodSeconds: draw.grace, containers: [container] } },
    },
  };
}

function service(name: string): Record<string, unknown> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}
