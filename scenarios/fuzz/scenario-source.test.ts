/** A person's scenario under fuzzing: only what happens to it varies, within its own bounds. */
import { describe, expect, test } from "vitest";
import { parseDuration } from "../../engine/values/duration.ts";
import { scenarioSource } from "./case-source.ts";
import { valueAt, withoutAt } from "./document-path.ts";
import { readCase, type FuzzCase, type PlainDocument } from "./fuzz-case.ts";

const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "main", image: "web:v1" }] } };
const base: FuzzCase = {
  scenario: {
    apiVersion: "podstorm.dev/v1alpha1",
    kind: "Scenario",
    metadata: { name: "shop" },
    spec: {
      seed: 42,
      duration: "100s",
      warmup: "10s",
      nodes: [{ count: 2, namePrefix: "pool" }],
      load: [{ target: "service/web", rate: "100/s" }],
      actions: [
        { at: "30s", setImage: { deployment: "web", image: "web:v2" } },
        { at: "60s", undo: { deployment: "web" } },
      ],
      faults: [{ at: "40s", duration: "20s", type: "node-loss", selector: { node: "pool-0" } }],
    },
  },
  manifests: [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template },
    },
    { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
  ],
};

const field = (found: FuzzCase, name: string): readonly PlainDocument[] =>
  (valueAt(found, ["scenario", "spec", name]) ?? []) as readonly PlainDocument[];
const micros = (value: unknown): number => parseDuration(value as string)!;

describe("cases of a scenario", () => {
  const source = scenarioSource(base);
  const first = Array.from({ length: 60 }, (_, index) => source.draw(1, index, []));
  const all = [...first, ...Array.from({ length: 60 }, (_, index) => source.draw(1, 60 + index, first))];

  test("begin with the scenario itself, and are the same for the same number", () => {
    expect(source.draw(1, 0, [])).toEqual(base);
    expect(source.draw(1, 7, [])).toEqual(first[7]);
    expect(new Set(all.map((found) => JSON.stringify(found))).size).toBeGreaterThan(100);
  });

  test("are valid, and leave everything alone but what happens", () => {
    const rest = (found: FuzzCase): FuzzCase =>
      ["seed", "load", "actions", "faults"].reduce((left, name) => withoutAt(left, ["scenario", "spec", name]), found);
    for (const found of all) {
      expect(readCase(found).issues).toEqual([]);
      expect(rest(found)).toEqual(rest(base));
    }
  });

  test("keep to the scenario's bounds: times within the run, actions in order, no longer faults, no more load", () => {
    for (const found of all) {
      const actions = field(found, "actions");
      const times = actions.map(({ at }) => micros(at));
      expect(actions.map((action) => Object.keys(action)[1])).toEqual(["setImage", "undo"]);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const faults = field(found, "faults");
      expect(faults.map(({ type }) => type).filter((type) => type !== "node-loss")).toEqual([]);
      for (const { at, duration } of faults) {
        expect(micros(at)).toBeGreaterThanOrEqual(10_000_000);
        expect(micros(at)).toBeLessThanOrEqual(80_000_000);
        expect(micros(duration)).toBeLessThanOrEqual(20_000_000);
      }
      for (const { rate } of field(found, "load")) expect(Number.parseInt(rate as string, 10)).toBeLessThanOrEqual(100);
    }
  });

  test("hold faults of other types only if the caller names them", () => {
    const wider = scenarioSource(base, { types: ["api-server-outage", "node-freeze"], max: 2 });
    const found = Array.from({ length: 40 }, (_, index) => wider.draw(1, index, []));
    const types = new Set(found.flatMap((each) => field(each, "faults").map(({ type }) => String(type))));
    expect([...types].sort()).toEqual(["api-server-outage", "node-freeze", "node-loss"]);
    for (const each of found) {
      expect(readCase(each).issues).toEqual([]);
      expect(field(each, "faults").filter(({ name }) => String(name).startsWith("added-")).length).toBeLessThanOrEqual(2);
    }
  });
});
