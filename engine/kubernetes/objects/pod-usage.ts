/** What Pods and objects count for in quotas, and whose scopes take a Pod in (pure). Source: pkg/quota/v1/evaluator/core. */
import { EPHEMERAL_STORAGE, requestWith, podRequest, type ResourceTotals } from "./pod-request.ts";
import type { Container, PodSpec } from "./pod.ts";
import { amountText, type Amounts, type QuotaScope, type ResourceQuotaSpec } from "./resource-quota.ts";

/** By every name under which a quota may ask for it. */
export function podUsage(spec: PodSpec): Amounts {
  const requests = podRequest(spec);
  const limits = requestWith({ ...spec, overhead: {} }, ({ resources }) => resources.limits);
  return { pods: 1, "count/pods": 1, ...amountsOf(requests, "requests."), ...amountsOf(requests, ""), ...amountsOf(limits, "limits.") };
}

function amountsOf({ cpu, memory, other }: ResourceTotals, prefix: string): Amounts {
  const amounts: Record<string, number> = { [`${prefix}cpu`]: cpu, [`${prefix}memory`]: memory };
  for (const [name, amount] of Object.entries(other)) if (prefix !== "" || name === EPHEMERAL_STORAGE) amounts[`${prefix}${name}`] = amount;
  return amounts;
}

/** What one object of a kind counts for; empty: nothing. `group` "": the core group. */
export function objectUsage(plural: string, group: string): Amounts {
  const counted = { [group === "" ? `count/${plural}` : `count/${plural}.${group}`]: 1 };
  const isPlain = group === "" && ["services", "replicationcontrollers", "resourcequotas"].includes(plural);
  return isPlain ? { ...counted, [plural]: 1 } : counted;
}

export function isInScopes(spec: PodSpec, { scopes }: ResourceQuotaSpec): boolean {
  return scopes.every((scope) => matchesScope(spec, scope));
}

function matchesScope(spec: PodSpec, { name, operator, values }: QuotaScope): boolean {
  switch (name) {
    case "BestEffort":
      return isBestEffort(spec);
    case "NotBestEffort":
      return !isBestEffort(spec);
    case "Terminating":
      return spec.activeDeadlineSeconds !== null;
    case "NotTerminating":
      return spec.activeDeadlineSeconds === null;
    case "PriorityClass": {
      const { priorityClassName = "" } = spec;
      if (operator === "Exists") return priorityClassName !== "";
      if (operator === "DoesNotExist") return priorityClassName === "";
      return values.includes(priorityClassName) === (operator === "In");
    }
    default:
      return false;
  }
}

function isBestEffort({ containers, initContainers }: PodSpec): boolean {
  return [...containers, ...initContainers].every(
    ({ resources: { requests, limits } }) =>
      !isPositive(requests.cpu) && !isPositive(requests.memory) && !isPositive(limits.cpu) && !isPositive(limits.memory),
  );
}

function isPositive(amount: number | undefined): boolean {
  return amount !== undefined && amount > 0;
}

/** Resources that a quota on Pods asks every container to state; as the refusal says it; "": all do. */
export function unstated(spec: PodSpec, hard: Amounts): string {
  const asked = Object.keys(hard).filter((name) => /^(requests\.|limits\.)?(cpu|memory)$/.test(name));
  const missing = asked.sort().map((name) => {
    const containers = [...spec.containers, ...spec.initContainers]
      .filter((container) => !states(container, name))
      .map((container) => container.name);
    return containers.length === 0 ? "" : `${name} for: ${containers.sort().join(",")}`;
  });
  return missing.filter((text) => text !== "").join("; ");
}

function states({ resources }: Container, name: string): boolean {
  const list = name.startsWith("limits.") ? resources.limits : resources.requests;
  return list[name.endsWith("cpu") ? "cpu" : "memory"] !== undefined;
}

/** Those of `usage` that the quota limits. */
export function limitedPart(usage: Amounts, hard: Amounts): Amounts {
  return Object.fromEntries(Object.entries(usage).filter(([name]) => hard[name] !== undefined));
}

export function plusUsage(a: Amounts, b: Amounts): Amounts {
  const sum: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
}

/** `pods=3,requests.cpu=500m`, sorted. */
export function usageText(amounts: Amounts, names: readonly string[]): string {
  return [...names]
    .sort()
    .map((name) => `${name}=${amountText(name, amounts[name] ?? 0)}`)
    .join(",");
}
