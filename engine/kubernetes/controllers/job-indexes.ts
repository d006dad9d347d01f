/**
 * Completion indexes of a Job as its status writes them ("1,3-5"), and which are next (pure).
 * Source: pkg/controller/job/indexed_job_utils.go.
 */

/** Ascending, without overlaps or neighbours: [first, last] of each run. */
export type IndexRanges = readonly (readonly [number, number])[];

export function rangesOf(indexes: Iterable<number>): IndexRanges {
  const ranges: [number, number][] = [];
  for (const index of [...indexes].sort((a, b) => a - b)) {
    const last = ranges[ranges.length - 1];
    if (last === undefined || index > last[1] + 1) ranges.push([index, index]);
    else last[1] = Math.max(last[1], index);
  }
  return ranges;
}

/** Indexes at or above `completions` don't count. */
export function parseIndexes(text: string, completions: number): Set<number> {
  const indexes = new Set<number>();
  if (text === "") return indexes;
  for (const part of text.split(",")) {
    const [first = 0, last = first] = part.split("-").map(Number);
    for (let index = first; index <= Math.min(last, completions - 1); index++) indexes.add(index);
  }
  return indexes;
}

/** Two neighbours are written apart ("3,4"), three as a run ("3-5"). */
export function formatIndexes(indexes: Iterable<number>): string {
  return rangesOf(indexes)
    .map(([first, last]) => (first === last ? String(first) : `${first}${last === first + 1 ? "," : "-"}${last}`))
    .join(",");
}

/** The lowest `count` indexes that aren't taken. */
export function firstFreeIndexes(taken: ReadonlySet<number>, count: number, completions: number): number[] {
  const free: number[] = [];
  for (let index = 0; index < completions && free.length < count; index++) if (!taken.has(index)) free.push(index);
  return free;
}

/** Number of the first rule of a success policy that holds; -1: none. Source: success_policy.go. */
export function matchSuccessPolicy(
  rules: readonly { readonly succeededIndexes: string | null; readonly succeededCount: number | null }[] | null,
  succeeded: ReadonlySet<number>,
  completions: number,
): number {
  return (rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === null) return succeededCount !== null && succeeded.size >= succeededCount;
    const required = parseIndexes(succeededIndexes, completions);
    let present = 0;
    for (const index of required) if (succeeded.has(index)) present++;
    return present === required.size || (succeededCount !== null && present >= succeededCount);
  });
}
