/** `podstorm` as a process: what a user at a shell sees, exit codes and signals included. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { ExitCode } from "./exit-code.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "cli", "main.ts");
const scenario = join(root, "scenarios", "library", "rolling-update", "scenario.yaml");
const manifests = join(dirname(scenario), "manifests.yaml");
const folder = mkdtempSync(join(tmpdir(), "podstorm-command-line-"));
const namespaces = join(folder, "namespaces.yaml");
const environment = { ...process.env, NO_COLOR: "1" };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function podstorm(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly error: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: 55_000,
  });
  return { code: status, out: stdout, error: stderr };
}

describe("bad input", () => {
  test("is told with file, line and column, all at once, and nothing is written", () => {
    writeFileSync(join(folder, "bad.yaml"), "apiVersion: podstorm.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 5\n  thrsholds: {}\n");
    const { code, out, error } = podstorm("run", "bad.yaml", "missing.yaml", "--out", "bad");
    expect({ code, out }).toEqual({ code: ExitCode.badInput, out: "" });
    expect(error).toContain("bad.yaml:4:13: ");
    expect(error).toContain("did you mean thresholds?");
    expect(error).toContain("missing.yaml: ");
    expect(error.trimEnd().split("\n").at(-1)).toMatch(/Run again: npm start -- run bad\.yaml missing\.yaml --out bad$/);
    expect(existsSync(join(folder, "bad"))).toBe(false);
  });

  test("in validate is the same, and a valid file says what it holds", () => {
    expect(podstorm("validate", "bad.yaml").code).toBe(ExitCode.badInput);
    const { code, out } = podstorm("validate", scenario);
    expect(code).toBe(ExitCode.passed);
    expect(out).toContain("valid: rolling-update");
  });
});

const sameName = join(folder, "same-name.yaml");
writeFileSync(sameName, readFileSync(scenario, "utf8").replace("./manifests.yaml", manifests));

test.each([
  [["bench", "nonsense"], "no bench is called nonsense"],
  [["live", scenario, "--out", "refused"], "can't be run live"],
  [["replay", "missing.ndjson"], "missing.ndjson: found no such file, expected the recording of a live run"],
  [["replay", scenario], "scenario.yaml:1: found a line that isn't JSON, expected the header of a live run's recording"],
  [["run", scenario, "--out", "/proc/nope"], "--out /proc/nope: found a place where"],
  [["run", scenario, "--out", main], `--out ${main}: found a file, expected a folder`],
  [["run", scenario, "--out", join(main, "x")], `--out ${join(main, "x")}: found a path through ${main}, which is a file`],
  [["run", scenario, scenario], "found twice, expected each scenario once"],
  [["run", scenario, sameName], `${sameName}: metadata.name: found "rolling-update", which ${scenario} has too`],
  [["run", "--manifests", scenario, manifests], "found manifests only, expected a scenario file"],
])("%j fails before anything runs, in a line, and ends with the line that repeats it", (words, expected) => {
  const { code, out, error } = podstorm(...words);
  expect({ code, out }).toEqual({ code: ExitCode.badInput, out: "" });
  expect(error).toContain(expected);
  expect(error).not.toMatch(/running|^ +at /m);
  expect(error.trimEnd().split("\n").at(-1)).toMatch(/Run again: npm start -- \S/);
  expect(existsSync(join(folder, "refused"))).toBe(false);
});

describe("manifests", () => {
  test.each([
    ["after the scenario, several", [scenario, "--manifests", manifests, namespaces]],
    ["before the scenario", ["--manifests", manifests, "--manifests", namespaces, scenario]],
  ])("%s", (_, words) => {
    writeFileSync(namespaces, "apiVersion: v1\nkind: Namespace\nmetadata: { name: other }\n");
    const { code, out, error } = podstorm("validate", ...words);
    expect({ code, error }).toEqual({ code: ExitCode.passed, error: "" });
    expect(out).toContain("valid: rolling-update");
    expect(out).toContain("3 objects");
  });
});

test("the schema goes to stdout as JSON", () => {
  const { code, out } = podstorm("schema");
  expect(code).toBe(ExitCode.passed);
  expect(JSON.parse(out)).toMatchObject({ type: "object" });
});

test("a reader that stops reading is no failure", async () => {
  const child = spawn(process.execPath, [main, "schema"], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let error = "";
  child.stderr.on("data", (text: Buffer) => (error += text.toString()));
  child.stdout.destroy();
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  expect({ code, error }).toEqual({ code: 0, error: "" });
});

test("the version needs none of the packages", () => {
  const imports = readFileSync(main, "utf8").match(/^import .*$/gm);
  expect(imports).toEqual(['import { VERSION } from "../engine/version.ts";']);
});

describe("a run", () => {
  test("prints its summary on stdout, writes its report and is silent on stderr when asked to be", () => {
    const { code, out, error } = podstorm("run", scenario, "--set", "duration=90s", "--out", "short", "--quiet");
    expect({ code, error }).toEqual({ code: ExitCode.passed, error: "" });
    expect(out).toContain("rolling-update: 1m30s of Kubernetes 1.36");
    expect(out).toContain(`Report: ${join("short", "report.html")}, ${join("short", "result.json")}`);
    expect(readdirSync(join(folder, "short")).sort()).toEqual(["report.html", "result.json", "spec.json"]);
  });

  test("whose threshold fails has exit code 99 and ends with the line that repeats it, seed included", () => {
    const { code, error } = podstorm(
      "run",
      scenario,
      "--set",
      "duration=30s",
      "--set",
      "actions=[]",
      "--set",
      "thresholds={requests_sent: ['count==0']}",
      "--report",
      "none",
    );
    expect(code).toBe(ExitCode.thresholdFailed);
    expect(error.trimEnd().split("\n").at(-1)).toMatch(/^Run again: npm start -- run .* --seed 42$/);
  });

  test("with --check-determinism says in a line that it is the same", () => {
    const { code, out } = podstorm(
      "run",
      scenario,
      "--set",
      "duration=90s",
      "--report",
      "none",
      "--quiet",
      "--workers",
      "1",
      "--check-determinism",
    );
    expect(code).toBe(ExitCode.passed);
    expect(out.trimEnd().split("\n").at(-1)).toMatch(
      /^Determinism: the same \d+ events .* on 1 shard and on 2 shards, fingerprint [0-9a-f]{16}$/,
    );
  });

  /** The signal comes as soon as somebody listens. */
  const preload = `data:text/javascript,${encodeURIComponent(
    "const { on } = process; process.on = function (name, ...rest) { on.call(this, name, ...rest); if (name === 'SIGTERM') process.kill(process.pid, 'SIGINT'); };",
  )}`;

  test("that is interrupted while it starts says so in a line", async () => {
    const child = spawn(process.execPath, ["--import", preload, main, "run", scenario], {
      cwd: folder,
      env: environment,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()));
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect({ code, said }).toEqual({
      code: ExitCode.interrupted,
      said: "Interrupted before the run began: nothing was run or written.\n",
    });
  });

  test.each([
    ["SIGINT", ExitCode.interrupted],
    ["SIGTERM", ExitCode.terminated],
  ] as const)("that gets %s prints and writes its partial result", async (signal, expected) => {
    const child = spawn(process.execPath, [main, "run", scenario, "--set", "duration=1000h", "--out", signal], {
      cwd: folder,
      env: environment,
    });
    let out = "";
    child.stdout.on("data", (text: Buffer) => (out += text.toString()));
    child.stderr.on("data", (text: Buffer) => {
      if (text.includes("running")) child.kill(signal);
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(code).toBe(expected);
    expect(out).toContain("PARTIAL");
    expect(JSON.parse(readFileSync(join(folder, signal, "result.json"), "utf8"))).toMatchObject({ partial: true });
  });
});
