/** The smaller questions: availability, faults and their effect, honesty, and what all sections promise. */
import { describe, expect, test } from "vitest";
import { CauseChains } from "../cause-chain.ts";
import { sampleResult } from "../testdata/sample-result.ts";
import { availability } from "./availability.ts";
import { faults } from "./faults.ts";
import { honesty } from "./honesty.ts";
import { analyses } from "./index.ts";
import { lostTraffic } from "./lost-traffic.ts";
import { requests } from "./requests.ts";
import { rolloutTimeline } from "./rollout-timeline.ts";
import { violations } from "./violations.ts";

const result = sampleResult();

test("each section has a name of its own, and each row as many cells as its table has columns", () => {
  const sections = analyses.map((analysis) => analysis(result, new CauseChains(result))).filter((section) => section !== null);
  expect(new Set(sections.map((section) => section.id)).size).toBe(sections.length);
  for (const table of sections.flatMap((section) => section.tables)) {
    for (const row of table.rows) expect(row.cells).toHaveLength(table.columns.length);
  }
  for (const chart of sections.flatMap((section) => section.charts)) {
    for (const series of chart.series) expect(series.values).toHaveLength(chart.x.length);
  }
});

describe("availability", () => {
  test("is the share of desired Pods ready over time, and the least of it", () => {
    expect(availability(result)!.figures).toMatchObject({ desired: 20, readyMin: 18, recovered: true });
  });

  test("measures recovery from the end of the last fault", () => {
    const { control } = result;
    const early = {
      ...result,
      control: { ...control, faults: control.faults.slice(0, 1).map((fault) => ({ ...fault, until: 120_000_000 })) },
    };
    expect(availability(early)!.figures).toMatchObject({ recoveryMicros: 21_000_000 });
  });

  test("doesn't call it a recovery when nothing was gone yet, and says what was left at the end", () => {
    const series = {
      ...result.metrics.timeSeries,
      "pods{state=ready}": Array.from({ length: 301 }, (_, at) => (at === 0 ? 20 : at === 250 ? -15 : 0)),
    };
    const later = availability({ ...result, metrics: { ...result.metrics, timeSeries: series } })!;
    expect(later.sentences.slice(1)).toEqual(["All were ready within 1s of the end of the last fault.", "At the end 5 were."]);
  });

  test("says when not all came back", () => {
    const series = {
      ...result.metrics.timeSeries,
      "pods{state=ready}": Array.from({ length: 301 }, (_, at) => (at === 0 ? 20 : at === 100 ? -3 : 0)),
    };
    const stuck = { ...result, metrics: { ...result.metrics, timeSeries: series } };
    expect(availability(stuck)!.figures).toMatchObject({ recovered: false, readyMin: 17 });
  });
});

describe("faults", () => {
  const section = faults(result)!;

  test("took effect if their cause has children", () => {
    expect(section.figures).toMatchObject({
      faults: [
        { name: "node-loss", tookEffect: true, effects: { "node lost": 1 } },
        { name: "flaky health check", tookEffect: true },
        { name: "idle", tookEffect: false, effects: {} },
      ],
    });
  });

  test("without effect are called out", () => {
    expect(section.sentences).toEqual(["The fault idle had no effect: its selector matched nothing."]);
  });

  test("and actions stand in the order of time", () => {
    expect(section.tables[0]!.rows.map((row) => row.cells[0])).toEqual(["1m00s", "1m40s", "2m50s", "3m20s"]);
  });
});

test("requests are accounted for, and a gap is said aloud", () => {
  expect(requests(result)!.sentences).toEqual(["580 of 539,432 requests lost (0.108 %)."]);
  const counters = { ...result.metrics.counters, "requests_answered{load=web}": 1 };
  const gap = requests({ ...result, metrics: { ...result.metrics, counters } })!;
  expect(gap.sentences[1]).toBe("web: sent is not answered + lost + in flight.");
});

test("a rollout that was not complete at the end says so", () => {
  const control = { ...result.control, rollouts: [{ workload: 0, from: 60_000_000, until: -1, cause: 101 }] };
  expect(rolloutTimeline({ ...result, control })!.sentences).toEqual([
    "The rollout of default/web began at 1m00s and was not complete at the end.",
  ]);
});

test("violations are a section only when there are any", () => {
  expect(violations(result)).toBeNull();
  const broken = violations({ ...result, violations: [{ invariant: "back-off-respected", time: 5_000_000, message: "too early" }] });
  expect(broken!.tables[0]!.rows[0]!.cells).toEqual(["5s", "back-off-respected", "too early"]);
});

test("honesty names every assumption, changed setting and ignored field", () => {
  const figures = honesty(result).figures;
  expect(figures).toMatchObject({
    assumptions: [
      "application of default/web: startUp log-normal median 2 s, p99 6 s (default)",
      "application of default/web: serviceTime log-normal median 10 ms, p99 100 ms (default)",
    ],
    noEffect: result.notes.noEffect,
    settingsChanged: result.notes.settingsChanged,
  });
});

test("what is assumed alike of several applications is one line", () => {
  const of = (name: string, ...fields: string[]) => fields.map((what) => ({ of: name, what }));
  const assumptions = [...of("a", "startUp 2s", "queue 1"), ...of("b", "startUp 3s"), ...of("c", "startUp 2s", "queue 1")];
  const table = honesty({ ...result, notes: { ...result.notes, assumptions } }).tables[0]!;
  expect(table.rows.map((each) => each.cells[0])).toEqual(["a, c: startUp 2s; queue 1", "b: startUp 3s"]);
});

test("a median of one value isn't shown", () => {
  const one = { count: 1, sum: 7, min: 7, max: 7, buckets: [[7, 1]] as const };
  const metrics = { ...result.metrics, histograms: { "request_duration{load=web}": one, "stale_routing{load=web}": one } };
  const single = { ...result, metrics };
  expect(requests(single)!.tables[0]!.rows[0]!.cells.slice(-3)).toEqual(["–", "–", "7 µs"]);
  expect(lostTraffic(single, new CauseChains(single))!.sentences).toContain(
    "A proxy chose an endpoint 7 µs after its removal could be known.",
  );
});
