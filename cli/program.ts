/** argv → command → exit code, with commander: help, options and usage errors. */
import { Command as Program, CommanderError, InvalidArgumentError, Option } from "commander";
import { VERSION } from "../engine/version.ts";
import { tuneCompiler } from "../workers/compiler.ts";
import { commandLine } from "./arguments.ts";
import type { Command, OptionDefinition } from "./commands/command.ts";
import { commands } from "./commands/index.ts";
import { ExitCode } from "./exit-code.ts";
import { pendingSignals } from "./interruption.ts";
import { terminalOf, type Terminal } from "./terminal.ts";

export interface Surroundings {
  /** The process's own, unless given. */
  readonly terminal?: Terminal;
  /** Called when everything is loaded and the command takes over, signals included. */
  readonly onLoaded?: () => void;
}

export async function runCommandLine(given: readonly string[], { terminal: its, onLoaded }: Surroundings = {}): Promise<ExitCode> {
  const terminal = its ?? terminalOf(process.stdout, process.stderr, process.env);
  const typed = withoutHelpOfNothing(given);
  let code: ExitCode = ExitCode.passed;
  const program = newProgram(terminal);
  const wanted = typed[0] === "help" ? typed[1] : typed[0];
  for (const entry of commands) {
    const child = program.command(entry.name).description(entry.summary).allowExcessArguments(false);
    if (entry.name !== wanted) continue;
    const command = await entry.load();
    describe(child, command);
    child.action(async (...values: unknown[]) => {
      // A signal that came meanwhile would be lost with its listener.
      await pendingSignals();
      onLoaded?.();
      tuneCompiler();
      code = await command.run({ parameters: child.args, options: values.at(-2) as Record<string, unknown>, terminal, typed });
    });
  }
  if (typed.length === 0) {
    terminal.out(program.helpInformation());
    return ExitCode.passed;
  }
  try {
    await program.parseAsync([...typed], { from: "user" });
    return code;
  } catch (error) {
    return codeOf(error, typed, terminal);
  }
}

/** Commander answers `help nonsense` with the whole help and no word about why: take it as `nonsense`. */
function withoutHelpOfNothing(typed: readonly string[]): readonly string[] {
  const [word, name] = typed;
  return word === "help" && name !== undefined && !commands.some((entry) => entry.name === name) ? typed.slice(1) : typed;
}

function newProgram(terminal: Terminal): Program {
  return new Program("podstorm")
    .description("Runs Kubernetes manifests under load and faults in virtual time, and reports what was lost and why.")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.error, getOutHelpWidth: () => 100, getErrHelpWidth: () => 100 })
    .showSuggestionAfterError()
    .showHelpAfterError("(podstorm --help shows the commands)")
    .addHelpText(
      "after",
      "\nExit codes: 0 passed · 1 internal error · 2 bad input or usage · 97 determinism check failed ·\n98 invariant violated · 99 threshold failed · 130/143 interrupted (partial report written)",
    );
}

function describe(child: Program, command: Command): void {
  child.description(command.description).showHelpAfterError(`(podstorm ${child.name()} --help shows what it takes)`);
  for (const [name, meaning] of command.parameters) child.argument(name, meaning);
  for (const option of command.options) child.addOption(optionOf(option));
  child.addHelpText("after", `\nExamples:\n${command.examples.map(([line, meaning]) => `  ${line}\n      ${meaning}`).join("\n")}`);
}

function optionOf(definition: OptionDefinition): Option {
  const { flags, meaning, usual, parse } = definition;
  const option = new Option(flags, usual === undefined ? meaning : `${meaning} (default: ${usual})`);
  if (parse === undefined) return option;
  return option.argParser((text: string, before: unknown) => {
    const parsed = parse(text, before);
    if ("problem" in parsed) throw new InvalidArgumentError(parsed.problem);
    return parsed.value;
  });
}

function codeOf(error: unknown, typed: readonly string[], terminal: Terminal): ExitCode {
  // Commander throws for --help and --version too, with exit code 0; its texts are already written.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return ExitCode.passed;
    terminal.error(`Run again: ${commandLine(typed)}\n`);
    return ExitCode.badInput;
  }
  terminal.error(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\nRun again: ${commandLine(typed)}\n`);
  return ExitCode.internalError;
}
