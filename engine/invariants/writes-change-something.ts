/** An update that leaves everything as it is makes no new version, and nobody who watches hears of it. */
import type { InvariantDefinition } from "./invariant.ts";

export const writesChangeSomethingDefinition: InvariantDefinition = {
  name: "writes-change-something",
  scope: "control",
  meaning: "an update that changes nothing makes no new version and tells no watcher",
};

/** Two versions of one object: what differs beside the version itself and why it was written. */
export function writesChangeSomething(what: string, before: object, after: object): string | null {
  return isSame(before, after) ? `${what}: a write that changes nothing` : null;
}

function isSame(before: object, after: object): boolean {
  const [old, next] = [before as Fields, after as Fields];
  for (const key in next) {
    const value = next[key];
    const earlier = old[key];
    if (value !== earlier && !isVersion(key) && !isEqual(earlier, value)) return false;
  }
  for (const key in old) if (!isVersion(key) && next[key] === undefined && old[key] !== undefined) return false;
  return true;
}

type Fields = Readonly<Record<string, unknown>>;

function isVersion(key: string): boolean {
  return key === "resourceVersion" || key === "cause";
}

/** By value; ends at the first difference, which with most writes comes soon. */
function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) && Array.isArray(other)) return areEqual(one, other);
  const [a, b] = [one as Fields, other as Fields];
  for (const key in b) if (!isEqual(a[key], b[key])) return false;
  for (const key in a) if (b[key] === undefined && a[key] !== undefined) return false;
  return true;
}

function areEqual(some: readonly unknown[], others: readonly unknown[]): boolean {
  if (some.length !== others.length) return false;
  for (let index = 0; index < some.length; index++) if (!isEqual(some[index], others[index])) return false;
  return true;
}
