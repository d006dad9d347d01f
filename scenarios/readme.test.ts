/** The guide names whatever a scenario can say: each field of an application, each action, each fault, each fault's own fields. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { invariants } from "../engine/invariants/index.ts";
import { scenarioJsonSchema } from "./json-schema.ts";

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly const?: unknown;
}

const guide = readFileSync(new URL("README.md", import.meta.url), "utf8");
/** Words in code spans of tables: the first column names, the second may. */
const words = new Set(
  [...guide.matchAll(/^\|.*$/gm)].flatMap(([row]) => [...row.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => code!.match(/[\w-]+/g) ?? [])),
);
const spec = (scenarioJsonSchema() as Shape).properties!["spec"]!.properties!;
/** Common to all faults, explained below their table. */
const common = ["type", "at", "name", "selector", "mode", "value", "duration", "container"];

describe("scenarios/README.md", () => {
  test.each(Object.keys(spec["applications"]!.items!.properties!))("names the application's field %s", (field) => {
    expect(words).toContain(field);
  });

  test.each(Object.keys(spec["actions"]!.items!.properties!).filter((field) => field !== "at"))("names the action %s", (field) => {
    expect(words).toContain(field);
  });

  const faults = spec["faults"]!.items!.anyOf!.flatMap(({ properties = {} }) => ("type" in properties ? [properties] : []));
  test.each(faults.map((fault) => [String(fault["type"]!.const), Object.keys(fault)] as const))(
    "names the fault %s and its fields",
    (type, fields) => {
      expect(words).toContain(type);
      for (const field of fields.filter((name) => !common.includes(name))) expect(words).toContain(field);
    },
  );

  test.each(["serial", "parallel", "pause", "schedule", "every", "cron", "when", "metric", "threshold"])("names %s of faults", (field) => {
    expect(words).toContain(field);
  });

  test.each(invariants)("says what $name is", ({ meaning, name }) => {
    expect(guide).toContain(`| \`${name}\` | ${meaning} |`);
  });

  test.each(Object.keys(spec))("names the section %s", (section) => {
    expect(guide).toMatch(new RegExp(`\\b${section}\\b`));
  });
});
