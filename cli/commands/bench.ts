/** `podstorm bench`: podstorm's own throughput, each figure beside its anchor. */
import { commandLine, wholeNumber } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import type { Command } from "./command.ts";

export const bench: Command = {
  parameters: [["[name]", "which bench; without it, the list"]],
  description: "Measures podstorm itself on this machine. Figures on stdout. Exit code 1 when a floor is missed.",
  options: [
    { flags: "--quick", meaning: "under 20 s, rougher; misses no floor" },
    { flags: "--json", meaning: "figures as JSON on stdout, nothing else" },
    {
      flags: "--repetitions <n>",
      meaning: "runs of each contestant",
      usual: "5, or 3 with --quick",
      parse: (text) => wholeNumber(text, 1, 1_000),
    },
  ],
  examples: [
    ["podstorm bench", "the list"],
    ["podstorm bench cluster", "events/s, virtual seconds per wall second and bytes per Pod at three sizes"],
    ["podstorm bench start-up --quick --json", "the command line against an empty Node.js process"],
  ],
  async run(call) {
    const { runBench } = await import("../../bench/bench.ts");
    const words = Object.entries(call.options).flatMap(([name, value]) => (value === true ? [`--${name}`] : [`--${name}`, String(value)]));
    const code = await runBench(call.parameters[0] ?? null, words);
    if (code === 0) return ExitCode.passed;
    call.terminal.error(`Run again: ${commandLine(call.typed)}\n`);
    return code === 2 ? ExitCode.badInput : ExitCode.internalError;
  },
};
