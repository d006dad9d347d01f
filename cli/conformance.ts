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
import { isControlPlaneTrace } from "../engine/conformance/trace-rules.ts";
import { caseProblem, type VectorFile } from "../engine/conformance/vector-file.ts";
import {
  failureLines,
  judgeFile,
  skipLines,
  skippedFile,
  summaryOf,
  tableOf,
  type FileVerdict,
} from "../engine/conformance/verdict-table.ts";
import type { VerifiedNames } from "./commands/verify.ts";
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

/** Compares traces and prints what it found. */
export type VerifyTraces = (files: readonly string[]) => Promise<{ readonly code: number; readonly names: VerifiedNames }>;

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
  const { code: traces, names } = found.traces.length === 0 ? nothingVerified : await verifyTraces(found.traces);
  if (found.traces.length > 0) for (const line of traceLines(found, names)) print(line);
  if (found.traces.length > 0) print(`${summaryOf(verdicts)}; ${traceSummary(found, names)}`);
  if (traces === ExitCode.thresholdFailed || verdicts.some(({ failures }) => failures.length > 0)) return 1;
  const isNothing = verdicts.length === 0 && found.traces.length === 0;
  return traces === ExitCode.passed && found.unreadable.length === 0 && !isNothing ? 0 : 2;
}

const nothingVerified = { code: ExitCode.passed, names: { differ: [], unreadable: [], skipped: [] } } as const;

/** Which part of the model the differing traces are about. */
function traceLines({ traces }: Found, { differ, skipped }: VerifiedNames): string[] {
  const lineOf = (title: string, names: readonly string[], of: (name: string) => boolean): string[] => {
    const some = names.filter(of);
    return some.length === 0 ? [] : [`${title}: ${some.join(", ")}`];
  };
  const isKubeletTrace = (name: string): boolean => !isControlPlaneTrace(name);
  const kubelet = traces.filter((path) => isKubeletTrace(basename(path, ".json"))).length;
  return [
    "",
    ...(kubelet === 0 || differ.some(isKubeletTrace) ? [] : [`No kubelet trace differs (of ${kubelet})`]),
    ...lineOf("Kubelet traces that differ", differ, isKubeletTrace),
    ...lineOf("Control plane traces that differ", differ, isControlPlaneTrace),
    ...lineOf("Kubelet traces skipped", skipped, isKubeletTrace),
    ...lineOf("Control plane traces skipped", skipped, isControlPlaneTrace),
  ];
}

function traceSummary(found: Found, { differ, unreadable, skipped }: VerifiedNames): string {
  const agreeing = found.traces.length - differ.length - unreadable.length - skipped.length;
  // A file that isn't even JSON may have been a trace.
  return `traces: ${Math.max(0, agreeing)} agree, ${differ.length} differ, ${skipped.length} skipped, ${unreadable.length + found.unreadable.length} unreadable`;
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
  else found.vectors.push({ name, file: readable(path, content as VectorFile, found) });
}

/** What isn't a case is told, and the others are judged. */
function readable(path: string, file: VectorFile, { unreadable }: Found): VectorFile {
  const cases = file.cases.filter((one, index) => {
    const problem = caseProblem(one);
    if (problem !== null) unreadable.push(`${path}: cases[${index}]: ${problem}`);
    return problem === null;
  });
  return { ...file, cases };
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

async function withVerify(files: readonly string[]): ReturnType<VerifyTraces> {
  const { verifyFiles } = await import("./commands/verify.ts");
  const terminal = terminalOf(process.stdout, process.stderr, process.env);
  // The line that repeats the call names folders, not 74 files.
  const folders = new Set(files.map((file) => relative(process.cwd(), dirname(file)) || "."));
  return verifyFiles({ parameters: files, options: {}, terminal, typed: ["verify", ...(files.length > folders.size ? folders : files)] });
}

const [, script, ...words] = commandLine;
if (script !== undefined && import.meta.url === pathToFileURL(script).href)
  process.exitCode = await conformance(words, (line) => void process.stdout.write(`${line}\n`), withVerify);
