/** `podstorm live`: a scenario on the wall clock, its containers real processes on this machine. */
import { commandLine, manifestsOption, outOption, quietOption, reportOption, seedOption, setOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { canWrite, finish, reportFolder } from "../finish.ts";
import { forgetRun } from "../run-folder.ts";
import { pendingSignals, watchInterruption } from "../interruption.ts";
import { loadFiles } from "../load-files.ts";
import { newProgress, QUIET, type Progress } from "../progress.ts";
import type { Command } from "./command.ts";

export const live: Command = {
  parameters: [["<file>", "scenario file"]],
  description:
    "Runs a scenario on the wall clock: containers are child processes, probes and load are real and reach loopback only. Nodes and the API server stay model. The run is recorded and can be replayed.",
  options: [outOption, reportOption, seedOption, manifestsOption, setOption, quietOption],
  examples: [
    ["podstorm live scenarios/library/live-hello/scenario.yaml", "three real servers, probed, killed, restarted"],
    ["podstorm replay podstorm-out/live-hello/live-run.ndjson", "the same run again, in virtual time"],
  ],
  async run(call) {
    const { terminal, options } = call;
    const interruption = watchInterruption(terminal.error);
    const file = (await loadFiles(call))?.[0];
    await pendingSignals();
    if (file === undefined || interruption.code() !== null) {
      interruption.end();
      return interruption.code() ?? ExitCode.badInput;
    }
    const { spec } = file;
    const folder = reportFolder(options["out"] as string | undefined, spec.name);
    const command = commandLine(call.typed, spec.seed);
    const startedAt = new Date().toISOString();
    let progress: Progress | null = options["quiet"] === true ? QUIET : null;
    try {
      const { runLive } = await import("../../workers/live/live.ts");
      const { result, run, recording } = await runLive(spec, {
        out: folder,
        scenarioPath: file.path,
        signal: interruption.signal,
        onAccepted: () => {
          if (!canWrite([folder], command, terminal)) throw new NoFolder();
          interruption.begin();
          progress ??= newProgress(spec.name, spec.duration, terminal, { clockName: "wall time" });
        },
        onProgress: (reading) => progress?.update(reading),
      });
      progress?.end();
      forgetRun(folder);
      const formats = (options["report"] as readonly string[] | undefined) ?? ["html", "json"];
      const code = finish({ result, run, thresholds: spec.thresholds, startedAt, command, folder, formats }, terminal);
      terminal.out(`Recording: ${recording}\n`);
      return interruption.code() ?? code;
    } catch (error) {
      if (error instanceof NoFolder) return ExitCode.badInput;
      if (error instanceof Error && error.name === "LiveInputError") {
        terminal.error(`${file.path}: can't be run live:\n${error.message}\nRun again: ${command}\n`);
        return ExitCode.badInput;
      }
      progress?.end();
      terminal.error(`${spec.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nRun again: ${command}\n`);
      return ExitCode.internalError;
    } finally {
      interruption.end();
    }
  },
};

/** The output folder can't be made; that was said already. */
class NoFolder extends Error {}
