/** `podstorm fuzz --self`: random small scenarios against the laws of the engine; a failure is shrunk and shown as a file. */
import { commandLine, seedOption, wholeNumber } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";
import type { Command } from "./command.ts";

export const fuzz: Command = {
  parameters: [],
  description:
    "Draws random scenarios and checks podstorm's own laws on each: invariants, the same bytes for one shard and two, settled against long warm-up.",
  options: [
    { flags: "--self", meaning: "test podstorm itself (the only kind so far)" },
    { flags: "--runs <n>", meaning: "how many scenarios", usual: "200", parse: (text) => wholeNumber(text, 1, 1_000_000_000) },
    { ...seedOption, meaning: "seed of the scenarios drawn", usual: "1" },
  ],
  examples: [["podstorm fuzz --self --runs 2000 --seed 1", "what the test suite runs"]],
  async run(call) {
    const { terminal, options } = call;
    if (options["self"] !== true) {
      terminal.error(`fuzz needs --self: podstorm itself is all it can test so far\nRun again: ${commandLine(call.typed)}\n`);
      return ExitCode.badInput;
    }
    const { fuzzSelf } = await import("../../scenarios/fuzz/fuzz.ts");
    const runs = (options["runs"] as number | undefined) ?? 200;
    const seed = (options["seed"] as number | undefined) ?? 1;
    const { runHere } = await import("../../workers/run.ts");
    const outcome = await fuzzSelf({
      runs,
      seed,
      async execute(spec, shards) {
        const result = await runHere(spec, shards);
        return { bytes: JSON.stringify(result), violations: result.violations, control: result.control };
      },
      onProgress: progressOf(runs, terminal),
    });
    terminal.out(`${outcome.text.trimEnd()}\n`);
    if (outcome.isPassed) return ExitCode.passed;
    terminal.error(`Run again: ${commandLine(call.typed, seed)}\n`);
    return ExitCode.invariantViolated;
  },
};

/** A line per tenth: on a log as on a terminal. */
function progressOf(runs: number, terminal: Terminal): (done: number) => void {
  const step = Math.max(1, Math.ceil(runs / 10));
  return (done) => {
    if (done % step === 0) terminal.error(`fuzz: ${done} of ${runs} scenarios\n`);
  };
}
