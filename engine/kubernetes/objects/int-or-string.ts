/** 3 or "25%": how Deployments say how many Pods. */
import type { Issues } from "../../values/issue.ts";
import { invalid } from "./field-errors.ts";
import type { IntOrString } from "./meta.ts";

/** The number meant out of `total`, or null for text that is no percentage (apimachinery pkg/util/intstr). */
export function scaledValue(value: IntOrString, total: number, roundsUp: boolean): number | null {
  if (typeof value === "number") return value;
  const percent = percentOf(value);
  if (percent === null) return null;
  // + 0: no negative zero.
  return (roundsUp ? Math.ceil((percent * total) / 100) : Math.floor((percent * total) / 100)) + 0;
}

/** 25 of "25%", also above 100; null for other text. */
export function percentOf(text: string): number | null {
  let percent = percents.get(text);
  if (percent === undefined) {
    percent = /^[+-]?\d+%$/.test(text) ? Number(text.slice(0, -1)) : null;
    if (percents.size < PERCENTS_MAX) percents.set(text, percent);
  }
  return percent;
}

/** Controllers ask for the same few at each sync. */
const percents = new Map<string, number | null>();
const PERCENTS_MAX = 256;

export function validateIntOrPercent(value: IntOrString, path: string, issues: Issues): void {
  if (typeof value === "string") {
    if (/^[0-9]+%$/.test(value)) return;
    invalid(
      issues,
      path,
      value,
      'a count such as 1, or a percentage such as "25%"',
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
    return;
  }
  validateNonNegative(value, path, issues);
}

export function validateNonNegative(value: number | undefined, path: string, issues: Issues): void {
  if (value !== undefined && value < 0) invalid(issues, path, value, "0 or more", "must be greater than or equal to 0");
}

/** Whether the value asks for no Pod at all, as validation sees it (text that is no percentage counts as 0). */
export function isZero(value: IntOrString): boolean {
  return (typeof value === "number" ? value : (percentOf(value) ?? 0)) === 0;
}
