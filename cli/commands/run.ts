/** `podstorm run`: scenarios in virtual time, one after the other, each with its report. */
import { join } from "node:path";
import { commandLine, manifestsOption, outOption, quietOption, reportOption, seedOption, setOption, workersOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { finish, folderName, worst } from "../finish.ts";
import { watchInterruption, type Interruption } from "../interruption.ts";
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
    manifestsOption,
    setOption,
    { flags: "--check-determinism", meaning: "run twice over different numbers of shards and compare" },
    quietOption,
  ],
  examples: [
    ["podstorm run scenario.yaml", "summary on the terminal, report.html and result.json under podstorm-out/"],
    ["podstorm run scenario.yaml --seed 7 --set duration=2m --out /tmp/try", "other draws, a shorter run, another folder"],
    ["podstorm run scenario.yaml --manifests shop.yaml", "the scenario with other manifests"],
    ["podstorm run scenario.yaml --check-determinism --report none", "is the result the same for any number of shards?"],
  ],
  async run(call) {
    const files = await loadFiles(call);
    if (files === null) return ExitCode.badInput;
    const interruption = watchInterruption(call.terminal.error);
    const codes: ExitCode[] = [];
    try {
      for (const file of files) {
        if (interruption.code() !== null) break;
        codes.push(await runOne(file, files.length > 1, call, interruption));
      }
    } finally {
      interruption.end();
    }
    return interruption.code() ?? worst(codes);
  },
};

async function runOne(file: LoadedFile, isOneOfMany: boolean, call: Call, interruption: Interruption): Promise<ExitCode> {
  const { spec } = file;
  const { terminal, options } = call;
  const command = commandLine(call.typed, spec.seed);
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
    if (determinism !== undefined && determinism !== null && !determinism.isSame) {
      terminal.error(`${spec.name}: not deterministic\n${determinism.text}\nRun again: ${command}\n`);
      return ExitCode.determinismFailed;
    }
    const folder = options["out"] as string | undefined;
    return finish(
      {
        result,
        run: facts,
        thresholds: spec.thresholds,
        startedAt,
        command,
        folder: folder === undefined ? null : isOneOfMany ? join(folder, folderName(spec.name)) : folder,
        formats: (options["report"] as readonly string[] | undefined) ?? ["html", "json"],
      },
      terminal,
    );
  } catch (error) {
    progress.end();
    terminal.error(`${spec.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nRun again: ${command}\n`);
    return ExitCode.internalError;
  }
}
