/** A share of everything, "20%" or 0.2, as a number from 0 to 1. */
import { describe } from "../engine/values/issue.ts";
import type { ScenarioSections } from "./section.ts";

export function readShare(written: string | number, sections: ScenarioSections, path: string): number {
  const share = typeof written === "number" ? written : Number(written.slice(0, -1)) / 100;
  if (share > 1) sections.report(path, describe(written), "at most 100%");
  return share;
}
