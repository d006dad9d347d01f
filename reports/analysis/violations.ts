/** Broken invariants: a fault of the model itself, or of what the manifests promise. */
import type { RunResult, Violation } from "../../engine/result.ts";
import { NO_CAUSE } from "../../engine/kernel/causes.ts";
import { CauseChains, chainText } from "../cause-chain.ts";
import { formatInstant, plural } from "../figures.ts";
import { left, row, type Section } from "./section.ts";

export function violations(result: RunResult): Section | null {
  if (result.violations.length === 0) return null;
  const chains = new CauseChains(result);
  const why = ({ cause }: Violation): string => (cause === NO_CAUSE ? "" : chainText(chains.chainOf(cause)));
  return {
    id: "violations",
    title: "Broken invariants",
    sentences: [`${plural(result.violations.length, "violation")}.`],
    tables: [
      {
        title: null,
        columns: [left("at"), left("invariant"), left("what"), left("because")],
        rows: result.violations.map((violation) =>
          row([formatInstant(violation.time), violation.invariant, violation.message, why(violation)], "bad"),
        ),
        briefRows: 10,
      },
    ],
    charts: [],
    figures: result.violations.map((violation) => {
      const { invariant, time, message } = violation;
      return { invariant, timeMicros: time, message, because: why(violation) };
    }),
  };
}
