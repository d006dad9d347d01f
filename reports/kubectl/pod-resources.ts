/** What a Pod asks for as a whole, and as a share of its node. Source: k8s.io/component-helpers resource PodRequestsAndLimits. */
import type { ApiContainer, ApiPodSpec, Quantities } from "../../engine/kubernetes/views/api-object.ts";
import { canonicalQuantity, parseQuantity, type Quantity } from "../../engine/values/quantity.ts";

export type Amounts = ReadonlyMap<string, Quantity>;

/** Containers and sidecars together, or an init container with the sidecars before it, if that is more. */
export function podResources({ containers, initContainers = [] }: ApiPodSpec, kind: "requests" | "limits"): Amounts {
  let total = containers.reduce<Amounts>((sum, container) => plus(sum, amountsOf(container, kind)), new Map());
  let sidecars: Amounts = new Map();
  let most: Amounts = new Map();
  for (const container of initContainers) {
    const own = amountsOf(container, kind);
    if (container.restartPolicy === "Always") {
      sidecars = plus(sidecars, own);
      total = plus(total, own);
      most = larger(most, sidecars);
    } else most = larger(most, plus(own, sidecars));
  }
  return larger(total, most);
}

/** `100m (2%)`: the sum, and its whole percents of what the node can give. */
export function shareText(all: readonly Amounts[], name: string, allocatable: Quantities): string {
  const sum = sumOf(all, name);
  const whole = parseQuantity(allocatable[name] ?? "0");
  const percent = whole === null || whole.nano === 0n ? 0 : Number((sum.nano * 100n) / whole.nano);
  return `${canonicalQuantity(sum)} (${percent}%)`;
}

export function amountText(all: readonly Amounts[], name: string): string {
  return canonicalQuantity(sumOf(all, name));
}

function sumOf(all: readonly Amounts[], name: string): Quantity {
  const sum = all.reduce<Amounts>((total, amounts) => plus(total, amounts), new Map()).get(name);
  return sum ?? { nano: 0n, family: "decimal" };
}

function amountsOf({ resources }: ApiContainer, kind: "requests" | "limits"): Amounts {
  const amounts = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(resources[kind] ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity !== null) amounts.set(name, quantity);
  }
  return amounts;
}

function plus(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, { nano, family }] of b)
    sum.set(name, { nano: (sum.get(name)?.nano ?? 0n) + nano, family: sum.get(name)?.family ?? family });
  return sum;
}

function larger(a: Amounts, b: Amounts): Amounts {
  const most = new Map(a);
  for (const [name, amount] of b) if ((most.get(name)?.nano ?? 0n) < amount.nano) most.set(name, amount);
  return most;
}
