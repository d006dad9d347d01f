/**
 * How exactly a replayed trace is compared, and what of which trace is not: the real thing is spread, and some
 * recordings hold what their rig or their release did, not what Kubernetes decides (docs/traces.md).
 */
import type { EventCount, Fact, FactClass } from "./trace-facts.ts";

/**
 * How far an instant, or the time since the transition before it, may lie outside the model's own spread, ms. Read
 * times are good to 100 ms. Null: only its order counts.
 */
const toleranceMs: { readonly [Class in FactClass]: number | null } = {
  created: 400,
  // Created until scheduled ±0.2 s.
  scheduled: 300,
  // PLEG and probe phases are drawn by the model itself; what is left is the API's and the watcher's.
  seen: 400,
  // Polls of a back-off: the spread of 50 draws lacks its very ends.
  restarted: 1_200,
  // Cut to whole seconds: some ms turn into one.
  apiTime: 1_050,
  deleted: 300,
  // Clean-up and status pass, 0.15 to 14 s: not to be compared closely.
  removed: null,
  endpoints: 400,
  // A wave of a rollout ends with one probe period and one relist more or less.
  workload: 1_500,
  // Lease phases and the monitor's pass.
  node: 5_000,
  event: 500,
};

/**
 * Time since the transition before it, where it differs from the above: both were seen at a relist of the kubelet,
 * 0 to 1.1 s late, so what lasts whole seconds takes one relist more or less.
 */
const gapToleranceMs: { readonly [Class in FactClass]?: number } = { seen: 1_100, restarted: 1_200, endpoints: 1_100 };

export function tolerance({ class: kind }: Fact): number | null {
  return toleranceMs[kind];
}

export function gapTolerance(kind: FactClass): number | null {
  return gapToleranceMs[kind] ?? toleranceMs[kind];
}

/** Aspect of what all ReplicaSets of a Deployment ask for together: the bounds of a rollout. */
export const ALL_REPLICAS = "replicas asked for";

/** Counts that must be the model's own. */
const exactReasons: ReadonlySet<string> = new Set([
  "Created",
  "Started",
  "Killing",
  "Scheduled",
  "SuccessfulCreate",
  "SuccessfulDelete",
  "ScalingReplicaSet",
  "Preempted",
]);

/** Of each Pod, the instant of the first such Event with its text is compared. */
export const timedReasons: ReadonlySet<string> = new Set([
  "Scheduled",
  "Created",
  "Started",
  "Killing",
  "Unhealthy",
  "FailedPostStartHook",
  "FailedPreStopHook",
]);

/** Each is sent from its own goroutine: closer ones may arrive swapped. */
export const EVENT_ORDER_MS = 100;

/** Neither counts nor texts: by timing, by the node's history, or the rig's own. */
const looseReasons: ReadonlySet<string> = new Set([
  "Pulling",
  "Pulled",
  "FailedScheduling",
  "FailedToUpdateEndpoint",
  "FailedToUpdateEndpointSlices",
  "TaintManagerEviction",
  "BackoffLimitExceeded",
]);

/** From here on the spam filter of a source drops Events about one object. */
export const SPAM_BURST = 25;

/** First sightings up to 1.9 s after creation, 0.8 s later than usual; what follows is as much later. */
export const SLOW_START_MS = 900;

export type EventRule = "count" | "sum" | "existence" | "none";

export function eventRule({ object, reason, message }: Pick<EventCount, "object" | "reason" | "message">): EventRule {
  if (object.startsWith("Node ") || looseReasons.has(reason) || message.includes("probe errored")) return "none";
  // Its text names a step of a rollout: steps are compared as ReplicaSets show them, and each has its Event.
  if (reason === "ScalingReplicaSet") return "sum";
  return exactReasons.has(reason) ? "count" : "existence";
}

/** Facts of which the instants are compared; of the rest the final values. */
export function isTimed({ class: kind, aspect }: Fact): boolean {
  if (kind === "event") return aspect === "Event Killing";
  return kind !== "workload" || aspect === "spec.replicas";
}

const kubeletTraces = /^(?:[cde]-|x-(?:crashloop-storm|init-plus-probe|liveness-jitter|oom-one|readiness-jitter))/;

/** Whether a trace is about what controllers, the scheduler or nodes do; the others are about one kubelet's Pods. */
export function isControlPlaneTrace(name: string): boolean {
  return /^[a-hx]-/.test(name) && !kubeletTraces.test(name);
}

export interface TraceException {
  readonly traces: RegExp;
  /** Why. */
  readonly because: string;
  readonly fact?: (fact: Fact) => boolean;
  readonly event?: (event: EventCount) => boolean;
  /** What this trace shows comes up to SLOW_START_MS late. */
  readonly slowStart?: true;
  /** Of these facts, that they come early is not judged. */
  readonly mayComeEarly?: (fact: Fact) => boolean;
  /** Only the order of these facts. */
  readonly untimed?: (fact: Fact) => boolean;
}

const isEvent =
  (...reasons: readonly string[]) =>
  (event: EventCount): boolean =>
    reasons.includes(event.reason);

/** By name of the trace: what isn't judged. All others are judged in full. */
export const exceptions: readonly TraceException[] = [
  {
    traces: /^(?:b-recreate|g-daemonset-update|x-statefulset-stuck)/,
    because: "each step waits until the object of the old Pod has gone",
    untimed: () => true,
  },
  {
    traces: /^f-partial-disruption/,
    because: "which node was noticed first, and tainted, followed from lease phases and list order",
    fact: ({ class: kind, aspect, value }) =>
      kind === "removed" || kind === "deleted" || (kind === "node" && aspect === "taints") || value.startsWith("grace "),
  },
  {
    traces: /^c-pod-deadline/,
    because: "the release's last status of such a Pod is a defect",
    fact: ({ aspect }) => aspect.startsWith("condition ") || aspect.startsWith("container "),
    event: isEvent("DeadlineExceeded"),
  },
  {
    traces: /^(?:x-surge-does-not-fit|x-preemption|g-unschedulable)/,
    because: "when waiting Pods were tried again depended on other cases",
    untimed: ({ class: kind }) => kind === "scheduled" || kind === "seen" || kind === "apiTime" || kind === "event",
  },
  {
    traces: /^g-job-onfailure/,
    because: "a stale cache of the rig",
    fact: ({ aspect }) => aspect === "failed",
  },
  {
    traces: /^g-job-backoff3/,
    because: "a race of work queues decided when the Job was declared failed",
    untimed: ({ object }) => object.startsWith("Job "),
  },
  {
    traces: /^x-rollout-60/,
    because: "ten Pods a node: the kubelet's client limit set all times",
    untimed: () => true,
  },
  {
    traces: /^(?:x-crashloop-storm-20|b-pause-resume)/,
    because: "many Pods a node: the kubelet's client limit set the times of the first sightings",
    untimed: ({ class: kind, atMs }) =>
      (kind === "seen" || kind === "restarted" || kind === "endpoints" || kind === "event") && atMs < 10_000,
  },
  {
    traces: /^(?:c-always-exit0|c-never-exit1|c-onfailure-exit0|c-crashloop-always|d-startup-never|d-readiness-flap-r1|g-job-backoff3-r2)/,
    because: "its cluster was busy at the start",
    slowStart: true,
  },
  {
    traces: /^x-oom-one-of-three/,
    because:
      "other cases' Pods had used up what its kubelet may send: each call of node m2, also of its Events, comes 0.2 s after the one before",
    untimed: ({ object, atMs }) => object === "Pod web/1#3" && atMs < 3_500,
  },
  {
    traces: /^a-rolling-25-25-r1/,
    because: "its cluster was busy at the start: even the first Pod was created 0.3 s late",
    untimed: ({ class: kind, object, atMs }) => kind === "seen" && object === "Pod web/1#8" && atMs < 1_700,
  },
  {
    traces: /^c-crashloop-always-r1/,
    because: "a relist listed its sixth run, and that had ended when it looked closer: the next relist found another change",
    mayComeEarly: ({ atMs }) => atMs > 181_000 && atMs < 182_000,
  },
];

export function exceptionsOf(trace: string): readonly TraceException[] {
  return exceptions.filter(({ traces }) => traces.test(trace));
}
