/** `podstorm attack` as a person meets it: child processes, on a shop whose weak spots are known by hand. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const place = mkdtempSync(join(tmpdir(), "podstorm-attack-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const manifests = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: web, image: "web:v1", readinessProbe: { httpGet: { port: 80 }, periodSeconds: 2 } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web }
spec: { minAvailable: 1, selector: { matchLabels: { app: web } } }
`;

/** Two Pods on two nodes, of which one has to be there; the budget for disruptions sees to it that drains leave it. */
const scenario = `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: two-replicas }
spec:
  duration: 2m
  manifests: [manifests.yaml]
  nodes: [{ count: 2 }]
  thresholds: { availability: ["min>=50%"] }
`;

const attacks = join(place, "scenario.yaml");

beforeAll(() => {
  writeFileSync(attacks, scenario);
  writeFileSync(join(place, "manifests.yaml"), manifests);
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function podstorm(...words: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "cli/main.ts"), ...words], {
    cwd: place,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", CI: "true" },
  });
  return { status, stdout, stderr };
}

describe("an attack", { timeout: 120_000 }, () => {
  test("finds what breaks it, the cheapest way, and stores it so that it can be run, replayed and fuzzed", () => {
    const { status, stdout } = podstorm(
      "attack",
      attacks,
      "--budget",
      "2 pods + 4s of API server",
      "--runs",
      "40",
      "--dir",
      "two-pods",
      "--workers",
      "1",
    );
    expect(stdout).toMatch(/BREAKS with \d+ % of the budget: 2 pods\n/);
    expect(stdout).toContain("threshold availability min>=50%: 0 %");
    expect(stdout).toContain("Survives 1 pod, not 2 pods\n");
    expect(status).toBe(99);
    const [id = ""] = readdirSync(join(place, "two-pods", "failures"));
    const file = `two-pods/failures/${id}/scenario.yaml`;
    expect(stdout).toContain(`Scenario: ${file}\n`);
    expect(readFileSync(join(place, file), "utf8")).toMatch(/type: pod-kill[^]*value: 2/);
    expect(podstorm("run", file, "--out", "out").status).toBe(99);
    const replayed = podstorm("replay", id, "--dir", "two-pods");
    expect(replayed.stdout).toContain(`STILL FAILS ${id}`);
    expect(replayed.status).toBe(99);
  });

  test("that a budget for disruptions withstands says how near it came", () => {
    const { status, stdout } = podstorm("attack", attacks, "--budget", "2 drains", "--runs", "16", "--workers", "1");
    expect(stdout).toContain("HOLDS: nothing that was tried within 2 drains breaks a threshold or an invariant\n");
    expect(stdout).toMatch(/Nearest: availability min>=50%: 50 % with \d drains?\n/);
    expect(status).toBe(0);
  });

  test("that takes two levers says that each of them alone is survived", () => {
    const words = ["attack", attacks, "--budget", "1 drain + 1 node", "--runs", "50", "--quiet"];
    const { status, stdout } = podstorm(...words, "--workers", "1");
    expect(status).toBe(99);
    expect(stdout).toMatch(/BREAKS with 100 % of the budget: 1 (drain|node) \+ 1 (node|drain)\n/);
    expect(stdout).toMatch(/Survives 1 node, not 1 \w+ \+ 1 \w+\n/);
    expect(stdout).toMatch(/Survives 1 drain, not 1 \w+ \+ 1 \w+\n/);
    expect(podstorm(...words, "--workers", "2").stdout).toBe(stdout);
  });

  test("on what breaks by itself isn't needed", () => {
    const { status, stdout } = podstorm("attack", attacks, "--threshold", "availability: min>100%");
    expect(stdout).toMatch(/^BREAKS without any attack: threshold availability min>100%: 100 %/);
    expect(status).toBe(99);
  });

  const refused: readonly (readonly [words: readonly string[], text: string])[] = [
    [[attacks, "--budget", "1 node + 2 gremlins"], 'column 12: found unknown lever "gremlins"'],
    [[attacks, "--runs", "none"], "expected a whole number"],
    [["nowhere.yaml"], "nowhere.yaml: found no such file"],
    [[], "missing required argument"],
  ];

  test.each(refused)("%j is refused", (words, text) => {
    const { status, stderr } = podstorm("attack", ...words);
    expect(stderr).toContain(text);
    expect(status).toBe(2);
  });
});
