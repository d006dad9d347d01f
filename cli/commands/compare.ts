/** `podstorm compare A B`: two scenarios over the same seeds, and what differs between them beyond luck. */
import type { ScenarioSpec } from "../../engine/scenario-spec.ts";
import { commandLine, quietOption, replicationsOption, seedOption, setOption, workersOption } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { watchInterruption } from "../interruption.ts";
import { loadFiles } from "../load-files.ts";
import { differenceTable } from "../replications-text.ts";
import type { Call, Command } from "./command.ts";

export const compare: Command = {
  parameters: [
    ["<a>", "a scenario file"],
    ["<b>", "another"],
  ],
  description:
    "Runs two scenarios over the same seeds and shows the difference of each figure with its 95 % interval: what both owe to luck cancels out.",
  options: [{ ...replicationsOption, usual: "10" }, seedOption, workersOption, setOption, quietOption],
  examples: [
    ["podstorm compare before.yaml after.yaml", "10 runs each"],
    ["podstorm compare before.yaml after.yaml --replications auto", "until every figure is known to ± 10 %"],
  ],
  async run(call) {
    const interruption = watchInterruption(call.terminal.error);
    try {
      const [a, b] = [await specOf(call, 0), await specOf(call, 1)];
      if (a === null || b === null) return ExitCode.badInput;
      interruption.begin();
      const { replicate } = await import("../replicate.ts");
      const { pairedDifferences, summarise } = await import("../../reports/replications.ts");
      const options = {
        count: (call.options["replications"] as number | "auto" | undefined) ?? 10,
        workers: (call.options["workers"] as number | "auto" | undefined) ?? "auto",
        signal: interruption.signal,
      };
      const first = await replicate(a, options);
      // The same seeds for both.
      const second = await replicate({ ...b, seed: a.seed }, { ...options, count: first.length });
      const interrupted = interruption.code();
      if (interrupted !== null) return interrupted;
      const names = [call.parameters[0] ?? "A", call.parameters[1] ?? "B"] as const;
      const seeds = `${first.length === 1 ? "seed" : "seeds"} ${a.seed}${first.length === 1 ? "" : ` to ${a.seed + first.length - 1}`}`;
      call.terminal.out(`${names[0]} against ${names[1]}, ${first.length} runs each, ${seeds}; mean ± 95 % interval\n\n`);
      call.terminal.out(differenceTable(summarise(first), summarise(second), pairedDifferences(first, second)));
      return ExitCode.passed;
    } catch (error) {
      call.terminal.error(
        `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nRun again: ${commandLine(call.typed)}\n`,
      );
      return ExitCode.internalError;
    } finally {
      interruption.end();
    }
  },
};

/** One at a time: both may have the same name. */
async function specOf(call: Call, index: number): Promise<ScenarioSpec | null> {
  const files = await loadFiles({ ...call, parameters: call.parameters.slice(index, index + 1) });
  return files?.[0]?.spec ?? null;
}
