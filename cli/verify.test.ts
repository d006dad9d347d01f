/** `podstorm verify` as a process: exit codes, the table, two timelines in 80 columns. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ExitCode } from "./exit-code.ts";

const root = join(import.meta.dirname, "..");
const traces = join(root, "engine", "conformance", "golden");
const folder = mkdtempSync(join(tmpdir(), "podstorm-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function verify(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "cli", "main.ts"), "verify", ...words, "--seeds", "20"], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1" },
    encoding: "utf8",
    timeout: 55_000,
  });
  return { code: status, out: stdout, error: stderr };
}

test("a trace that the model shows passes", () => {
  const { code, out, error } = verify(join(traces, "c-never-exit1.json"));
  expect({ code, error }).toEqual({ code: ExitCode.passed, error: "" });
  expect(out).toMatch(/^trace +compared +matched +worst deviation\nc-never-exit1 +(\d+) +\1 /);
});

test("one that it doesn't shows both timelines, and how to run it again", () => {
  const text = readFileSync(join(traces, "c-never-exit1.json"), "utf8");
  writeFileSync(
    join(folder, "changed.json"),
    text.replaceAll('"exitCode": 1', '"exitCode": 3').replaceAll('containers.app.exitCode": 1', 'containers.app.exitCode": 3'),
  );
  const { code, out, error } = verify("changed.json");
  expect(code).toBe(ExitCode.thresholdFailed);
  expect(out).toContain("terminated Error 3, 0 restarts");
  expect(out).toMatch(/recorded +model, seed 1/);
  expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(error).toContain("Run again: npm start -- verify changed.json --seeds 20");
});

test("what is no trace is told with its place; the others are judged", () => {
  writeFileSync(join(folder, "bad.json"), '{ "name": "bad",\n "observed": 3 }');
  const { code, out, error } = verify("bad.json", "missing.json", join(traces, "c-never-exit1.json"));
  expect(code).toBe(ExitCode.badInput);
  expect(out).toMatch(/^bad +unreadable: /m);
  expect(out).toMatch(/^missing +unreadable: found no such file/m);
  expect(out).toMatch(/^c-never-exit1 +(\d+) +\1 /m);
  expect(error).toContain("bad.json:2:14: observed: found 3, expected a list");
  expect(error).toContain("missing.json: found no such file, expected a recorded trace");
});

test("a folder stands for its traces, and verdicts come as data", () => {
  const { code, out } = verify(folder, "--json");
  expect(code).toBe(ExitCode.badInput);
  expect(JSON.parse(out)).toMatchObject([
    { trace: "bad", unreadable: expect.stringContaining("found") as string },
    { trace: "changed", unreadable: null },
  ]);
  const { out: verdicts } = verify(join(traces, "e-delete-pending.json"), join(traces, "g-daemonset-update.json"), "--json");
  expect(JSON.parse(verdicts)).toMatchObject([{ trace: "e-delete-pending", skipped: null }, { trace: "g-daemonset-update" }]);
});
