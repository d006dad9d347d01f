/** What a run says about manifest fields without effect: a virtual run names those of processes as well. */
import type { FieldCount, SpecNotes } from "../scenario-spec.ts";

/** Sorted by field; a field inside another one of the list isn't named again. */
export function fieldsWithoutEffect({ noEffect, liveOnly }: SpecNotes): readonly FieldCount[] {
  const fields = liveOnly.map(({ field }) => `${field}.`);
  const others = noEffect.filter(({ field }) => !fields.some((outer) => field.startsWith(outer)));
  return [...others, ...liveOnly].sort((a, b) => (a.field < b.field ? -1 : 1));
}
