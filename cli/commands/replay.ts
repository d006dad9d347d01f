/** `podstorm replay`: a recorded live run again, in virtual time, to the same fingerprint. */
import { commandLine } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import type { Command } from "./command.ts";

export const replay: Command = {
  parameters: [["<file>", "recording of a live run: live-run.ndjson"]],
  description: "Repeats a recorded live run in virtual time and compares its fingerprint with the recorded one.",
  options: [],
  examples: [["podstorm replay podstorm-out/live-hello/live-run.ndjson", "exit code 97 when the fingerprints differ"]],
  async run(call) {
    const { terminal } = call;
    const { replayLive } = await import("../../workers/live/live.ts");
    let outcome: Awaited<ReturnType<typeof replayLive>>;
    try {
      outcome = await replayLive(call.parameters[0]!);
    } catch (error) {
      if (!(error instanceof Error && error.name === "RecordingError")) throw error;
      terminal.error(`${error.message}\nRun again: ${commandLine(call.typed)}\n`);
      return ExitCode.badInput;
    }
    terminal.out(`${outcome.text.trimEnd()}\n`);
    if (outcome.isSame) return ExitCode.passed;
    terminal.error(`Run again: ${commandLine(call.typed)}\n`);
    return ExitCode.determinismFailed;
  },
};
