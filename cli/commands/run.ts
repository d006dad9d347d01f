/** `podstorm run`: scenarios in virtual time, one after the other, each with its report. */
import {
  commandLine,
  manifestsOption,
  outOption,
  quietOption,
  replicationsOption,
  reportOption,
  seedOption,
  setOption,
  workersOption,
} from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { canWrite, finish, reportFolder, worst } from "../finish.ts";
import type { RunResult } from "../../engine/result.ts";
import { writeReplications } from "../write.ts";
import { keepRun } from "../run-folder.ts";
import { pendingSignals, watchInterruption, type Interruption } from "../interruption.ts";
import { loadFiles, type LoadedFile } from "../load-files.ts";
import { newProgress, QUIET } from "../progress.ts";
import type { Call, Command } from "./command.ts";

export const run: Command = {
  parameters: [["<file...>", "scenario files"]],
  description:
    "Runs scenarios in virtual time: rollout, load and faults as the files say. Prints what was lost and why, and writes the report.",
  options: [
    outOption,
    reportOption,
    seedOption,
    workersOption,
    replicationsOption,
    manifestsOption,
    setOption,
    { flags: "--check-determinism", meaning: "run twice over different numbers of shards and compare" },
    { flags: "--require-effect", meaning: "fail (99) if a fault of the scenario had no effect" },
    quietOption,
  ],
  examples: [
    ["podstorm run scenario.yaml", "summary on the terminal, report.html and result.json under podstorm-out/"],
    ["podstorm run scenario.yaml --seed 7 --set duration=2m --out /tmp/try", "other draws, a shorter run, another folder"],
    ["podstorm run scenario.yaml --manifests shop.yaml", "the scenario with other manifests"],
    ["podstorm run scenario.yaml --check-determinism --report none", "is the result the same for any number of shards?"],
  ],
  async run(call) {
    const interruption = watchInterruption(call.terminal.error);
    try {
      const files = await loadFiles(call);
      await pendingSignals();
      const interrupted = interruption.code();
      if (interrupted !== null) return interrupted;
      if (files === null) return ExitCode.badInput;
      const places = files.map((file) => ({ file, folder: folderOf(file, files.length > 1, call) }));
      const folders = formatsOf(call).length === 0 ? [] : places.map(({ folder }) => folder);
      if (!canWrite(folders, commandLine(call.typed), call.terminal)) return ExitCode.badInput;
      interruption.begin();
      const codes: ExitCode[] = [];
      for (const { file, folder } of places) {
        if (interruption.code() !== null) break;
        codes.push(await runOne(file, folder, call, interruption));
      }
      return interruption.code() ?? worst(codes);
    } finally {
      interruption.end();
    }
  },
};

function folderOf({ spec }: LoadedFile, isOneOfMany: boolean, { options }: Call): string {
  return reportFolder(options["out"] as string | undefined, spec.name, isOneOfMany);
}

function formatsOf({ options }: Call): readonly string[] {
  return (options["report"] as readonly string[] | undefined) ?? ["html", "json"];
}

/** The same over more seeds: means and intervals after the report; a threshold that any of the runs breaks fails. */
async function repeat({ spec }: LoadedFile, first: RunResult, folder: string, call: Call, interruption: Interruption): Promise<ExitCode> {
  const { options, terminal } = call;
  const count = (options["replications"] as number | "auto" | undefined) ?? 1;
  if (count === 1 || first.isPartial) return ExitCode.passed;
  const { replicate } = await import("../replicate.ts");
  const { summarise } = await import("../../reports/replications.ts");
  const { judge } = await import("../../reports/verdict.ts");
  const { replicationTable } = await import("../replications-text.ts");
  let failed = 0;
  const workers = (options["workers"] as number | "auto" | undefined) ?? "auto";
  const onRun = (result: RunResult): void => void (failed += judge(result, spec.thresholds).isPassed ? 0 : 1);
  const runs = await replicate(spec, { count, workers, signal: interruption.signal, onRun }, first);
  const summaries = summarise(runs);
  const seeds = { first: spec.seed, last: spec.seed + runs.length - 1 };
  terminal.out(`Over ${runs.length} runs (seeds ${seeds.first} to ${seeds.last}):\n${replicationTable(summaries)}`);
  if (failed > 0) terminal.out(`${failed} of the ${runs.length - 1} further runs failed.\n`);
  if (formatsOf(call).length > 0) writeReplications(folder, { seeds, figures: summaries, runs });
  return failed > 0 ? ExitCode.thresholdFailed : ExitCode.passed;
}

async function runOne(file: LoadedFile, folder: string, call: Call, interruption: Interruption): Promise<ExitCode> {
  const { spec } = file;
  const { terminal, options } = call;
  const command = commandLine(call.typed, spec.seed);
  const { rolloutWarnings } = await import("../explain-text.ts");
  for (const warning of rolloutWarnings(spec)) terminal.error(`${warning}\n`);
  const startedAt = new Date().toISOString();
  const progress = options["quiet"] === true ? QUIET : newProgress(spec.name, spec.duration, terminal);
  const { run: runScenario } = await import("../../workers/run.ts");
  try {
    const {
      result,
      run: facts,
      determinism,
    } = await runScenario(spec, {
      workers: (options["workers"] as number | "auto" | undefined) ?? "auto",
      signal: interruption.signal,
      checkDeterminism: options["checkDeterminism"] === true,
      onProgress: progress.update,
    });
    progress.end();
    if (determinism !== null && !determinism.isSame) {
      terminal.error(`${spec.name}: not deterministic\n${determinism.text}\nRun again: ${command}\n`);
      return ExitCode.determinismFailed;
    }
    if (formatsOf(call).length > 0) keepRun(folder, spec, result);
    const requireEffect = options["requireEffect"] === true;
    const finished = {
      result,
      run: facts,
      thresholds: spec.thresholds,
      startedAt,
      command,
      folder,
      formats: formatsOf(call),
      requireEffect,
    };
    const code = worst([finish(finished, terminal), await repeat(file, result, folder, call, interruption)]);
    if (options["checkDeterminism"] === true) {
      const outcome =
        determinism === null ? "not checked: the run was interrupted" : `${determinism.text}, fingerprint ${result.fingerprint}`;
      terminal.out(`Determinism: ${outcome}\n`);
    }
    return code;
  } catch (error) {
    progress.end();
    terminal.error(`${spec.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nRun again: ${command}\n`);
    return ExitCode.internalError;
  }
}
