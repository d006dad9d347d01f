/** Cases that campaigns have found to reach much (scenarios/fuzz/corpus.ndjson, `podstorm fuzz --self --save-corpus`), held against every law again. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FuzzCase } from "../../scenarios/fuzz/fuzz-case.ts";
import { checkCase } from "./check-case.ts";

const file = join(import.meta.dirname, "..", "..", "scenarios", "fuzz", "corpus.ndjson");
const cases = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as FuzzCase);

const options = { isCoverageWanted: true, maximize: null, eventsMax: 1e8 };

test(`${cases.length} cases of the corpus break no law, and reach much`, async () => {
  const reached = new Set<string>();
  for (const [line, found] of cases.entries()) {
    const { failure, coverage } = await checkCase({ found, laws: ["two shards", "at rest"] }, options);
    expect(failure, `corpus.ndjson, line ${line + 1}`).toBeNull();
    for (const key of coverage) reached.add(key);
  }
  expect(reached.size).toBeGreaterThan(200);
}, 120_000);
