/** What every report format must keep: all sections, every failure, the same text for the same report, and hostile names harmless. */
import { describe, expect, test } from "vitest";
import type { ThresholdSpec } from "../../engine/scenario-spec.ts";
import { buildReport } from "../report.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import type { Assets, Format } from "./format.ts";

export const sampleThresholds: readonly ThresholdSpec[] = [
  { metric: "requests_lost", tags: {}, text: "count==0", aggregate: { type: "count" }, operator: "==", value: 0 },
  { metric: "restarts", tags: {}, text: "count<20", aggregate: { type: "count" }, operator: "<", value: 20 },
];

const hostile = `</script><script>alert(1)</script>"'&\u001b[31m\u202e`;

export function examineFormat(format: Format, assets: Assets): void {
  const show = (changes: Parameters<typeof sampleResult>[0] = {}): string =>
    format.format(buildReport(sampleResult(changes), { thresholds: sampleThresholds }), assets);

  describe(`format ${format.name}`, () => {
    test("is the same for the same report", () => {
      expect(show()).toBe(show());
    });

    test("shows every section", () => {
      const text = show();
      const isMachine = format.name === "json";
      for (const section of buildReport(sampleResult()).sections) expect(text).toContain(isMachine ? `"${section.id}"` : section.title);
    });

    test("shows every threshold with what it was", () => {
      for (const threshold of sampleThresholds) expect(show()).toContain(threshold.metric);
      expect(show()).toContain("580");
    });

    test("shows violations", () => {
      expect(show({ violations: [{ invariant: "back-off-respected", time: 1, message: "restarted-too-early", cause: 0 }] })).toContain(
        "back-off-respected",
      );
    });

    test("marks a partial result", () => {
      expect(show({ isPartial: true, end: 100_000_000 }).toLowerCase()).toContain("partial");
    });

    test("lets no text from a manifest steer the reader's program", () => {
      const { names, control } = sampleResult();
      const text = show({
        name: hostile,
        names: { ...names, workloads: [hostile], loads: [{ ...names.loads[0]!, name: hostile }] },
        control: { ...control, actions: [{ at: 1, text: hostile, cause: 101 }], unsettled: [hostile] },
        notes: { ...sampleResult().notes, assumptions: [{ of: hostile, what: hostile }] },
      });
      expect(text).not.toContain("\u001b");
      if (format.name === "html") {
        expect(text).not.toContain("<script>alert");
        expect(text).not.toContain("\u202e");
      }
    });

    test("copes with a result that holds next to nothing", () => {
      const { control, names, metrics, notes } = sampleResult();
      const text = show({
        causes: [],
        losses: [],
        restarts: [],
        effects: [],
        end: 0,
        metrics: { ...metrics, counters: {}, histograms: {}, timeSeries: {} },
        control: { ...control, pods: [], rollouts: [], faults: [], actions: [], deployments: [] },
        names: { ...names, workloads: [], loads: [] },
        notes: { ...notes, assumptions: [], noEffect: [], notModelled: [], settingsChanged: [], deviations: [] },
      });
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
    });
  });
}
