/** A result as a run would leave it: a rollout under load, a node lost in the middle, some liveness kills. For tests of reports. */
import { CauseKind } from "../../engine/cause-kinds.ts";
import type { CauseRow } from "../../engine/kernel/causes.ts";
import { bucketOf } from "../../engine/metrics/histogram.ts";
import type { HistogramSnapshot } from "../../engine/metrics/recorder.ts";
import type { LossCount, PodSummary, RestartRecord, RunResult } from "../../engine/result.ts";
import { Outcome } from "../../engine/traffic/outcome.ts";

const SECOND = 1_000_000;
const LENGTH = 300;
const PODS = 20;

/** Rolled out from 60 s to 140 s; the node dies at 100 s for 60 s. */
export function sampleResult(changes: Partial<RunResult> = {}): RunResult {
  const causes = causeRows();
  const lost = lostPerSecond();
  const refused = 412;
  const unreachable = 168;
  return {
    name: "rolling-update",
    seed: 42,
    specDigest: "b1946ac92492d234",
    version: "0.1.0",
    kubernetesVersion: "1.36",
    duration: LENGTH * SECOND,
    end: LENGTH * SECOND,
    isPartial: false,
    warmup: 30 * SECOND,
    fingerprint: "9f86d081884c7d65",
    events: 1_234_567,
    metrics: {
      counters: {
        "attempts{load=web,outcome=answered}": 300,
        "attempts{load=web,outcome=refused}": 100,
        "oom_kills{workload=default/web}": 0,
        "requests_answered{load=web}": 539_420 - 580,
        "requests_in_flight{load=web}": 12,
        "requests_lost{load=web}": refused + unreachable,
        "requests_sent{load=web}": 539_432,
        "restarts{workload=default/web}": 9,
      },
      histograms: {
        "probe_duration{handler=httpGet,outcome=failure,role=liveness}": spread(31, 1 * SECOND, 1 * SECOND),
        "probe_duration{handler=httpGet,outcome=success,role=liveness}": spread(540, 1_200, 80_000),
        "probe_duration{handler=httpGet,outcome=success,role=readiness}": spread(1_080, 900, 240_000),
        "probe_lag{role=liveness}": spread(571, 1, 1),
        "request_duration{load=web}": spread(5_388, 9_000, 900_000),
      },
      timeSeries: {
        "answered{load=web}": Array.from({ length: LENGTH + 1 }, (_, at) =>
          at === LENGTH ? 0 : 2_000 - (lost[at] ?? 0) + ((at * 37) % 91) - 45,
        ),
        "lost{load=web,outcome=refused}": lost.map((count, at) => (at < 100 ? count : Math.round(count / 3))),
        "lost{load=web,outcome=timed out}": lost.map((count, at) => (at < 100 ? 0 : Math.round((count * 2) / 3))),
        ...podSeries(),
        "restarts_series{workload=default/web}": Array.from({ length: LENGTH + 1 }, (_, at) => (at > 180 && at < 190 ? 1 : 0)),
      },
      bucketWidth: SECOND,
    },
    causes,
    losses: losses(),
    restarts: restarts(),
    effects: [
      { cause: 101, kind: CauseKind.deploymentChanged, count: 1 },
      { cause: 201, kind: CauseKind.nodeLost, count: 1 },
      { cause: 301, kind: CauseKind.probeFailing, count: 9 },
    ],
    violations: [],
    control: {
      pods: pods(),
      rollouts: [{ workload: 0, from: 60 * SECOND, until: 140 * SECOND, ending: "complete", cause: 101 }],
      availability: availability(),
      faults: [
        {
          name: "node-loss",
          type: "node-loss",
          from: 100 * SECOND,
          until: 160 * SECOND,
          cause: 201,
          targets: ["node-3"],
          withoutEffect: "",
        },
        {
          name: "flaky health check",
          type: "probe-failure",
          from: 170 * SECOND,
          until: 190 * SECOND,
          cause: 301,
          targets: ["default/web-5d4f-a1", "default/web-5d4f-a2"],
          withoutEffect: "",
        },
        {
          name: "idle",
          type: "oom-kill",
          from: 200 * SECOND,
          until: 200 * SECOND,
          cause: 401,
          targets: [],
          withoutEffect: "its selector matched nothing",
        },
      ],
      actions: [{ at: 60 * SECOND, text: "set image of deployment default/web to web:v2", cause: 101 }],
      unsettled: [],
      deployments: [{ label: "default/web", desired: PODS, updated: PODS, ready: PODS, available: PODS }],
    },
    names: {
      workloads: ["default/web", "default/cart"],
      loads: [{ name: "web", service: "default/web", executor: "poisson-arrival-rate", rate: 2000 }],
      nodes: Array.from({ length: 8 }, (_, index) => `node-${index}`),
    },
    notes: {
      notModelled: ["ServiceAccount/web", "ConfigMap/web"],
      noEffect: [
        { field: "spec.template.spec.securityContext", count: 2 },
        { field: "spec.template.spec.containers.volumeMounts", count: 3 },
      ],
      settingsChanged: [{ name: "kcmQps", value: 50, default: 20 }],
      assumptions: [
        { of: "default/web", what: "startUp log-normal median 2 s, p99 6 s" },
        { of: "default/web", what: "serviceTime log-normal median 10 ms, p99 100 ms" },
      ],
      deviations: ["One client limit for all controllers: each controller has its own in Kubernetes."],
    },
    ...changes,
  };
}

/** Two are missing while the rollout goes on, one is gone with its node, then one waits for its probe. */
function availability(): RunResult["control"]["availability"] {
  const sums = {
    desiredTime: PODS * 270 * SECOND,
    availableTime: PODS * 270 * SECOND - (2 * 80 + 5) * SECOND,
    least: 18,
    leastOf: PODS,
    available: PODS,
    desired: PODS,
  };
  return {
    total: sums,
    workloads: [{ workload: 0, ...sums }],
    shortages: [
      { workload: 0, from: 60 * SECOND, until: 141 * SECOND, cause: 103 },
      { workload: 0, from: 182 * SECOND, until: 187 * SECOND, cause: 304 },
    ],
  };
}

function causeRows(): CauseRow[] {
  const row = (id: number, parent: number, kind: number, subject: number, time: number, detail = 0): CauseRow => ({
    id,
    parent,
    kind,
    subject,
    detail,
    time: time * SECOND,
  });
  return [
    row(101, 0, CauseKind.action, 0, 60),
    row(102, 101, CauseKind.deploymentChanged, 0, 60.1),
    row(103, 102, CauseKind.rolloutStep, 0, 60.2),
    row(104, 103, CauseKind.podDeleted, 1, 66),
    row(105, 104, CauseKind.signalled, 1, 66.1),
    row(106, 105, CauseKind.listenerClosed, 1, 66.2),
    row(107, 103, CauseKind.podCreated, 21, 60.3),
    row(108, 107, CauseKind.readyChanged, 21, 70, 1),
    row(109, 108, CauseKind.rolloutStep, 0, 70.1),
    row(110, 109, CauseKind.podDeleted, 2, 70.2),
    row(111, 110, CauseKind.signalled, 2, 70.3),
    row(112, 111, CauseKind.listenerClosed, 2, 70.4),
    row(201, 0, CauseKind.fault, 0, 100),
    row(202, 201, CauseKind.nodeLost, 3, 100),
    row(301, 0, CauseKind.fault, 1, 170),
    row(302, 301, CauseKind.probeFailing, 4, 175),
    row(303, 302, CauseKind.probeKill, 4, 181),
    row(304, 303, CauseKind.containerExited, 4, 182, 143),
  ];
}

function losses(): LossCount[] {
  const refused = (cause: number, count: number, at: number): LossCount => ({
    load: 0,
    outcome: Outcome.refused,
    state: "listener closed before removal",
    cause,
    count,
    first: at * SECOND,
    last: (at + 1.5) * SECOND,
  });
  return [
    refused(106, 200, 66.2),
    refused(112, 212, 70.4),
    { load: 0, outcome: Outcome.timedOut, state: "node lost", cause: 202, count: 168, first: 100.2 * SECOND, last: 141 * SECOND },
  ];
}

function restarts(): RestartRecord[] {
  return Array.from({ length: 9 }, (_, index) => ({ time: (181 + index) * SECOND, pod: 4 + index, container: 0, workload: 0, cause: 304 }));
}

function pods(): PodSummary[] {
  return Array.from({ length: 40 }, (_, id) => ({
    id,
    name: `web-${id < 20 ? "7c9d" : "5d4f"}-${String.fromCharCode(97 + (id % 20))}${id % 20}`,
    namespace: "default",
    workload: 0,
    node: id % 8,
    phase: 1,
    restarts: id >= 4 && id < 13 ? 1 : 0,
    isReady: id >= 20,
    isDeleting: false,
    isGone: id < 20,
  }));
}

function lostPerSecond(): number[] {
  return Array.from({ length: LENGTH + 1 }, (_, at) => {
    if (at >= 66 && at < 136) return at % 4 === 0 ? 18 : 2;
    if (at >= 100 && at < 142) return 4;
    return 0;
  });
}

/** Gauge series hold changes. */
function podSeries(): Record<string, number[]> {
  const changes = (levels: (at: number) => number): number[] =>
    Array.from({ length: LENGTH + 1 }, (_, at) => levels(at) - (at === 0 ? 0 : levels(at - 1)));
  const rolling = (at: number): boolean => at >= 60 && at < 140;
  return {
    "pods{state=crash-looping}": changes((at) => (at >= 182 && at < 200 ? 2 : 0)),
    "pods{state=pending}": changes((at) => (rolling(at) && at % 4 < 2 ? 3 : 0)),
    "pods{state=ready}": changes((at) => (at >= 182 && at < 200 ? PODS - 2 : at >= 100 && at < 140 ? PODS - 2 : PODS)),
    "pods{state=running}": changes((at) => (rolling(at) ? 2 + (at % 3) : 0)),
    "pods{state=terminating}": changes((at) => (rolling(at) ? (at * 7) % 5 : 0)),
  };
}

/** `count` values spread geometrically over [low, high] µs. */
function spread(count: number, low: number, high: number): HistogramSnapshot {
  const buckets = new Map<number, number>();
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const value = Math.round(low * Math.pow(high / low, Math.pow(count === 1 ? 0 : index / (count - 1), 4)));
    sum += value;
    buckets.set(bucketOf(value), (buckets.get(bucketOf(value)) ?? 0) + 1);
  }
  return { count, sum, min: low, max: high, buckets: [...buckets].sort((left, right) => left[0] - right[0]) };
}
