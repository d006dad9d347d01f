/** Every vector of the project, answered by the simulator's own functions. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { adapters, notBuilt } from "./registry.ts";
import { judge, shapeOf, type VectorFile } from "./vector-file.ts";

const folder = `${import.meta.dirname}/vectors`;
const names = globSync(`${folder}/*.json`)
  .map((file) => basename(file, ".json"))
  .sort();
const casesOf = (name: string): VectorFile["cases"] => (JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as VectorFile).cases;

test("every file has an adapter, or stands in the list of what isn't built", () => {
  expect([...Object.keys(adapters), ...Object.keys(notBuilt)].toSorted()).toEqual(names);
});

test("the fields of every adapter can be read", () => {
  for (const { fields } of Object.values(adapters)) expect(shapeOf(fields)).not.toBeNull();
});

describe.each(names.filter((name) => adapters[name] !== undefined))("%s", (name) => {
  const adapter = adapters[name]!;
  test.each(casesOf(name))("$name", (one) => {
    const judgement = judge(adapter, one);
    if (judgement.verdict === "failed") expect(judgement.found).toEqual(judgement.expected);
    expect(judgement.verdict === "skipped" ? judgement.reason : judgement.verdict).toMatch(/^(passed|outside of the model: .*)$/);
  });
});
