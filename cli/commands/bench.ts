/** `podstorm bench`: podstorm's own throughput, each figure beside its anchor. */
import { ExitCode } from "../exit-code.ts";
import type { Command } from "./command.ts";

export const bench: Command = {
  parameters: [["[name]", "which bench; without it, the list"]],
  description: "Measures podstorm itself on this machine. Figures on stdout.",
  options: [
    { flags: "--quick", meaning: "under 20 s, rougher" },
    { flags: "--json", meaning: "figures as JSON on stdout, nothing else" },
  ],
  examples: [
    ["podstorm bench cluster", "events/s, virtual seconds per wall second and bytes per Pod at three sizes"],
    ["podstorm bench start-up --quick --json", "the command line against an empty Node.js process"],
  ],
  async run(call) {
    const { runBench } = await import("../../bench/bench.ts");
    const options = Object.entries(call.options).flatMap(([name, value]) => (value === true ? [`--${name}`] : []));
    const isKnown = await runBench(call.parameters[0] ?? null, options);
    return isKnown === false ? ExitCode.badInput : ExitCode.passed;
  },
};
