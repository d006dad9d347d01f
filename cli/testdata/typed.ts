/** What a person types and sees, in this process: a pipe of 80 columns, without colours. */
import type { ExitCode } from "../exit-code.ts";
import { runCommandLine } from "../program.ts";
import type { Terminal } from "../terminal.ts";

export interface Seen {
  readonly code: ExitCode;
  readonly out: string;
  readonly error: string;
}

export async function typed(...words: readonly string[]): Promise<Seen> {
  const { terminal, texts, errors } = collectingTerminal();
  const code = await runCommandLine(words, { terminal });
  return { code, out: texts.join(""), error: errors.join("") };
}

/** `texts` and `errors` grow as they are written. */
export function collectingTerminal(): { readonly terminal: Terminal; readonly texts: string[]; readonly errors: string[] } {
  const texts: string[] = [];
  const errors: string[] = [];
  const terminal: Terminal = {
    out: (text) => void texts.push(text),
    error: (text) => void errors.push(text),
    isColored: false,
    isInteractive: false,
    columns: 80,
    outColumns: 80,
  };
  return { terminal, texts, errors };
}
