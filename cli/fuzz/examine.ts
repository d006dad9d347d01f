/**
 * A failure that a campaign has just found: stored at once, repeated on a fresh thread, shrunk, and written down with its
 * story. Each step leaves it whole on the disk, so that an interruption costs a step at most.
 */
import { readCase, type FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { caseText, type CaseFiles } from "../../scenarios/fuzz/case-text.ts";
import { shrinkCase } from "../../scenarios/fuzz/shrink.ts";
import { storyLines } from "../../scenarios/fuzz/story.ts";
import type { FailureKind } from "../../scenarios/fuzz/verdict.ts";
import type { CasePool } from "../../workers/fuzz/case-pool.ts";
import { processEnded } from "../../workers/fuzz/in-flight.ts";
import { runHere } from "../../workers/run.ts";
import { commandLine } from "../arguments.ts";
import { USUAL_FAILURES_FOLDER, type FailureStore, type StoredFailure } from "./failure-store.ts";

export interface ExamineOptions {
  readonly store: FailureStore;
  readonly pool: CasePool;
  readonly shrinks: boolean;
  readonly isInterrupted: () => boolean;
}

const SHRINK_TRIES = 1000;
const SHRINK_MS = 20_000;
/** Each try costs a thread. */
const DEADLY_TRIES = 60;

const deadly: ReadonlySet<FailureKind> = new Set<FailureKind>(["died", "memory", "endless"]);

export async function examine(found: StoredFailure, options: ExamineOptions): Promise<StoredFailure> {
  const { store, pool } = options;
  // The scenario as it was drawn: something that can be run stands there from the first moment.
  const before = filesOf(found, store, brokenLine(found));
  store.write(found, before);
  // It would end this process as well.
  if (found.bucket === processEnded.bucket) {
    return found;
  }
  if (options.isInterrupted()) return found;
  const again = await pool.checkAfresh({ found: found.drawn, laws: found.laws });
  const isRepeatable = again.failure?.bucket === found.bucket;
  const confirmed: StoredFailure = { ...found, isRepeatable };
  const smallest = isRepeatable && options.shrinks ? await smallestOf(confirmed, options) : found.drawn;
  if (options.isInterrupted()) return confirmed;
  const examined: StoredFailure = { ...confirmed, smallest, ...(await messageOf(confirmed, smallest, pool)) };
  store.write(examined, filesOf(examined, store, await storyOf(examined)), before);
  return examined;
}

async function smallestOf(failure: StoredFailure, { pool, isInterrupted }: ExamineOptions): Promise<FuzzCase> {
  const { drawn, laws, bucket, kind, source } = failure;
  const until = performance.now() + SHRINK_MS;
  const stillFails = async (candidate: FuzzCase): Promise<boolean> => {
    const [outcome] = await pool.check([{ found: candidate, laws }]);
    return outcome!.failure?.bucket === bucket;
  };
  return shrinkCase(drawn, stillFails, {
    tries: deadly.has(kind) ? DEADLY_TRIES : SHRINK_TRIES,
    isWhole: source.type === "scenario",
    isOver: () => isInterrupted() || performance.now() > until,
  });
}

/** What the smallest case says: its numbers are other ones. */
async function messageOf(
  { bucket, laws, message }: StoredFailure,
  smallest: FuzzCase,
  pool: CasePool,
): Promise<{ readonly message: string }> {
  const [outcome] = await pool.check([{ found: smallest, laws }]);
  return { message: outcome?.failure?.bucket === bucket ? outcome.failure.message : message };
}

async function storyOf(failure: StoredFailure): Promise<readonly string[]> {
  const { kind, message, smallest, drawn } = failure;
  const { spec } = readCase(smallest ?? drawn);
  // What ends a thread isn't run here.
  const isTellable = spec !== null && !deadly.has(kind) && kind !== "error";
  return isTellable ? storyLines(await runHere(spec, 1), message) : brokenLine(failure);
}

function brokenLine({ message }: StoredFailure): readonly string[] {
  return [`Breaks: ${message.split("\n")[0] ?? ""}`];
}

function filesOf({ id, kind, smallest, drawn }: StoredFailure, store: FailureStore, lines: readonly string[]): CaseFiles {
  return caseText(smallest ?? drawn, { lines, command: commandOf(id, kind, store) });
}

/** The one line that reproduces it. */
export function commandOf(id: string, kind: FailureKind, store: FailureStore): string {
  const file = `${store.folderOf(id)}/scenario.yaml`;
  if (kind === "invariant" || kind === "threshold") return commandLine(["run", file]);
  return kind === "determinism" ? commandLine(["run", file, "--check-determinism"]) : replayOf(id, store);
}

/** Checks it again, with the scenario and the manifests as they are now. */
export function replayOf(id: string, store: FailureStore): string {
  return commandLine(["replay", store.folder === USUAL_FAILURES_FOLDER ? id : store.folderOf(id)]);
}
