/**
 * A case that reached something → a neighbour of it. What matters most is what happens, and when: another fault or action comes, or
 * one moves next to another. Besides, places are changed, taken away, or taken over from another case.
 */
import { SECOND } from "../../engine/kernel/time.ts";
import { formatDuration, parseDuration } from "../../engine/values/duration.ts";
import { targetsIn } from "./drawn/case-targets.ts";
import {
  actionDocuments,
  actionDraw,
  actionDraws,
  faultDocument,
  faultDraw,
  faultDraws,
  faultTypes,
} from "./drawn/happenings.arbitrary.ts";
import { isMapping, placesOf, valueAt, withChanged, withoutAt, type DocumentPath } from "./document-path.ts";
import { drawEvenly, mixed } from "./drawn-number.ts";
import type { FuzzCase, PlainDocument } from "./fuzz-case.ts";

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

/** Not always valid. `fresh`: drawn anew, or another member; what of it is taken over. */
export function mutated(member: FuzzCase, fresh: FuzzCase, choices: Choices): FuzzCase {
  switch (choices.below(6)) {
    case 0:
    case 1:
    case 2:
      return joined(fresh, member, choices);
    case 3:
    case 4:
      return withOtherHappenings(member, choices);
    default:
      return nearby(member, fresh, choices);
  }
}

/** The cluster of a case in which much came about, and something else happens in it. */
function withOtherHappenings(member: FuzzCase, choices: Choices): FuzzCase {
  const targets = targetsIn(member);
  const seed = choices.below(2 ** 31);
  const which = choices.below(3);
  let found = withChanged(member, ["scenario", "spec", "seed"], () => choices.below(1_000_000));
  if (which !== 1) {
    const faults = drawEvenly(anyFaults, seed, 0).map((fault) => faultDocument(fault, `n${choices.below(1_000_000)}`, targets));
    found = withChanged(found, ["scenario", "spec", "faults"], () => faults);
  }
  if (which !== 2) {
    const actions = drawEvenly(anyActions, seed, 1).flatMap((action) => actionDocuments(action, targets));
    found = withChanged(found, ["scenario", "spec", "actions"], () => actions);
  }
  return found;
}

/** Whole, and a workload of another case beside its own, with all that concerns it there. */
export function joined(whole: FuzzCase, other: FuzzCase, choices: Choices): FuzzCase {
  const taken = choices.of(targetsIn(other).workloads);
  if (taken === undefined || whole.manifests.length >= MANIFESTS_MAX) return nearby(other, whole, choices);
  const name = `n${choices.below(1_000_000)}`;
  const text = JSON.stringify(other);
  const concerned = JSON.parse(
    text
      .replaceAll(`"${taken.name}"`, `"${name}"`)
      .replaceAll(`service/${taken.name}"`, `service/${name}"`)
      .replaceAll(/"(rule\d+)"/g, `"${name}-$1"`),
  ) as FuzzCase;
  const concerns = (entry: unknown): boolean => {
    const said = JSON.stringify(entry);
    return said.includes(`"${name}"`) || said.includes(`service/${name}"`);
  };
  let found: FuzzCase = { ...whole, manifests: [...whole.manifests, ...concerned.manifests.filter(concerns)] };
  for (const list of ["applications", "load", "faults", "actions"] as const) {
    const more = listAt(concerned, ["scenario", "spec", list]).filter(concerns);
    if (more.length === 0) continue;
    const before = listAt(found, ["scenario", "spec", list]);
    found = withChanged(found, ["scenario", "spec", list], () => [...before, ...more.map((entry) => renamed(entry, choices))]);
  }
  return found;
}

/** More of them would be many small clusters in one. */
const MANIFESTS_MAX = 10;

function nearby(member: FuzzCase, other: FuzzCase, choices: Choices): FuzzCase {
  let found = member;
  for (let count = 1 + choices.below(CHANGES_MAX); count > 0; count--) found = changedOnce(found, other, choices);
  return found;
}

function changedOnce(found: FuzzCase, other: FuzzCase, choices: Choices): FuzzCase {
  switch (choices.below(10)) {
    case 0:
      return withChanged(found, ["scenario", "spec", "seed"], () => choices.below(1_000_000));
    case 1:
    case 2:
    case 3:
      return withHappening(found, choices);
    case 4:
    case 5:
      return movedNextTo(found, choices);
    case 6:
      return takenOver(found, other, choices);
    case 7:
      return choices.below(2) === 0 ? doubled(found, choices) : lessOne(found, choices);
    default:
      return otherScalar(found, choices);
  }
}

const happenings = ["faults", "actions"] as const;
/** More of them say less each. */
const HAPPENINGS_MAX = 10;
/** Later than that, a new one has no time left to matter. Seconds. */
const LATEST = 60;

interface Place {
  readonly list: (typeof happenings)[number];
  readonly index: number;
  readonly at: number;
}

/** Those with an instant of their own. */
function placesInTime(found: FuzzCase): readonly Place[] {
  return happenings.flatMap((list) =>
    listAt(found, ["scenario", "spec", list]).flatMap((entry, index) => {
      const at = isMapping(entry) ? parseDuration(String(entry["at"])) : null;
      return at === null ? [] : [{ list, index, at }];
    }),
  );
}

/** A fault or an action more, on what is there; mostly soon after or before another. */
function withHappening(found: FuzzCase, choices: Choices): FuzzCase {
  const places = placesInTime(found);
  if (places.length >= HAPPENINGS_MAX) return movedNextTo(found, choices);
  const targets = targetsIn(found);
  const seed = choices.below(2 ** 31);
  const near = choices.below(3) === 0 ? undefined : choices.of(places);
  const moved = (drawn: string): string => (near === undefined ? drawn : nextTo(near.at, choices));
  if (choices.below(2) === 0) {
    const fault = drawEvenly(anyFault, seed, 0);
    return appended(found, "faults", [faultDocument({ ...fault, at: moved(fault.at) }, `n${choices.below(1_000_000)}`, targets)]);
  }
  const action = drawEvenly(anyAction, seed, 0);
  return appended(found, "actions", actionDocuments({ ...action, at: moved(action.at) }, targets));
}

const anyFaults = faultDraws(LATEST);
const anyActions = actionDraws(LATEST);
const anyFault = faultDraw(faultTypes, LATEST);
const anyAction = actionDraw(LATEST);

function appended(found: FuzzCase, list: (typeof happenings)[number], more: readonly PlainDocument[]): FuzzCase {
  if (more.length === 0) return found;
  const before = listAt(found, ["scenario", "spec", list]);
  return withChanged(found, ["scenario", "spec", list], () => [...before, ...more]);
}

/** Races are of tenths, reactions of seconds. */
function nextTo(at: number, choices: Choices): string {
  const unit = choices.of([SECOND / 10, SECOND / 2, SECOND])!;
  return formatDuration(Math.max(SECOND / 10, at + (choices.below(21) - 10) * unit));
}

function movedNextTo(found: FuzzCase, choices: Choices): FuzzCase {
  const places = placesInTime(found);
  const moved = choices.of(places);
  const other = choices.of(places);
  if (moved === undefined || other === undefined) return withHappening(found, choices);
  return withChanged(found, ["scenario", "spec", moved.list, moved.index, "at"], () => nextTo(other.at, choices));
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
