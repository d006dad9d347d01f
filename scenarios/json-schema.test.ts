import { globSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { settingDefinitions } from "../engine/settings.ts";
import { scenarioJsonSchema } from "./json-schema.ts";
import { loadScenario } from "./load.ts";
import { parseYaml } from "./yaml.ts";

const schema = scenarioJsonSchema();
const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, validateFormats: false }).compile(schema);
const library = globSync("scenarios/library/*/scenario.yaml").sort();
const minimal = (spec: Record<string, unknown>): unknown => ({
  apiVersion: "podstorm.dev/v1alpha1",
  kind: "Scenario",
  spec: { duration: "1m", ...spec },
});

describe("the JSON Schema of a scenario", () => {
  test.each(library)("accepts %s, as the loader does", (path) => {
    const [document] = parseYaml(readFileSync(path, "utf8"), path).documents;
    validate(document?.value);
    expect(validate.errors).toBeNull();
    expect(loadScenario(path).issues).toEqual([]);
  });

  test.each([
    [
      "distributions",
      {
        applications: [
          {
            startUp: { logNormal: { median: "4s", p99: "12s" } },
            serviceTime: "20ms",
            probeTime: { empirical: ["1ms"] },
            shutdown: { drain: "5s" },
          },
        ],
      },
    ],
    [
      "every fault",
      {
        faults: [
          { at: "1s", type: "node-loss", selector: { zone: "a" } },
          { at: "1s", type: "oom-kill", container: "x" },
          { at: "1s", type: "probe-failure", rate: "20%", probe: "all" },
        ],
      },
    ],
    [
      "every action",
      {
        actions: [
          { at: "1s", apply: "a.yaml" },
          { at: "1s", apply: ["a.yaml"] },
          { at: "1s", scale: { deployment: "a", replicas: 1 } },
          { at: "1s", delete: { pod: "a" } },
          { at: "1s", setImage: { deployment: "a", image: "b" } },
        ],
      },
    ],
    [
      "settings of every unit",
      {
        settings: {
          kcmQps: "5/s",
          watchLatency: "2ms",
          oomDetection: 0,
          unhealthyZone: "55%",
          maxPods: 10,
          serializeImagePulls: true,
          imagePullRate: "50M/s",
        },
      },
    ],
  ])("accepts %s", (_name, spec) => {
    validate(minimal(spec));
    expect(validate.errors).toBeNull();
  });

  test.each([
    ["a duration without a unit", { duration: 60 }],
    ["an unknown field", { durations: "1m" }],
    ["an unknown setting", { settings: { kcmQPS: 1 } }],
    ["an unknown fault", { faults: [{ at: "1s", type: "node-los" }] }],
    ["two distributions at once", { applications: [{ startUp: { constant: "1s", exponential: { mean: "1s" } } }] }],
    ["two actions at once", { actions: [{ at: "1s", apply: "a", delete: { pod: "a" } }] }],
    ["no nodes", { nodes: [] }],
    ["a rate without a unit", { load: [{ target: "service/a", rate: 5 }] }],
    ["a version as a number", { kubernetesVersion: 1.36 }],
  ])("refuses %s", (_name, spec) => {
    expect(validate(minimal(spec))).toBe(false);
  });

  test("tells editors every setting with its meaning and default", () => {
    const text = JSON.stringify(schema);
    for (const [name, { meaning }] of Object.entries(settingDefinitions)) {
      expect(text).toContain(`"${name}":`);
      expect(text).toContain(JSON.stringify(meaning).slice(1, -1));
    }
    expect(text).toContain("Default: 5ms.");
  });
});
