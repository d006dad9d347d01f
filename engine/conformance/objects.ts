/** Vectors of API objects: quantities, int-or-percent, defaulting and validation, answered by the functions that admission uses. */
import { defaultSettings } from "../settings.ts";
import { Issues } from "../values/issue.ts";
import { canonicalQuantity, parseQuantity, quantityNumber } from "../values/quantity.ts";
import { defaultDaemonSet } from "../kubernetes/objects/daemon-set.ts";
import { defaultDeployment, validateDeployment } from "../kubernetes/objects/deployment.ts";
import { defaultJob } from "../kubernetes/objects/job.ts";
import { defaultStatefulSet } from "../kubernetes/objects/stateful-set.ts";
import type { WrittenDaemonSet, WrittenJob, WrittenStatefulSet } from "../kubernetes/objects/written-workloads.ts";
import { scaledValue } from "../kubernetes/objects/int-or-string.ts";
import { validateProbe } from "../kubernetes/objects/probe-validation.ts";
import type { WrittenDeployment, WrittenProbe } from "../kubernetes/objects/written.ts";

/** The vectors were recorded from 1.20. */
const minor = 20;

export function quantityCanonical(input: { readonly quantity: string }): unknown {
  const quantity = parseQuantity(input.quantity);
  return { canonical: quantity === null ? null : canonicalQuantity(quantity) };
}

export function quantityFloat(input: { readonly quantity: string }): unknown {
  const quantity = parseQuantity(input.quantity);
  return { value: quantity === null ? null : quantityNumber(quantity) };
}

export function intstrScaledValue(input: { readonly value: number | string; readonly total: number; readonly roundUp: boolean }): unknown {
  const result = scaledValue(input.value, input.total, input.roundUp);
  return result === null ? { error: true } : { result };
}

export function defaultsDeployment(input: WrittenDeployment): unknown {
  return { spec: defaultDeployment(input, defaultSettings).spec };
}

export function defaultsDaemonSet(input: WrittenDaemonSet): unknown {
  return { spec: defaultDaemonSet(input, minor, defaultSettings).spec };
}

export function defaultsStatefulSet(input: WrittenStatefulSet): unknown {
  return { spec: defaultStatefulSet(input, minor, defaultSettings).spec };
}

/** The numbers that the vectors are about; null: stays unset. */
export function defaultsJob(input: WrittenJob): unknown {
  const { parallelism = null, completions = null, backoffLimit = null } = defaultJob(input, minor, defaultSettings).spec ?? {};
  return { spec: { parallelism, completions, backoffLimit } };
}

/** `errors`: in the API server's words, each behind its path. */
export function validationDeployment(input: { readonly deployment: WrittenDeployment }): {
  readonly valid: boolean;
  readonly errors: readonly string[];
} {
  const issues = new Issues();
  validateDeployment(input.deployment, minor, issues);
  return { valid: issues.isEmpty, errors: issues.list.map(({ path, kubernetes = "" }) => `${path}: ${kubernetes}`) };
}

export function validationProbe(input: { readonly probe: WrittenProbe | null }): { readonly valid: boolean } {
  const issues = new Issues();
  if (input.probe !== null) validateProbe(input.probe, "probe", minor, issues);
  return { valid: issues.isEmpty };
}

/** Equal but for the last bits of a float64. */
export function isClose(found: { readonly value: number | null }, expected: { readonly value: number }): boolean {
  return found.value !== null && Math.abs(found.value - expected.value) <= Math.abs(expected.value) * 1e-12;
}

/** `errorContains`: part of the first error, if there is one to compare. */
export function isSameVerdict(
  found: { readonly valid: boolean; readonly errors: readonly string[] },
  expected: { readonly valid: boolean; readonly errorContains?: string },
): boolean {
  const { errorContains } = expected;
  return found.valid === expected.valid && (errorContains === undefined || found.errors[0]?.includes(errorContains) === true);
}
