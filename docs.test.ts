/** Every command in the documents does what it says: it runs to its end. Live runs and benches have tests of their own. */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = import.meta.dirname;
const out = mkdtempSync(join(tmpdir(), "podstorm-docs-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** `npm start -- run FILE` → ["run", "FILE"]; placeholders in capitals and other people's files are no commands. */
function commandsOf(file: string): string[] {
  const found = [
    ...readFileSync(join(root, file), "utf8").matchAll(/npm start -- ((?:run|validate|schema|get|describe|verify|fuzz)\b[^`\n|]*)/g),
  ].map((match) => match[1]!.trim());
  return found.filter((command) => !/\b(ARGS|FILE|NAME)\b|my-|…/.test(command)).map((command) => command.replace(/ {2,}.*$/, ""));
}

/** The finished run that views look at. */
const finished = join(out, "finished");

/** Those of the library's scenarios have cli/library.test.ts. */
const documents = globSync("{*.md,docs/*.md,engine/README.md,workers/README.md,scenarios/README.md}", { cwd: root });
const commands = [...new Set(documents.flatMap(commandsOf))].toSorted();

describe("commands in the documents", () => {
  beforeAll(() => {
    const run = ["cli/main.ts", "run", "scenarios/library/rolling-update/scenario.yaml", "--out", finished];
    expect(spawnSync(process.execPath, run, { cwd: root }).status).toBe(0);
  });

  test("there are some", () => {
    expect(commands).toContain("run scenarios/library/rolling-update-prestop/scenario.yaml");
  });

  test.each(commands)("podstorm %s", (command) => {
    const words = command.split(/ +/);
    const folder = join(out, String(commands.indexOf(command)));
    const place =
      words[0] === "fuzz" ? ["--dir", folder] : words[0] === "run" ? ["--out", folder] : isView(words[0]) ? ["--run", finished] : [];
    const { status, stderr } = spawnSync(process.execPath, ["cli/main.ts", ...words, ...place], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    expect(status, stderr).toBe(0);
  });
});

function isView(word: string | undefined): boolean {
  return word === "get" || word === "describe";
}

describe("the README", () => {
  test("shows what the one-minute start prints", () => {
    const shown = /```text\n([\s\S]*?)```/.exec(readFileSync(join(root, "README.md"), "utf8"))?.[1] ?? "";
    const { stdout } = spawnSync(
      process.execPath,
      ["cli/main.ts", "run", "scenarios/library/rolling-update/scenario.yaml", "--out", join(out, "readme")],
      {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      },
    );
    const lines = new Set(stdout.split("\n"));
    const missing = shown.split("\n").filter((line) => line !== "…" && !lines.has(line));
    expect(missing, "lines of the README that the program doesn't print").toEqual([]);
    expect(shown).toMatch(/requests lost/);
  });
});
