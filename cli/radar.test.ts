/** `podstorm radar` and `podstorm sweep`, from a scenario file to the map; and what `--set` takes by name and by factor. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { RadarResult } from "../reports/radar/radar-result.ts";
import { ExitCode } from "./exit-code.ts";
import { typed } from "./testdata/typed.ts";

const folder = mkdtempSync(join(tmpdir(), "podstorm-radar-"));
afterAll(() => rmSync(folder, { recursive: true }));

const workload = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: "${name}:1", ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80 }] }
`;
writeFileSync(join(folder, "objects.yaml"), `${workload("shop")}---\n${workload("stock")}`);

/**
 * Two replicas of stock with four workers and 40 ms a request carry 200 requests a second. While shop gives up on calls
 * sooner than a full queue is worked off, each request of its 20/s costs 1 + retries of them: it doesn't come back above
 * a load of 200/s ÷ (1 + retries).
 */
const scenario = join(folder, "storm.yaml");
writeFileSync(
  scenario,
  `apiVersion: podstorm.dev/v1alpha1
kind: Scenario
metadata: { name: retry-storm }
spec:
  seed: 1
  duration: 80s
  manifests: [./objects.yaml]
  nodes: [{ count: 2, capacity: { cpu: "4", memory: 16Gi, pods: 110 } }]
  applications:
    - selector: { deployment: shop }
      serviceTime: 1ms
      concurrency: 1000
      async: true
      calls: [{ service: service/stock, timeout: 500ms, retries: { max: 3, backoff: 50ms } }]
    - { selector: { deployment: stock }, serviceTime: 40ms, concurrency: 4, queue: 200 }
  load: [{ name: shop, target: service/shop, executor: poisson-arrival-rate, rate: 20/s, timeout: 10s }]
  faults: [{ at: 10s, type: slow-service, selector: { deployment: stock }, slowdown: 20, duration: 10s, mode: all }]
  thresholds: { requests_lost: ["count<100000"] }
`,
);

const retries = "applications.shop.calls.stock.retries";

function mapIn(out: string): RadarResult {
  return JSON.parse(readFileSync(join(out, "radar.json"), "utf8")) as RadarResult;
}

describe("the radar of a retry storm", () => {
  test("finds the load above which it outlives its trigger, where the closed form has it", async () => {
    const out = join(folder, "map");
    const words = [
      "--x",
      "load.shop.rate=2x,3x,4x,6x",
      "--y",
      `${retries}.max=1,3`,
      "--replications",
      "1",
      "--seed",
      "1",
      "--out",
      out,
      "--quiet",
    ];
    const { code, out: text } = await typed("radar", scenario, ...words);
    expect(code).toBe(ExitCode.passed);
    const { rows, x, cells } = mapIn(out);
    const boundaries = rows.map(({ survives, collapses }) => [x.numbers[survives!], x.numbers[collapses!]]);
    // 200 ÷ 20 ÷ 2 = 5 and 200 ÷ 20 ÷ 4 = 2.5
    expect(boundaries).toEqual([
      [4, 6],
      [2, 3],
    ]);
    expect(cells.filter((cell) => cell.x === x.values.length - 1).map(({ runs }) => runs.map(({ state }) => state))).toEqual([
      ["stays down"],
      ["stays down"],
    ]);
    expect(text).toContain("  1  survives 4x, not 6x\n");
    expect(text).toContain("stays down in 1 of 1 run: 0 % of the requests answered");
  });

  test("doesn't find one where retries are on a budget", async () => {
    const out = join(folder, "budget");
    const words = ["--set", `${retries}.budget=10%`, "--x", "load.shop.rate=2x,4x", "--replications", "1", "--out", out, "--quiet"];
    const { code, out: text } = await typed("radar", scenario, ...words, "--at-least", "4x");
    expect(code).toBe(ExitCode.passed);
    expect(text).toContain("survives all of 2x to 4x");
  });

  test("is the same for any number of workers, and fails as a gate", async () => {
    const words = ["--x", "load.shop.rate=1x,3x", "--replications", "2", "--quiet", "--at-least", "3x"];
    const runs = await Promise.all(
      ["1", "2"].map((workers) => typed("radar", scenario, ...words, "--workers", workers, "--out", join(folder, `w${workers}`))),
    );
    expect(runs.map(({ code }) => code)).toEqual([ExitCode.thresholdFailed, ExitCode.thresholdFailed]);
    expect(runs[0]!.error).toMatch(/It doesn't survive 3x\.\nRun again: .* --seed 1\n/);
    expect(mapIn(join(folder, "w1"))).toEqual(mapIn(join(folder, "w2")));
  });

  test("turns round where it is the small values that collapse", async () => {
    const words = [
      "--x",
      "applications.shop.calls.stock.timeout=500ms,3000ms",
      "--set",
      "load.shop.rate=3x",
      "--replications",
      "1",
      "--quiet",
    ];
    const { out: text } = await typed("radar", scenario, ...words, "--out", join(folder, "turned"));
    expect(text).toContain("survives from 3000ms on, not 500ms\n");
    expect(mapIn(join(folder, "turned")).rows[0]!.isReversed).toBe(true);
  });

  test("leaves a page without scripts, on which what files say stays text", async () => {
    const out = join(folder, "page");
    const words = [
      "--set",
      'load.shop.name="<i>shop</i>"',
      "--x",
      "load.shop.rate=0.5x,1x",
      "--replications",
      "1",
      "--out",
      out,
      "--quiet",
      "--workers",
      "1",
    ];
    await typed("radar", scenario, ...words, "--set", "load.shop.timeout=10s", "--y", "load.shop.timeout=5s,10s");
    const page = readFileSync(join(out, "radar.html"), "utf8");
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|https?:/);
    expect(page.match(/<circle/g)).toHaveLength(4);
  });

  test.each([
    [["--x", "load.nobody.rate=1x..2x"], "spec.load.nobody: found no such entry, expected an index, or one of shop"],
    [["--x", "load.shop.target=1x..2x"], 'found "service/shop", expected an amount that can be multiplied'],
    [["--x", "load.shop.rate=1..2"], "spec.load[0].rate"],
    [["--x", "load.shop.rate=1x..2x", "--at-least", "1.234x"], "expected one of the values of x"],
    [["--x", "load.shop.rate=2x..1x"], "a smaller and a larger value"],
    [["--y", "deployment/web.spec.replicas=1..3:1"], "found no deployment web in the manifests"],
    [["--within", "soon"], "expected a duration"],
    [["--set", "faults=[]"], "has no faults: there is nothing to come back from"],
    [["--set", "duration=22s", "--x", "load.shop.rate=1x,2x"], "expected a window before them and one after them"],
  ])("%j is bad input", async (words, message) => {
    const few = ["--replications", "1", "--workers", "1", "--quiet", "--out", join(folder, "bad")];
    const { code, error } = await typed("radar", scenario, ...words, ...few);
    expect([code, error]).toEqual([ExitCode.badInput, expect.stringContaining(message)]);
  });
});

describe("a sweep", () => {
  test("runs every combination, in order, the same for any number of workers", async () => {
    const words = ["--over", "load.shop.rate=1x,3x", "--over", "deployment/stock.spec.replicas=2,4", "--quiet"];
    const outs = ["1", "2"].map((workers) => ({ workers, out: join(folder, `sweep${workers}`) }));
    const runs = await Promise.all(outs.map(({ workers, out }) => typed("sweep", scenario, ...words, "--workers", workers, "--out", out)));
    expect(runs.map(({ code }) => code)).toEqual([ExitCode.passed, ExitCode.passed]);
    const texts = outs.map(({ out }) => readFileSync(join(out, "sweep.json"), "utf8"));
    expect(texts[0]).toBe(texts[1]);
    const { points } = JSON.parse(texts[0]!) as { points: { values: string[]; figures: { name: string; mean: number }[] }[] };
    expect(points.map(({ values }) => values.join(" "))).toEqual(["1x 2", "1x 4", "3x 2", "3x 4"]);
    const lost = points.map(({ figures }) => figures.find(({ name }) => name === "share of requests lost")!.mean);
    // Only at three times the load, and with two replicas, the storm goes on.
    expect(lost.map((share) => share > 0.7)).toEqual([false, false, true, false]);
    const csv = readFileSync(join(outs[0]!.out, "sweep.csv"), "utf8").trimEnd().split("\n");
    expect([csv.length, csv[0]!.startsWith("load.shop.rate,deployment/stock.spec.replicas,requests lost,")]).toEqual([5, true]);
  });

  test("fails where a threshold does", async () => {
    const words = [
      "--over",
      "load.shop.rate=1x,3x",
      "--set",
      'thresholds={requests_lost: ["count<2000"]}',
      "--quiet",
      "--out",
      join(folder, "judged"),
    ];
    const { code, out } = await typed("sweep", scenario, ...words);
    expect(code).toBe(ExitCode.thresholdFailed);
    expect(out).toMatch(/1x .* passed\n.*3x .* 1 of 1 failed\n/);
  });

  test.each([
    [[], "found no --over"],
    [["--over", "load.shop.rate"], "expected a field and its values"],
    [["--over", "load.shop.rate=1x..2x:0.01x", "--over", "load.shop.timeout=1s..9s:0.05s"], "combinations, expected at most 10000"],
    [["--over", "load.shop.rat=1,2"], "unknown field"],
  ])("%j is bad input", async (words, message) => {
    const { code, error } = await typed("sweep", scenario, ...words, "--out", join(folder, "bad"));
    expect([code, error]).toEqual([ExitCode.badInput, expect.stringContaining(message)]);
  });
});
