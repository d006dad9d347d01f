/** `--set` by name, by factor, and into objects of the manifests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ScenarioSpec } from "../engine/scenario-spec.ts";
import { loadScenario } from "./load.ts";
import { factorOf, multiplied } from "./named-steps.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-set-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "shop.yaml");
writeFileSync(
  join(folder, "objects.yaml"),
  `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: helper, image: "helper:1" }
        - { name: app, image: "web:1", livenessProbe: { tcpSocket: { port: 80 }, timeoutSeconds: 2, periodSeconds: 10 } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`,
);
writeFileSync(
  path,
  `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: shop }
spec:
  duration: 1m
  manifests: [./objects.yaml]
  nodes: [{ count: 1, capacity: { cpu: "4", memory: 8Gi, pods: 20 } }]
  applications: [{ selector: { deployment: web }, serviceTime: 10ms, queue: 3 }]
  load:
    - { name: readers, target: service/web, rate: 20/s, timeout: 1s }
    - { target: service/web, rate: 5/s, retries: { max: 2 } }
`,
);

function set(...options: readonly string[]): { readonly spec: ScenarioSpec | null; readonly problems: readonly string[] } {
  const { spec, issues } = loadScenario(path, { set: options });
  return { spec, problems: issues.map(({ file, path: at, found, expected }) => `${file}: ${at}: found ${found}, expected ${expected}`) };
}

function deployment(spec: ScenarioSpec | null): {
  replicas: number;
  template: { spec: { containers: { livenessProbe: Record<string, number> | null }[] } };
} {
  return (spec!.objects.find(({ kind }) => kind === "Deployment") as unknown as { spec: ReturnType<typeof deployment> }).spec;
}

describe("a value is set", () => {
  test("in the entry of a list that has the name", () => {
    const { spec } = set("load.readers.timeout=2s", "load.web.retries.max=1", "applications.web.queue=7");
    expect([spec!.load[0]!.timeout, spec!.load[1]!.retries.max, spec!.applications[0]!.behaviour.queue]).toEqual([2_000_000, 1, 7]);
  });

  test("as so many times what the file says", () => {
    const { spec } = set("load.readers.rate=1.5x", "load.readers.timeout=0.5x", "duration=2x", "applications.web.queue=1.5x");
    expect([spec!.load[0]!.rate, spec!.load[0]!.timeout, spec!.duration, spec!.applications[0]!.behaviour.queue]).toEqual([
      30, 500_000, 120_000_000, 5,
    ]);
  });

  test("in an object of the manifests, and in those of its containers that have the field", () => {
    const { spec } = set("deployment/web.spec.replicas=3x", "Deployment/web.livenessProbe.timeoutSeconds=5");
    const { replicas, template } = deployment(spec);
    expect([replicas, template.spec.containers.map(({ livenessProbe }) => livenessProbe?.["timeoutSeconds"])]).toEqual([6, [undefined, 5]]);
    const named = set("deployment/web.spec.template.spec.containers.app.livenessProbe.periodSeconds=0.5x");
    expect(deployment(named.spec).template.spec.containers[1]!.livenessProbe!["periodSeconds"]).toBe(5);
  });

  test.each([
    [
      "load.writers.rate=1/s",
      "--set load.writers.rate=1/s: spec.load.writers: found no such entry, expected an index, or one of readers, web",
    ],
    [
      "load.readers.target=2x",
      '--set load.readers.target=2x: spec.load[0].target: found "service/web", expected an amount that can be multiplied',
    ],
    [
      "load.readers.places=2x",
      "--set load.readers.places=2x: spec.load[0].places: found nothing, expected an amount that can be multiplied",
    ],
    [
      "deployment/shop.spec.replicas=3",
      "--set deployment/shop.spec.replicas=3: : found no deployment shop in the manifests, expected an object that is there",
    ],
    [
      "service/web.spec.selector=2x",
      '--set service/web.spec.selector=2x: spec.selector: found {"app":"web"}, expected an amount that can be multiplied',
    ],
  ])("unless it can't be: %s", (option, problem) => {
    expect(set(option)).toEqual({ spec: null, problems: [problem] });
  });

  test("in an object, and what is wrong with it is told as of the object", () => {
    const { problems } = set("deployment/web.spec.replicas=many");
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('spec.replicas: found "many"');
  });
});

test.each([
  ["1.5x", 1.5],
  ["2x", 2],
  ["x", null],
  ["1.5", null],
  [2, null],
])("%j stands for a factor of %j", (value, factor) => {
  expect(factorOf(value)).toBe(factor);
});

test.each([
  ["200/s", 1.1, "220/s"],
  ["250ms", 0.1, "25ms"],
  ["10%", 3, "30%"],
  [16, 1.03, 16],
  [0.3, 3, 0.9],
  ["often", 2, undefined],
  [true, 2, undefined],
])("%j times %j is %j", (value, factor, product) => {
  expect(multiplied(value, factor)).toBe(product);
});
