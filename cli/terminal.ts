/** What a command may say and how: results on stdout, progress and logs on stderr, colour as the environment wants it. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Colours on stdout. */
  readonly isColored: boolean;
  /** Someone watches stderr: a line may be rewritten. */
  readonly isInteractive: boolean;
  /** Of stderr. */
  readonly columns: number;
  /** Of stdout; 80 where nobody says. */
  readonly outColumns: number;
}

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const USUAL_COLUMNS = 80;

type Environment = Readonly<Record<string, string | undefined>>;

export function terminalOf(stdout: Stream, stderr: Stream, environment: Environment): Terminal {
  return {
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    isColored: wantsColor(stdout.isTTY === true, environment),
    isInteractive: stderr.isTTY === true && !isSet(environment["CI"]) && environment["TERM"] !== "dumb",
    columns: stderr.columns ?? USUAL_COLUMNS,
    // A terminal that doesn't know its width says 0.
    outColumns: stdout.columns === undefined || stdout.columns === 0 ? USUAL_COLUMNS : stdout.columns,
  };
}

/** NO_COLOR (any text) wins over FORCE_COLOR (anything but 0 or false), both over what the terminal is. */
function wantsColor(isTerminal: boolean, environment: Environment): boolean {
  if (environment["NO_COLOR"] !== undefined && environment["NO_COLOR"] !== "") return false;
  const forced = environment["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTerminal && environment["TERM"] !== "dumb";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}
