/** How a run ends: files that are whole, a folder that stays inside, the most severe exit code. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunResult } from "../engine/result.ts";
import { sampleThresholds } from "../reports/formats/format.exam.ts";
import { sampleResult } from "../reports/testdata/sample-result.ts";
import { ExitCode } from "./exit-code.ts";
import { finish, folderName, worst } from "./finish.ts";
import { collectingTerminal } from "./testdata/typed.ts";

const run = {
  wallSeconds: 1,
  shards: 1,
  why: "asked for",
  eventsPerSecond: 1,
  virtualSecondsPerSecond: 1,
  peakMemoryBytes: 1,
  waitingShare: [0],
};
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "podstorm-finish-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function finished(
  result: RunResult,
  thresholds = sampleThresholds,
  requireEffect = false,
): { readonly code: ExitCode; readonly out: string; readonly error: string } {
  const { terminal, texts, errors } = collectingTerminal();
  const options = {
    result,
    run,
    thresholds,
    startedAt: "2026-01-01T00:00:00Z",
    command: "podstorm run x.yaml --seed 42",
    folder,
    formats: ["html", "json", "text"],
    requireEffect,
  };
  const code = finish(options, terminal);
  return { code, out: texts.join(""), error: errors.join("") };
}

test("a fault without effect fails the run where effects are required, and its reason is told", () => {
  expect(finished(sampleResult(), []).code).toBe(ExitCode.passed);
  const { code, error } = finished(sampleResult(), [], true);
  expect(code).toBe(ExitCode.thresholdFailed);
  expect(error).toContain("The fault idle had no effect: its selector matched nothing.\n");
});

test("a failed threshold is exit code 99 and ends with the line that repeats the run", () => {
  const { code, out, error } = finished(sampleResult());
  expect(code).toBe(ExitCode.thresholdFailed);
  expect(error).toBe("Run again: podstorm run x.yaml --seed 42\n");
  expect(out).toContain(`Report: ${join(folder, "report.html")}`);
});

test("a violated invariant weighs more than a threshold", () => {
  expect(finished(sampleResult({ violations: [{ invariant: "x", time: 1, message: "y", cause: 0 }] })).code).toBe(
    ExitCode.invariantViolated,
  );
});

test("without thresholds a run passes, and its report is written whole", () => {
  const { code, error } = finished(sampleResult(), []);
  expect({ code, error }).toEqual({ code: ExitCode.passed, error: "" });
  expect(readdirSync(folder).sort()).toEqual(["report.html", "report.txt", "result.json"]);
  expect(readFileSync(join(folder, "report.html"), "utf8")).toContain("uPlot");
  expect(JSON.parse(readFileSync(join(folder, "result.json"), "utf8"))).toMatchObject({ run: { startedAt: "2026-01-01T00:00:00Z" } });
});

test.each([
  ["rolling-update", "rolling-update"],
  ["../../etc/passwd", "-..-etc-passwd"],
  ["..", "run"],
  ["a b/c", "a-b-c"],
  ["", "run"],
])("the folder for %s is %s", (name, expected) => expect(folderName(name)).toBe(expected));

test("of several runs the most severe exit code counts", () => {
  expect(worst([])).toBe(ExitCode.passed);
  expect(worst([ExitCode.passed, ExitCode.thresholdFailed])).toBe(ExitCode.thresholdFailed);
  expect(worst([ExitCode.thresholdFailed, ExitCode.invariantViolated, ExitCode.passed])).toBe(ExitCode.invariantViolated);
});
