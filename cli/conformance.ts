/**
 * `npm run conformance`: judges vector files against the simulator's own functions, and traces by what
 * `podstorm verify` does.
 *
 *   npm run conformance -- [--failures N] [DIR|FILE…]
 *
 * Without a path: the copy kept in engine/conformance. A folder is searched with its subfolders.
 * Exit code 0: nothing failed; 1: a case did; 2: something couldn't be read, or there was nothing to judge.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { argv as commandLine } from "node:process";
import { pathToFileURL } from "node:url";
import { adapters, notBuilt } from "../engine/conformance/registry.ts";
import type { VectorFile } from "../engine/conformance/vector-file.ts";
import {
  failureLines,
  judgeFile,
  skipLines,
  skippedFile,
  summaryOf,
  tableOf,
  type FileVerdict,
} from "../engine/conformance/verdict-table.ts";
import { ExitCode } from "./exit-code.ts";
import { terminalOf } from "./terminal.ts";

export const projectFolder: string = join(import.meta.dirname, "../engine/conformance");

/** Tables that stand beside vectors and traces. */
const noCases = ["index.json", "nodes.json"];
const FAILURES_SHOWN = 3;

interface Found {
  readonly vectors: { readonly name: string; readonly file: VectorFile }[];
  readonly traces: string[];
  /** Files that no adapter knows. */
  readonly unknown: string[];
  readonly unreadable: string[];
}

/** Compares traces and prints what it found: an exit code of `podstorm verify`. */
export type VerifyTraces = (files: readonly string[]) => Promise<number>;

/** Prints to `print`, line by line. The result is the exit code. */
export async function conformance(words: readonly string[], print: (line: string) => void, verifyTraces: VerifyTraces): Promise<number> {
  const options = optionsOf(words);
  if (typeof options === "string") {
    print(options);
    return 2;
  }
  const found: Found = { vectors: [], traces: [], unknown: [], unreadable: [] };
  for (const path of options.paths.length === 0 ? [projectFolder] : options.paths) search(path, found);
  const verdicts = found.vectors.map(({ name, file }) => verdictOf(name, file));
  report(found, verdicts, options.failures, print);
  const traces = found.traces.length === 0 ? ExitCode.passed : await verifyTraces(found.traces);
  if (found.traces.length > 0)
    print(`\n${summaryOf(verdicts)}; traces ${traces === ExitCode.passed ? "agree" : "differ or can't be read"}`);
  if (traces === ExitCode.thresholdFailed || verdicts.some(({ failures }) => failures.length > 0)) return 1;
  const isNothing = verdicts.length === 0 && found.traces.length === 0;
  return traces === ExitCode.passed && found.unreadable.length === 0 && !isNothing ? 0 : 2;
}

/** What is wrong, or the paths. */
function optionsOf(words: readonly string[]): { readonly paths: readonly string[]; readonly failures: number } | string {
  const paths: string[] = [];
  let failures = FAILURES_SHOWN;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--failures") {
      failures = Number(words[++index]);
      if (!Number.isInteger(failures) || failures < 0) return `--failures: expected a whole number, found ${words[index] ?? "nothing"}`;
    } else if (word.startsWith("-")) return `unknown option ${word}: there is --failures N`;
    else paths.push(word);
  }
  return { paths, failures };
}

function search(path: string, found: Found): void {
  try {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).toSorted()) {
        const below = join(path, name);
        if (statSync(below).isDirectory() || name.endsWith(".json")) search(below, found);
      }
      return;
    }
    if (noCases.includes(basename(path))) return;
    sort(path, JSON.parse(readFileSync(path, "utf8")) as unknown, found);
  } catch (error) {
    found.unreadable.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A file is what it holds, whatever its folder. */
function sort(path: string, content: unknown, found: Found): void {
  const name = basename(path, ".json");
  const fields = typeof content === "object" && content !== null ? (content as Readonly<Record<string, unknown>>) : {};
  if (Array.isArray(fields["observed"]) && Array.isArray(fields["manifests"])) found.traces.push(path);
  else if (!Array.isArray(fields["cases"])) found.unknown.push(`${path}: neither a vector file (cases) nor a trace (manifests, observed)`);
  else if (adapters[name] === undefined && notBuilt[name] === undefined)
    found.unknown.push(`${path}: ${fields["cases"].length} cases, no adapter of this name`);
  else found.vectors.push({ name, file: content as VectorFile });
}

function verdictOf(name: string, file: VectorFile): FileVerdict {
  const adapter = adapters[name];
  return adapter === undefined ? skippedFile(name, `not built yet: ${notBuilt[name] ?? ""}`, file) : judgeFile(name, adapter, file);
}

function report(found: Found, verdicts: readonly FileVerdict[], failures: number, print: (line: string) => void): void {
  const section = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) for (const line of ["", title, ...lines]) print(line);
  };
  if (verdicts.length > 0) for (const line of tableOf(verdicts)) print(line);
  section("Skipped", skipLines(verdicts));
  section("Unknown: judged by nothing", indented(found.unknown));
  section("Unreadable", indented(found.unreadable));
  section("Failed", failureLines(verdicts, failures));
  if (found.traces.length > 0) section(`Traces, ${found.traces.length}, as podstorm verify compares them`, [""]);
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

async function withVerify(files: readonly string[]): Promise<number> {
  const { verify } = await import("./commands/verify.ts");
  const terminal = terminalOf(process.stdout, process.stderr, process.env);
  // The line that repeats the call names folders, not 74 files.
  const folders = new Set(files.map((file) => relative(process.cwd(), dirname(file)) || "."));
  return verify.run({ parameters: files, options: {}, terminal, typed: ["verify", ...(files.length > folders.size ? folders : files)] });
}

const [, script, ...words] = commandLine;
if (script !== undefined && import.meta.url === pathToFileURL(script).href)
  process.exitCode = await conformance(words, (line) => void process.stdout.write(`${line}\n`), withVerify);
