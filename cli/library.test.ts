/** Every command in the READMEs of the library's scenarios does what it says; `get` and `describe` look at the run above them. */
import { mkdtempSync, globSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ExitCode } from "./exit-code.ts";
import { runCommandLine } from "./program.ts";
import { collectingTerminal } from "./testdata/typed.ts";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "podstorm-library-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const documents = globSync("scenarios/library/*/README.md", { cwd: root })
  .map((file) => [file, commandsOf(file)] as const)
  .filter(([, commands]) => commands.length > 0);

function commandsOf(file: string): readonly string[] {
  const found = [...readFileSync(join(root, file), "utf8").matchAll(/npm start -- ((?:run|get|describe)\b[^`\n]*)/g)].map((match) =>
    match[1]!.trim(),
  );
  // Other people's files are no commands.
  return found.filter((command) => !command.includes("my-"));
}

describe("commands of the library", () => {
  test.each(documents)("%s", async (file, commands) => {
    const out = join(folder, String(documents.findIndex(([other]) => other === file)));
    expect(commands[0], "a README begins with its run").toMatch(/^run scenarios\/library\//);
    for (const command of commands) {
      // Quotes as a shell reads them: --set 'load[0].rate=360/s' is two words.
      const words = (command.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ""));
      const said = collectingTerminal();
      const typed = words[0] === "run" ? ["run", join(root, words[1]!), ...words.slice(2), "--out", out] : [...words, "--run", out];
      expect(await runCommandLine(typed, { terminal: said.terminal }), `${command}\n${said.errors.join("")}`).toBe(ExitCode.passed);
      expect(said.texts.join("").trim(), `${command} says nothing`).not.toBe("");
    }
  });
});
