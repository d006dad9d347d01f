/** The vectors as tests, a file each: for mutation testing, which asks per mutant which tests concern it. `npm run conformance` judges the same. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { adapters } from "../engine/conformance/registry.ts";
import { judgeFile } from "../engine/conformance/verdict-table.ts";
import type { VectorFile } from "../engine/conformance/vector-file.ts";

const files = globSync(join(import.meta.dirname, "../engine/conformance/vectors/**/*.json"))
  .sort()
  .map((path): [name: string, path: string] => [basename(path, ".json"), path])
  .filter(([name]) => adapters[name] !== undefined);

test("there are vectors", () => {
  expect(files.length).toBeGreaterThan(50);
});

test.each(files)("%s", (name, path) => {
  const { failures } = judgeFile(name, adapters[name]!, JSON.parse(readFileSync(path, "utf8")) as VectorFile);
  expect(failures).toEqual([]);
});
