/** `podstorm verify`: recorded traces of a real cluster against the model. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { TraceNode } from "../../engine/conformance/trace.ts";
import type { LocatedIssue } from "../../scenarios/issues.ts";
import type { ReadTrace } from "../../scenarios/traces.ts";
import { commandLine, wholeNumber } from "../arguments.ts";
import { ExitCode } from "../exit-code.ts";
import type { VerifyRow } from "../verify-text.ts";
import type { Call, Command } from "./command.ts";

/** How each trace of a call ended. */
export interface VerifiedNames {
  readonly differ: readonly string[];
  readonly unreadable: readonly string[];
  readonly skipped: readonly string[];
}

/** `podstorm verify`, for who wants to know more than the exit code. */
export async function verifyFiles(call: Call): Promise<{ readonly code: ExitCode; readonly names: VerifiedNames }> {
  const { rows, code } = await run(call);
  const namesOf = (is: (row: VerifyRow) => boolean): string[] => rows.filter(is).map(({ name }) => name);
  return {
    code,
    names: {
      differ: namesOf(({ verified }) => (verified?.verdict.mismatches.length ?? 0) > 0),
      unreadable: namesOf(({ unreadable }) => unreadable !== null),
      skipped: namesOf(({ skipped }) => skipped !== null),
    },
  };
}

export const verify: Command = {
  parameters: [["<file...>", "recorded traces (docs/traces.md), or folders of them"]],
  description:
    "Plays recorded traces of a real cluster in the model: the same manifests, actions, containers and placement, under many seeds. Prints how many recorded transitions the model shows as well, and where not.",
  options: [
    { flags: "--seeds <n>", meaning: "runs of each trace", usual: "50", parse: (text) => wholeNumber(text, 20, 10_000) },
    { flags: "--json", meaning: "verdicts as JSON on stdout, nothing else" },
  ],
  examples: [
    ["podstorm verify engine/conformance/golden/c-never-exit1.json", "exit code 99 when something differs"],
    [
      "podstorm verify engine/conformance/golden",
      "every trace of a folder; those that the model can't play yet are skipped with the reason",
    ],
  ],
  async run(call) {
    return (await run(call)).code;
  },
};

async function run(call: Call): Promise<{ readonly rows: readonly VerifyRow[]; readonly code: ExitCode }> {
  const files = filesOf(call.parameters);
  const { terminal } = call;
  const { formatIssues } = await import("../../scenarios/issues.ts");
  const again = `Run again: ${commandLine(call.typed)}\n`;
  if (files.length === 0) {
    terminal.error(`${call.parameters.join(", ")}: found no trace, expected files ending in .json\n${again}`);
    return { rows: [], code: ExitCode.badInput };
  }
  const cases = await load(files);
  const issues = cases.flatMap((loaded) => loaded.issues);
  if (issues.length > 0) terminal.error(`${formatIssues(issues).trimEnd()}\n`);
  const rows = await verdicts(cases, call);
  await print(rows, call);
  const code = codeOf(rows);
  if (code !== ExitCode.passed) terminal.error(again);
  return { rows, code };
}

/** What couldn't be judged outweighs what differs. */
function codeOf(rows: readonly VerifyRow[]): ExitCode {
  if (rows.some(({ unreadable }) => unreadable !== null)) return ExitCode.badInput;
  return rows.some(({ verified }) => (verified?.verdict.mismatches.length ?? 0) > 0) ? ExitCode.thresholdFailed : ExitCode.passed;
}

type Loaded = ReadTrace & { readonly name: string };

/** A folder stands for its traces; what lies beside them isn't one. */
function filesOf(given: readonly string[]): string[] {
  return given.flatMap((path) => {
    if (!existsSync(path) || !statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith(".json") && name !== "index.json" && name !== "nodes.json")
      .sort()
      .map((name) => join(path, name));
  });
}

async function load(files: readonly string[]): Promise<Loaded[]> {
  const { readTraceText } = await import("../../scenarios/traces.ts");
  const { goldenNodes } = await import("../../engine/conformance/trace-nodes.ts");
  const known = new Map<string, readonly TraceNode[]>();
  const loaded: Loaded[] = [];
  for (const file of files) {
    const name = basename(file).replace(/\.json$/, "");
    const nothing = { trace: null, case: null, skipped: null, name };
    const text = readText(file);
    if (typeof text !== "string") {
      loaded.push({ ...nothing, issues: [text] });
      continue;
    }
    const beside = join(dirname(file), "nodes.json");
    if (!known.has(beside)) {
      const read = await nodesBeside(beside);
      const isUsable = read !== null && read.issues.length === 0;
      if (read !== null && !isUsable) loaded.push({ ...nothing, name: "nodes.json", issues: read.issues });
      known.set(beside, isUsable ? read.nodes : goldenNodes);
    }
    loaded.push({ ...readTraceText(text, file, known.get(beside)!), name });
  }
  return loaded;
}

async function nodesBeside(
  file: string,
): Promise<{ readonly nodes: readonly TraceNode[]; readonly issues: readonly LocatedIssue[] } | null> {
  if (!existsSync(file)) return null;
  const { readNodesText } = await import("../../scenarios/traces.ts");
  const text = readText(file);
  return typeof text === "string" ? readNodesText(text, file) : { nodes: [], issues: [text] };
}

function readText(file: string): string | LocatedIssue {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return {
      file,
      line: null,
      column: null,
      path: "",
      found: code === "ENOENT" ? "no such file" : `a file that can't be read (${code})`,
      expected: "a recorded trace",
    };
  }
}

async function verdicts(cases: readonly Loaded[], { options, terminal }: Call): Promise<VerifyRow[]> {
  const { verifyTrace, VERIFY_SEEDS } = await import("../../engine/conformance/verify-trace.ts");
  const seeds = (options["seeds"] as number | undefined) ?? VERIFY_SEEDS;
  return cases.map(({ name, trace, case: played, skipped, issues: [issue] }) => {
    const row = { name, trace, verified: null, skipped: null, unreadable: null };
    if (issue !== undefined)
      return { ...row, unreadable: `${issue.path === "" ? "" : `${issue.path}: `}found ${issue.found}, expected ${issue.expected}` };
    if (trace === null || played === null) return { ...row, skipped: skipped ?? "not replayable" };
    if (terminal.isInteractive) terminal.error(`verify: ${name}\n`);
    try {
      return { ...row, verified: verifyTrace(trace, played, seeds) };
    } catch (error) {
      // One case that breaks the model must not take the others' verdicts.
      const message = error instanceof Error ? error.message : String(error);
      terminal.error(`${name}: ${error instanceof Error ? (error.stack ?? message) : message}\n`);
      return { ...row, unreadable: `can't be played: ${message}` };
    }
  });
}

async function print(rows: readonly VerifyRow[], { options, terminal }: Call): Promise<void> {
  if (options["json"] === true) {
    const verdictsOf = rows.map(({ name, verified, skipped, unreadable }) => ({
      trace: name,
      skipped,
      unreadable,
      ...(verified === null ? {} : verified.verdict),
    }));
    return terminal.out(`${JSON.stringify(verdictsOf, null, 2)}\n`);
  }
  const { mismatchText, unknownText, verifyTable } = await import("../verify-text.ts");
  const details = [unknownText(rows, terminal.outColumns), ...rows.map((row) => mismatchText(row, terminal.outColumns))].filter(
    (text) => text !== "",
  );
  terminal.out(`${[verifyTable(rows, terminal.outColumns), ...details].join("\n\n")}\n`);
}
