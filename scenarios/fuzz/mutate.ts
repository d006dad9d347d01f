/** A case that reached something → a neighbour of it: a few places changed, taken away, or taken over from another case. */
import { isMapping, placesOf, valueAt, withChanged, withoutAt, type DocumentPath } from "./document-path.ts";
import { mixed } from "./drawn-number.ts";
import type { FuzzCase } from "./fuzz-case.ts";

/** Choices of one draw, one after the other. */
export class Choices {
  private readonly seed: number;
  private count = 0;

  constructor(seed: number, index: number) {
    this.seed = mixed(seed, index);
  }

  /** From 0 to `limit` - 1. */
  below(limit: number): number {
    return (mixed(this.seed, this.count++) >>> 0) % Math.max(1, limit);
  }

  of<Value>(values: readonly Value[]): Value | undefined {
    return values[this.below(values.length)];
  }
}

const CHANGES_MAX = 4;

/** Not always valid. `other`: whose entries may be taken over. */
export function mutated(member: FuzzCase, other: FuzzCase, choices: Choices): FuzzCase {
  let found = member;
  for (let count = 1 + choices.below(CHANGES_MAX); count > 0; count--) found = changedOnce(found, other, choices);
  return found;
}

function changedOnce(found: FuzzCase, other: FuzzCase, choices: Choices): FuzzCase {
  switch (choices.below(8)) {
    case 0:
      return withChanged(found, ["scenario", "spec", "seed"], () => choices.below(1_000_000));
    case 1:
    case 2:
      return takenOver(found, other, choices);
    case 3:
      return doubled(found, choices);
    case 4:
      return lessOne(found, choices);
    default:
      return otherScalar(found, choices);
  }
}

/** Lists whose entries go from one case to another. */
const shared = ["faults", "actions", "load", "applications", "nodes"] as const;

function takenOver(found: FuzzCase, other: FuzzCase, choices: Choices): FuzzCase {
  if (choices.below(5) === 0) return withManifest(found, choices.of(other.manifests));
  const path = ["scenario", "spec", choices.of(shared)!];
  const entry = choices.of(listAt(other, path));
  if (entry === undefined) return found;
  return withChanged(found, path, (list) => [...(Array.isArray(list) ? (list as readonly unknown[]) : []), renamed(entry, choices)]);
}

function withManifest(found: FuzzCase, manifest: FuzzCase["manifests"][number] | undefined): FuzzCase {
  if (manifest === undefined) return found;
  const isSame = (one: unknown): boolean =>
    valueAt(one, ["kind"]) === manifest["kind"] && valueAt(one, ["metadata", "name"]) === valueAt(manifest, ["metadata", "name"]);
  return { ...found, manifests: [...found.manifests.filter((one) => !isSame(one)), manifest] };
}

function doubled(found: FuzzCase, choices: Choices): FuzzCase {
  const path = ["scenario", "spec", choices.of(["faults", "actions", "load"])!];
  const entry = choices.of(listAt(found, path));
  if (!isMapping(entry)) return found;
  const later = "at" in entry ? { ...entry, at: `${1 + choices.below(60)}s` } : entry;
  return withChanged(found, path, (list) => [...(list as readonly unknown[]), renamed(later, choices)]);
}

/** Names of faults and loads are their own. */
function renamed(entry: unknown, choices: Choices): unknown {
  return isMapping(entry) && typeof entry["name"] === "string" ? { ...entry, name: `n${choices.below(1_000_000)}` } : entry;
}

function lessOne(found: FuzzCase, choices: Choices): FuzzCase {
  const place = choices.of(placesOf(found).filter(isFree));
  return place === undefined ? found : withoutAt(found, place);
}

function otherScalar(found: FuzzCase, choices: Choices): FuzzCase {
  const places = placesOf(found).filter((path) => isFree(path) && isChangeable(path.at(-1), valueAt(found, path)));
  const place = choices.of(places);
  if (place === undefined) return found;
  const factor = choices.of([0.5, 0.8, 1.25, 2])!;
  const step = choices.of([-1, 1])!;
  return withChanged(found, place, (value) => changedScalar(value, factor, step));
}

/** Frame, names and labels are what holds a case together. */
function isFree(path: DocumentPath): boolean {
  const [document, spec] = path;
  if (document === "manifests") return path.length > 3 && !path.some((key) => key === "metadata" || key === "selector");
  return document === "scenario" && spec === "spec" && path.length > 2 && path[2] !== "manifests";
}

const fixed: ReadonlySet<string> = new Set(["port", "containerPort", "targetPort", "code", "exitCode"]);

function isChangeable(key: string | number | undefined, value: unknown): boolean {
  if (fixed.has(String(key))) return false;
  return typeof value === "number" || typeof value === "boolean" || (typeof value === "string" && amount.test(value));
}

const amount = /^(\d+)(ms|s|m|Mi|Gi|%|\/s|\/m)$/;

function changedScalar(value: unknown, factor: number, step: number): unknown {
  if (typeof value === "boolean") return !value;
  if (typeof value === "number") return Number.isInteger(value) ? changedCount(value, factor, step) : value * factor;
  const [, count = "1", unit = ""] = amount.exec(String(value)) ?? [];
  return `${changedCount(Number(count), factor, step)}${unit}`;
}

/** Small ones by one, large ones by a factor. */
function changedCount(count: number, factor: number, step: number): number {
  return Math.max(0, count < 10 ? count + step : Math.round(count * factor));
}

function listAt(found: FuzzCase, path: DocumentPath): readonly unknown[] {
  const value = valueAt(found, path);
  return Array.isArray(value) ? value : [];
}
