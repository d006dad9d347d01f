/** ResourceQuota: what all Pods and objects of a namespace together may ask for. */
import type { Issues } from "../../values/issue.ts";
import { canonicalQuantity, parseQuantity, quantityMilli, quantityUnits } from "../../values/quantity.ts";
import { invalid, required, unsupported } from "./field-errors.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { isQualifiedName } from "./names.ts";
import { readQuantity } from "./resources.ts";
import type { WrittenQuantities, WrittenResourceQuota } from "./written-workloads.ts";

/** CPU in millicores, all others in their own unit, by the quota's name of the resource (`requests.cpu`, `pods`, `count/deployments.apps`). */
export type Amounts = Readonly<Record<string, number>>;

export interface QuotaScope {
  readonly name: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values: readonly string[];
}

export interface ResourceQuotaSpec {
  readonly hard: Amounts;
  /** All must match a Pod for it to count. */
  readonly scopes: readonly QuotaScope[];
}

export interface ResourceQuota {
  readonly kind: "ResourceQuota";
  readonly metadata: ObjectMeta;
  readonly spec: ResourceQuotaSpec;
}

export interface ResourceQuotaStatus {
  readonly hard: Amounts;
  readonly used: Amounts;
}

export const emptyResourceQuotaStatus: ResourceQuotaStatus = Object.freeze({ hard: Object.freeze({}), used: Object.freeze({}) });

const podScopes = ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating"];
const plainResources = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "pods",
  "services",
  "services.loadbalancers",
  "services.nodeports",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "requests.storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
]);

/** pkg/apis/core/validation/validation.go ValidateResourceQuota. */
export function validateResourceQuota(written: WrittenResourceQuota, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const { hard = {}, scopes = [], scopeSelector } = written.spec ?? {};
  for (const [name, text] of Object.entries(hard)) {
    const path = `spec.hard[${name}]`;
    if (!plainResources.has(name) && !(name.includes("/") && isQualifiedName(name)))
      invalid(
        issues,
        path,
        name,
        "a resource such as pods, requests.cpu or count/deployments.apps",
        "must be a standard resource for quota",
      );
    readQuantity(text, path, issues);
  }
  scopes.forEach((scope, index) => {
    if (!podScopes.includes(scope)) invalid(issues, `spec.scopes[${index}]`, scope, `one of ${podScopes.join(", ")}`, "unsupported scope");
  });
  if (scopes.includes("BestEffort") && scopes.includes("NotBestEffort"))
    invalid(issues, "spec.scopes", scopes, "one of the two", "conflicting scopes");
  if (scopes.includes("Terminating") && scopes.includes("NotTerminating"))
    invalid(issues, "spec.scopes", scopes, "one of the two", "conflicting scopes");
  (scopeSelector?.matchExpressions ?? []).forEach(({ scopeName = "", operator = "", values = [] }, index) => {
    const path = `spec.scopeSelector.matchExpressions[${index}]`;
    if (!podScopes.includes(scopeName))
      invalid(issues, `${path}.scopeName`, scopeName, `one of ${podScopes.join(", ")}`, "unsupported scope");
    const operators = ["In", "NotIn", "Exists", "DoesNotExist"];
    if (!operators.includes(operator)) unsupported(issues, `${path}.operator`, operator, operators);
    else if ((operator === "In" || operator === "NotIn") && values.length === 0)
      required(
        issues,
        `${path}.values`,
        "at least one",
        "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      );
  });
}

export function readResourceQuota(written: WrittenResourceQuota): ResourceQuota {
  const { hard, scopes = [], scopeSelector } = written.spec ?? {};
  const selected = (scopeSelector?.matchExpressions ?? []).map(({ scopeName = "", operator, values = [] }) => ({
    name: scopeName,
    operator: operator === "In" || operator === "NotIn" || operator === "DoesNotExist" ? operator : "Exists",
    values: [...values],
  })) satisfies QuotaScope[];
  return {
    kind: "ResourceQuota",
    metadata: readMeta(written.metadata, true),
    spec: {
      hard: readAmounts(hard),
      scopes: [...scopes.map((name): QuotaScope => ({ name, operator: "Exists", values: [] })), ...selected],
    },
  };
}

/** Text that validation refused counts as nothing. */
export function readAmounts(written: WrittenQuantities | undefined): Amounts {
  const amounts: Record<string, number> = {};
  for (const [name, text] of Object.entries(written ?? {})) {
    const quantity = parseQuantity(String(text));
    amounts[name] = quantity === null ? 0 : isCpu(name) ? quantityMilli(quantity) : quantityUnits(quantity);
  }
  return amounts;
}

/** As Kubernetes writes quantities: `500m`, `1Gi`. */
export function amountText(name: string, amount: number): string {
  if (isCpu(name)) return amount % 1000 === 0 ? `${amount / 1000}` : `${amount}m`;
  const isBinary = name.endsWith("memory") || name.endsWith("storage");
  const quantity = parseQuantity(isBinary && amount % 1024 === 0 && amount > 0 ? `${amount / 1024}Ki` : `${amount}`);
  return quantity === null ? `${amount}` : canonicalQuantity(quantity);
}

function isCpu(name: string): boolean {
  return name === "cpu" || name.endsWith(".cpu");
}
