/** What every kind of run ends with: summary on stdout, files, the exit code, and for a failure the line that repeats it. */
import { join } from "node:path";
import type { RunResult } from "../engine/result.ts";
import type { ThresholdSpec } from "../engine/scenario-spec.ts";
import { formatText } from "../reports/formats/text.ts";
import { faultsWithoutEffect } from "../reports/analysis/faults.ts";
import { buildReport, type RunFacts } from "../reports/report.ts";
import { ExitCode } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";
import { prepareFolder, writeReport } from "./write.ts";

export interface Finished {
  readonly result: RunResult;
  readonly run: RunFacts;
  readonly thresholds: readonly ThresholdSpec[];
  readonly startedAt: string;
  /** The line that repeats the run. */
  readonly command: string;
  /** Of the report. */
  readonly folder: string;
  readonly formats: readonly string[];
  /** A fault without effect fails the run. */
  readonly requireEffect?: boolean;
}

export function finish(finished: Finished, terminal: Terminal): ExitCode {
  const { result, run, thresholds, startedAt, command } = finished;
  const report = buildReport(result, { thresholds, run, startedAt, command });
  terminal.out(formatText(report, { color: terminal.isColored, columns: terminal.outColumns }));
  const paths = writeReport(report, finished.formats, finished.folder);
  if (paths.length > 0) terminal.out(`Report: ${paths.join(", ")}\n`);
  const idle = finished.requireEffect === true ? faultsWithoutEffect(result) : [];
  for (const { name, withoutEffect } of idle) terminal.error(`The fault ${name} had no effect: ${withoutEffect}.\n`);
  const code = exitCodeOf(report.verdict.violations > 0, report.verdict.isPassed && idle.length === 0);
  if (code !== ExitCode.passed) terminal.error(`Run again: ${command}\n`);
  return code;
}

function exitCodeOf(isViolated: boolean, isPassed: boolean): ExitCode {
  if (isViolated) return ExitCode.invariantViolated;
  return isPassed ? ExitCode.passed : ExitCode.thresholdFailed;
}

/** Where the report of a scenario goes. */
export function reportFolder(out: string | undefined, name: string, isOneOfMany = false): string {
  if (out === undefined) return join("podstorm-out", folderName(name));
  return isOneOfMany ? join(out, folderName(name)) : out;
}

/** Makes the folders before anything runs; says so when one can't be made. */
export function canWrite(folders: readonly string[], command: string, terminal: Terminal): boolean {
  for (const folder of folders) {
    const problem = prepareFolder(folder);
    if (problem === null) continue;
    terminal.error(`--out ${folder}: found ${problem}, expected a folder that can be made and written\nRun again: ${command}\n`);
    return false;
  }
  return true;
}

/** A name from a file must not lead out of the folder. */
export function folderName(name: string): string {
  const safe = name.replace(/[^\w.-]+/g, "-").replace(/^\.+/, "");
  return safe === "" ? "run" : safe.slice(0, 100);
}

/** The most severe of several runs: a signal, then 1, 2, 97, 98, 99. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  const severity: readonly ExitCode[] = [
    ExitCode.interrupted,
    ExitCode.terminated,
    ExitCode.internalError,
    ExitCode.badInput,
    ExitCode.determinismFailed,
    ExitCode.invariantViolated,
    ExitCode.thresholdFailed,
  ];
  return severity.find((code) => codes.includes(code)) ?? ExitCode.passed;
}
