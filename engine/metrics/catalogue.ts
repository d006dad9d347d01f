/** Every metric once: name, kind, unit and what it means. Series names are made here and nowhere else. */

export interface MetricDefinition {
  /** figure: worked out of the others when the run is over (reports/measures.ts). */
  readonly kind: "counter" | "histogram" | "gauge series" | "count series" | "figure";
  readonly unit: "1" | "µs" | "share";
  readonly labels: readonly string[];
  readonly meaning: string;
}

export type MetricName =
  | "requests_sent"
  | "requests_answered"
  | "requests_lost"
  | "requests_in_flight"
  | "attempts"
  | "attempts_repeated"
  | "request_duration"
  | "endpoint_interval"
  | "endpoint_requests"
  | "endpoint_time"
  | "stale_routing"
  | "probe_duration"
  | "probe_lag"
  | "probes_elided"
  | "probes_exact"
  | "restarts"
  | "oom_kills"
  | "api_writes"
  | "pods"
  | "available"
  | "desired"
  | "sent"
  | "answered"
  | "lost"
  | "calls_sent"
  | "calls_answered"
  | "calls_lost"
  | "calls_in_flight"
  | "calls_repeated"
  | "call_attempts"
  | "call_duration"
  | "restarts_series"
  | "goodput"
  | "attempts_per_request"
  | "traffic_skew"
  | "availability"
  | "time_not_ready"
  | "recovery_time"
  | "rollout_duration"
  | "restart_storms"
  | "restart_amplification"
  | "self_sustaining_storms"
  | "probe_cost"
  | "probe_cpu"
  | "invariant_violations";

export const metrics: { readonly [Name in MetricName]: MetricDefinition } = {
  requests_sent: c("counter", ["load"], "requests begun (first attempts)"),
  requests_answered: c("counter", ["load"], "requests that ended answered, after retries"),
  requests_lost: c("counter", ["load"], "requests that ended other than answered"),
  requests_in_flight: c("counter", ["load"], "requests neither answered nor lost at the horizon"),
  attempts: c("counter", ["load", "outcome"], "attempts by outcome; each retry and hedge is one of its own"),
  attempts_repeated: c("counter", ["load"], "attempts beyond the first of a request: retries and hedges"),
  request_duration: { kind: "histogram", unit: "µs", labels: ["load"], meaning: "answered requests, from the intended send time" },
  endpoint_interval: {
    kind: "histogram",
    unit: "µs",
    labels: ["load"],
    meaning: "an endpoint's mean time between first attempts, of endpoints used for 10 s or more: the least is the busiest one's",
  },
  endpoint_requests: c("counter", ["load"], "first attempts at those endpoints"),
  endpoint_time: c("counter", ["load"], "how long those endpoints were used, in µs, summed up"),
  stale_routing: {
    kind: "histogram",
    unit: "µs",
    labels: ["load"],
    meaning: "failed attempts at removed endpoints: since when the removal could be known",
  },
  probe_duration: { kind: "histogram", unit: "µs", labels: ["handler", "outcome", "role"], meaning: "start of an attempt to its result" },
  probe_lag: { kind: "histogram", unit: "µs", labels: ["role"], meaning: "how late an attempt started" },
  probes_elided: c("counter", ["role"], "attempts of probes that were skipped, each a success (`probes: elided`)"),
  probes_exact: c("counter", ["reason"], "attempts of probes that were run all the same, and why (`probes: elided`)"),
  restarts: c("counter", ["workload"], "container instances started after another of the same Pod"),
  oom_kills: c("counter", ["workload"], "containers killed for memory"),
  api_writes: c("counter", ["kind"], "writes committed by the API server"),
  pods: c("gauge series", ["state"], "Pod objects by state: pending, running, ready, terminating, crash-looping"),
  available: c("gauge series", ["workload"], "replicas that have been Ready for minReadySeconds"),
  desired: c("gauge series", ["workload"], "replicas asked for"),
  sent: c("count series", ["load"], "requests begun per bucket"),
  answered: c("count series", ["load"], "requests answered per bucket"),
  lost: c("count series", ["load", "outcome"], "requests lost per bucket"),
  calls_sent: c("counter", ["caller", "service"], "calls of Pods on other Services begun (first attempts), health checks among them"),
  calls_answered: c("counter", ["caller", "service"], "calls that ended answered, after retries"),
  calls_lost: c("counter", ["caller", "service"], "calls that ended other than answered, or with their caller"),
  calls_in_flight: c("counter", ["caller", "service"], "calls neither answered nor lost at the horizon"),
  calls_repeated: c("counter", ["caller", "service"], "attempts beyond the first of a call"),
  call_attempts: c("counter", ["caller", "service", "outcome"], "attempts of calls by outcome"),
  call_duration: { kind: "histogram", unit: "µs", labels: ["caller", "service"], meaning: "answered calls, from their first attempt" },
  restarts_series: c("count series", ["workload"], "restarts per bucket"),
  goodput: figure("1", ["load"], "requests answered per second"),
  attempts_per_request: figure("1", ["load"], "attempts ÷ requests: 1 without retries and hedges"),
  traffic_skew: figure("1", ["load"], "requests of the busiest endpoint ÷ those of the mean one, per time that they were used"),
  availability: figure("share", ["workload"], "available replicas over desired ones: value and avg over time, min at the worst moment"),
  time_not_ready: figure("µs", ["workload"], "how long desired replicas were missing, summed up over replicas"),
  recovery_time: figure("µs", [], "from the end of the last fault until no replica is missing"),
  rollout_duration: figure("µs", ["workload"], "of the longest rollout; one that isn't complete has no end"),
  restart_storms: figure("1", ["workload"], "how many restart storms there were"),
  restart_amplification: figure(
    "1",
    ["workload"],
    "restarts of the storm that repeats its faults most, per container or node hit directly",
  ),
  self_sustaining_storms: figure("1", ["workload"], "restart storms that outlived what set them off by more than two windows"),
  probe_cpu: figure("1", ["role"], "cores that commands of probes used on average, all nodes together"),
  probe_cost: figure("1", ["role"], "probes under way on average, all containers together"),
  invariant_violations: figure("1", [], "broken invariants"),
};

function figure(unit: MetricDefinition["unit"], labels: readonly string[], meaning: string): MetricDefinition {
  return { kind: "figure", unit, labels, meaning };
}

function c(kind: MetricDefinition["kind"], labels: readonly string[], meaning: string): MetricDefinition {
  return { kind, unit: "1", labels, meaning };
}

/** `restarts{workload=default/web}`; label values in the order of the catalogue. */
export function seriesName(metric: MetricName, ...values: readonly string[]): string {
  const labels = metrics[metric].labels;
  if (labels.length === 0) return metric;
  return `${metric}{${labels.map((label, index) => `${label}=${values[index] ?? ""}`).join(",")}}`;
}

/** Label values of a series of this metric; null: it is of another. */
export function labelsOf(name: string, metric: string): Record<string, string> | null {
  if (name === metric) return {};
  if (!name.startsWith(`${metric}{`) || !name.endsWith("}")) return null;
  const labels: Record<string, string> = {};
  for (const pair of name.slice(metric.length + 1, -1).split(",")) {
    const at = pair.indexOf("=");
    labels[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return labels;
}

export type Tags = Readonly<Record<string, string>>;

export function isSeriesOf(name: string, metric: string, tags: Tags): boolean {
  const labels = labelsOf(name, metric);
  return labels !== null && Object.keys(tags).every((key) => labels[key] === tags[key]);
}
