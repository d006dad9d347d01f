/** result.json: valid, complete, and free of the machine but for one key. */
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { buildReport } from "../report.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { NO_ASSETS } from "./format.ts";
import { examineFormat, sampleThresholds } from "./format.exam.ts";
import { json, print } from "./json.ts";

examineFormat(json, NO_ASSETS);

const run = {
  wallSeconds: 1.2,
  shards: 2,
  why: "asked for",
  eventsPerSecond: 1e6,
  virtualSecondsPerSecond: 240,
  peakMemoryBytes: 1,
  waitingShare: [0.1, 0.3],
};

test("everything of the machine stands under the key run", () => {
  const of = (options: Parameters<typeof buildReport>[1]): Record<string, unknown> =>
    JSON.parse(json.format(buildReport(sampleResult(), { ...options, thresholds: sampleThresholds }), NO_ASSETS)) as Record<
      string,
      unknown
    >;
  const { run: here, ...result } = of({ run, startedAt: "2026-01-01T00:00:00Z", command: "podstorm run x.yaml" });
  const { run: there, ...same } = of({ run: { ...run, shards: 4, wallSeconds: 9 }, startedAt: "2027-01-01T00:00:00Z" });
  expect(result).toEqual(same);
  expect(here).not.toEqual(there);
  expect(here).toMatchObject({ startedAt: "2026-01-01T00:00:00Z", shards: 2 });
});

test("names its schema, the spec, the seed and the version first", () => {
  const keys = Object.keys(JSON.parse(json.format(buildReport(sampleResult()), NO_ASSETS)) as object);
  expect(keys.slice(0, 7)).toEqual(["schema", "name", "version", "kubernetesVersion", "seed", "specDigest", "fingerprint"]);
  expect(keys.at(-1)).toBe("run");
});

test.prop([fc.jsonValue()])("printing keeps the value", (value) => {
  expect(JSON.parse(print(value))).toEqual(JSON.parse(JSON.stringify(value)));
});

test("states that had to be reached stand in the result", () => {
  const sometimes = [
    { name: "rollout", at: 61_000_000 },
    { name: "zone-loss", at: null },
  ];
  const written = JSON.parse(json.format(buildReport(sampleResult({ sometimes })), NO_ASSETS)) as Record<string, unknown>;
  expect(written["sometimes"]).toEqual([
    { name: "rollout", reached: true, firstMicros: 61_000_000 },
    { name: "zone-loss", reached: false },
  ]);
  expect(written["verdict"]).toMatchObject({ passed: false });
});
