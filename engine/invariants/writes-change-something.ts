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
  const [old, next] = [before as Readonly<Record<string, unknown>>, after as Readonly<Record<string, unknown>>];
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    if (key === "resourceVersion" || key === "cause" || old[key] === next[key]) continue;
    const areObjects = typeof old[key] === "object" && typeof next[key] === "object";
    if (!areObjects || JSON.stringify(old[key]) !== JSON.stringify(next[key])) return false;
  }
  return true;
}
