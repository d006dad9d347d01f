/**
 * Whoever put a finalizer on an object has to take it off before the object goes. Those two of the garbage
 * collector go with another deletion, which says anew what becomes of the dependents.
 */
import type { InvariantDefinition } from "./invariant.ts";

export const finalizersRespectedDefinition: InvariantDefinition = {
  name: "finalizers-respected",
  scope: "control",
  meaning: "no object is removed while it has a finalizer",
};

export function finalizersRespected(what: string, finalizers: readonly string[]): string | null {
  const others = finalizers.filter((name) => name !== "foregroundDeletion" && name !== "orphan");
  return others.length === 0 ? null : `${what}: removed with finalizers ${others.join(", ")}`;
}
