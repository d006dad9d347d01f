/** `podstorm logs`: says where to look instead, since containers of a model write nothing. */
import { ExitCode } from "../exit-code.ts";
import type { Command } from "./command.ts";

export const logs: Command = {
  parameters: [["[name...]", "of a Pod"]],
  description: "Says that a model writes no logs, and where to look instead.",
  options: [],
  examples: [["podstorm logs web", "exit code 2, nothing on stdout"]],
  run: async ({ terminal }) => {
    terminal.error(
      "A model writes no logs: its containers are behaviours, not processes.\n" +
        "podstorm describe pod NAME shows states, probes and Events at any instant; podstorm live runs real processes.\n",
    );
    return ExitCode.badInput;
  },
};
