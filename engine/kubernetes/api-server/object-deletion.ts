/**
 * What a DELETE does to any object but a Pod (pure). Source: apiserver registry/generic/registry/store.go
 * (deletionFinalizersForGarbageCollection, markAsDeleting).
 *
 *   no finalizer left ──▶ removed
 *   else ──▶ deletionTimestamp, and stays until an update takes the last finalizer away
 */
import { wholeSeconds, type VirtualTime } from "../../kernel/time.ts";

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

/** Those that the manifest gives it, if any. */
export function finalizersOf({ finalizers = none }: Pick<DeletedObject, "finalizers">): Pick<DeletedObject, "finalizers"> {
  return finalizers.length === 0 ? {} : { finalizers };
}

/** What a DELETE looks at, of an object of any kind. */
export interface DeletedObject {
  readonly generation: number;
  /** Left out, or -1: it isn't being deleted. */
  readonly deletionTimestamp?: number;
  readonly finalizers?: readonly string[];
}

/** What becomes of it: it goes, stays as it is, or is marked. */
export type ObjectDeletion =
  | { readonly type: "remove" }
  | { readonly type: "unchanged" }
  | {
      readonly type: "mark";
      readonly change: { readonly generation: number; readonly deletionTimestamp: number; readonly finalizers: readonly string[] };
    };

export function decideObjectDeletion(before: DeletedObject, propagation: Propagation, now: VirtualTime): ObjectDeletion {
  const finalizers = finalizersOfDeletion(before.finalizers, propagation);
  if (finalizers.length === 0) return { type: "remove" };
  const { generation, deletionTimestamp = -1 } = before;
  const isFirst = deletionTimestamp < 0;
  if (!isFirst && areSameTexts(before.finalizers, finalizers)) return { type: "unchanged" };
  const change = isFirst
    ? { generation: generation + 1, deletionTimestamp: wholeSeconds(now), finalizers }
    : { generation, deletionTimestamp, finalizers };
  return { type: "mark", change };
}

export function areSameTexts(a: readonly string[] = none, b: readonly string[] = none): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
