import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settingAliases } from "./settings.schema.ts";
import { settingDefinitions } from "./settings.ts";

const root = join(import.meta.dirname, "..");
/** These only say which settings there are. */
const lists = new Set(["engine/settings.ts", "engine/settings.schema.ts", "scenarios/settings.ts", "scenarios/unmodelled-settings.ts"]);

/** Code of the model and the loader without comments and tests. */
function code(): string {
  const files = ["engine", "scenarios"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file)),
  );
  const isCode = (file: string): boolean =>
    file.endsWith(".ts") && !/\.(?:test|exam)\.ts$|(?:test-|deviations)|conformance|testdata/.test(file) && !lists.has(file);
  return files
    .filter(isCode)
    .map((file) => readFileSync(join(root, file), "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, ""))
    .join("\n");
}

describe("settings", () => {
  const source = code();

  test.each(Object.keys(settingDefinitions))("%s is read by the model", (name) => {
    // `settings.name`, or taken out of the settings: `const { name } = settings`. A declaration `name: number` doesn't count.
    expect(source).toMatch(new RegExp(`\\.${name}\\b|[{,]\\s*${name}\\s*[,}]`));
  });

  test("an alias is no setting's own name", () => {
    for (const alias of Object.keys(settingAliases)) expect(Object.keys(settingDefinitions)).not.toContain(alias);
  });
});
