/** Bounds of a LimitRange, in the API server's words (pure). Source: plugin/pkg/admission/limitranger/admission.go PodValidateLimitFunc. */
import type { LimitRangeItem, LimitRangeSpec } from "./limit-range.ts";
import type { Container, PodSpec, ResourceList } from "./pod.ts";
import { amountText, type Amounts } from "./resource-quota.ts";

export function limitProblems(spec: PodSpec, { limits }: LimitRangeSpec): readonly string[] {
  return limits.flatMap((item) => {
    if (item.type === "Container")
      return [...spec.containers, ...spec.initContainers].flatMap(({ resources }) =>
        boundProblems(item, amountsOf(resources.requests), amountsOf(resources.limits)),
      );
    if (item.type !== "Pod") return [];
    const sum = (list: (container: Container) => ResourceList): Amounts =>
      totals(spec.containers.map((container) => amountsOf(list(container))));
    return boundProblems(
      item,
      sum(({ resources }) => resources.requests),
      sum(({ resources }) => resources.limits),
    );
  });
}

function boundProblems(item: LimitRangeItem, requests: Amounts, limits: Amounts): readonly string[] {
  const problems: string[] = [];
  const add = (bound: "minimum" | "maximum", name: string, amount: number, rest: string): void => {
    problems.push(`${bound} ${name} usage per ${item.type} is ${amountText(name, amount)}${rest}`);
  };
  for (const [name, least] of Object.entries(item.min)) {
    const request = requests[name];
    const limit = limits[name];
    if (request === undefined) add("minimum", name, least, ".  No request is specified");
    else if (request < least) add("minimum", name, least, `, but request is ${amountText(name, request)}`);
    else if (limit !== undefined && limit < least) add("minimum", name, least, `, but limit is ${amountText(name, limit)}`);
  }
  for (const [name, most] of Object.entries(item.max)) {
    const request = requests[name];
    const limit = limits[name];
    if (limit === undefined) add("maximum", name, most, ".  No limit is specified");
    else if (limit > most) add("maximum", name, most, `, but limit is ${amountText(name, limit)}`);
    else if (request !== undefined && request > most) add("maximum", name, most, `, but request is ${amountText(name, request)}`);
  }
  for (const [name, ratio] of Object.entries(item.maxLimitRequestRatio)) {
    const request = requests[name] ?? 0;
    const limit = limits[name] ?? 0;
    const most = name === "cpu" ? ratio / 1000 : ratio;
    if (request === 0 || limit === 0 || limit / request > most)
      problems.push(
        request === 0 || limit === 0
          ? `${name} max limit to request ratio per ${item.type} is ${amountText(name, ratio)}, but no ${request === 0 ? "request" : "limit"} is specified or ${request === 0 ? "request" : "limit"} is 0`
          : `${name} max limit to request ratio per ${item.type} is ${amountText(name, ratio)}, but provided ratio is ${sixDecimals(limit / request)}`,
      );
  }
  return problems;
}

function sixDecimals(value: number): string {
  return value.toFixed(6);
}

function amountsOf({ cpu, memory, other }: ResourceList): Amounts {
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }), ...other };
}

/** A sum counts what is stated; a resource that nobody states is absent. */
function totals(lists: readonly Amounts[]): Amounts {
  const sum: Record<string, number> = {};
  for (const list of lists) for (const [name, amount] of Object.entries(list)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}
