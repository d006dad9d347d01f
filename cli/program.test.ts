/** Help, versions and usage errors: what is said where, and the exit code. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { VERSION } from "../engine/version.ts";
import { commands } from "./commands/index.ts";
import { ExitCode } from "./exit-code.ts";
import { typed } from "./testdata/typed.ts";

test("the version in results is the package's", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  expect(VERSION).toBe(manifest.version);
});

describe("help", () => {
  test("is what podstorm alone prints, with every command", async () => {
    const { code, out, error } = await typed();
    expect({ code, error }).toEqual({ code: ExitCode.passed, error: "" });
    for (const { name, summary } of commands) {
      expect(out).toContain(`${name} `);
      expect(out).toContain(summary.slice(0, 30));
    }
  });

  test("on stdout names the exit codes", async () => {
    const { code, out } = await typed("--help");
    expect(code).toBe(ExitCode.passed);
    expect(out).toContain("99 threshold failed");
  });

  test.each(commands.map(({ name }) => name))("of %s has examples that podstorm understands", async (name) => {
    const { code, out } = await typed(name, "--help");
    expect(code).toBe(ExitCode.passed);
    expect(out).toContain(`podstorm ${name}`);
    expect(out.slice(out.indexOf("Examples:"))).toMatch(/^Examples:\n {2}podstorm \S+/);
  });
});

describe("a usage error is exit code 2, on stderr, and suggests what was meant", () => {
  test.each([
    [["rum"], "Did you mean run?"],
    [["rum"], "podstorm --help"],
    [["nonsense"], "unknown command 'nonsense'"],
    [["nonsense"], "podstorm --help"],
    [["help", "nonsense"], "unknown command 'nonsense'"],
    [["run"], "missing required argument"],
    [["run", "x.yaml", "--sead", "1"], "Did you mean --seed?"],
    [["run", "x.yaml", "--workers", "none"], "expected a whole number from 1 to 64"],
    [["fuzz"], "--self"],
    [["schema", "too-much"], "too many arguments"],
  ])("%j: %s", async (words, expected) => {
    const { code, out, error } = await typed(...words);
    expect({ code, out }).toEqual({ code: ExitCode.badInput, out: "" });
    expect(error).toContain(expected);
    expect(error.trimEnd().split("\n").at(-1)).toMatch(/^Run again: npm start -- \S/);
  });
});
