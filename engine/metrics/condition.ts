/** What the conditions of thresholds mean, whoever holds figures against them: the report, or the run on its way. */
import type { MetricName, Tags } from "./catalogue.ts";

export type Operator = "<" | "<=" | ">" | ">=" | "==" | "!=";

export function holds(value: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case "<":
      return value < bound;
    case "<=":
      return value <= bound;
    case ">":
      return value > bound;
    case ">=":
      return value >= bound;
    case "==":
      return value === bound;
    case "!=":
      return value !== bound;
  }
}

/** The counter and the tags that a share is a share of: all requests sent, or all attempts. */
export function wholeOf({ metric, tags }: { readonly metric: string; readonly tags: Tags }): {
  readonly metric: MetricName;
  readonly tags: Tags;
} {
  const load = tags["load"];
  return { metric: metric === "attempts" ? "attempts" : "requests_sent", tags: load === undefined ? {} : { load } };
}
