/** `run --replications`, `why` and `compare`, from scenario files to what they print. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ExitCode } from "./exit-code.ts";
import { typed } from "./testdata/typed.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-why-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** One of two processes hangs for 10 s, or for 20. */
function scenario(name: string, hang: string): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(join(folder, "web.yaml"), manifests);
  writeFileSync(
    path,
    `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: ${name} }
spec:
  seed: 4
  duration: 40s
  manifests: [./web.yaml]
  nodes: [{ count: 2, capacity: { cpu: "4", memory: 8Gi, pods: 20 } }]
  applications: [{ selector: { deployment: web }, serviceTime: 10ms }]
  load: [{ name: clients, target: service/web, rate: 20/s, timeout: 1s }]
  faults: [{ at: 10s, type: hang, selector: { deployment: web }, mode: one, duration: ${hang} }]
`,
  );
  return path;
}

const manifests = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: app, image: "web:v1", ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
`;

describe("a finished run", () => {
  const out = join(folder, "out");

  test("with --replications tells means over the seeds from its own on", async () => {
    const { code, out: text } = await typed("run", scenario("short", "10s"), "--out", out, "--quiet", "--replications", "4");
    expect(code).toBe(ExitCode.passed);
    expect(text).toMatch(/Over 4 runs \(seeds 4 to 7\):\n {2}figure +mean ± 95 % interval\n {2}requests lost +[\d.]+ ± [\d.]+\n/);
    const { figures, runs } = JSON.parse(readFileSync(join(out, "replications.json"), "utf8")) as { figures: unknown[]; runs: unknown[] };
    expect([runs.length, figures.length > 5]).toEqual([4, true]);
  });

  test("is asked why: classes, and the whole chain of one", async () => {
    const { code, out: text } = await typed("why", out);
    expect(code).toBe(ExitCode.passed);
    expect(text).toMatch(/^1\. \d+ × timed out, slow answer \(.*\): process hangs ← fault: hang-1 \(hang\)\n$/);
    const chain = await typed("why", out, "--class", "1");
    expect(chain.out.split("\n").slice(1, 3)).toEqual([
      expect.stringMatching(/^ +10s {2}process hangs: default\/web-/),
      expect.stringMatching(/^ +10s {2}fault: hang-1 \(hang\)$/),
    ]);
  });

  test.each([
    [["why", join(tmpdir(), "nothing-here")], "found no finished run, expected the folder of one"],
    [["why", out, "--class", "9"], "--class: found 9, expected at most 1"],
    [["run", "x.yaml", "--replications", "some"], "expected a whole number"],
    [["compare", "x.yaml"], "missing required argument"],
  ])("%j is bad input", async (words, message) => {
    const { code, error } = await typed(...words);
    expect(code).toBe(ExitCode.badInput);
    expect(error).toContain(message);
  });
});

test("two scenarios are compared seed by seed", async () => {
  const [short, long] = [scenario("short", "10s"), scenario("long", "20s")];
  const { code, out } = await typed("compare", short, long, "--replications", "5");
  expect(code).toBe(ExitCode.passed);
  expect(out).toMatch(/^ {2}requests lost .* more$/m);
  expect(out).toMatch(/^ {2}restarts .* the same$/m);
  const same = await typed("compare", short, short, "--replications", "2");
  expect(same.out).toMatch(/^ {2}requests lost .* the same$/m);
});
