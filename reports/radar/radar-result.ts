/** What a search for the boundary of collapse leaves behind: plain data, the same for any number of workers. */
import { plural } from "../figures.ts";
import type { ComeBack, ComeBackState } from "./come-back.ts";

export interface RadarAxis {
  /** As `--set` takes it. */
  readonly path: string;
  /** As set: "1.7x", "250ms". */
  readonly values: readonly string[];
  /** Without their unit, ascending. */
  readonly numbers: readonly number[];
}

/** One pair of values, over some seeds. */
export interface RadarCell {
  /** Indexes. */
  readonly x: number;
  readonly y: number;
  /** By seed. */
  readonly runs: readonly ComeBack[];
  /** It came back in all of them. */
  readonly survives: boolean;
}

/** Along x, at one value of y. */
export interface RadarRow {
  readonly y: number;
  /** The last value that survives before the first that doesn't; null: none. Indexes. */
  readonly survives: number | null;
  /** Null: none of those asked for. */
  readonly collapses: number | null;
  /** It is the small values that collapse: `survives` lies above `collapses`. */
  readonly isReversed: boolean;
  /** There is one boundary, as far as was looked. */
  readonly isMonotone: boolean;
}

export interface RadarResult {
  readonly schema: "podstorm.dev/radar/v1";
  readonly name: string;
  readonly version: string;
  readonly seed: number;
  readonly replications: number;
  /** µs. */
  readonly window: number;
  readonly within: number | null;
  /** The search was interrupted: rows that aren't whole are missing. */
  readonly isPartial: boolean;
  readonly x: RadarAxis;
  /** Null: there is one row, of the scenario as it is. */
  readonly y: RadarAxis | null;
  /** By y, then x. */
  readonly cells: readonly RadarCell[];
  readonly rows: readonly RadarRow[];
}

/** A trigger that doesn't come with these values does no harm. */
export function isSurvival(state: ComeBackState): boolean {
  return state === "back" || state === "not triggered";
}

/** "survives 1.7x, not 1.8x" */
export function boundaryText({ survives, collapses, isReversed }: RadarRow, { values }: RadarAxis): string {
  if (survives === null) return collapses === null ? "not looked at" : `comes back at none of ${values[0]} to ${values.at(-1)}`;
  if (collapses === null) return `survives all of ${values[0]} to ${values.at(-1)}`;
  return isReversed
    ? `survives from ${values[survives]} on, not ${values[collapses]}`
    : `survives ${values[survives]}, not ${values[collapses]}`;
}

/** "stays down in 3 of 3 runs: 0 % of the requests answered"; of the state that most runs have, of those that don't survive if some don't. */
export function cellText({ runs, survives }: RadarCell): string {
  const counts = new Map<string, number>();
  for (const { state } of runs) if (survives || !isSurvival(state)) counts.set(state, (counts.get(state) ?? 0) + 1);
  const [state, count] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]!;
  const why = runs.find((run) => run.state === state && run.why !== "")?.why;
  return `${state} in ${count} of ${plural(runs.length, "run")}${why === undefined ? "" : `: ${why}`}`;
}

/** µs: the longest, of the runs that came back; null: none did. */
export function slowestRecovery({ runs }: RadarCell): number | null {
  const recoveries = runs.filter(({ state }) => state === "back").flatMap(({ recovery }) => recovery ?? []);
  return recoveries.length === 0 ? null : Math.max(...recoveries);
}
