/**
 * Every scenario of the library: valid by the published schema, the same bytes for one, two and four shards,
 * and the figures of its expected.json (UPDATE=1 writes them anew).
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import type { RunResult } from "../engine/result.ts";
import { outcomeNames } from "../engine/traffic/outcome.ts";
import { runHere } from "../workers/run.ts";
import { formatIssues } from "./issues.ts";
import { scenarioJsonSchema } from "./json-schema.ts";
import { loadScenario } from "./load.ts";
import { parseYaml } from "./yaml.ts";

const library = join(import.meta.dirname, "library");
const folders = readdirSync(library).sort();
const isSchemaValid = new Ajv2020({ strict: false }).compile(scenarioJsonSchema());

describe.each(folders)("%s", (folder) => {
  const file = join(library, folder, "scenario.yaml");

  test("has a README and is valid by the JSON Schema", () => {
    expect(existsSync(join(library, folder, "README.md"))).toBe(true);
    const document = parseYaml(readFileSync(file, "utf8"), file).documents[0]?.value;
    expect(isSchemaValid(document), JSON.stringify(isSchemaValid.errors)).toBe(true);
  });

  test("gives the expected figures, and the same bytes on one, two and four shards", async () => {
    const { spec, issues } = loadScenario(file);
    if (spec === null) throw new Error(formatIssues(issues));
    const one = await runHere(spec, 1);
    const bytes = JSON.stringify(one);
    for (const shards of [2, 4]) {
      if (shards <= spec.nodes.length)
        expect(JSON.stringify(await runHere(spec, shards)) === bytes, `${shards} shards give other bytes than 1`).toBe(true);
    }
    const expectedFile = join(library, folder, "expected.json");
    if (process.env["UPDATE"] === "1") writeFileSync(expectedFile, `${JSON.stringify(figuresOf(one), null, 2)}\n`);
    expect(figuresOf(one)).toEqual(JSON.parse(readFileSync(expectedFile, "utf8")));
    expect(one.violations).toEqual([]);
  });
});

function figuresOf(result: RunResult): Record<string, unknown> {
  const total = (metric: string): number =>
    Object.entries(result.metrics.counters).reduce((sum, [name, value]) => sum + (name.startsWith(`${metric}{`) ? value : 0), 0);
  const lostBy: Record<string, number> = {};
  for (const { outcome, state, count } of result.losses) {
    const key = `${outcomeNames[outcome]}: ${state}`;
    lostBy[key] = (lostBy[key] ?? 0) + count;
  }
  return {
    fingerprint: result.fingerprint,
    events: result.events,
    requests: {
      sent: total("requests_sent"),
      answered: total("requests_answered"),
      lost: total("requests_lost"),
      inFlight: total("requests_in_flight"),
    },
    lostBy,
    restarts: total("restarts"),
    pods: {
      existing: result.control.pods.filter(({ isGone }) => !isGone).length,
      ready: result.control.pods.filter(({ isGone, isReady }) => !isGone && isReady).length,
    },
    rollouts: result.control.rollouts.map(({ from, until }) => ({ fromSeconds: from / 1e6, untilSeconds: until / 1e6 })),
    faults: result.control.faults.map(({ name, targets }) => ({ name, targets })),
  };
}
