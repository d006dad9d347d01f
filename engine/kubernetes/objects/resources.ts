/** Requests and limits of a container. */
import { describe, type Issues } from "../../values/issue.ts";
import { canonicalQuantity, parseQuantity, quantityMilli, quantityUnits, type Quantity } from "../../values/quantity.ts";
import { invalid } from "./field-errors.ts";
import { isQualifiedName } from "./names.ts";
import type { ResourceList, ResourceRequirements } from "./pod.ts";

type WrittenResources = Readonly<Record<string, string | number>>;
interface WrittenRequirements {
  readonly requests?: WrittenResources | undefined;
  readonly limits?: WrittenResources | undefined;
}

export function validateResources(resources: WrittenRequirements | undefined, path: string, issues: Issues): void {
  const limits = validatedList(resources?.limits, `${path}.limits`, issues);
  const requests = validatedList(resources?.requests, `${path}.requests`, issues);
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    if (limit === undefined || request.nano <= limit.nano) continue;
    const text = canonicalQuantity(limit);
    issues.list.push({
      path: `${path}.requests`,
      found: describe(canonicalQuantity(request)),
      expected: `at most the limit, ${text}`,
      kubernetes: `Invalid value: "${canonicalQuantity(request)}": must be less than or equal to ${name} limit of ${text}`,
    });
  }
}

function validatedList(list: WrittenResources | undefined, path: string, issues: Issues): Map<string, Quantity> {
  const quantities = new Map<string, Quantity>();
  for (const [name, text] of Object.entries(list ?? {})) {
    if (!isResourceName(name)) {
      invalid(
        issues,
        `${path}[${name}]`,
        name,
        "cpu, memory, ephemeral-storage, hugepages-<size> or a name such as example.com/gpu",
        "must be a standard resource for containers",
      );
    }
    const quantity = readQuantity(text, `${path}[${name}]`, issues);
    if (quantity !== null) quantities.set(name, quantity);
  }
  return quantities;
}

/** A quantity that isn't negative, or null and an issue. */
export function readQuantity(written: string | number, path: string, issues: Issues): Quantity | null {
  const quantity = parseQuantity(String(written));
  if (quantity === null) {
    issues.list.push({
      path,
      found: describe(written),
      expected: "a quantity such as 250m, 1.5 or 64Mi",
      kubernetes: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    });
  } else if (quantity.nano < 0n) {
    invalid(issues, path, String(written), "0 or more", "must be greater than or equal to 0");
    return null;
  }
  return quantity;
}

function isResourceName(name: string): boolean {
  if (name === "cpu" || name === "memory" || name === "ephemeral-storage" || name.startsWith("hugepages-")) return true;
  return name.includes("/") && isQualifiedName(name);
}

/** A request that is absent is its limit (SetDefaults_Pod). */
export function readResources(resources: WrittenRequirements | undefined): ResourceRequirements {
  const limits = readResourceList(resources?.limits);
  const requests = readResourceList(resources?.requests);
  const cpu = requests.cpu ?? limits.cpu;
  const memory = requests.memory ?? limits.memory;
  const storage = requests.storage ?? limits.storage;
  const other = { ...limits.other, ...requests.other };
  return {
    limits,
    requests: {
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
      ...(storage === undefined ? {} : { storage }),
      ...(Object.keys(other).length === 0 ? {} : { other }),
    },
  };
}

/** Validated text to numbers. */
export function readResourceList(list: WrittenResources | undefined): ResourceList {
  let cpu: number | undefined;
  let memory: number | undefined;
  let storage: number | undefined;
  const other: Record<string, number> = {};
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = parseQuantity(String(text));
    if (quantity === null) continue;
    if (name === "cpu") cpu = quantityMilli(quantity);
    else if (name === "memory") memory = quantityUnits(quantity);
    else if (name === "ephemeral-storage") storage = quantityUnits(quantity);
    else other[name] = quantityUnits(quantity);
  }
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { memory }),
    ...(storage === undefined ? {} : { storage }),
    ...(Object.keys(other).length === 0 ? {} : { other }),
  };
}
