/** `podstorm why`: the whole chain behind one class of losses of a finished run, with subjects and instants. */
import { commandLine, wholeNumber } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import { isRunFolder, latestRunFolder, readRun } from "../run-folder.ts";
import type { Command } from "./command.ts";

export const why: Command = {
  parameters: [["[run]", "folder of the finished run; the newest under podstorm-out otherwise"]],
  description: "Shows why requests were lost or containers restarted in a finished run: each class, or the whole chain behind one of them.",
  options: [
    { flags: "--class <n>", meaning: "the chain of this class, as numbered without it", parse: (text) => wholeNumber(text, 1, 1_000_000) },
  ],
  examples: [
    ["podstorm why", "classes of losses and restarts of the newest run, most first"],
    ["podstorm why podstorm-out/shop --class 1", "what led to the first of them, step by step"],
  ],
  async run(call) {
    const { parameters, options, terminal, typed } = call;
    const fail = (problem: string): ExitCode => {
      terminal.error(`${problem}\nRun again: ${commandLine(typed)}\n`);
      return ExitCode.badInput;
    };
    const folder = parameters[0] ?? latestRunFolder();
    if (folder === null) return fail("podstorm-out: found no finished run, expected one (hint: podstorm run SCENARIO)");
    if (!isRunFolder(folder)) return fail(`${folder}: found no finished run, expected the folder of one (hint: podstorm run SCENARIO)`);
    const kept = readRun(folder);
    if ("problem" in kept) return fail(kept.problem);
    const { resultUpTo } = await import("../../workers/repeat.ts");
    const result = resultUpTo(kept.spec, kept.end, kept.specDigest);
    if (result.fingerprint !== kept.fingerprint)
      return fail(`${folder}: found another build's run, expected this one's: run the scenario again`);
    const { chainLines, classesOf, classLine } = await import("../../reports/why.ts");
    const classes = classesOf(result);
    const wanted = options["class"] as number | undefined;
    if (wanted === undefined) {
      terminal.out(
        classes.length === 0
          ? "Nothing was lost, and nothing restarted.\n"
          : classes.map((each, index) => `${classLine(each, index + 1)}\n`).join(""),
      );
      return ExitCode.passed;
    }
    const found = classes[wanted - 1];
    if (found === undefined) return fail(`--class: found ${wanted}, expected at most ${classes.length}`);
    terminal.out(
      `${classLine(found, wanted)}\n${chainLines(result, found)
        .map((line) => `  ${line}\n`)
        .join("")}`,
    );
    return ExitCode.passed;
  },
};
