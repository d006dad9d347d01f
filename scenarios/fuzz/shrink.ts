/**
 * A failing case → a smaller one that fails in the same way: delta debugging of its documents, so that whatever a
 * scenario can say is shrunk, fields of tomorrow too. Passes, from those that take away most, until none finds anything:
 *
 *   entries of lists in halves, quarters, … single ones → workloads with all that speaks of them → numbers, durations,
 *   quantities (replicas and nodes first) → single fields, from above to below → again
 *
 * A document that isn't valid is no candidate. The order is fixed: the same case and answers give the same result.
 */
import { isMapping, placesOf, valueAt, withChanged, withoutAt, type DocumentPath } from "./document-path.ts";
import { readCase, type FuzzCase } from "./fuzz-case.ts";
import { isOutsideBounds, isWithinBounds, mayGo } from "./own-bounds.ts";
import { simplerScalars } from "./simpler-scalars.ts";

export interface ShrinkLimits {
  /** Runs at most. */
  readonly tries: number;
  /** Whole: a person's manifests go or stay as they are, and what happens keeps within the scenario's own bounds (own-bounds.ts). Default false. */
  readonly isWhole?: boolean;
  /** Asked before each run; what has been found by then is the result. */
  readonly isOver?: () => boolean;
}

export async function shrinkCase(
  found: FuzzCase,
  stillFails: (smaller: FuzzCase) => Promise<boolean>,
  limits: ShrinkLimits,
): Promise<FuzzCase> {
  const search = new Search(found, stillFails, limits);
  const { isWhole = false } = limits;
  let before: FuzzCase;
  do {
    before = search.best;
    await shrinkLists(search, isWhole);
    await dropNamed(search);
    await simplifyScalars(search, isWhole);
    await dropPlaces(search, isWhole);
  } while (search.best !== before && !search.isOver());
  return search.best;
}

class Search {
  best: FuzzCase;
  private tries = 0;
  private readonly known = new Set<string>();
  private readonly stillFails: (smaller: FuzzCase) => Promise<boolean>;
  private readonly limits: ShrinkLimits;

  constructor(found: FuzzCase, stillFails: (smaller: FuzzCase) => Promise<boolean>, limits: ShrinkLimits) {
    this.best = found;
    this.stillFails = stillFails;
    this.limits = limits;
    this.known.add(JSON.stringify(found));
  }

  isOver(): boolean {
    return this.tries >= this.limits.tries || this.limits.isOver?.() === true;
  }

  /** Whether the candidate is the best from now on. */
  async accepts(candidate: FuzzCase): Promise<boolean> {
    if (this.isOver()) return false;
    const text = JSON.stringify(candidate);
    if (this.known.has(text)) return false;
    this.known.add(text);
    if (readCase(candidate).spec === null) return false;
    this.tries++;
    if (!(await this.stillFails(candidate))) return false;
    this.best = candidate;
    return true;
  }
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
async function shrinkLists(search: Search, isWhole: boolean): Promise<void> {
  for (const path of placesOf(search.best)) {
    if (isKept([...path, 0], isWhole)) continue;
    for (let size = Math.ceil(lengthAt(search.best, path) / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < lengthAt(search.best, path);) {
        const candidate = withChanged(search.best, path, (list) => (list as readonly unknown[]).toSpliced(from, size));
        if (!(await search.accepts(candidate))) from += size;
      }
    }
  }
}

function lengthAt(root: FuzzCase, path: DocumentPath): number {
  const value = valueAt(root, path);
  return Array.isArray(value) ? value.length : 0;
}

/** All manifests of a name with every entry of a list that speaks of it. */
async function dropNamed(search: Search): Promise<void> {
  const names = new Set(search.best.manifests.map(nameOf));
  for (const name of names) {
    const { scenario, manifests, ...others } = search.best;
    await search.accepts({
      ...others,
      scenario: withoutMentions(scenario, name),
      manifests: manifests.filter((manifest) => nameOf(manifest) !== name),
    });
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

/** What shortens further runs most comes first. */
const firstFields: ReadonlySet<unknown> = new Set(["replicas", "count"]);

async function simplifyScalars(search: Search, isWhole: boolean): Promise<void> {
  const weight = (path: DocumentPath): number => (firstFields.has(path.at(-1)) || (isWhole && path.length === 3) ? 0 : 1);
  const places = placesOf(search.best).toSorted((a, b) => weight(a) - weight(b));
  for (const path of places) {
    if (isKept(path, isWhole)) continue;
    for (let value = valueAt(search.best, path), isDone = false; !isDone; value = valueAt(search.best, path)) {
      isDone = true;
      for (const simpler of simplerScalars(String(path.at(-1)), value)) {
        if (isWhole && !isWithinBounds(search.best, path, simpler)) continue;
        if (!(await search.accepts(withChanged(search.best, path, () => simpler)))) continue;
        isDone = false;
        break;
      }
    }
  }
}

/** Fields go, the ones above first: with a mapping all that is in it. */
async function dropPlaces(search: Search, isWhole: boolean): Promise<void> {
  let places = placesOf(search.best);
  for (let index = 0; index < places.length;) {
    const path = places[index]!;
    // What has become empty says nothing more.
    const stays = isKept(path, isWhole) || (isWhole && !mayGo(path));
    if (!stays && (await search.accepts(withoutAt(search.best, path)))) places = placesOf(search.best);
    else index++;
  }
}
