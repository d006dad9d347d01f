/** A stored failure once more: does it still fail? What happened in it happens to the scenario and the manifests as they are now. */
import { formatIssues } from "../../scenarios/issues.ts";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { readCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { rebased } from "../../scenarios/fuzz/load-case.ts";
import { processEnded } from "../../workers/fuzz/in-flight.ts";
import type { CasePool } from "../../workers/fuzz/case-pool.ts";
import type { FailureState, StoredFailure } from "./failure-store.ts";

export interface Recheck {
  readonly state: FailureState;
  readonly message: string;
}

/** `base`: the scenario as it is now; null: the stored case as it stands. Null: `over` came before the end of its run. */
export async function recheckUntil(
  over: AbortSignal,
  { drawn, smallest, laws, bucket }: StoredFailure,
  base: FuzzCase | null,
  pool: CasePool,
): Promise<Recheck | null> {
  const found = base === null ? (smallest ?? drawn) : rebased(base, drawn);
  const { spec, issues } = readCase(found);
  if (spec === null) return { state: "ERROR", message: `it is no valid scenario any more: ${formatIssues(issues).trim()}` };
  if (bucket === processEnded.bucket) return { state: "ERROR", message: "not checked: it ended the whole process" };
  const outcomes = await pool.checkUntil(over, [{ found, laws }]);
  if (outcomes === null) return null;
  const { failure } = outcomes[0]!;
  if (failure === null) return { state: "FIXED", message: "every rule and threshold holds" };
  const other = failure.bucket === bucket ? "" : "otherwise than before: ";
  return { state: "STILL FAILS", message: `${other}${failure.message}` };
}

/** However long it takes. */
export async function recheck(stored: StoredFailure, base: FuzzCase | null, pool: CasePool): Promise<Recheck> {
  return (await recheckUntil(new AbortController().signal, stored, base, pool))!;
}
