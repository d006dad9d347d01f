/**
 * A document that was put together without knowing every rule → a valid one: what its issues name is taken away, and what is
 * still wrong then, with what is around it. So generators need not know by heart what the API server of each release refuses.
 */
import { pathSteps } from "../issues.ts";
import { valueAt, withoutAt, type DocumentPath } from "./document-path.ts";
import { readCase, type FuzzCase } from "./fuzz-case.ts";

const ROUNDS = 8;

/** Null: it can't be mended this way. */
export function repaired(drawn: FuzzCase): FuzzCase | null {
  let found = drawn;
  for (let round = 0; round < ROUNDS; round++) {
    const { issues } = readCase(found);
    if (issues.length === 0) return found;
    // The deepest first, entries of lists from the end: what stands before them stays where it is.
    const places = issues.map((issue) => placeOf(found, issue.file, issue.line ?? 1, issue.path, round));
    for (const place of distinct(places)) found = withoutAt(found, place);
  }
  return readCase(found).spec === null ? null : found;
}

/** The nearest place that is there; higher up with each second round. */
function placeOf(found: FuzzCase, file: string, number: number, path: string, round: number): DocumentPath {
  const root: DocumentPath =
    file === "scenario" ? ["scenario"] : file === "manifests" ? ["manifests", number - 1] : ["files", file, number - 1];
  const least = file === "scenario" ? 3 : root.length;
  const whole = [...root, ...pathSteps(path, valueAt(found, root))];
  let length = Math.max(least, whole.length - Math.floor(round / 2));
  while (length > least && valueAt(found, whole.slice(0, length)) === undefined) length--;
  return whole.slice(0, length);
}

function distinct(places: readonly DocumentPath[]): readonly DocumentPath[] {
  const byText = new Map(places.map((place) => [place.join("\n"), place]));
  return [...byText.values()].sort(later);
}

function later(a: DocumentPath, b: DocumentPath): number {
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const [x, y] = [a[index]!, b[index]!];
    if (x === y) continue;
    if (typeof x === "number" && typeof y === "number") return y - x;
    return String(x) < String(y) ? 1 : -1;
  }
  return b.length - a.length;
}
