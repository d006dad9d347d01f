/**
 * What shrinking leaves alone in a person's scenario, so that what is left happens within the scenario's own bounds: faults,
 * actions and loads go or stay as they are, but for when and how briefly they happen; thresholds go or stay. The cluster stays.
 */
import { parseDuration } from "../../engine/values/duration.ts";
import { isMapping, valueAt, type DocumentPath } from "./document-path.ts";
import type { FuzzCase } from "./fuzz-case.ts";

const changing: ReadonlySet<string> = new Set(["duration", "seed", "load", "actions", "faults", "thresholds", "sometimes"]);
const happenings: ReadonlySet<string> = new Set(["actions", "faults"]);
/** Without them, or without a selector or a condition, a fault would be another one. */
const times: ReadonlySet<string> = new Set(["at", "duration"]);

/** Of `scenario.spec`: nothing at this place may change or go by itself. */
export function isOutsideBounds([, , field, entry, key, ...deeper]: DocumentPath): boolean {
  if (!changing.has(String(field))) return true;
  if (key === undefined) return false;
  if (deeper.length > 0) return true;
  if (field === "thresholds") return typeof key !== "number";
  return !happenings.has(String(field)) || typeof entry !== "number" || !times.has(String(key));
}

/** Times move, and don't go. */
export function mayGo(path: DocumentPath): boolean {
  return !times.has(String(path.at(-1)));
}

/** Nothing lasts longer, comes before the warm-up is over, or (an action) before what it follows. */
export function isWithinBounds(found: FuzzCase, path: DocumentPath, simpler: number | string): boolean {
  const key = path.at(-1);
  if (key === "duration") return micros(simpler) <= micros(valueAt(found, path));
  if (key !== "at") return true;
  const at = micros(simpler);
  const warmup = valueAt(found, ["scenario", "spec", "warmup"]);
  if (at < Math.min(warmup === undefined ? 0 : micros(warmup), micros(valueAt(found, path)))) return false;
  const [, , field, entry] = path;
  if (field !== "actions") return true;
  const [before, after] = [-1, 1].map((step) => timeOf(valueAt(found, ["scenario", "spec", "actions", Number(entry) + step])));
  return (before ?? 0) <= at && at <= (after ?? Infinity);
}

function timeOf(action: unknown): number | null {
  return isMapping(action) && typeof action["at"] === "string" ? micros(action["at"]) : null;
}

function micros(duration: unknown): number {
  return parseDuration(String(duration)) ?? Infinity;
}
