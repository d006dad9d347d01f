/** `--maximize METRIC`: what of a run is to be as large as possible, said as a threshold of which only the value is looked at. */
import type { ThresholdSpec } from "../../engine/scenario-spec.ts";
import { metrics, type MetricName } from "../../engine/metrics/catalogue.ts";

/** Of a counter its count, of a histogram its 99th percentile, of the rest their value. Null: there is no such metric. */
export function maximized(metric: string): ThresholdSpec | null {
  if (!Object.hasOwn(metrics, metric)) return null;
  const aggregate = aggregateOf(metric as MetricName);
  return aggregate === null ? null : { metric, tags: {}, text: "", aggregate, operator: "<", value: 0 };
}

export function maximizable(): readonly string[] {
  return Object.keys(metrics).filter((name) => aggregateOf(name as MetricName) !== null);
}

function aggregateOf(metric: MetricName): ThresholdSpec["aggregate"] | null {
  switch (metrics[metric].kind) {
    case "counter":
      return { type: "count" };
    case "histogram":
      return { type: "p", percentile: 99 };
    case "gauge series":
      return { type: "max" };
    case "figure":
      return { type: "value" };
    case "count series":
      return null;
  }
}
