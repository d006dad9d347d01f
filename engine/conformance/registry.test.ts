/** Every vector of the project, answered by the simulator's own functions. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { adapters, notBuilt } from "./registry.ts";
import { judge, type VectorFile } from "./vector-file.ts";

const files = globSync(`${import.meta.dirname}/vectors/*.json`).sort();
const nameOf = (file: string): string => basename(file, ".json");

describe.each(files.map((file) => [nameOf(file), file]))("%s", (name, file) => {
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as VectorFile;
  const adapter = adapters[name];
  if (adapter === undefined) test.skip(`needs ${notBuilt[name]}`, () => {});
  else
    test.each(cases)("$name", (one) => {
      const judgement = judge(adapter, one);
      if (judgement.verdict === "failed") expect(judgement.found).toEqual(judgement.expected);
      expect(judgement.verdict === "skipped" ? judgement.reason : judgement.verdict).toMatch(/^(passed|outside of the model: .*)$/);
    });
});
