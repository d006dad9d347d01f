/** A command: what `podstorm NAME` takes, how its help reads, what it does. Its file is loaded only when it is called. */
import type { ExitCode } from "../exit-code.ts";
import type { Terminal } from "../terminal.ts";

export interface Command {
  /** As commander writes them: `<file...>`, `[name]`. */
  readonly parameters: readonly (readonly [name: string, meaning: string])[];
  readonly description: string;
  readonly options: readonly OptionDefinition[];
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  run(call: Call): Promise<ExitCode>;
}

export interface OptionDefinition {
  /** `--out <dir>` */
  readonly flags: string;
  readonly meaning: string;
  /** Shown in the help; the command itself applies it. */
  readonly usual?: string;
  /** Throws nothing: returns the value or says what is wrong. */
  readonly parse?: (text: string, before: unknown) => Parsed;
}

export type Parsed = { readonly value: unknown } | { readonly problem: string };

export interface Call {
  readonly parameters: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly terminal: Terminal;
  /** As typed: for the line that repeats the call. */
  readonly typed: readonly string[];
}
