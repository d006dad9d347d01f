/** The map of a radar: for each value of y the boundary along x, each pair of values over some seeds. */
import type { RunResult } from "../../engine/result.ts";
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { comeBackOf, type ComeBack, type ComeBackOptions } from "../../reports/radar/come-back.ts";
import { isSurvival, type RadarAxis, type RadarCell, type RadarRow } from "../../reports/radar/radar-result.ts";
import { seeded } from "../replicate.ts";
import { findBoundary } from "./boundary.ts";

export interface RadarSearch {
  readonly x: RadarAxis;
  readonly y: RadarAxis | null;
  readonly replications: number;
  readonly options: ComeBackOptions;
  /** The scenario with these values; null: it isn't valid with them, which was told. */
  readonly specOf: (x: number, y: number) => ScenarioSpec | null;
  /** Null: interrupted. Rows go first that stand first: then an interruption leaves some whole. */
  readonly run: (spec: ScenarioSpec, row: number) => Promise<RunResult | null>;
  /** After each run. */
  readonly onRun: (runs: number, violations: number) => void;
}

export interface RadarFindings {
  readonly cells: readonly RadarCell[];
  readonly rows: readonly RadarRow[];
  readonly isPartial: boolean;
  /** Broken invariants, over all runs. */
  readonly violations: number;
}

/** A run that leaves no time before or after its trigger, or values that make no scenario: the search ends. */
export class RadarError extends Error {}

export async function searchRadar(search: RadarSearch): Promise<RadarFindings> {
  const cells: RadarCell[] = [];
  let runs = 0;
  let violations = 0;
  let failure: RadarError | null = null;
  const one = async (spec: ScenarioSpec, row: number): Promise<ComeBack | null> => {
    const result = failure === null ? await search.run(spec, row) : null;
    if (result === null || failure !== null) return null;
    violations += result.violations.length;
    search.onRun(++runs, result.violations.length);
    return comeBackOf(result, search.options);
  };
  const look = async (x: number, y: number): Promise<boolean | null> => {
    const spec = search.specOf(x, y);
    if (spec === null) {
      failure ??= new RadarError("");
      return null;
    }
    const found = await Promise.all(Array.from({ length: search.replications }, (_, replication) => one(seeded(spec, replication), y)));
    const readings = found.filter((reading) => reading !== null);
    if (readings.length < found.length) return null;
    const short = readings.find(({ state }) => state === "too short");
    if (short !== undefined) {
      failure ??= new RadarError(tooShort(short, spec));
      return null;
    }
    const survives = readings.every(({ state }) => isSurvival(state));
    cells.push({ x, y, runs: readings, survives });
    return survives;
  };
  const found = await Promise.all((search.y?.values ?? [""]).map((_, y) => findBoundary(search.x.values.length, (x) => look(x, y))));
  if (failure !== null) throw failure as RadarError;
  const rows = found.flatMap((boundary, y): readonly RadarRow[] => {
    if (boundary === null) return [];
    const { holds: survives, fails: collapses, isReversed, isMonotone } = boundary;
    return [{ y, survives, collapses, isReversed, isMonotone }];
  });
  return { cells: cells.sort((a, b) => a.y - b.y || a.x - b.x), rows, isPartial: rows.length < found.length, violations };
}

function tooShort({ from, until }: ComeBack, { duration, warmup }: ScenarioSpec): string {
  const seconds = (micros: number): string => `${Math.round(micros / 100_000) / 10}s`;
  const run = `the run lasts from ${seconds(warmup)} (its warm-up) to ${seconds(duration)}, its faults from ${seconds(from)} to ${seconds(until)}`;
  return `${run}: expected a window before them and one after them (--set duration=…, or a smaller --window)`;
}
