/** A report format: report → one file's text. Pure; escapes whatever came from manifests for its own syntax. */
import type { Report } from "../report.ts";

export interface Format {
  readonly name: string;
  /** Where it is written within the output folder; null: shown on the terminal. */
  readonly fileName: string | null;
  format(report: Report, assets: Assets): string;
}

/** Texts that a format needs and must not read by itself. */
export interface Assets {
  /** The chart library: a script that defines `uPlot`, and its style sheet. */
  readonly chartScript: string;
  readonly chartStyle: string;
}

export const NO_ASSETS: Assets = { chartScript: "", chartStyle: "" };
