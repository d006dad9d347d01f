import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LoadSpec } from "../engine/traffic/load-model.ts";
import { expectedArrivals } from "../engine/traffic/rate-plan.ts";
import { formatIssues } from "./issues.ts";
import { loadScenario } from "./load.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "podstorm-loads-"));
  writeFileSync(join(directory, "shop.yaml"), "apiVersion: v1\nkind: Service\nmetadata: { name: web }\nspec: { ports: [{ port: 80 }] }\n");
});
afterAll(() => rmSync(directory, { recursive: true }));

function read(load: string, trace = "0,1\n1,1\n") {
  writeFileSync(join(directory, "day.csv"), trace);
  const path = join(directory, "scenario.yaml");
  writeFileSync(
    path,
    `apiVersion: podstorm.dev/v1alpha1\nkind: Scenario\nspec:\n  duration: 10m\n  manifests: [shop.yaml]\n  load:\n    - { target: service/web, ${load} }\n`,
  );
  return loadScenario(path);
}

function spec(load: string, trace?: string): LoadSpec {
  const { issues, spec: found } = read(load, trace);
  expect(formatIssues(issues)).toBe("");
  return found!.load[0]!;
}

const MINUTE = 60_000_000;

/** Requests expected in each of the first minutes. */
function perMinute(load: LoadSpec, minutes: number): number[] {
  const upTo = Array.from({ length: minutes + 1 }, (_, minute) => expectedArrivals(load.plan!, minute * MINUTE));
  return upTo.slice(1).map((sum, minute) => Math.round(sum - upTo[minute]!));
}

describe("a rate that varies", () => {
  test.each<[string, string, number[], number]>([
    [
      "goes through stages",
      "executor: ramping-arrival-rate, startRate: 0/s, stages: [{ duration: 2m, target: 120/s }, { duration: 0, target: 10/s }, { duration: 1m, target: 10/s }]",
      [1800, 5400, 600],
      120,
    ],
    ["has bursts", "rate: 10/s, shape: { bursts: { every: 1m, for: 6s, factor: 5 } }", [840, 840], 50],
    [
      "follows phases",
      "rate: 60/s, shape: { phases: { every: 2m, points: [{ at: 0, factor: 0 }, { at: 1m, factor: 1 }, { at: 2m, factor: 0 }] } }",
      [1800, 1800, 1800],
      60,
    ],
    ["swings through a day", "rate: 100/s, shape: { sinusoid: { period: 2m, amplitude: 50%, peakAt: 0s } }", [6000, 6000], 150],
  ])("%s", (_, load, expected, highest) => {
    const found = spec(load);
    expect(perMinute(found, expected.length)).toEqual(expected);
    expect(found.rate).toBeCloseTo(highest, 6);
  });

  test("of stages ends with the last of them", () => {
    expect(spec("executor: ramping-arrival-rate, from: 1m, stages: [{ duration: 2m, target: 10/s }]").until).toBe(3 * MINUTE);
    expect(spec("executor: ramping-vus, stages: [{ duration: 2m, target: 10 }], until: 9m").until).toBe(9 * MINUTE);
  });
});

describe("a trace", () => {
  test("gives each interval its count, whatever the first time is", () => {
    const load = spec("trace: day.csv, executor: constant-arrival-rate", "# of a Monday\ntime,count\n3600,600\n3660,0\n3720,1200\n");
    expect([...perMinute(load, 3), load.rate]).toEqual([600, 0, 1200, 20]);
    expect(expectedArrivals(load.plan!, 10 * MINUTE)).toBeCloseTo(1800, 6);
  });

  test.each<[string, string, string]>([
    ["a count that is none", "0,1\n60,many\n", 'day.csv:2:1: found "many", expected a count, 0 or more'],
    ["a time that is none", "0,1\nlater,1\n120,1\n", 'day.csv:2:1: found "later", expected a time in seconds, or with a unit'],
    ["times out of order", "0,1\n60,1\n60,2\n", 'day.csv:3:1: found "60", expected a time after that of line 2'],
    ["a third value", "0,1\n60,1,2\n", 'day.csv:2:1: found "60,1,2", expected two values: time,count'],
    ["a single line", "0,1\n", "day.csv:1:1: found one line with a time and a count, expected at least two"],
  ])("with %s is refused where it is wrong", (_, text, expected) => {
    expect(formatIssues(read("trace: day.csv", text).issues).replaceAll(`${directory}/`, "")).toBe(expected);
  });
});

test("clients retry, hedge, keep connections and ask a registry as it is written", () => {
  const load = spec(
    "rate: 10/s, policy: least-connections, retries: { max: 3, backoff: 50ms, factor: 3, backoffMax: 1s, jitter: full, budget: 20% }, " +
      "hedging: { after: 100ms }, connections: { kind: http2, maxAge: 5m }, discovery: { refresh: 30s, lag: 15s }",
  );
  expect(load).toMatchObject({
    policy: "least-connections",
    retries: { max: 3, backoff: 50_000, factor: 3, backoffMax: 1_000_000, jitter: "full", budget: 0.2 },
    hedging: { after: 100_000, max: 1 },
    connections: { kind: "http2", size: 1, pick: "random", maxAge: 5 * MINUTE, idleTimeout: Infinity },
    discovery: { refresh: 30_000_000, lag: 15_000_000 },
  });
});

test("users think as they are told", () => {
  expect(spec("executor: constant-vus, vus: 7")).toMatchObject({ users: 7, thinkTime: { type: "constant", value: 1_000_000 }, rate: 0 });
  const ramp = spec("executor: ramping-vus, stages: [{ duration: 1m, target: 10 }], thinkTime: { exponential: { mean: 2s } }");
  expect(ramp).toMatchObject({
    userPlan: {
      points: [
        { at: 0, rate: 1 },
        { at: MINUTE, rate: 10 },
      ],
    },
    thinkTime: { type: "exponential", mean: 2_000_000 },
  });
});

describe("what makes no sense is refused", () => {
  test.each<[string, string]>([
    ["timeout: 1s", "7:7: spec.load[0]: found no rate, expected a rate such as 200/s, or a trace"],
    ["executor: constant-vus", "7:7: spec.load[0]: found no vus, expected the number of users"],
    ["executor: ramping-vus", "7:7: spec.load[0]: found no stages, expected the stages of ramping-vus"],
    [
      "executor: constant-vus, vus: 3, rate: 5/s",
      'spec.load[0].rate: found "rate", expected a field of constant-vus (hint: it has vus, thinkTime)',
    ],
    [
      "executor: ramping-arrival-rate, stages: [{ duration: 1m, target: 5 }]",
      "spec.load[0].stages[0].target: found 5, expected a rate with a unit, such as 200/s",
    ],
    [
      "executor: ramping-vus, stages: [{ duration: 1m, target: 5/s }]",
      'spec.load[0].stages[0].target: found "5/s", expected a number of users, at most 100000',
    ],
    ["rate: 1/s, trace: day.csv", 'spec.load[0].trace: found "day.csv", expected either a trace or a rate'],
    ["trace: night.csv", 'spec.load[0].trace: found "night.csv", no such file, expected a file'],
    [
      "rate: 1/s, shape: { bursts: { every: 1m, for: 1m, factor: 2 } }",
      'spec.load[0].shape.bursts.for: found "1m", expected more than 0 and less than every',
    ],
    ["rate: 1/s, shape: {}", "spec.load[0].shape: found an empty mapping, expected one of bursts, sinusoid, phases"],
    [
      "rate: 1/s, shape: { phases: { points: [{ at: 1s, factor: 1 }] } }",
      'spec.load[0].shape.phases.points[0].at: found "1s", expected 0: the first point is the beginning',
    ],
    [
      "rate: 300000/s, shape: { bursts: { every: 1m, for: 1s, factor: 2 } }",
      "spec.load[0].shape: found a highest rate of 600000/s, expected more than 0/s and at most 500000/s",
    ],
    [
      "rate: 1/s, retries: { max: 2, backoff: 2s, backoffMax: 1s }",
      'spec.load[0].retries.backoffMax: found "1s", expected at least backoff',
    ],
    ["rate: 1/s, hedging: { after: 0 }", "spec.load[0].hedging.after: found 0, expected more than 0"],
    [
      "rate: 1/s, policy: zone-aware, discovery: { refresh: 1s }",
      'spec.load[0].policy: found "zone-aware", expected another policy beside discovery',
    ],
  ])("%s", (load, expected) => {
    expect(formatIssues(read(load).issues)).toContain(expected);
  });
});
