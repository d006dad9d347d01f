/**
 * A container that does as written: the annotation `script/<container>` of a Pod, as recorded traces have it
 * (docs/traces.md), or `script` of an application. Which run ends when and how, what SIGTERM does, what its
 * commands and its HTTP paths answer from which age of the process on.
 */
import { MILLISECOND, type Duration } from "../kernel/time.ts";
import { childPath, closest, describe, type Issues } from "../values/issue.ts";

export interface ContainerScript {
  /** By restart count; the last one also serves all later ones. Empty: every run goes on for ever. */
  readonly runs: readonly ScriptedRun[];
  /** Reaction to SIGTERM: ends after that time, or never. */
  readonly stop: { readonly after: Duration; readonly code: number } | null;
  /** By command. */
  readonly exec: Readonly<Record<string, readonly ScriptWindow[]>>;
  readonly http: {
    /** 0: any. */
    readonly port: number;
    readonly paths: Readonly<Record<string, readonly ScriptWindow[]>>;
  } | null;
}

export interface ScriptedRun {
  /** Null: it runs on. */
  readonly exitAfter: Duration | null;
  readonly code: number;
  readonly oomKilled: boolean;
}

/** What a command or path answers from an age of the process on, until a later window begins. */
export interface ScriptWindow {
  readonly from: Duration;
  /** Exit code, or HTTP status. */
  readonly result: number;
  readonly duration: Duration;
  /** Restart counts for which it holds; null: all. */
  readonly attempts: readonly [number, number] | null;
  readonly output: string;
}

export const scriptAnnotationPrefix = "script/";

/** Without an answer of its own: SIGTERM ends it at once, as it does a process without a handler. */
const TERMINATED = 143;
const KILLED = 137;
const runsOn: ScriptedRun = Object.freeze({ exitAfter: null, code: 0, oomKilled: false });
const succeedsAtOnce: ScriptWindow = Object.freeze({ from: 0, result: 0, duration: 0, attempts: null, output: "" });
const answersAtOnce: ScriptWindow = Object.freeze({ ...succeedsAtOnce, result: 200 });

/** The run that a container of this restart count makes. */
export function runOf({ runs }: ContainerScript, restarts: number): ScriptedRun {
  return runs[Math.min(restarts, runs.length - 1)] ?? runsOn;
}

/** What a command says that begins at this age of the process. */
export function execOf({ exec }: ContainerScript, command: readonly string[], age: Duration, restarts: number): ScriptWindow {
  const windows = own(exec, command.join(" ")) ?? own(exec, command[0] ?? "");
  return windowAt(windows ?? [], age, restarts) ?? succeedsAtOnce;
}

/** What a request gets that begins at this age of the process; null: nobody listens on this port. */
export function httpOf({ http }: ContainerScript, port: number, path: string, age: Duration, restarts: number): ScriptWindow | null {
  if (http === null || (http.port !== 0 && http.port !== port)) return null;
  const windows = own(http.paths, path) ?? own(http.paths, path.split("?")[0]!);
  return windowAt(windows ?? [], age, restarts) ?? answersAtOnce;
}

/** The last window that fits decides. */
function windowAt(windows: readonly ScriptWindow[], age: Duration, restarts: number): ScriptWindow | undefined {
  return windows.findLast(
    ({ from, attempts }) => from <= age && (attempts === null || (attempts[0] <= restarts && restarts <= attempts[1])),
  );
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

// ── reading ──

/** From parsed JSON or YAML; problems go to `issues` under `path`, and what is wrong is left out. */
export function readContainerScript(written: unknown, path: string, issues: Issues): ContainerScript {
  const fields = mapping(written, path, ["runs", "stop", "exec", "http"], issues);
  return {
    runs: list(fields["runs"], childPath(path, "runs"), issues).map((run, index) =>
      readRun(run, childPath(childPath(path, "runs"), index), issues),
    ),
    stop: readStop(fields["stop"], childPath(path, "stop"), issues),
    exec: readWindowsByName(fields["exec"], childPath(path, "exec"), 255, issues),
    http: fields["http"] === undefined ? null : readHttp(fields["http"], childPath(path, "http"), issues),
  };
}

const reasons = ["OOMKilled", "Error", "Completed"];

function readRun(written: unknown, path: string, issues: Issues): ScriptedRun {
  const fields = mapping(written, path, ["exitAfterMs", "code", "reason"], issues);
  const { exitAfterMs, code, reason } = fields;
  if (reason !== undefined && !reasons.some((known) => known === reason))
    issues.add(childPath(path, "reason"), describe(reason), `one of ${reasons.join(", ")}`);
  const oomKilled = reason === "OOMKilled";
  return {
    exitAfter: exitAfterMs === undefined ? null : milliseconds(exitAfterMs, childPath(path, "exitAfterMs"), issues),
    code: code === undefined ? (oomKilled ? KILLED : 0) : whole(code, 255, childPath(path, "code"), issues),
    oomKilled,
  };
}

function readStop(written: unknown, path: string, issues: Issues): ContainerScript["stop"] {
  if (written === undefined) return { after: 0, code: TERMINATED };
  const { afterMs, code, ignore } = mapping(written, path, ["afterMs", "code", "ignore"], issues);
  if (ignore !== undefined && typeof ignore !== "boolean") issues.add(childPath(path, "ignore"), describe(ignore), "true or false");
  if (ignore === true) return null;
  return {
    after: afterMs === undefined ? 0 : milliseconds(afterMs, childPath(path, "afterMs"), issues),
    code: code === undefined ? TERMINATED : whole(code, 255, childPath(path, "code"), issues),
  };
}

function readHttp(written: unknown, path: string, issues: Issues): NonNullable<ContainerScript["http"]> {
  const { port, paths } = mapping(written, path, ["port", "paths"], issues);
  return {
    port: port === undefined ? 0 : whole(port, 65_535, childPath(path, "port"), issues),
    paths: readWindowsByName(paths, childPath(path, "paths"), 599, issues),
  };
}

function readWindowsByName(
  written: unknown,
  path: string,
  most: number,
  issues: Issues,
): Readonly<Record<string, readonly ScriptWindow[]>> {
  if (written === undefined) return {};
  const fields = mapping(written, path, null, issues);
  return Object.fromEntries(
    Object.entries(fields).map(([name, windows]) => {
      const at = childPath(path, name);
      return [name, list(windows, at, issues).map((window, index) => readWindow(window, childPath(at, index), most, issues))];
    }),
  );
}

function readWindow(written: unknown, path: string, most: number, issues: Issues): ScriptWindow {
  const { fromMs, rc, durMs, attempts, out } = mapping(written, path, ["fromMs", "rc", "durMs", "attempts", "out"], issues);
  if (out !== undefined && typeof out !== "string") issues.add(childPath(path, "out"), describe(out), "text");
  return {
    from: fromMs === undefined ? 0 : milliseconds(fromMs, childPath(path, "fromMs"), issues),
    result: rc === undefined ? (most === 255 ? 0 : 200) : whole(rc, most, childPath(path, "rc"), issues),
    duration: durMs === undefined ? 0 : milliseconds(durMs, childPath(path, "durMs"), issues),
    attempts: attempts === undefined ? null : readAttempts(attempts, childPath(path, "attempts"), issues),
    output: typeof out === "string" ? out : "",
  };
}

function readAttempts(written: unknown, path: string, issues: Issues): readonly [number, number] | null {
  if (Array.isArray(written) && written.length === 2) {
    const [first, last] = written.map((entry, index) => whole(entry, Number.MAX_SAFE_INTEGER, childPath(path, index), issues));
    return [first!, last!];
  }
  issues.add(path, describe(written), "[first, last]");
  return null;
}

/** `known` null: any keys. */
function mapping(written: unknown, path: string, known: readonly string[] | null, issues: Issues): Readonly<Record<string, unknown>> {
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    issues.add(path, describe(written), "a mapping");
    return {};
  }
  for (const key of Object.keys(written)) {
    if (known === null || known.includes(key)) continue;
    const meant = closest(key, known);
    issues.add(
      childPath(path, key),
      "an unknown field",
      `one of ${known.join(", ")}`,
      meant === null ? undefined : `did you mean ${meant}?`,
    );
  }
  return written as Readonly<Record<string, unknown>>;
}

function list(written: unknown, path: string, issues: Issues): readonly unknown[] {
  if (written === undefined) return [];
  if (Array.isArray(written)) return written;
  issues.add(path, describe(written), "a list");
  return [];
}

function milliseconds(written: unknown, path: string, issues: Issues): Duration {
  return whole(written, 1_000_000_000_000, path, issues) * MILLISECOND;
}

function whole(written: unknown, most: number, path: string, issues: Issues): number {
  if (typeof written === "number" && Number.isInteger(written) && written >= 0 && written <= most) return written;
  issues.add(path, describe(written), `a whole number from 0 to ${most}`);
  return 0;
}
