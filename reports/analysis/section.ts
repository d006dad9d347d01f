/**
 * One question, one section: what every analysis returns and every format shows. Called once per report,
 * in the order of index.ts. All texts are plain: each format escapes for itself.
 */
import type { RunResult } from "../../engine/result.ts";
import type { CauseChains } from "../cause-chain.ts";

export type Analysis = (result: RunResult, chains: CauseChains) => Section | null;

export interface Section {
  /** Stable key in result.json. */
  readonly id: string;
  readonly title: string;
  /** The answer in a sentence or two. */
  readonly sentences: readonly string[];
  readonly tables: readonly Table[];
  readonly charts: readonly Chart[];
  /** The same for programs: plain JSON, durations in µs. */
  readonly figures: Json;
}

export interface Table {
  readonly title: string | null;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** A terminal shows so many rows and says how many it left out. */
  readonly briefRows: number;
}

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

export interface Row {
  readonly cells: readonly string[];
  /** Explains the row, on lines of its own. */
  readonly notes: readonly string[];
  readonly tone: Tone;
}

export type Tone = "plain" | "good" | "bad" | "quiet";

/** Series over virtual time, one value per bucket; or over percentiles. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  readonly kind: "stacked" | "lines" | "bars" | "percentiles";
  /** Of the values: "Pods", "requests/s", "µs". */
  readonly unit: string;
  /** Seconds of virtual time, or percentiles. */
  readonly x: readonly number[];
  readonly series: readonly ChartSeries[];
}

export interface ChartSeries {
  readonly label: string;
  readonly color: SeriesColor;
  readonly values: readonly (number | null)[];
}

/** Colours by meaning; html.ts has one for light and one for dark pages. */
export type SeriesColor = "good" | "calm" | "waiting" | "leaving" | "bad" | "worse" | "other" | "second" | "third";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export function left(title: string): Column {
  return { title, align: "left" };
}

export function right(title: string): Column {
  return { title, align: "right" };
}

export function row(cells: readonly string[], tone: Tone = "plain", notes: readonly string[] = []): Row {
  return { cells, notes, tone };
}
