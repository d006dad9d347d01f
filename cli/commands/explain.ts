/** `podstorm explain`: what a run would model, which way its loads take, how long its rollouts last, how large it will be. */
import { manifestsOption, seedOption, setOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { loadFiles } from "../load-files.ts";
import type { Command } from "./command.ts";

export const explain: Command = {
  parameters: [["<file...>", "scenario files"]],
  description:
    "Says what a run would model, which path each load takes and why, how long rollouts take by the limits of their clients, how many events and how much memory to expect, and what is assumed. Runs and writes nothing.",
  options: [manifestsOption, setOption, seedOption],
  examples: [
    ["podstorm explain scenario.yaml", "the scenario in words"],
    ["podstorm explain scenario.yaml --set settings.kcmQps=500", "how much faster would its rollouts be?"],
  ],
  async run(call) {
    const files = await loadFiles(call);
    if (files === null) return ExitCode.badInput;
    const { explainText } = await import("../explain-text.ts");
    call.terminal.out(files.map(({ spec }) => explainText(spec)).join("\n"));
    return ExitCode.passed;
  },
};
