/** `podstorm replay`: a failure that fuzz has stored, or a recorded live run, once more. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { commandLine } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { folderName } from "../finish.ts";
import type { FailureSource, StoredFailure } from "../fuzz/failure-store.ts";
import { writeText } from "../write.ts";
import type { Call, Command } from "./command.ts";
import { podstormFolderOption } from "./fuzz.ts";

export const replay: Command = {
  parameters: [["<id|file>", "ID of a stored failure, its failure.json or folder, or the recording of a live run: live-run.ndjson"]],
  description:
    "Checks a stored failure again and says FIXED, STILL FAILS or ERROR: what happened in it happens to its scenario and manifests as they are now. " +
    "A recorded live run is repeated in virtual time, and its fingerprint compared with the recorded one.",
  options: [
    podstormFolderOption,
    { flags: "--as-stored", meaning: "the failure's own scenario and manifests, as they were shrunk, whatever the files say now" },
  ],
  examples: [
    ["podstorm replay 3f2a91c04d", "exit code 0 when it is fixed, 98 or 99 when it still fails, 1 when it can't be checked"],
    ["podstorm replay podstorm-out/live-hello/live-run.ndjson", "exit code 97 when the fingerprints differ"],
  ],
  async run(call) {
    const { readFailure } = await import("../fuzz/failure-store.ts");
    const file = failureFile(call);
    if (!existsSync(file)) return replayRecording(call);
    const failure = readFailure(file);
    if (failure !== null) return replayFailure(failure, file, call);
    if (basename(file) !== "failure.json") return replayRecording(call);
    const { terminal, typed } = call;
    terminal.out(`ERROR ${basename(dirname(resolve(file)))}: ${file} is no failure any more: it was cut short or edited\n`);
    terminal.error(`Run again: ${commandLine(typed)}\n`);
    return ExitCode.internalError;
  },
};

/** Where a failure is kept, by its ID, folder or one of its files; or the recording of a live run. */
function failureFile({ parameters, options }: Call): string {
  const [given = ""] = parameters;
  if (!existsSync(given)) return join(folderOf(options), "failures", folderName(given), "failure.json");
  const file = statSync(given).isDirectory() ? join(given, "failure.json") : given;
  return basename(file) === "scenario.yaml" ? join(dirname(file), "failure.json") : file;
}

function folderOf(options: Call["options"]): string {
  return (options["dir"] as string | undefined) ?? ".podstorm";
}

type ScenarioSource = Extract<FailureSource, { readonly type: "scenario" }>;

async function replayFailure(failure: StoredFailure, file: string, call: Call): Promise<ExitCode> {
  const { terminal, options, typed } = call;
  const { CasePool } = await import("../../workers/fuzz/case-pool.ts");
  const { EVENTS_MAX, codeOfFailures } = await import("../fuzz/run-campaign.ts");
  const { recheck } = await import("../fuzz/recheck.ts");
  const pool = new CasePool({ threads: 1, check: { isCoverageWanted: false, maximize: null, eventsMax: EVENTS_MAX } });
  try {
    const base = options["asStored"] === true ? null : await baseOf(failure, file);
    const { state, message } = typeof base === "string" ? { state: "ERROR" as const, message: base } : await recheck(failure, base, pool);
    terminal.out(`${state} ${failure.id}: ${failure.bucket}\n  ${message.trimEnd()}\n`);
    if (basename(file) === "failure.json") writeText(dirname(file), "failure.json", `${JSON.stringify({ ...failure, state }, null, 1)}\n`);
    if (state === "FIXED") return ExitCode.passed;
    terminal.error(`Run again: ${commandLine(typed)}\n`);
    return state === "ERROR" ? ExitCode.internalError : codeOfFailures([failure.kind]);
  } finally {
    await pool.close();
  }
}

/** The scenario as it is now; null: there is none but the stored one. A text: why it can't be read. */
async function baseOf({ source: stored }: StoredFailure, failureFile: string): Promise<FuzzCase | string | null> {
  if (stored.type === "self") return null;
  const source = reachable(stored, failureFile);
  const { loadCase } = await import("../../scenarios/fuzz/load-case.ts");
  const { formatIssues } = await import("../../scenarios/issues.ts");
  const found = loadCase(source.file, source);
  return found.base ?? `${source.file} can't be read any more (--as-stored checks the failure's own files):\n${formatIssues(found.issues)}`;
}

/** Called from elsewhere: the scenario is where it was, seen from the folder that .podstorm is in. */
function reachable(source: ScenarioSource, failureFile: string): ScenarioSource {
  if (existsSync(source.file)) return source;
  const folder = resolve(dirname(failureFile), "..", "..", "..");
  const there = (file: string): string => (isAbsolute(file) || file === "-" ? file : join(folder, file));
  if (!existsSync(there(source.file))) return source;
  return { ...source, file: there(source.file), ...(source.manifests === undefined ? {} : { manifests: source.manifests.map(there) }) };
}

async function replayRecording(call: Call): Promise<ExitCode> {
  const { terminal } = call;
  const [file = ""] = call.parameters;
  if (!existsSync(file) && !/[./\\]/.test(file)) {
    terminal.error(`found no failure ${file} in ${folderOf(call.options)}, expected the ID of one (podstorm fuzz shows them) or a file\n`);
    terminal.error(`Run again: ${commandLine(call.typed)}\n`);
    return ExitCode.badInput;
  }
  const { replayLive } = await import("../../workers/live/live.ts");
  let outcome: Awaited<ReturnType<typeof replayLive>>;
  try {
    outcome = await replayLive(file);
  } catch (error) {
    if (!(error instanceof Error && error.name === "RecordingError")) throw error;
    terminal.error(`${error.message}\nRun again: ${commandLine(call.typed)}\n`);
    return ExitCode.badInput;
  }
  terminal.out(`${outcome.text.trimEnd()}\n`);
  if (outcome.isSame) return ExitCode.passed;
  terminal.error(`Run again: ${commandLine(call.typed)}\n`);
  return ExitCode.determinismFailed;
}
