import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { formatIssues } from "./issues.ts";
import { readPlainScenario } from "./plain.ts";
import { readScenario } from "./scenario.ts";
import { specFields } from "./scenario.schema.ts";
import { readManifest } from "./manifest.ts";
import { parseYaml } from "./yaml.ts";

const text = `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
spec:
  duration: 10m
  nodes: [{ count: 5, zones: 2, capacity: { cpu: "8" } }]
  settings: { kcmQps: 50, watchLatency: 5ms }
  applications: [{ selector: {}, startUp: { logNormal: { median: 4s, p99: 12s } }, image: web:v1 }]
  load: [{ target: service/web, rate: 2000/s }]
  actions: [{ at: 2m, setImage: { deployment: web, image: "web:v2" } }]
  faults: [{ at: 3m, type: node-loss, selector: { zone: a }, mode: fixed, value: 1 }]
  thresholds: { requests_lost: ["count==0"] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "web:v1", resources: { limits: { cpu: 1 } }, livenessProbe: { httpGet: { port: 80 } } }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

const [scenario, ...manifests] = parseYaml(text, "s").documents.map(({ value }) => value);

/** Every path of a plain value. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, field]) => pathsOf(field, [...path, Array.isArray(value) ? Number(key) : key]))];
}

function withValue(root: unknown, path: readonly (string | number)[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return replacement;
  const copy: Record<string | number, unknown> = Array.isArray(root) ? ([...root] as never) : { ...(root as object) };
  copy[step] = withValue(copy[step], rest, replacement);
  return copy;
}

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    NaN,
    Infinity,
    -1,
    0,
    1.5,
    1e300,
    "",
    "0",
    "-5s",
    "5s",
    "1e999",
    "9".repeat(300),
    "%",
    "constructor",
    "__proto__",
    null,
    [],
    {},
    [[]],
    { a: { b: [] } },
    true,
  ),
);

describe("nothing that is given crashes the reader", () => {
  property.prop([fc.constantFrom(...pathsOf(scenario)), anything], { numRuns: 200 })("any value anywhere in a scenario", (path, value) => {
    const { spec, issues } = readPlainScenario(withValue(scenario, path, value), manifests);
    expect(spec === null).toBe(issues.length > 0);
    expect(formatIssues(issues)).not.toMatch(/undefined|\[object|nonoptional|Invalid input/);
  });

  property.prop([fc.nat(1), fc.nat(60), anything], { numRuns: 200 })("any value anywhere in a manifest", (which, at, value) => {
    const paths = pathsOf(manifests[which]);
    const broken = manifests.map((manifest, index) =>
      index === which ? withValue(manifest, paths[at % paths.length] ?? [], value) : manifest,
    );
    const { spec, issues } = readPlainScenario(scenario, broken);
    expect(spec === null).toBe(issues.length > 0);
    expect(formatIssues(issues)).not.toMatch(/undefined|\[object|nonoptional|Invalid input/);
  });

  property.prop([fc.nat(text.length), fc.nat(5), fc.stringMatching(/^[-:{}[\]"'&*!?|>%@`#, \n\ta-z0-9~<]{0,6}$/)], { numRuns: 150 })(
    "a few characters changed in the text",
    (at, cut, inserted) => {
      const { documents, issues } = parseYaml(text.slice(0, at) + inserted + text.slice(at + cut), "s");
      const [first, ...rest] = documents;
      for (const issue of issues) expect(issue.line).toBeGreaterThan(0);
      if (first === undefined) return;
      const manifest = readManifest(rest, 36);
      for (const issue of manifest.issues) expect(issue.line).toBeGreaterThan(0);
      const result = readScenario(first, {
        manifests: null,
        overrides: [],
        defaultName: "x",
        readManifestFile: () => ({ file: "m", documents: rest, issues: [] }),
      });
      for (const issue of result.issues) expect(issue.line).toBeGreaterThan(0);
    },
  );

  test("the sample itself is right, so that each change is the only mistake", () => {
    expect(formatIssues(readPlainScenario(scenario, manifests).issues)).toBe("");
    expect(Object.keys(specFields)).toContain("duration");
  });
});
