/** Broken invariants: a fault of the model itself, or of what the manifests promise. */
import type { RunResult } from "../../engine/result.ts";
import { formatInstant, plural } from "../figures.ts";
import { left, row, type Section } from "./section.ts";

export function violations(result: RunResult): Section | null {
  if (result.violations.length === 0) return null;
  return {
    id: "violations",
    title: "Broken invariants",
    sentences: [`${plural(result.violations.length, "violation")}.`],
    tables: [
      {
        title: null,
        columns: [left("at"), left("invariant"), left("what")],
        rows: result.violations.map((violation) => row([formatInstant(violation.time), violation.invariant, violation.message], "bad")),
        briefRows: 10,
      },
    ],
    charts: [],
    figures: result.violations.map(({ invariant, time, message }) => ({ invariant, timeMicros: time, message })),
  };
}
