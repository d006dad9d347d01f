/**
 * A failing case → a smaller one that fails in the same way: delta debugging of its documents, so that whatever a
 * scenario can say is shrunk, fields of tomorrow too. Passes, from those that take away most, until none finds anything:
 *
 *   how long it runs → entries of lists in halves, quarters, … single ones → workloads with all that speaks of them → numbers,
 *   durations, quantities (replicas and nodes first) → single fields, from above to below → simpler kinds of workloads → again
 *
 * A document that isn't valid is no candidate. The order is fixed: the same case and answers give the same result, however many
 * candidates are asked for at once (search-smaller.ts).
 */
import { isMapping, placesOf, valueAt, withChanged, withoutAt, type DocumentPath } from "./document-path.ts";
import type { FuzzCase } from "./fuzz-case.ts";
import { isOutsideBounds, isWithinBounds, mayGo } from "./own-bounds.ts";
import { SmallerSearch, type SearchLimits, type Step } from "./search-smaller.ts";
import { simplerKinds } from "./simpler-kinds.ts";
import { simplerScalars } from "./simpler-scalars.ts";

export interface ShrinkLimits extends SearchLimits {
  /** Whole: a person's manifests go or stay as they are, and what happens keeps within the scenario's own bounds (own-bounds.ts). Default false. */
  readonly isWhole?: boolean;
}

export async function shrinkCase(
  found: FuzzCase,
  stillFails: (smaller: FuzzCase) => Promise<boolean>,
  limits: ShrinkLimits,
): Promise<FuzzCase> {
  const search = new SmallerSearch(found, stillFails, limits);
  const { isWhole = false } = limits;
  let before: FuzzCase;
  do {
    before = search.best;
    await simplifyScalars(search, isWhole, isDuration);
    await shrinkLists(search, isWhole);
    await dropNamed(search);
    await simplifyScalars(search, isWhole);
    await dropPlaces(search, isWhole);
    if (!isWhole) await simplifyKinds(search);
  } while (search.best !== before && !search.isOver());
  return search.best;
}

/** Whether nothing at this place may change, or go by itself. */
function isKept(path: DocumentPath, isWhole: boolean): boolean {
  const [document, spec, field] = path;
  if (document === "manifests") return path.length < 2 || (isWhole && path.length > 2);
  if (document === "files" || document === "texts") return isWhole && path.length > 2;
  // Frame and duration are always there; manifests are listed by whoever writes the files.
  if (path.length < 3) return path.length === 1 || spec === "apiVersion" || spec === "kind" || spec === "spec";
  return field === "manifests" || (isWhole && spec === "spec" && isOutsideBounds(path));
}

/** Runs of entries go: half of a list, then shorter ones, then single entries. */
async function shrinkLists(search: SmallerSearch, isWhole: boolean): Promise<void> {
  for (const path of placesOf(search.best)) {
    if (isKept([...path, 0], isWhole)) continue;
    for (let size = Math.ceil(lengthAt(search.best, path) / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      let from: number | null = 0;
      while (from !== null) from = await search.accept(withoutRuns(search.best, path, size, from));
    }
  }
}

/** Keyed by where the run began: there the next one begins once it is gone. */
function* withoutRuns(found: FuzzCase, path: DocumentPath, size: number, first: number): Generator<Step<number>> {
  for (let from = first; from < lengthAt(found, path); from += size)
    yield [from, withChanged(found, path, (list) => (list as readonly unknown[]).toSpliced(from, size))];
}

function lengthAt(root: FuzzCase, path: DocumentPath): number {
  const value = valueAt(root, path);
  return Array.isArray(value) ? value.length : 0;
}

/** All manifests of a name with every entry of a list that speaks of it. */
async function dropNamed(search: SmallerSearch): Promise<void> {
  const names = [...new Set(search.best.manifests.map(nameOf))];
  let from: number | null = 0;
  while (from !== null) {
    const gone: number | null = await search.accept(withoutNames(search.best, names, from));
    from = gone === null ? null : gone + 1;
  }
}

function* withoutNames(found: FuzzCase, names: readonly string[], first: number): Generator<Step<number>> {
  const { scenario, manifests, ...others } = found;
  for (let index = first; index < names.length; index++) {
    const name = names[index]!;
    const left = manifests.filter((manifest) => nameOf(manifest) !== name);
    yield [index, { ...others, scenario: withoutMentions(scenario, name), manifests: left }];
  }
}

function nameOf(manifest: unknown): string {
  return String(valueAt(manifest, ["metadata", "name"]));
}

function withoutMentions<Value>(value: Value, name: string): Value {
  if (Array.isArray(value))
    return value.filter((entry) => !mentions(entry, name)).map((entry: unknown) => withoutMentions(entry, name)) as Value;
  if (!isMapping(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !key.includes(`/${name}}`) && !key.includes(`/${name},`));
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutMentions(part, name)])) as Value;
}

/** Not deeper than the next list: calls of an application go one by one, the application stays. */
function mentions(value: unknown, name: string): boolean {
  if (typeof value === "string") return value === name || value.endsWith(`/${name}`);
  return isMapping(value) && Object.values(value).some((part) => mentions(part, name));
}

async function simplifyKinds(search: SmallerSearch): Promise<void> {
  for (let index = 0; index < search.best.manifests.length; index++)
    await search.accept(simplerKinds(search.best, index).map((candidate): Step<number> => [index, candidate]));
}

/** What shortens further runs most comes first. */
const firstFields: ReadonlySet<unknown> = new Set(["replicas", "count"]);

function isDuration([document, , field, ...deeper]: DocumentPath): boolean {
  return document === "scenario" && field === "duration" && deeper.length === 0;
}

async function simplifyScalars(
  search: SmallerSearch,
  isWhole: boolean,
  isWanted: (path: DocumentPath) => boolean = () => true,
): Promise<void> {
  const weight = (path: DocumentPath): number => (firstFields.has(path.at(-1)) || (isWhole && path.length === 3) ? 0 : 1);
  const places = placesOf(search.best)
    .filter((path) => isWanted(path) && !isKept(path, isWhole))
    .toSorted((a, b) => weight(a) - weight(b));
  let from: number | null = 0;
  while (from !== null) from = await search.accept(withSimpler(search.best, places, from, isWhole));
}

/** Keyed by the place: a value that became simpler may become simpler still. */
function* withSimpler(found: FuzzCase, places: readonly DocumentPath[], first: number, isWhole: boolean): Generator<Step<number>> {
  for (let index = first; index < places.length; index++) {
    const path = places[index]!;
    for (const simpler of simplerScalars(String(path.at(-1)), valueAt(found, path)))
      if (!isWhole || isWithinBounds(found, path, simpler)) yield [index, withChanged(found, path, () => simpler)];
  }
}

/** Fields go, the ones above first: with a mapping all that is in it. */
async function dropPlaces(search: SmallerSearch, isWhole: boolean): Promise<void> {
  let from: number | null = 0;
  while (from !== null) from = await search.accept(withoutPlaces(search.best, from, isWhole));
}

/** Keyed by the place's number: the next place has it once this one is gone. */
function* withoutPlaces(found: FuzzCase, first: number, isWhole: boolean): Generator<Step<number>> {
  const places = placesOf(found);
  for (let index = first; index < places.length; index++) {
    const path = places[index]!;
    // What has become empty says nothing more.
    if (!isKept(path, isWhole) && (!isWhole || mayGo(path))) yield [index, withoutAt(found, path)];
  }
}
