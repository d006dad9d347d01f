/**
 * What a DELETE does to any object but a Pod (pure). Source: apiserver registry/generic/registry/store.go
 * (deletionFinalizersForGarbageCollection, markAsDeleting).
 *
 *   no finalizer left ──▶ removed
 *   else ──▶ deletionTimestamp, and stays until an update takes the last finalizer away
 */

export type Propagation = "background" | "foreground" | "orphan";

export const FOREGROUND_FINALIZER = "foregroundDeletion";
export const ORPHAN_FINALIZER = "orphan";

const none: readonly string[] = Object.freeze([]);

/** Finalizers after the request; empty: the object goes at once. */
export function finalizersOfDeletion(finalizers: readonly string[] = none, propagation: Propagation): readonly string[] {
  const others = finalizers.filter((name) => name !== FOREGROUND_FINALIZER && name !== ORPHAN_FINALIZER);
  if (propagation === "background") return others;
  return [...others, propagation === "foreground" ? FOREGROUND_FINALIZER : ORPHAN_FINALIZER];
}

export function areSameTexts(a: readonly string[] = none, b: readonly string[] = none): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
