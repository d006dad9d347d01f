/**
 * A person's scenario, of which what happens to it is varied within its own bounds: seeds, when actions and faults come (within
 * the run, in the same order of actions), how long faults last and which of them come at all, and how much is asked (never more
 * than the scenario says). Manifests, nodes and behaviours stay. With a corpus, half of all are neighbours of its members.
 * Faults that the scenario doesn't have come in only if the caller names their types.
 */
import { isWorkload } from "../../engine/kubernetes/objects/index.ts";
import type { FaultType } from "../../engine/chaos/fault.ts";
import { formatDuration, parseDuration } from "../../engine/values/duration.ts";
import type { CaseSource } from "./case-source.ts";
import { isMapping, valueAt, withChanged } from "./document-path.ts";
import { drawOne, mixed } from "./drawn-number.ts";
import { faultDocument, faultDraw, type Targets } from "./drawn/happenings.arbitrary.ts";
import type { WorkloadKind } from "./drawn/objects.arbitrary.ts";
import { readCase, type FuzzCase, type PlainDocument } from "./fuzz-case.ts";
import { Choices } from "./mutate.ts";
import { repaired } from "./repair.ts";

export interface AddedFaults {
  /** None: only what the scenario has is varied. */
  readonly types: readonly FaultType[];
  /** In one case, at most. */
  readonly max: number;
}

const SECOND = 1_000_000;
/** What comes later has no time to show what follows from it. */
const LATEST_SHARE = 0.8;

export function scenarioSource(base: FuzzCase, added: AddedFaults = { types: [], max: 2 }): CaseSource {
  const targets = added.types.length === 0 ? null : targetsOf(base);
  const [duration, warmup] = [
    microsOf(valueAt(base, ["scenario", "spec", "duration"])),
    microsOf(valueAt(base, ["scenario", "spec", "warmup"])),
  ];
  const bounds = { earliest: warmup, latest: Math.max(warmup, Math.floor(duration * LATEST_SHARE)) };
  return {
    name: "scenario",
    draw(seed, index, corpus) {
      // The scenario itself is the first of all.
      if (index === 0) return base;
      const choices = new Choices(seed, index);
      const member = corpus.length > 0 && choices.below(2) === 0 ? choices.of(corpus) : undefined;
      const varied = member === undefined ? afresh(base, bounds, choices) : nearby(member, bounds, choices);
      const isMore = targets !== null && choices.below(4) !== 0;
      return (
        repaired(isMore ? withFaults(varied, { ...added, targets, latest: bounds.latest }, mixed(seed, index), choices) : varied) ?? base
      );
    },
  };
}

/** 0: there is none. */
function microsOf(duration: unknown): number {
  return typeof duration === "string" ? (parseDuration(duration) ?? 0) : 0;
}

interface Bounds {
  readonly earliest: number;
  readonly latest: number;
}

function afresh(base: FuzzCase, bounds: Bounds, choices: Choices): FuzzCase {
  const reseeded = changedSpec(base, "seed", () => choices.below(1_000_000));
  const times = sortedTimes(listOf(reseeded, "actions").length, bounds, choices);
  const moved = changedEntries(reseeded, "actions", (entry, index) => (choices.below(4) === 0 ? entry : { ...entry, at: times[index] }));
  const ordered = inOrder(moved);
  const fewer = choices.below(3) === 0 ? changedSpec(ordered, "faults", (list) => kept(list, choices)) : ordered;
  const shifted = changedEntries(fewer, "faults", (entry) => changedFault(entry, bounds, choices));
  return choices.below(2) === 0 ? shifted : changedEntries(shifted, "load", (entry) => lessLoad(entry, choices));
}

/** Small steps from what has reached something. */
function nearby(member: FuzzCase, bounds: Bounds, choices: Choices): FuzzCase {
  if (choices.below(4) === 0) return changedSpec(member, "seed", () => choices.below(1_000_000));
  const step = (entry: PlainDocument): PlainDocument => {
    if (typeof entry["at"] !== "string" || choices.below(2) === 0) return entry;
    const at = (parseDuration(entry["at"]) ?? 0) + (choices.below(41) - 20) * choices.of([SECOND / 10, SECOND / 2, SECOND])!;
    return { ...entry, at: formatDuration(Math.min(bounds.latest, Math.max(bounds.earliest, at))) };
  };
  return changedEntries(inOrder(changedEntries(member, "actions", step)), "faults", step);
}

function changedFault(entry: PlainDocument, bounds: Bounds, choices: Choices): PlainDocument {
  const { at, duration } = entry;
  const shorter = parseDuration(String(duration));
  return {
    ...entry,
    ...(typeof at === "string" ? { at: timeOf(bounds, choices) } : {}),
    ...(shorter === null || choices.below(2) === 0
      ? {}
      : { duration: formatDuration(Math.max(SECOND, rounded((shorter * (1 + choices.below(4))) / 4))) }),
  };
}

const rates = ["rate", "startRate"] as const;

function lessLoad(entry: PlainDocument, choices: Choices): PlainDocument {
  const factor = choices.of([0.25, 0.5, 0.75, 1])!;
  const changed: Record<string, unknown> = { ...entry };
  for (const field of rates) {
    const match = /^(\d+)(\/[smh])$/.exec(typeof entry[field] === "string" ? entry[field] : "");
    if (match !== null) changed[field] = `${Math.max(1, Math.round(Number(match[1]) * factor))}${match[2]}`;
  }
  if (typeof entry["vus"] === "number") changed["vus"] = Math.max(1, Math.round(entry["vus"] * factor));
  return changed;
}

function kept(list: unknown, choices: Choices): unknown {
  return Array.isArray(list) ? list.filter(() => choices.below(3) !== 0) : list;
}

/** Whole seconds, or tenths: races need them. */
function timeOf({ earliest, latest }: Bounds, choices: Choices): string {
  const unit = choices.below(3) === 0 ? SECOND / 10 : SECOND;
  const first = Math.ceil(earliest / unit);
  return formatDuration((first + choices.below(Math.floor(latest / unit) - first + 1)) * unit);
}

function rounded(duration: number): number {
  return Math.round(duration / SECOND) * SECOND;
}

function sortedTimes(count: number, bounds: Bounds, choices: Choices): readonly string[] {
  const times = Array.from({ length: count }, () => timeOf(bounds, choices));
  return times.toSorted((a, b) => (parseDuration(a) ?? 0) - (parseDuration(b) ?? 0));
}

/** Actions stand in the scenario's order: what is undone was done before. */
function inOrder(found: FuzzCase): FuzzCase {
  let least = 0;
  return changedEntries(found, "actions", (entry) => {
    const at = Math.max(least, parseDuration(String(entry["at"])) ?? 0);
    least = at;
    return { ...entry, at: formatDuration(at) };
  });
}

function listOf(found: FuzzCase, field: string): readonly unknown[] {
  const list = valueAt(found, ["scenario", "spec", field]);
  return Array.isArray(list) ? list : [];
}

function changedSpec(found: FuzzCase, field: string, change: (value: unknown) => unknown): FuzzCase {
  return withChanged(found, ["scenario", "spec", field], change);
}

function changedEntries(found: FuzzCase, field: string, change: (entry: PlainDocument, index: number) => PlainDocument): FuzzCase {
  if (listOf(found, field).length === 0) return found;
  return changedSpec(found, field, (list) =>
    (list as readonly unknown[]).map((entry, index) => (isMapping(entry) ? change(entry, index) : entry)),
  );
}

interface Additions extends AddedFaults {
  readonly targets: Targets;
  readonly latest: number;
}

function withFaults(found: FuzzCase, { types, max, targets, latest }: Additions, seed: number, choices: Choices): FuzzCase {
  const arbitrary = faultDraw(types, Math.max(1, Math.floor(latest / SECOND)));
  const more = Array.from({ length: 1 + choices.below(max) }, (_, index) =>
    faultDocument(drawOne(arbitrary, seed, index), `added-${choices.below(1_000_000)}`, targets),
  );
  // Neighbours of a case that has some already don't get more and more.
  const before = listOf(found, "faults").filter((entry) => !(isMapping(entry) && String(entry["name"]).startsWith("added-")));
  return changedSpec(found, "faults", () => [...before, ...more]);
}

/** Workloads and nodes of a scenario that is valid. */
function targetsOf(base: FuzzCase): Targets {
  const { spec } = readCase(base);
  const workloads = (spec?.objects ?? [])
    .filter(isWorkload)
    .map(({ kind, metadata }) => ({ name: metadata.name, kind: kind as WorkloadKind, hasService: false }));
  return { workloads, nodes: spec?.nodes.map(({ name }) => name) ?? [], rules: [] };
}
