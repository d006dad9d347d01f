/**
 * What of a person's files plays no part in a failure: fields of manifests and of applications that it still breaks without, all
 * of them at once. The files stay as they are, since that is what gets mended; this says where not to look.
 *
 *   Deployment/web: livenessProbe, resources
 */
import { isMapping, placesOf, valueAt, withoutAt, type DocumentPath } from "./document-path.ts";
import type { FuzzCase } from "./fuzz-case.ts";
import { SmallerSearch, type SearchLimits, type Step } from "./search-smaller.ts";

/** A line for each object, in the order of the files. */
export async function needlessPlaces(
  found: FuzzCase,
  stillFails: (smaller: FuzzCase) => Promise<boolean>,
  limits: SearchLimits,
): Promise<readonly string[]> {
  const search = new SmallerSearch(found, stillFails, limits);
  const names = new Map<string, string[]>();
  let from = 0;
  for (;;) {
    const before = search.best;
    const gone = await search.accept(withoutFields(before, from));
    if (gone === null) break;
    const path = fieldsOf(before)[gone]!;
    const owner = ownerOf(before, path);
    names.set(owner, [...(names.get(owner) ?? []), fieldText(before, path, found)]);
    from = gone;
  }
  return [...names].map(([owner, fields]) => `${owner}: ${fields.join(", ")}`);
}

function* withoutFields(found: FuzzCase, first: number): Generator<Step<number>> {
  const fields = fieldsOf(found);
  for (let index = first; index < fields.length; index++) yield [index, withoutAt(found, fields[index]!)];
}

/** Manifests first; those above before those below: with them goes what is in them. */
function fieldsOf(found: FuzzCase): readonly DocumentPath[] {
  const places = placesOf(found);
  return [
    ...places.filter((path) => path[0] === "manifests" && isField(path.slice(2))),
    ...places.filter((path) => path[2] === "applications" && isField(path.slice(4))),
  ];
}

/** What an object is known by stays, and entries of lists of values. */
function isField(path: DocumentPath): boolean {
  const [first, second] = path;
  if (first === undefined || first === "apiVersion" || first === "kind" || first === "selector") return false;
  return !(first === "metadata" && (second === undefined || second === "name" || second === "namespace"));
}

function ownerOf(found: FuzzCase, path: DocumentPath): string {
  const [document, index] = path;
  if (document !== "manifests") return `applications.${path[3]}`;
  const manifest = found.manifests[Number(index)];
  return `${String(valueAt(manifest, ["kind"]))}/${String(valueAt(manifest, ["metadata", "name"]))}`;
}

/** From the Pod's template on: `web.resources.limits` of a container, `resources.limits` if it is the only one as `written`. */
function fieldText(found: FuzzCase, path: DocumentPath, written: FuzzCase): string {
  const start = path[0] === "manifests" ? 2 : 4;
  const words = path.slice(start).map((key, at) => {
    if (typeof key !== "number") return key;
    const entry = valueAt(found, path.slice(0, start + at + 1));
    return isMapping(entry) && typeof entry["name"] === "string" ? entry["name"] : String(key);
  });
  const inPod = words.lastIndexOf("template") + 1;
  const inner = words.slice(inPod).filter((word, at) => !(at === 0 && word === "spec" && words.length > inPod + 1));
  const isOnlyOne = inner[0] === "containers" && inner.length > 2 && lengthAbove(written, path) === 1;
  return (inner[0] === "containers" && inner.length > 2 ? inner.slice(isOnlyOne ? 2 : 1) : inner).join(".");
}

/** Of the list of containers that the path goes through. */
function lengthAbove(found: FuzzCase, path: DocumentPath): number {
  const list = valueAt(found, path.slice(0, path.indexOf("containers") + 1));
  return Array.isArray(list) ? list.length : 0;
}
