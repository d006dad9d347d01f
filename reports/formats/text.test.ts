/** The terminal's summary. */
import { describe, expect, test } from "vitest";
import { buildReport } from "../report.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { NO_ASSETS } from "./format.ts";
import { examineFormat, sampleThresholds } from "./format.exam.ts";
import { formatText, text } from "./text.ts";

examineFormat(text, NO_ASSETS);

const run = {
  wallSeconds: 1.234,
  shards: 2,
  why: "asked for",
  eventsPerSecond: 1e6,
  virtualSecondsPerSecond: 240,
  peakMemoryBytes: 2 ** 28,
  waitingShare: [0.1, 0.3],
};

describe("the terminal summary", () => {
  const plain = formatText(buildReport(sampleResult(), { thresholds: sampleThresholds, run }), { color: false, columns: 80 });

  test("fits 80 columns, whatever the names", () => {
    const long = "default/a-deployment-with-a-very-long-name-that-someone-generated-for-a-test-of-tables";
    const { names, control } = sampleResult();
    const wide = sampleResult({
      names: { ...names, workloads: [long], loads: [{ ...names.loads[0]!, name: long }] },
      control: { ...control, deployments: [{ ...control.deployments[0]!, label: long }] },
    });
    for (const line of [...plain.split("\n"), ...formatText(buildReport(wide), { color: false, columns: 80 }).split("\n")]) {
      expect([...line].length).toBeLessThanOrEqual(80);
    }
  });

  test("has colours only where they are asked for, and the same words with them", () => {
    const painted = formatText(buildReport(sampleResult(), { thresholds: sampleThresholds, run }), { color: true, columns: 80 });
    expect(plain).not.toContain("\u001b");
    expect(painted).toContain("\u001b[31m");
    expect(painted.replace(/\u001b\[\d+m/g, "").replace(/ +$/gm, "")).toBe(plain);
  });

  test("says that one run is one run", () => {
    expect(plain.split("\n")[0]).toBe("rolling-update: 5m00s of Kubernetes 1.36, seed 42, 1 run");
  });

  test("names the verdict before the figures", () => {
    expect(plain.split("\n").slice(2, 5)).toEqual([
      "FAILED  1 of 2 thresholds failed",
      "  ✗  requests_lost  count==0  580",
      "  ✓  restarts       count<20    9",
    ]);
  });

  test("ends with what the machine did", () => {
    expect(plain.trimEnd().split("\n").slice(-3)).toEqual([
      "fingerprint 9f86d081884c7d65, 1,234,567 events",
      "1.23 s of wall time (240× real time), 1,000,000 events/s, 256 MiB",
      "2 shards, waiting 20 %: asked for",
    ]);
  });

  test("tells elided probes apart from events", () => {
    const result = sampleResult();
    const counters = { ...result.metrics.counters, "probes_elided{role=liveness}": 98_765 };
    const lines = formatText(buildReport({ ...result, metrics: { ...result.metrics, counters } }), { color: false, columns: 80 });
    expect(lines).toContain("fingerprint 9f86d081884c7d65, 1,234,567 events; elided probes: 98,765\n");
  });

  test("wraps what isn't a table where the terminal is narrower", () => {
    const narrow = formatText(buildReport(sampleResult(), { thresholds: sampleThresholds, run }), { color: false, columns: 50 });
    const prose = narrow.split("\n").filter((line) => !/ {2}\S.* {2}/.test(line));
    expect(prose.length).toBeGreaterThan(20);
    for (const line of prose) expect([...line].length).toBeLessThanOrEqual(50);
    expect(formatText(buildReport(sampleResult()), { color: false, columns: 200 })).toBe(
      formatText(buildReport(sampleResult()), { color: false, columns: 80 }),
    );
  });

  test("of a live run says how far it was behind the clock, and nothing of virtual time or shards", () => {
    const live = { ...run, live: { hostLag: { maxMicros: 3_100 } } };
    const lines = formatText(buildReport(sampleResult({ isPartial: true }), { run: live }), { color: false, columns: 80 });
    expect(lines.trimEnd().split("\n").at(-1)).toBe("live: 1.23 s, at most 3.1 ms behind the clock, 256 MiB");
    expect(lines).not.toMatch(/virtual|shard/);
  });
});

test("states that had to be reached are told, and fail the run when they weren't", () => {
  const sometimes = [
    { name: "rollout of default/web and node-loss", at: 61_000_000 },
    { name: "zone-loss", at: null },
  ];
  const text = formatText(buildReport(sampleResult({ sometimes })), { color: false, columns: 80 });
  expect(text).toContain("FAILED  1 of 2 states never reached");
  expect(text).toMatch(/✓ {2}rollout of default\/web and node-loss {2}sometimes {2}1m01s/);
  expect(text).toMatch(/✗ {2}zone-loss +sometimes +never/);
});
