/**
 * The published form: packed, installed into an empty folder as a stranger would, and run with its own
 * binary on two threads. Node.js strips no types below node_modules, so this is the only test of the build.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VERSION } from "../engine/version.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "podstorm-package-"));
const installed = join(folder, "node_modules", "podstorm");
// npm and podstorm's binary start `node` by name: it has to be the one that runs this test.
const environment = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter), NO_COLOR: "1" };

beforeAll(() => {
  run("npm", ["pack", "--silent", "--pack-destination", folder], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  writeFileSync(join(folder, "package.json"), `{ "name": "empty", "private": true }\n`);
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--omit=dev", join(folder, tarball)], folder);
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("holds what it needs and none of our tests", () => {
  for (const file of ["README.md", "LICENSE", "CHANGELOG.md", "dist/cli/main.js", "scenarios/library/rolling-update/scenario.yaml"]) {
    expect(existsSync(join(installed, file)), file).toBe(true);
  }
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" }).filter((file) => !file.startsWith("node_modules"));
  expect(files.filter((file) => /\.(test|exam)\.|testdata/.test(file))).toEqual([]);
});

test("says its version", () => {
  expect(podstorm("--version").stdout).toBe(`${VERSION}\n`);
});

test("runs a scenario on two threads and writes its report", { timeout: 120_000 }, () => {
  const scenario = join(installed, "scenarios/library/rolling-update/scenario.yaml");
  const { status, stdout, stderr } = podstorm("run", scenario, "--workers", "2", "--out", "out", "--quiet");
  expect([0, 99], stderr).toContain(status);
  expect(stdout).toContain("Report: ");
  const result = JSON.parse(readFileSync(join(folder, "out", "result.json"), "utf8")) as { run: { shards: number }; version: string };
  expect(result).toMatchObject({ version: VERSION, run: { shards: 2 } });
  expect(readFileSync(join(folder, "out", "report.html"), "utf8")).toContain("uPlot");
});

function podstorm(...words: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(join(folder, "node_modules", ".bin", "podstorm"), words, {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: 100_000,
  });
}

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd, env: environment, encoding: "utf8", timeout: 250_000 });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} failed:\n${stdout}\n${stderr}`);
}
