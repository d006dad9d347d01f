/** Every metric once: name, kind, unit and what it means. Series names are made here and nowhere else. */

export interface MetricDefinition {
  readonly kind: "counter" | "histogram" | "gauge series" | "count series";
  readonly unit: "1" | "µs";
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
  | "restarts"
  | "oom_kills"
  | "api_writes"
  | "pods"
  | "available"
  | "desired"
  | "sent"
  | "answered"
  | "lost"
  | "restarts_series";

export const metrics: { readonly [Name in MetricName]: MetricDefinition } = {
  requests_sent: c("counter", ["load"], "requests begun (first attempts)"),
  requests_answered: c("counter", ["load"], "requests that ended answered, after retries"),
  requests_lost: c("counter", ["load"], "requests that ended other than answered"),
  requests_in_flight: c("counter", ["load"], "requests neither answered nor lost at the horizon"),
  attempts: c("counter", ["load", "outcome"], "attempts by outcome; a retry is an attempt of its own"),
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
  restarts: c("counter", ["workload"], "container instances started after another of the same Pod"),
  oom_kills: c("counter", ["workload"], "containers killed for memory"),
  api_writes: c("counter", ["kind"], "writes committed by the API server"),
  pods: c("gauge series", ["state"], "Pod objects by state: pending, running, ready, terminating, crash-looping"),
  available: c("gauge series", ["workload"], "replicas that have been Ready for minReadySeconds"),
  desired: c("gauge series", ["workload"], "replicas asked for"),
  sent: c("count series", ["load"], "requests begun per bucket"),
  answered: c("count series", ["load"], "requests answered per bucket"),
  lost: c("count series", ["load", "outcome"], "requests lost per bucket"),
  restarts_series: c("count series", ["workload"], "restarts per bucket"),
};

function c(kind: MetricDefinition["kind"], labels: readonly string[], meaning: string): MetricDefinition {
  return { kind, unit: "1", labels, meaning };
}

/** `restarts{workload=default/web}`; label values in the order of the catalogue. */
export function seriesName(metric: MetricName, ...values: readonly string[]): string {
  const labels = metrics[metric].labels;
  if (labels.length === 0) return metric;
  return `${metric}{${labels.map((label, index) => `${label}=${values[index] ?? ""}`).join(",")}}`;
}
