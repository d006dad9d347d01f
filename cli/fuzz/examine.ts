/**
 * A failure that a campaign has just found: stored at once, repeated on a fresh thread, shrunk, and written down with its
 * story. Each step leaves it whole on the disk, so that an interruption costs a step at most.
 */
import { readCase, type FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { caseText, type CaseFiles } from "../../scenarios/fuzz/case-text.ts";
import { valueAt } from "../../scenarios/fuzz/document-path.ts";
import { storyLines } from "../../scenarios/fuzz/story.ts";
import type { FailureKind } from "../../scenarios/fuzz/verdict.ts";
import type { CasePool } from "../../workers/fuzz/case-pool.ts";
import { processEnded } from "../../workers/fuzz/in-flight.ts";
import { SHRINK_MS, SHRINK_TRIES, smallestCase, type Smallest } from "../../workers/fuzz/smallest-case.ts";
import { runHere } from "../../workers/run.ts";
import { commandLine } from "../arguments.ts";
import { USUAL_FAILURES_FOLDER, type FailureStore, type StoredFailure } from "./failure-store.ts";

export interface ExamineOptions {
  readonly store: FailureStore;
  readonly pool: CasePool;
  readonly shrinks: boolean;
  /** Ends runs that last. */
  readonly over: AbortSignal;
  readonly isInterrupted: () => boolean;
}

/** Each try costs a thread. */
const DEADLY_TRIES = 60;

const deadly: ReadonlySet<FailureKind> = new Set<FailureKind>(["died", "memory", "endless"]);

export async function examine(found: StoredFailure, options: ExamineOptions): Promise<StoredFailure> {
  const { store, pool, over } = options;
  // The scenario as it was drawn: something that can be run stands there from the first moment.
  const before = filesOf(found, store, brokenLine(found));
  store.write(found, before);
  // It would end this process as well.
  if (found.bucket === processEnded.bucket) {
    return found;
  }
  if (options.isInterrupted()) return found;
  const again = await pool.checkAfresh({ found: found.drawn, laws: found.laws }, over);
  if (again === null) return found;
  const isRepeatable = again.failure?.bucket === found.bucket;
  const confirmed: StoredFailure = { ...found, isRepeatable };
  const asDrawn: Smallest = { found: found.drawn, needless: [] };
  const { found: smallest, needless } = isRepeatable && options.shrinks ? await smallestOf(confirmed, again.events, options) : asDrawn;
  if (options.isInterrupted()) return confirmed;
  const examined: StoredFailure = { ...confirmed, smallest, ...(await messageOf(confirmed, smallest, options)) };
  const lines = [...(await storyOf(examined)), ...partLines(examined, needless)];
  store.write(examined, filesOf(examined, store, lines), before);
  return examined;
}

async function smallestOf(failure: StoredFailure, events: number, { pool, over, isInterrupted }: ExamineOptions): Promise<Smallest> {
  const { drawn, laws, kind, source } = failure;
  const until = performance.now() + SHRINK_MS;
  const enough = new AbortController();
  const timer = setTimeout(() => enough.abort(), SHRINK_MS);
  const signal = AbortSignal.any([over, enough.signal]);
  try {
    return await smallestCase(
      { found: drawn, failure, laws, events },
      {
        check: async (task) => (await pool.checkUntil(signal, [task]))?.[0] ?? null,
        // A thread that ends takes none of the others with it, but each costs its start.
        atOnce: deadly.has(kind) ? 1 : pool.threads,
        tries: deadly.has(kind) ? DEADLY_TRIES : SHRINK_TRIES,
        isWhole: source.type === "scenario",
        isOver: () => isInterrupted() || signal.aborted || performance.now() > until,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}

/** What the smallest case says: its numbers are other ones. */
async function messageOf(
  { bucket, laws, message }: StoredFailure,
  smallest: FuzzCase,
  { pool, over }: ExamineOptions,
): Promise<{ readonly message: string }> {
  const failure = (await pool.checkUntil(over, [{ found: smallest, laws }]))?.[0]?.failure;
  return { message: failure?.bucket === bucket ? failure.message : message };
}

/** A person's files stand there as they were written: what of them isn't there any more, and what doesn't matter. */
function partLines({ source, drawn, smallest }: StoredFailure, needless: readonly string[]): readonly string[] {
  if (source.type === "self" || smallest === null) return [];
  const kept = new Set(smallest.manifests.map(objectText));
  const gone = drawn.manifests.map(objectText).filter((text) => !kept.has(text));
  return [
    ...(gone.length === 0 ? [] : [`Left out, for they play no part: ${gone.join(", ")}`]),
    ...(needless.length === 0 ? [] : ["It breaks without these as well:", ...needless.map((line) => `  ${line}`)]),
  ];
}

function objectText(manifest: unknown): string {
  return `${String(valueAt(manifest, ["kind"]))}/${String(valueAt(manifest, ["metadata", "name"]))}`;
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
