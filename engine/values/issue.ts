/** A problem in what the user gave: where, what was found, what was expected, how to mend it. */
export interface Issue {
  /** Kubernetes' own field path, or the scenario's: `spec.template.spec.containers[0].livenessProbe`. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
  /** What the API server itself says: `Invalid value: -1: must be greater than or equal to 0`. */
  readonly kubernetes?: string;
}

/** Collects problems while a document is read; all are reported at once. */
export class Issues {
  readonly list: Issue[] = [];

  add(path: string, found: string, expected: string, hint?: string): void {
    this.list.push(hint === undefined ? { path, found, expected } : { path, found, expected, hint });
  }

  get isEmpty(): boolean {
    return this.list.length === 0;
  }
}

/** A value as an issue shows it: short, on one line, told apart by kind (`"8"` is text, `8` a number). */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  const keys = Object.keys(value);
  if (keys.length === 0) return "an empty mapping";
  return `a mapping of ${keys.slice(0, 3).join(", ")}${keys.length > 3 ? ", ..." : ""}`;
}

/** The path of a field of `path`: `.name`, `[3]`, or `[app.kubernetes.io/name]` for keys that aren't plain words. */
export function childPath(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** The known word that `word` was probably meant to be, or null. Letters swapped, missing, extra or in the wrong case. */
export function closest(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase();
  // A third of the letters may be wrong: "replica" finds "replicas", "foo" finds nothing.
  let distanceMax = Math.max(1, Math.floor(word.length / 3));
  let best: string | null = null;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase(), distanceMax);
    if (distance > distanceMax || (distance === distanceMax && best !== null)) continue;
    best = candidate;
    distanceMax = distance;
  }
  return best ?? beginning(wanted, known);
}

/** "poisson" for poisson-arrival-rate: the only one that begins so. */
function beginning(wanted: string, known: readonly string[]): string | null {
  const candidates = wanted.length < 3 ? [] : known.filter((candidate) => candidate.toLowerCase().startsWith(wanted));
  return candidates.length === 1 ? (candidates[0] ?? null) : null;
}

/** Optimal string alignment distance; anything above `max` comes back as `max + 1`. */
function editDistance(a: string, b: string, max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let distance = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwapped) distance = Math.min(distance, (beforeLast[column - 2] ?? 0) + 1);
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? max + 1;
}
