/** `podstorm verify` of one trace: its case under many seeds, and the judgement. */
import { replay, type TraceCase } from "./trace-replay.ts";
import { judgeTrace, type TraceVerdict } from "./trace-judge.ts";
import type { Trace, TraceEntry } from "./trace.ts";

/** So many draws that the spread of most things nearly reaches its ends. */
export const VERIFY_SEEDS = 50;

export interface VerifiedTrace {
  readonly verdict: TraceVerdict;
  /** Of the first seed: what is shown beside the recording. */
  readonly sample: readonly TraceEntry[];
}

export function verifyTrace(trace: Trace, played: TraceCase, seeds: number = VERIFY_SEEDS): VerifiedTrace {
  const runs = Array.from({ length: seeds }, (_, index) => replay(played, index + 1));
  return { verdict: judgeTrace(trace, runs), sample: runs[0] ?? [] };
}
