/** Thresholds: which value decides, and which way. */
import { describe, expect, test } from "vitest";
import type { ThresholdSpec } from "../engine/scenario-spec.ts";
import { sampleResult } from "./testdata/sample-result.ts";
import { judge } from "./verdict.ts";

type Aggregate = ThresholdSpec["aggregate"];
const count: Aggregate = { type: "count" };
const rate: Aggregate = { type: "rate" };

describe("a threshold", () => {
  test.each<[string, Record<string, string>, Aggregate, ThresholdSpec["operator"], number, boolean, string]>([
    ["requests_lost", {}, count, "==", 0, false, "580"],
    ["requests_lost", {}, count, "<=", 580, true, "580"],
    ["requests_lost", { load: "other" }, count, "==", 0, true, "0"],
    ["requests_lost", {}, rate, "<", 0.01, true, "0.108 %"],
    ["requests_answered", { load: "web" }, rate, ">", 0.999, false, "99.89 %"],
    ["requests_in_flight", {}, rate, "<", 0.001, true, "0.00222 %"],
    ["attempts", { outcome: "refused" }, rate, "<", 0.5, true, "25 %"],
    ["restarts", {}, count, "!=", 9, false, "9"],
    ["probe_duration", { role: "liveness" }, { type: "p", percentile: 99 }, "<", 500_000, false, "1 s"],
    ["probe_duration", { role: "readiness" }, { type: "max" }, "<=", 240_000, true, "240 ms"],
    ["probe_duration", { role: "readiness" }, count, ">", 1_000, true, "1,080"],
    ["request_duration", {}, { type: "med" }, "<", 20_000, true, "12 ms"],
    ["request_duration", {}, { type: "min" }, ">=", 9_000, true, "9 ms"],
    ["request_duration", {}, { type: "avg" }, "<", 1, false, "66.4 ms"],
    ["goodput", { load: "web" }, { type: "value" }, ">", 1_000_000, false, "1995.70"],
    ["attempts_per_request", {}, { type: "value" }, "<", 2, true, "1"],
    ["availability", {}, { type: "min" }, ">", 0.5, true, "90 %"],
    ["availability", { workload: "default/web" }, { type: "avg" }, ">", 0.5, true, "96.9 %"],
    ["time_not_ready", {}, { type: "value" }, ">", 0, true, "2.75 min"],
    ["restart_storms", {}, count, "==", 7, false, "1"],
    ["pods", { state: "ready" }, { type: "min" }, ">", 1_000, false, "18"],
    ["probe_cost", {}, { type: "value" }, ">", 0, true, "0.18"],
    ["probe_cpu", {}, { type: "value" }, "==", 0, true, "0"],
    ["invariant_violations", {}, count, "==", 0, true, "0"],
  ])("%s %o %o %s %d: held is %s at %s", (metric, tags, aggregate, operator, value, isPassed, valueText) => {
    const verdict = judge(sampleResult(), [{ metric, tags, text: "as written", aggregate, operator, value }]);
    expect(verdict.thresholds[0]).toMatchObject({ isPassed, valueText, text: "as written" });
    expect(verdict.isPassed).toBe(isPassed);
  });

  test("on latencies that nobody measured fails instead of holding by silence", () => {
    const tags = { role: "startup" };
    const verdict = judge(sampleResult(), [
      { metric: "probe_duration", tags, text: "max<1s", aggregate: { type: "max" }, operator: "<", value: 1e6 },
    ]);
    expect(verdict.thresholds[0]).toMatchObject({
      metric: "probe_duration{role:startup}",
      value: null,
      valueText: "nothing measured",
      isPassed: false,
    });
  });
});

describe("a broken threshold", () => {
  const broken: ThresholdSpec = { metric: "requests_lost", tags: {}, text: "count==0", aggregate: count, operator: "==", value: 0 };

  test("that only warns lets the run pass", () => {
    const verdict = judge(sampleResult(), [{ ...broken, isWarning: true }]);
    expect(verdict).toMatchObject({ isPassed: true, thresholds: [{ isPassed: false, isWarning: true }] });
  });

  test("that ended the run fails it, whatever its severity and its value at the end", () => {
    const held: ThresholdSpec = { ...broken, operator: ">", isWarning: true, abortAfter: 0 };
    const verdict = judge(sampleResult({ aborted: { threshold: 1, at: 5_000_000 } }), [broken, held]);
    expect(verdict).toMatchObject({ isPassed: false, thresholds: [{ isAborting: false }, { isAborting: true, isPassed: false }] });
    expect(judge(sampleResult({ aborted: { threshold: 0, at: 5_000_000 } }), [held]).isPassed).toBe(false);
  });
});

test("a violated invariant fails a run whose thresholds all held", () => {
  expect(judge(sampleResult(), []).isPassed).toBe(true);
  expect(judge(sampleResult({ violations: [{ invariant: "x", time: 0, message: "y", cause: 0 }] }), [])).toMatchObject({
    isPassed: false,
    violations: 1,
  });
});
