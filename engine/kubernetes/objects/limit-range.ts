/**
 * LimitRange: bounds and defaults for the containers and Pods of a namespace. Its defaults are worked into the
 * templates when a scenario is read (admitted-template.ts); its bounds are looked at when a Pod is created.
 */
import type { Issues } from "../../values/issue.ts";
import { canonicalQuantity, parseQuantity } from "../../values/quantity.ts";
import { duplicate, forbidden, invalid, required, unsupported } from "./field-errors.ts";
import type { ObjectMeta } from "./meta.ts";
import { readMeta, validateMeta } from "./metadata.ts";
import { readQuantity } from "./resources.ts";
import { readAmounts, type Amounts } from "./resource-quota.ts";
import type { WrittenLimitRange, WrittenQuantities } from "./written-workloads.ts";

export interface LimitRangeItem {
  readonly type: "Container" | "Pod" | "PersistentVolumeClaim";
  readonly max: Amounts;
  readonly min: Amounts;
  readonly default: Amounts;
  readonly defaultRequest: Amounts;
  readonly maxLimitRequestRatio: Amounts;
}

export interface LimitRangeSpec {
  readonly limits: readonly LimitRangeItem[];
}

export interface LimitRange {
  readonly kind: "LimitRange";
  readonly metadata: ObjectMeta;
  readonly spec: LimitRangeSpec;
}

type WrittenItem = NonNullable<NonNullable<WrittenLimitRange["spec"]>["limits"]>[number];
const lists = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

/** pkg/apis/core/v1/defaults.go SetDefaults_LimitRangeItem: of containers, max stands in for default, and that (or min) for defaultRequest. */
export function defaultLimitRange(written: WrittenLimitRange): WrittenLimitRange {
  return { ...written, spec: { ...written.spec, limits: (written.spec?.limits ?? []).map(defaultItem) } };
}

function defaultItem(item: WrittenItem): WrittenItem {
  if (item.type !== "Container") return item;
  const limits: WrittenQuantities = { ...item.max, ...item.default };
  return { ...item, default: limits, defaultRequest: { ...item.min, ...limits, ...item.defaultRequest } };
}

/** pkg/apis/core/validation/validation.go ValidateLimitRange. Defaulted form in. */
export function validateLimitRange(written: WrittenLimitRange, issues: Issues): void {
  validateMeta(written.metadata, { name: "subdomain", isNamespaced: true }, issues);
  const types = new Set<string>();
  (written.spec?.limits ?? []).forEach((item, index) => {
    const path = `spec.limits[${index}]`;
    const { type = "" } = item;
    if (type === "") required(issues, `${path}.type`, "Container or Pod");
    else if (!["Container", "Pod", "PersistentVolumeClaim"].includes(type))
      unsupported(issues, `${path}.type`, type, ["Container", "Pod", "PersistentVolumeClaim"]);
    if (types.has(type)) duplicate(issues, `${path}.type`, type, "each type once");
    types.add(type);
    validateItem(item, path, issues);
  });
}

function validateItem(item: WrittenItem, path: string, issues: Issues): void {
  for (const list of lists)
    for (const [name, text] of Object.entries(item[list] ?? {})) readQuantity(text, `${path}.${list}[${name}]`, issues);
  if (item.type === "Pod") {
    if (Object.keys(item.default ?? {}).length > 0)
      forbidden(issues, `${path}.default`, item.default, "may not be specified when `type` is 'Pod'");
    if (Object.keys(item.defaultRequest ?? {}).length > 0)
      forbidden(issues, `${path}.defaultRequest`, item.defaultRequest, "may not be specified when `type` is 'Pod'");
  }
  const order = [
    ["min", "max"],
    ["defaultRequest", "max"],
    ["defaultRequest", "default"],
    ["default", "max"],
    ["min", "defaultRequest"],
    ["min", "default"],
  ] as const;
  for (const [low, high] of order) validateOrder(item, low, high, path, issues);
}

function validateOrder(item: WrittenItem, low: (typeof lists)[number], high: (typeof lists)[number], path: string, issues: Issues): void {
  for (const [name, text] of Object.entries(item[low] ?? {})) {
    const least = parseQuantity(String(text));
    const most = parseQuantity(String(item[high]?.[name] ?? ""));
    if (least === null || most === null || least.nano <= most.nano) continue;
    const is = canonicalQuantity(least);
    const bound = canonicalQuantity(most);
    invalid(
      issues,
      `${path}.${low}[${name}]`,
      is,
      `at most ${high}, ${bound}`,
      `${words[low]} value ${is} is greater than ${words[high]} value ${bound}`,
    );
  }
}

const words: { readonly [List in (typeof lists)[number]]: string } = {
  max: "max",
  min: "min",
  default: "default",
  defaultRequest: "default request",
  maxLimitRequestRatio: "ratio",
};

export function readLimitRange(written: WrittenLimitRange): LimitRange {
  const limits = (written.spec?.limits ?? []).map((item): LimitRangeItem => {
    const { type, max, min, default: fallback, defaultRequest, maxLimitRequestRatio } = item;
    return {
      type: type === "Pod" || type === "PersistentVolumeClaim" ? type : "Container",
      max: readAmounts(max),
      min: readAmounts(min),
      default: readAmounts(fallback),
      defaultRequest: readAmounts(defaultRequest),
      maxLimitRequestRatio: readAmounts(maxLimitRequestRatio),
    };
  });
  return { kind: "LimitRange", metadata: readMeta(written.metadata, true), spec: { limits } };
}
