/** The recorded drain against a budget: the budget's status takes the same steps in the model. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { replay } from "../engine/conformance/trace-replay.ts";
import type { TraceEntry } from "../engine/conformance/trace.ts";
import { readNodesText, readTraceText } from "./traces.ts";

const golden = new URL("../engine/conformance/golden/", import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, golden), "utf8");

/** What is allowed, step by step, and how many evictions are on record then. */
function steps(entries: readonly TraceEntry[]): string[] {
  return entries
    .filter(({ kind, change }) => kind === "PodDisruptionBudget" && change["disruptionsAllowed"] !== undefined)
    .map(
      ({ change }) =>
        `${String(change["disruptionsAllowed"])} ${(change["disruptedPods"] as readonly string[] | undefined)?.length ?? "-"}`,
    );
}

test("a budget grants one eviction after the other, as it was recorded", () => {
  const { nodes } = readNodesText(read("nodes.json"), "nodes.json");
  const { trace, case: recorded } = readTraceText(read("h-drain-pdb-minavailable.json"), "h-drain-pdb-minavailable.json", nodes);
  expect(steps(trace!.observed)).toEqual(["0 0", "1 -", "0 1", "1 -", "0 1", "1 -", "0 1", "1 -"]);
  for (const seed of [1, 2]) expect(steps(replay(recorded!, seed))).toEqual(steps(trace!.observed));
});
