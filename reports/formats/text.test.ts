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
  const plain = formatText(buildReport(sampleResult(), { thresholds: sampleThresholds, run }), { color: false });

  test("fits 80 columns, whatever the names", () => {
    const long = "default/a-deployment-with-a-very-long-name-that-someone-generated-for-a-test-of-tables";
    const { names, control } = sampleResult();
    const wide = sampleResult({
      names: { ...names, workloads: [long], loads: [{ ...names.loads[0]!, name: long }] },
      control: { ...control, deployments: [{ ...control.deployments[0]!, label: long }] },
    });
    for (const line of [...plain.split("\n"), ...formatText(buildReport(wide), { color: false }).split("\n")]) {
      expect([...line].length).toBeLessThanOrEqual(80);
    }
  });

  test("has colours only where they are asked for, and the same words with them", () => {
    const painted = formatText(buildReport(sampleResult(), { thresholds: sampleThresholds, run }), { color: true });
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
});
